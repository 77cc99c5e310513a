from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from operations import leave, on_call, rota, workflow
from operations.access import layer_for, schedule_for
from operations.forms import LayerForm, places_of
from operations.models import Layer, Schedule
from operations.rota import Plan
from operations.views.on_call import AHEAD, crumbs, told
from portal import clock
from portal.access import members_of
from portal.http import Request
from portal.models import User

MOST_DIFFERENCES = 15


@require_http_methods(["GET", "POST"])
def create(request: Request, pk: int) -> HttpResponse:
    """Add a layer, above those there are."""
    schedule = schedule_for(request.user, pk, may="change")
    top = schedule.layers.order_by("-priority").first()
    layer = Layer(schedule=schedule, priority=top.priority + 1 if top else 0)
    form = _form(request, layer, [])
    if "preview" in request.POST:
        return _page(request, form, _("New layer"))
    made = told(
        form,
        lambda: workflow.add_layer(
            schedule,
            groups=form.groups(),
            priority=layer.priority,
            **form.fields_of_layer(),
            actor=request.user,
        ),
    )
    return _done(request, made) if made else _page(request, form, _("New layer"))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    layer = layer_for(request.user, pk, may="change")
    form = _form(request, layer, workflow.groups_of(layer))
    title = _("Edit %(layer)s") % {"layer": layer}
    if "preview" in request.POST:
        return _page(request, form, title)
    changed = told(
        form,
        lambda: workflow.change_layer(
            layer, groups=form.groups(), **form.fields_of_layer(), actor=request.user
        ),
    )
    return _done(request, changed) if changed else _page(request, form, title)


@require_http_methods(["GET", "POST"])
def remove(request: Request, pk: int) -> HttpResponse:
    """Show what taking a layer out changes, and do it."""
    layer = layer_for(request.user, pk, may="change")
    if request.method == "POST":
        workflow.remove_layer(layer, actor=request.user)
        return redirect(layer.schedule)
    plan = on_call.plan_of(layer.schedule)
    context = {
        "layer": layer,
        "crumbs": crumbs(layer.schedule),
        **_differences(layer.schedule, plan, plan.without_layer(layer.pk)),
    }
    return render(request, "operations/layer_remove.html", context)


@require_POST
def move_up(request: Request, pk: int) -> HttpResponse:
    layer = layer_for(request.user, pk, may="change")
    return redirect(workflow.move_layer(layer, is_up=True, actor=request.user).schedule)


@require_POST
def move_down(request: Request, pk: int) -> HttpResponse:
    layer = layer_for(request.user, pk, may="change")
    return redirect(workflow.move_layer(layer, is_up=False, actor=request.user).schedule)


def _form(request: Request, layer: Layer, groups: Sequence[Sequence[User]]) -> LayerForm:
    team = layer.schedule.team
    members = list(members_of(team).order_by("name", "pk").distinct())
    # Who has left the team keeps the place until somebody takes it away.
    others = [person for group in groups for person in group if person not in members]
    initial = {} if layer.pk else {"starts_on": clock.now().date()}
    return LayerForm(
        request.POST or None,
        instance=layer,
        initial=initial,
        people=[*members, *others],
        places=places_of(groups),
        zone=ZoneInfo(layer.schedule.time_zone),
    )


def _page(request: Request, form: LayerForm, title: str) -> HttpResponse:
    schedule = form.instance.schedule
    is_right = form.is_bound and form.is_valid()
    context = {
        "form": form,
        "title": title,
        "schedule": schedule,
        "crumbs": crumbs(schedule),
        "is_previewed": is_right,
    }
    if is_right:
        plan = on_call.plan_of(schedule)
        context |= _differences(schedule, plan, _changed(plan, form))
    status = 422 if form.is_bound and not is_right else 200
    return render(request, "operations/layer.html", context, status=status)


def _changed(plan: Plan, form: LayerForm) -> Plan:
    """Return the plan as it would be with what is typed; nothing is saved."""
    layer: Layer = form.instance
    before = next((row for row in plan.layers if row.id == layer.pk), None)
    after = on_call.layer_plan(layer, layer.schedule.time_zone, form.groups())
    if form.follows_calendar and before is not None:
        after = rota.LayerPlan(
            id=before.id,
            name=layer.name,
            priority=before.priority,
            valid_from=layer.valid_from,
            valid_until=layer.valid_until,
            fixed=before.fixed,
        )
    return plan.with_layer(after)


def _differences(schedule: Schedule, before: Plan, after: Plan) -> dict[str, Any]:
    """Who would be on call instead of whom in the next 60 days, and the hours of each."""
    now = clock.now()
    old, new = before.between(now, now + AHEAD), after.between(now, now + AHEAD)
    found = rota.differences(old, new)
    return {
        "schedule": schedule,
        "differences": found[:MOST_DIFFERENCES],
        "difference_count": len(found),
        "hours": _hours(old, new),
        "gap_hours": round(_gap(new) / timedelta(hours=1)),
        "away": leave.warnings_of(new, schedule.time_zone)[:MOST_DIFFERENCES],
    }


def _hours(
    old: Sequence[rota.Shift], new: Sequence[rota.Shift]
) -> list[tuple[rota.Person, int, int]]:
    """Return the hours of each person, before and after."""
    hours: dict[rota.Person, list[timedelta]] = {}
    for side, shifts in enumerate((old, new)):
        for shift in shifts:
            for person in shift.people:
                known = hours.setdefault(person, [timedelta(0), timedelta(0)])
                known[side] += shift.ends_at - shift.starts_at
    hour = timedelta(hours=1)
    rows = [(person, round(a / hour), round(b / hour)) for person, (a, b) in hours.items()]
    return sorted(rows, key=lambda row: str(row[0]))


def _gap(shifts: Sequence[rota.Shift]) -> timedelta:
    lengths = (shift.ends_at - shift.starts_at for shift in shifts if not shift.people)
    return sum(lengths, timedelta(0))


def _done(request: Request, layer: Layer) -> HttpResponse:
    said = _("%(layer)s is saved, by the clock in %(zone)s.")
    messages.success(request, said % {"layer": layer, "zone": layer.schedule.time_zone})
    return redirect(layer.schedule)
