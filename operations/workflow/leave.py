"""Leave: recorded by the person, or by a manager; nobody is taken off call by it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from operations.models import IN_USE, Leave, LeaveKind, Schedule
from portal import clock, events
from portal.errors import refuse
from portal.models import Team, User
from portal.models.tracked import delete_as


@transaction.atomic
def record_leave(
    *,
    person: User,
    starts_at: datetime,
    ends_at: datetime,
    kind: str = LeaveKind.HOLIDAY,
    note: str = "",
    actor: User | None,
) -> Leave:
    """Say that the person is away; their shifts stay and become findings."""
    _check(starts_at, ends_at)
    leave = Leave(person=person, starts_at=starts_at, ends_at=ends_at, kind=kind, note=note)
    leave.is_demo = person.is_demo
    leave.changed_by = actor
    leave.save()
    _tell("leave.recorded", leave, actor)
    return leave


@transaction.atomic
def change_leave(
    leave: Leave,
    *,
    starts_at: datetime,
    ends_at: datetime,
    kind: str,
    note: str,
    actor: User | None,
) -> Leave:
    locked = _locked(leave)
    _check(starts_at, ends_at)
    locked.starts_at, locked.ends_at = starts_at, ends_at
    locked.kind, locked.note = kind, note
    locked.changed_by = actor
    locked.save(update_fields=["starts_at", "ends_at", "kind", "note"])
    _tell("leave.changed", locked, actor)
    return locked


@transaction.atomic
def cancel_leave(leave: Leave, *, actor: User | None) -> None:
    """Take it back; leave that is over stays as a record."""
    locked = _locked(leave)
    if locked.ends_at <= clock.now():
        raise refuse("is_over", "This leave is over and stays as a record.")
    _tell("leave.cancelled", locked, actor)
    delete_as(locked, actor)


def _check(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        sentence = _("The end must be later than the beginning.")
        raise ValidationError({"ends_at": ValidationError(sentence, "ends_before_it_starts")})


def _locked(leave: Leave) -> Leave:
    rows = Leave.objects.select_for_update(of=("self",)).select_related("person")
    return rows.get(pk=leave.pk)


def _tell(kind: str, leave: Leave, actor: User | None) -> None:
    """Record it, without the reason, and that the schedules it touches need a look."""
    span: dict[str, Any] = {
        "starts_at": leave.starts_at.isoformat(),
        "ends_at": leave.ends_at.isoformat(),
    }
    events.record(kind, leave, actor=actor, person_id=leave.person_id, **span)
    teams = Team.objects.of(leave.person)
    for schedule in Schedule.objects.filter(IN_USE, team__in=teams):
        events.record("schedule.changed", schedule, actor=actor, away=str(leave.person), **span)
