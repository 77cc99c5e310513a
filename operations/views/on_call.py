from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import on_call, workflow
from operations.access import override_for, require_team, schedule_for
from operations.forms import OverrideForm, ScheduleForm
from operations.models import Override, Schedule
from portal import clock, events
from portal.access import members_of, require_look, team_for, works_in
from portal.errors import DomainError, Refusal
from portal.http import Request
from portal.models import Team
from portal.timeline import lines

AHEAD = timedelta(weeks=8)
SHOWN = 20


@require_GET
def overview(request: Request) -> HttpResponse:
    """Who is on call in each team now, and which teams have no schedule yet."""
    require_look(request.user)
    duties = on_call.everybody_on_call(clock.now())
    schedules = {schedule.team_id: schedule for schedule in Schedule.objects.all()}
    without = Team.objects.exclude(pk__in=schedules)
    mine = set(Team.objects.of(request.user).values_list("pk", flat=True))
    is_administrator = request.user.is_administrator
    context = {
        "duties": [(duty, schedules[duty.team.pk]) for duty in duties],
        "without": [
            (team, request.user.may_work and (is_administrator or team.pk in mine))
            for team in without
        ],
    }
    return render(request, "operations/on_call.html", context)


@require_GET
def schedule(request: Request, pk: int) -> HttpResponse:
    return _schedule_page(request, schedule_for(request.user, pk))


@require_http_methods(["GET", "POST"])
def set_schedule(request: Request, slug: str) -> HttpResponse:
    """Set a team's rotation, whether it has one or not."""
    team = team_for(request.user, slug)
    require_team(request.user, team)
    form = _form(request, team)
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in ScheduleForm.Meta.fields}
        try:
            made = workflow.set_schedule(
                team, people=form.in_turn(), **values, actor=request.user
            )
        except DomainError as refused:
            form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        else:
            return redirect(made)
    context = {
        "form": form,
        "title": _("On call for %(team)s") % {"team": team},
        "crumbs": [{"label": _("On call"), "url": reverse("operations:on-call")}],
        "cancel_url": reverse("operations:on-call"),
        "note": _("Times are by the clock in %(zone)s.") % {"zone": team.time_zone},
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)


@require_POST
def override(request: Request, pk: int) -> HttpResponse:
    shown = schedule_for(request.user, pk, may="change")
    form = OverrideForm(request.POST, people=members_of(shown.team))
    if form.is_valid():
        try:
            workflow.override(shown, **form.cleaned_data, actor=request.user)
        except DomainError as refused:
            form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        else:
            return redirect(shown)
    return _schedule_page(request, shown, form, status=422)


@require_POST
def remove_override(request: Request, pk: int) -> HttpResponse:
    taken_back = override_for(request.user, pk, may="change")
    workflow.remove_override(taken_back, actor=request.user)
    return redirect(taken_back.schedule)


def _form(request: Request, team: Team) -> ScheduleForm:
    known = Schedule.objects.filter(team=team).prefetch_related("turns__person").first()
    in_turn = [turn.person for turn in known.turns.all()] if known else []
    people = list(members_of(team).order_by("name", "pk").distinct())
    initial: dict[str, Any] = {} if known else {"starts_on": clock.now().date()}
    return ScheduleForm(
        request.POST or None, instance=known, initial=initial, people=people, in_turn=in_turn
    )


def _schedule_page(
    request: Request, shown: Schedule, form: OverrideForm | None = None, *, status: int = 200
) -> HttpResponse:
    now = clock.now()
    may_change = works_in(request.user, shown.team)
    not_yours = Refusal("not_yours", _("Only the team changes who is on call for it."))
    coming = Override.objects.filter(schedule=shown, ends_at__gt=now).order_by("starts_at")
    context = {
        "schedule": shown,
        "now": on_call.who_is_on_call(shown.team, now),
        "shifts": on_call.shifts(shown.team, now, now + AHEAD),
        "turns": shown.turns.select_related("person"),
        "overrides": coming.select_related("person"),
        "refusals": [] if may_change else [not_yours],
        "form": form or OverrideForm(people=members_of(shown.team)),
        "timeline": lines(events.about(shown)[:SHOWN], about=shown),
    }
    return render(request, "operations/schedule.html", context, status=status)
