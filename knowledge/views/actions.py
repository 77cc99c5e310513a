"""One action item: what somebody has promised to get done, and by when."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import action_for, may_change_action
from knowledge.forms import (
    ActionForm,
    ChangeActionForm,
    PostponeForm,
    ProofForm,
    ReasonForm,
    SnoozeForm,
)
from knowledge.models import ActionItem, ActionState
from knowledge.proofs import proofs_for
from knowledge.workflow.action_saving import why_not_change
from knowledge.workflow.actions import refusals
from portal import events
from portal.access import require_work
from portal.http import Request
from portal.thread import thread
from portal.timeline import lines


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        form = ActionForm(initial={"owner": request.user})
        return render(request, "knowledge/action_new.html", {"form": form})
    form = ActionForm(request.POST)
    if not form.is_valid():
        return render(request, "knowledge/action_new.html", {"form": form}, status=422)
    return redirect(workflow.create_action(**form.cleaned_data, actor=request.user))


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, action_for(request.user, pk))


@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = ChangeActionForm(request.POST)
    if not form.is_valid():
        return _page(request, action, change_form=form, status=422)
    return redirect(workflow.change_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def start(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    workflow.start_action(action, actor=request.user)
    came_from_board = request.POST.get("next") == "board"
    return redirect("knowledge:action-board") if came_from_board else redirect(action)


@require_POST
def finish(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = ProofForm(request.POST, proofs=proofs_for(request.user, action))
    if not form.is_valid():
        return _page(request, action, finish_form=form, status=422)
    return redirect(workflow.finish_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def drop(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, action, drop_form=form, status=422)
    return redirect(workflow.drop_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def reopen(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, action, reopen_form=form, status=422)
    return redirect(workflow.reopen_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def postpone(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = PostponeForm(request.POST, auto_id="id_postpone_%s")
    if not form.is_valid():
        return _page(request, action, postpone_form=form, status=422)
    return redirect(workflow.postpone_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def snooze(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    form = SnoozeForm(request.POST, auto_id="id_snooze_%s")
    if not form.is_valid():
        return _page(request, action, snooze_form=form, status=422)
    return redirect(workflow.snooze_action(action, **form.cleaned_data, actor=request.user))


@require_POST
def wake(request: Request, pk: int) -> HttpResponse:
    action = action_for(request.user, pk, may="change")
    return redirect(workflow.wake_action(action, actor=request.user))


def _page(
    request: Request, action: ActionItem, *, status: int = 200, **forms_sent: forms.Form
) -> HttpResponse:
    """Show the action item; `forms_sent` are those that came with something to correct."""
    names = ("title", "owner", "due_on", "priority", "verification")
    initial = {name: getattr(action, name) for name in names}
    context = {
        "action": action,
        "is_overdue": action.closed_at is None and action.due_on < timezone.localdate(),
        "facts": _facts(action),
        "may_change": may_change_action(request.user, action),
        "is_finished": action.closed_at is not None,
        "why_not_change": why_not_change(action),
        "why_not_start": refusals(action, ActionState.IN_PROGRESS),
        "change_form": ChangeActionForm(initial=initial),
        "finish_form": ProofForm(proofs=proofs_for(request.user, action)),
        "postpone_form": PostponeForm(auto_id="id_postpone_%s"),
        "snooze_form": SnoozeForm(auto_id="id_snooze_%s"),
        "drop_form": ReasonForm(auto_id="id_drop_%s"),
        "reopen_form": ReasonForm(auto_id="id_reopen_%s"),
        "open_form": next(iter(forms_sent), ""),
        "thread": thread(request.user, action),
        "log": lines(events.about(action), about=action),
        **forms_sent,
    }
    return render(request, "knowledge/action.html", context, status=status)


def _facts(action: ActionItem) -> list[dict[str, Any]]:
    service = action.service
    facts: list[dict[str, Any]] = [
        {"label": _("Owner"), "value": action.owner, "url": action.owner.get_absolute_url()},
        {"label": _("Due"), "value": date_format(action.due_on, "j M Y")},
        {"label": _("Priority"), "value": action.get_priority_display()},
        {
            "label": _("Came from"),
            "value": action.reference_label or action.get_origin_display(),
            "url": action.reference_url,
        },
    ]
    if service:
        facts.append(
            {"label": _("Service"), "value": service, "url": service.get_absolute_url()}
        )
    facts.append({"label": _("Created"), "at": action.created_at})
    if action.postponed_count:
        facts.append({"label": _("Postponed"), "value": _times(action.postponed_count)})
    if action.escalated_at:
        facts.append({"label": _("Managers told"), "at": action.escalated_at})
    if action.closed_at:
        facts.append({"label": _("Finished"), "at": action.closed_at})
    return facts


def _times(count: int) -> str:
    return ngettext("%(n)d time", "%(n)d times", count) % {"n": count}
