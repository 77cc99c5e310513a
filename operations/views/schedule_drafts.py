"""Schedules of another program: upload, dry run, carry over."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.access import draft_for, require_team
from operations.forms import DraftForm, PeopleForm
from operations.importers import read_export
from operations.importers.comparing import Comparison, compare
from operations.importers.shape import Export
from operations.models import ScheduleDraft
from portal import clock
from portal.access import members_of, require_work
from portal.forms import attempt
from portal.http import Request
from portal.models import Team, User

SHOWN = 200  # lines of a comparison
DRAFTS = 20


@require_http_methods(["GET", "POST"])
def upload(request: Request) -> HttpResponse:
    """Upload an exported file for a dry run."""
    require_work(request.user)
    teams = _teams(request.user)
    form = DraftForm(request.POST or None, request.FILES or None, teams=teams)

    def keep() -> ScheduleDraft:
        given = form.cleaned_data
        require_team(request.user, given["team"])
        return workflow.keep_draft(
            team=given["team"],
            kind=given["kind"],
            file_name=given["file"].name,
            source=given["file"].read(),
            actor=request.user,
        )

    draft = attempt(form, keep)
    if draft is not None:
        return redirect(draft)
    rows = ScheduleDraft.objects.filter(team__in=teams).select_related("team", "made_by")
    context = {"form": form, "drafts": rows.defer("content")[:DRAFTS]}
    status = 422 if form.is_bound else 200
    return render(request, "operations/schedule_drafts.html", context, status=status)


@require_GET
def draft(request: Request, pk: int) -> HttpResponse:
    return _page(request, draft_for(request.user, pk))


@require_POST
def people(request: Request, pk: int) -> HttpResponse:
    """Say whom the export means; the comparison is worked out anew."""
    shown = draft_for(request.user, pk)
    form = _people_form(shown, read_export(shown.kind, shown.content), request.POST)
    if not form.is_valid():
        return _page(request, shown, form, status=422)
    workflow.map_people(shown, people=form.chosen(), actor=request.user)
    return redirect(shown)


@require_POST
def carry_over(request: Request, pk: int) -> HttpResponse:
    made = workflow.carry_over(draft_for(request.user, pk), actor=request.user)
    text = ngettext("%(n)d schedule was made.", "%(n)d schedules were made.", len(made))
    messages.success(request, text % {"n": len(made)})
    return redirect(made[0]) if len(made) == 1 else redirect("operations:on-call")


@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    workflow.discard_draft(draft_for(request.user, pk), actor=request.user)
    return redirect("operations:schedule-drafts")


def _teams(user: User) -> QuerySet[Team]:
    return Team.objects.all() if user.is_administrator else Team.objects.of(user)


def _people_form(shown: ScheduleDraft, export: Export, data: Any = None) -> PeopleForm:
    return PeopleForm(
        data,
        names={key: who.label for key, who in export.people.items()},
        chosen=shown.people,
        people=list(members_of(shown.team).order_by("name", "pk").distinct()),
    )


def _page(
    request: Request, shown: ScheduleDraft, form: PeopleForm | None = None, *, status: int = 200
) -> HttpResponse:
    export = read_export(shown.kind, shown.content)
    known = workflow.people_of(shown)
    now = clock.now()
    compared = [compare(each, export, known, shown.team, now) for each in export.schedules]
    context = {
        "draft": shown,
        "form": form or _people_form(shown, export),
        "unmatched": [who.label for key, who in export.people.items() if not known.get(key)],
        "schedules": [_told(each) for each in compared],
        "crumbs": [
            {"label": _("On call"), "url": reverse("operations:on-call")},
            {"label": _("Carry schedules over"), "url": reverse("operations:schedule-drafts")},
        ],
    }
    return render(request, "operations/schedule_draft.html", context, status=status)


def _told(each: Comparison) -> dict[str, Any]:
    """A comparison for the page: all of it, or what differs where that would be too long."""
    is_cut = len(each.pieces) > SHOWN
    differing = [piece for piece in each.pieces if piece.differs]
    hours = each.differing.total_seconds() / 3600
    return {
        "shape": each.shape,
        "is_compared": bool(each.pieces),
        "pieces": (differing if is_cut else each.pieces)[:SHOWN],
        "ours": each.ours[:SHOWN],
        "count": len(differing),
        "hours": round(hours, 1),
        "days": round(each.compared.total_seconds() / 86400),
        "is_cut": is_cut,
    }
