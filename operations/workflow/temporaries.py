"""Temporary schedules: fixed shifts for a while, above all else in the schedule."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from operations.models import Schedule, TemporarySchedule, TemporaryShift
from operations.workflow.past import schedule_to_edit
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User
from portal.models.tracked import delete_as

FixedShift = tuple[User, datetime, datetime]


def why_not_temporary(
    *, starts_at: datetime, ends_at: datetime, shifts: Sequence[FixedShift], now: datetime
) -> list[Refusal]:
    """Return every reason why these shifts cannot be a temporary schedule."""
    reasons = []
    if ends_at <= starts_at:
        sentence = "The end must be later than the beginning."
        reasons.append(Refusal("ends_before_it_starts", sentence))
    elif ends_at <= now:
        reasons.append(Refusal("is_over", "This time is over already.", "Choose a later end."))
    if not shifts:
        reasons.append(Refusal("nobody", "A temporary schedule needs at least one shift."))
    for person, start, end in shifts:
        if not starts_at <= start < end <= ends_at:
            sentence = f"A shift of {person} does not lie within the temporary schedule."
            reasons.append(Refusal("shift_outside", sentence))
        if not person.may_work:
            reasons.append(Refusal("cannot_work", f"{person} has no access for work."))
    return list(dict.fromkeys(reasons))


@transaction.atomic
def make_temporary(
    schedule: Schedule,
    *,
    starts_at: datetime,
    ends_at: datetime,
    shifts: Sequence[FixedShift],
    reason: str = "",
    actor: User | None,
) -> TemporarySchedule:
    """Have these people on call, each at their time; elsewhere the usual schedule decides."""
    locked = schedule_to_edit(schedule)
    made = TemporarySchedule(schedule=locked)
    span = (starts_at, ends_at)
    return _save(made, span, shifts, reason, actor, what="Temporary schedule added")


@transaction.atomic
def change_temporary(
    temporary: TemporarySchedule,
    *,
    starts_at: datetime,
    ends_at: datetime,
    shifts: Sequence[FixedShift],
    reason: str = "",
    actor: User | None,
) -> TemporarySchedule:
    """Say all of it anew; what of it is past stays as it was."""
    locked_schedule = schedule_to_edit(temporary.schedule)
    locked = TemporarySchedule.objects.select_for_update(of=("self",)).get(pk=temporary.pk)
    if locked.ends_at <= clock.now():
        raise refuse("is_over", "This temporary schedule is over and stays as a record.")
    locked.schedule = locked_schedule
    span = (starts_at, ends_at)
    return _save(locked, span, shifts, reason, actor, what="Temporary schedule changed")


@transaction.atomic
def remove_temporary(temporary: TemporarySchedule, *, actor: User | None) -> None:
    """Let the usual schedule decide again; one that is over stays as a record."""
    schedule = schedule_to_edit(temporary.schedule)
    locked = TemporarySchedule.objects.select_for_update(of=("self",)).get(pk=temporary.pk)
    if locked.ends_at <= clock.now():
        raise refuse("is_over", "This temporary schedule is over and stays as a record.")
    what = "Temporary schedule taken back"
    events.record("schedule.changed", schedule, actor=actor, change="temporary", what=what)
    delete_as(locked, actor)


def _save(
    row: TemporarySchedule,
    span: tuple[datetime, datetime],
    shifts: Sequence[FixedShift],
    reason: str,
    actor: User | None,
    *,
    what: str,
) -> TemporarySchedule:
    starts_at, ends_at = span
    now = clock.now()
    reasons = why_not_temporary(starts_at=starts_at, ends_at=ends_at, shifts=shifts, now=now)
    if reasons:
        raise TransitionNotAllowed(reasons)
    row.starts_at, row.ends_at, row.reason = starts_at, ends_at, reason
    row.changed_by = actor
    row.save()
    for old in row.shifts.all():
        delete_as(old, actor)
    for person, start, end in shifts:
        made = TemporaryShift(temporary=row, person=person, starts_at=start, ends_at=end)
        made.changed_by = actor
        made.save()
    events.record("schedule.changed", row.schedule, actor=actor, change="temporary", what=what)
    return row
