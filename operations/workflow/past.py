"""
Who was on call is written down before anything changes, so that no edit changes history.

Every verb that edits a schedule begins with `schedule_to_edit`; a sweep does the rest.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from operations import on_call
from operations.models import IN_USE, PastShift, PlannedShift, Schedule
from operations.on_call import Shift
from operations.rota import Plan
from portal import clock
from portal.errors import refuse

# How far back the first writing down goes; an imported rotation may have begun long ago.
FIRST_LOOK_BACK = timedelta(days=400)
FREEZE_AFTER = timedelta(minutes=5)
AT_ONCE = 50


def schedule_to_edit(schedule: Schedule) -> Schedule:
    """Lock a schedule and write down its past; raises if it is not used any more."""
    locked = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
    if locked.retired_at is not None:
        raise refuse("is_retired", "This schedule is not used any more.")
    return freeze(locked, now=clock.now())


@transaction.atomic
def freeze(schedule: Schedule, *, now: datetime) -> Schedule:
    """Write down who was on call until now; what is written already stays as it is."""
    locked = (
        Schedule.objects.select_for_update(of=("self",))
        .select_related("team")
        .get(pk=schedule.pk)
    )
    if locked.retired_at is not None:
        return locked
    plan = on_call.plan_of(locked)
    start = locked.frozen_until or _beginning(plan, now)
    if start < now:
        _write(locked, on_call.told_shifts(plan.between(start, now)))
        without_overrides = replace(plan, overrides=())
        _write_planned(locked, on_call.told_shifts(without_overrides.between(start, now)))
        locked.frozen_until = now
        Schedule.objects.filter(pk=locked.pk).update(frozen_until=now)
    return locked


def freeze_past(now: datetime) -> int:
    """Write down the past of the schedules that this is due for; return how many."""
    due = Q(frozen_until=None) | Q(frozen_until__lt=now - FREEZE_AFTER)
    schedules = Schedule.objects.filter(IN_USE).filter(due).order_by("frozen_until", "pk")
    rows = list(schedules[:AT_ONCE])
    for schedule in rows:
        freeze(schedule, now=now)
    return len(rows)


def _beginning(plan: Plan, now: datetime) -> datetime:
    """Return the first instant that a plan says anything about, not too long ago."""
    begun = [layer.rule.units.begins(0) for layer in plan.layers if layer.rule]
    begun += [shift.starts_at for layer in plan.layers for shift in layer.fixed]
    begun += [row.starts_at for row in plan.overrides]
    begun += [row.starts_at for row in plan.temporaries]
    return max(min(begun, default=now), now - FIRST_LOOK_BACK)


def _write(schedule: Schedule, shifts: Sequence[Shift]) -> None:
    rows = [_row(schedule, shift) for shift in shifts]
    last = PastShift.objects.filter(schedule=schedule, ends_at=shifts[0].starts_at).first()
    if last is not None and _said(last) == _said(rows[0]):
        PastShift.objects.filter(pk=last.pk).update(ends_at=rows[0].ends_at)
        del rows[0]
    PastShift.objects.bulk_create(rows, batch_size=500)


def _write_planned(schedule: Schedule, shifts: Sequence[Shift]) -> None:
    """The same without overrides; one that goes on is made longer."""
    rows: list[PlannedShift] = []
    last = PlannedShift.objects.filter(schedule=schedule, ends_at=shifts[0].starts_at).first()
    for shift in shifts:
        people = [person.pk for person in shift.people]
        before = rows[-1] if rows else last
        if before is not None and before.people == people:
            before.ends_at = shift.ends_at
        else:
            span = {"starts_at": shift.starts_at, "ends_at": shift.ends_at}
            rows.append(PlannedShift(schedule=schedule, people=people, **span))
    if last is not None:
        PlannedShift.objects.filter(pk=last.pk).update(ends_at=last.ends_at)
    PlannedShift.objects.bulk_create(rows, batch_size=500)


def _row(schedule: Schedule, shift: Shift) -> PastShift:
    return PastShift(
        schedule=schedule,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        people=[person.pk for person in shift.people],
        reason=shift.reason,
        source=shift.source,
        slot=shift.slot,
        layer_id=shift.layer_id,
    )


def _said(row: PastShift) -> tuple[list[int], str, str, str]:
    return row.people, row.reason, row.source, row.slot
