"""On-call schedules: made, changed, retired, and the short way to a weekly rotation."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django.db import transaction

from operations.models import Layer, RotationKind, Schedule
from operations.workflow.layers import save_layer, why_not_in_rotation
from operations.workflow.past import schedule_to_edit
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Team, User


@transaction.atomic
def make_schedule(
    *,
    team: Team,
    name: str = "",
    time_zone: str = "",
    description: str = "",
    is_default: bool | None = None,
    actor: User | None,
) -> Schedule:
    """
    Make a schedule without layers; a team's first answers for the team.

    The time zone is the team's, if none is given.
    """
    _lock_schedules_of(team)
    is_first = not Schedule.objects.filter(team=team, is_default=True).exists()
    schedule = Schedule(
        team=team,
        name=name,
        description=description,
        time_zone=time_zone or team.time_zone,
        is_default=is_first,
        is_demo=team.is_demo,
    )
    schedule.full_clean(exclude=["team"])
    schedule.changed_by = actor
    schedule.save()
    events.record("schedule.created", schedule, actor=actor, what=schedule.title)
    return make_default(schedule, actor=actor) if is_default and not is_first else schedule


@transaction.atomic
def change_schedule(schedule: Schedule, *, actor: User | None, **fields: Any) -> Schedule:
    """Change the name, description or time zone; rotations then keep to the new clock."""
    locked = schedule_to_edit(schedule)
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.full_clean(exclude=["team"])
    locked.changed_by = actor
    locked.save(update_fields=[*fields])
    events.record("schedule.changed", locked, actor=actor, change="schedule")
    return locked


@transaction.atomic
def make_default(schedule: Schedule, *, actor: User | None) -> Schedule:
    """Have this schedule answer where only the team is named."""
    _lock_schedules_of(schedule.team)
    locked = schedule_to_edit(schedule)
    if locked.is_default:
        return locked
    for other in Schedule.objects.filter(team=locked.team_id, is_default=True):
        other.is_default = False
        other.changed_by = actor
        other.save(update_fields=["is_default"])
    locked.is_default = True
    locked.changed_by = actor
    locked.save(update_fields=["is_default"])
    what = f"answers for {locked.team} now"
    events.record("schedule.changed", locked, actor=actor, change="default", what=what)
    return locked


def why_not_retire(schedule: Schedule) -> list[Refusal]:
    if schedule.retired_at is not None:
        return [Refusal("is_retired", "This schedule is not used any more.")]
    others = Schedule.objects.filter(team=schedule.team_id, retired_at=None)
    if schedule.is_default and others.exclude(pk=schedule.pk).exists():
        sentence = "This schedule answers for the team."
        return [Refusal("is_default", sentence, "Let another one do that first.")]
    return []


@transaction.atomic
def retire_schedule(schedule: Schedule, *, actor: User | None) -> Schedule:
    """Use a schedule no more: nobody is on call by it from now on; its past stays."""
    locked = schedule_to_edit(schedule)
    if reasons := why_not_retire(locked):
        raise TransitionNotAllowed(reasons)
    locked.retired_at = clock.now()
    locked.is_default = False
    locked.changed_by = actor
    locked.save(update_fields=["retired_at", "is_default"])
    events.record("schedule.retired", locked, actor=actor)
    events.record("schedule.changed", locked, actor=actor, change="retired")
    return locked


@transaction.atomic
def set_schedule(
    team: Team,
    *,
    people: Sequence[User],
    starts_on: date,
    handoff_weekday: int = 0,
    handoff_time: time = time(9),
    actor: User | None,
) -> Schedule:
    """
    Set a team's weekly rotation, in the order of `people`; overrides stay as they are.

    The week of `starts_on` is the first person's. Everybody in it must be able to work and
    belong to the team. Raises if the team's schedule has grown beyond one weekly rotation.
    """
    if not people:
        raise refuse("nobody", "A rotation needs at least one person.")
    if reasons := why_not_in_rotation(team, people):
        raise TransitionNotAllowed(reasons)
    schedule = Schedule.objects.filter(team=team, is_default=True).first()
    is_new = schedule is None
    if schedule is None:
        schedule = make_schedule(team=team, actor=actor)
    schedule = schedule_to_edit(schedule)
    if reasons := why_not_set(schedule):
        raise TransitionNotAllowed(reasons)
    layer = schedule.layers.first() or Layer(schedule=schedule)
    layer.starts_on = starts_on
    layer.handoff_weekday = handoff_weekday
    layer.handoff_time = handoff_time
    save_layer(layer, [[person] for person in people], actor=actor)
    if not is_new:
        names = [str(person) for person in people]
        events.record("schedule.changed", schedule, actor=actor, change="layer", people=names)
    return schedule


def why_not_set(schedule: Schedule) -> list[Refusal]:
    """Return why a schedule cannot be changed by the short form for one weekly rotation."""
    layers = list(schedule.layers.all()[:2])
    is_plain = all(
        layer.rotation == RotationKind.WEEKLY
        and layer.interval == 1
        and not (layer.weekdays or layer.hours or layer.holiday_rule)
        for layer in layers
    )
    if len(layers) < 2 and is_plain:
        return []
    sentence = "This schedule is more than one weekly rotation."
    return [Refusal("has_layers", sentence, "Change its layers on its own page.")]


def _lock_schedules_of(team: Team) -> None:
    Team.objects.select_for_update(of=("self",)).get(pk=team.pk)
