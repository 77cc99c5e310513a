from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import leave, on_call, rota, workflow
from operations.access import require_team, schedule_for
from operations.forms import OverrideForm, RotationForm, ScheduleForm, places_of
from operations.models import Layer, Override, Schedule, TemporarySchedule
from operations.on_call_picture import Picture
from portal import clock, events
from portal.access import members_of, require_look, require_work, team_for, works_in
from portal.errors import DomainError, Refusal
from portal.forms import attempt
from portal.http import Request
from portal.models import Team, User
from portal.timeline import lines

AHEAD = timedelta(days=60)
LOOKED_AHEAD = [2, 8, 35]  # days: hourly turns need not be worked out for weeks
WEEKS = [2, 4, 8]
SHOWN = 20

T = TypeVar("T")


@require_GET
def overview(request: Request) -> HttpResponse:
    """Who is on call in each schedule now and next, and which teams have none yet."""
    require_look(request.user)
    now = clock.now()
    schedules = list(on_call.schedules_with_people(after=now))
    teams = Team.objects.exclude(pk__in={schedule.team_id for schedule in schedules})
    mine = _teams_of(request.user)
    context = {
        "duties": [_duty(schedule, now) for schedule in schedules],
        "without": [(team, team.pk in mine) for team in teams],
        "may_make": bool(mine),
    }
    return render(request, "operations/on_call.html", context)


@require_GET
def schedule(request: Request, pk: int) -> HttpResponse:
    return schedule_page(request, schedule_for(request.user, pk))


