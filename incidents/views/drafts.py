"""The queue of status updates that are not out yet, and of those somebody should look at."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from incidents import workflow
from incidents.access import draft_for
from incidents.models import DraftState, UpdateDraft
from incidents.status_forms import RejectForm
from portal.access import require_look
from portal.http import Request

MOST = 100
TONES = {DraftState.WAITING: "busy", DraftState.SCHEDULED: "info", DraftState.POSTED: "neutral"}


@require_GET
def queue(request: Request) -> HttpResponse:
    return _page(request)


@require_POST
def approve(request: Request, pk: int) -> HttpResponse:
    done = workflow.approve_draft(draft_for(request.user, pk), actor=request.user)
    is_out = done.state == DraftState.POSTED
    messages.success(request, _("It is out.") if is_out else _("It goes out at its moment."))
    return redirect("incidents:status-drafts")


@require_POST
def reject(request: Request, pk: int) -> HttpResponse:
    draft = draft_for(request.user, pk)
    form = RejectForm(request.POST)
    if not form.is_valid():
        return _page(request, sent=form, about=draft.pk, status=422)
    workflow.reject_draft(draft, **form.cleaned_data, actor=request.user)
    return redirect("incidents:status-drafts")


@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    workflow.withdraw_draft(draft_for(request.user, pk), actor=request.user)
    return redirect("incidents:status-drafts")


@require_POST
def seen(request: Request, pk: int) -> HttpResponse:
    workflow.note_seen(draft_for(request.user, pk), actor=request.user)
    return redirect("incidents:status-drafts")


def _page(
    request: Request, *, sent: RejectForm | None = None, about: int = 0, status: int = 200
) -> HttpResponse:
    require_look(request.user)
    drafts = UpdateDraft.objects.visible_to(request.user).open().with_list_columns()[:MOST]
    context = {
        "rows": [
            {
                "draft": draft,
                "tone": TONES[DraftState(draft.state)],
                "refusals": workflow.why_not_decide(draft, request.user),
                "waits": draft.state == DraftState.WAITING,
                "is_out": draft.state == DraftState.POSTED,
                "form": sent if draft.pk == about else RejectForm(auto_id=f"id_{draft.pk}_%s"),
            }
            for draft in drafts
        ],
        "crumbs": [{"label": _("Status page"), "url": reverse("incidents:status-page")}],
    }
    return render(request, "incidents/status_drafts.html", context, status=status)