@require_http_methods(["GET", "POST"])
def set_schedule(request: Request, slug: str) -> HttpResponse:
    """Set a team's one weekly rotation, whether it has one or not: the short way."""
    team = team_for(request.user, slug)
    require_team(request.user, team)
    form = _rotation_form(request, team)
    if made := told(form, lambda: _set(form, team, request.user)):
        messages.success(request, _confirmed(made))
        return redirect(made)
    context = {
        "form": form,
        "title": _("On call for %(team)s") % {"team": team},
        "crumbs": crumbs(),
        "cancel_url": reverse("operations:on-call"),
        "note": _("One weekly rotation, by the clock in %(zone)s. More can be added later.")
        % {"zone": _zone_of(team)},
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/rotation.html", context, status=status)


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    """Make a schedule; its layers are added on its own page."""
    require_work(request.user)
    teams = Team.objects.filter(pk__in=_teams_of(request.user))
    initial = {"time_zone": request.user.time_zone, "team": request.GET.get("team")}
    form = ScheduleForm(request.POST or None, teams=teams, initial=initial)
    made = attempt(
        form, lambda: workflow.make_schedule(**form.cleaned_data, actor=request.user)
    )
    if made:
        return redirect("operations:layer-create", made.pk)
    return form_page(request, form, _("New schedule"), reverse("operations:on-call"))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    shown = schedule_for(request.user, pk, may="change")
    form = ScheduleForm(request.POST or None, instance=shown, teams=None)
    changed = told(
        form,
        lambda: workflow.change_schedule(shown, **form.cleaned_data, actor=request.user),
    )
    if changed:
        return redirect(changed)
    title = _("Edit the schedule")
    return form_page(request, form, title, shown.get_absolute_url(), of=shown)


@require_POST
def make_default(request: Request, pk: int) -> HttpResponse:
    shown = schedule_for(request.user, pk, may="change")
    return redirect(workflow.make_default(shown, actor=request.user))


@require_POST
def retire(request: Request, pk: int) -> HttpResponse:
    shown = schedule_for(request.user, pk, may="change")
    workflow.retire_schedule(shown, actor=request.user)
    messages.success(request, _("%(schedule)s is not used any more.") % {"schedule": shown})
    return redirect("operations:on-call")


def schedule_page(
    request: Request, shown: Schedule, form: OverrideForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The page of a schedule, with the form of an override that was refused, if one was."""
    now = clock.now()
    known = on_call.schedules_with_people().filter(pk=shown.pk).first() or shown
    refusals = why_not_change(request.user, shown)
    context = {
        "schedule": known,
        "now": on_call.schedule_on_call(known, now),
        "refusals": refusals,
        "form": form or (None if refusals else override_form(known)),
        "timeline": lines(events.about(shown)[:SHOWN], about=shown),
        "why_not_retire": refusals or workflow.why_not_retire(shown),
        **_ahead(request, known, now),
        **_rows(known, now),
    }
    return render(request, "operations/schedule.html", context, status=status)


def why_not_change(user: User, shown: Schedule) -> list[Refusal]:
    if not works_in(user, shown.team):
        sentence = _("Only the team changes who is on call for it.")
        return [Refusal("not_yours", sentence)]
    if shown.retired_at is not None:
        return [Refusal("is_retired", _("This schedule is not used any more."))]
    return []


def override_form(shown: Schedule, data: Any = None) -> OverrideForm:
    zone = ZoneInfo(shown.time_zone)
    people, layers = members_of(shown.team), list(shown.layers.all())
    return OverrideForm(data, people=people, layers=layers, zone=zone)


def crumbs(shown: Schedule | None = None) -> list[dict[str, str]]:
    found = [{"label": _("On call"), "url": reverse("operations:on-call")}]
    if shown is not None:
        found.append({"label": str(shown), "url": shown.get_absolute_url()})
    return found


def _ahead(request: Request, known: Schedule, now: datetime) -> dict[str, Any]:
    """What is to come: the picture, the table beside it, and changes of the clock."""
    asked = request.GET.get("weeks", "")
    weeks = int(asked) if asked in {str(number) for number in WEEKS} else WEEKS[0]
    plan = on_call.plan_of(known)
    zone = ZoneInfo(known.time_zone)
    end = now + timedelta(weeks=weeks)
    shifts = on_call.shifts(known, now, now + AHEAD)
    picture = Picture(now, end, zone, now)
    if len(plan.layers) > 1 or known.overrides.all():
        for row, layer in zip(known.layers.all(), plan.layers, strict=True):
            found = on_call.told_shifts(plan.layer_between(layer, now, end))
            picture.add(str(row), found)
    picture.add(_("On call"), [s for s in shifts if s.starts_at < end], is_final=True)
    return {
        "picture": picture,
        "shifts": [shift for shift in shifts if shift.starts_at < end],
        "following": next((s for s in shifts if s.starts_at > now), None),
        "weeks": [(number, number == weeks) for number in WEEKS],
        "shown_weeks": weeks,
        "clock_changes": rota.clock_changes(shifts, known.time_zone, now, now + AHEAD),
    }


def _rows(known: Schedule, now: datetime) -> dict[str, Any]:
    """What the schedule is made of, as it can be edited."""
    layers, plan = list(known.layers.all()), on_call.plan_of(known)
    return {
        "layers": [(layer, row.groups) for layer, row in zip(layers, plan.layers, strict=True)],
        "overrides": Override.objects.filter(schedule=known, ends_at__gt=now)
        .select_related("person", "layer", "replaces")
        .order_by("starts_at"),
        "temporaries": TemporarySchedule.objects.filter(schedule=known, ends_at__gt=now)
        .prefetch_related("shifts__person")
        .order_by("starts_at"),
    }


def _duty(schedule: Schedule, now: datetime) -> dict[str, Any]:
    current = on_call.schedule_on_call(schedule, now)
    following = None
    for days in LOOKED_AHEAD:
        ahead = on_call.shifts(schedule, now, now + timedelta(days=days))
        others = (shift for shift in ahead if shift.people != current.people)
        if following := next(others, None):
            break
    return {"schedule": schedule, "now": current, "following": following}


def _teams_of(user: User) -> set[int]:
    """The teams whose schedules this person may make and change."""
    if not user.may_work:
        return set()
    teams = Team.objects.all() if user.is_administrator else Team.objects.of(user)
    return set(teams.values_list("pk", flat=True))


def _zone_of(team: Team) -> str:
    known = Schedule.objects.filter(team=team, is_default=True).first()
    return known.time_zone if known else team.time_zone


def _begun_on(team: Team) -> date:
    """The last day whose hand-over has been: who is entered first is on call at once."""
    local = clock.now().astimezone(ZoneInfo(_zone_of(team)))
    has_been = local.time() >= Layer._meta.get_field("handoff_time").get_default()
    return local.date() if has_been else local.date() - timedelta(days=1)


def _rotation_form(request: Request, team: Team) -> RotationForm:
    layer = Layer.objects.filter(schedule__team=team, schedule__is_default=True).first()
    places = places_of(workflow.groups_of(layer)) if layer else {}
    people = list(members_of(team).order_by("name", "pk").distinct())
    initial = {} if layer else {"starts_on": _begun_on(team)}
    return RotationForm(
        request.POST or None, instance=layer, initial=initial, people=people, places=places
    )


def _set(form: RotationForm, team: Team, actor: User) -> Schedule:
    values = {name: form.cleaned_data[name] for name in RotationForm.Meta.fields}
    people = [person for group in form.groups() for person in group]
    return workflow.set_schedule(team, people=people, **values, actor=actor)


def told(form: BaseForm, verb: Callable[[], T]) -> T | None:
    """As `attempt`, and what a rule says stands on the form, where nothing typed is lost."""
    try:
        return attempt(form, verb)
    except DomainError as refused:
        form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        return None


def _confirmed(made: Schedule) -> str:
    layer = made.layers.get()
    names = ", ".join(str(row.person) for row in layer.participants.select_related("person"))
    said = _("Weekly rotation: %(names)s. Handed over each %(day)s at %(time)s (%(zone)s).")
    return said % {
        "names": names,
        "day": layer.get_handoff_weekday_display(),
        "time": f"{layer.handoff_time:%H:%M}",
        "zone": made.time_zone,
    }


def form_page(
    request: Request, form: Any, title: str, back: str, of: Schedule | None = None
) -> HttpResponse:
    context = {"form": form, "title": title, "crumbs": crumbs(of), "cancel_url": back}
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)


def warn_of_leave(
    request: Request,
    people: Iterable[User],
    starts_at: datetime,
    ends_at: datetime,
    schedule: Schedule,
) -> None:
    """Say at once that somebody who was put on call is away then; it is done all the same."""
    for sentence in leave.warnings(people, starts_at, ends_at, schedule.time_zone):
        messages.warning(request, sentence)
