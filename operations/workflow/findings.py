"""Findings about the shifts to come: kept while they hold, and told to managers once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from operations import coverage_gaps, on_call
from operations.coverage_gaps import HORIZON, Found
from operations.leave import away
from operations.models import IN_USE, Schedule, ShiftFinding
from portal import events

NAMED = 20  # findings that one notice names
Pattern = tuple[str, int, int | None, int | None, str]


@transaction.atomic
def look_for_findings(now: datetime) -> int:
    """
    Look at the next 60 days of every schedule; return how many findings are new.

    A finding that still holds keeps its row however its edges move. What came up before at
    the same hours of the same weekday is kept without a further notice.
    """
    schedules = list(_locked())
    shifts = {schedule: on_call.shifts(schedule, now, now + HORIZON) for schedule in schedules}
    people = {person for its in shifts.values() for shift in its for person in shift.people}
    found = coverage_gaps.findings(shifts, away(people, now, now + HORIZON))
    known = list(ShiftFinding.objects.current().order_by("starts_at"))
    told = _patterns(schedules)
    new = [row for each in found if (row := _kept(each, known, now)) is not None]
    for row in known:  # those that no shift explains any more
        ShiftFinding.objects.filter(pk=row.pk).update(gone_at=now)
    _tell(schedules, [row for row in new if _is_worse(row, told, schedules)])
    return len(new)


def _locked() -> Iterable[Schedule]:
    """Two at once would find the same things twice; the lock is on the schedules' rows."""
    rows = Schedule.objects.select_for_update(of=("self",)).filter(IN_USE)
    return rows.select_related("team").order_by("pk")


def _kept(found: Found, known: list[ShiftFinding], now: datetime) -> ShiftFinding | None:
    """Return a row if it is new; one that is known is moved to where it is now."""
    for row in known:
        identity = row.kind, row.schedule_id, row.other_id, row.person_id
        if identity != found.identity or not _touch(row, found):
            continue
        known.remove(row)
        begun = found.starts_at <= now and row.starts_at < found.starts_at
        starts_at = row.starts_at if begun else found.starts_at
        ShiftFinding.objects.filter(pk=row.pk).update(
            starts_at=starts_at, ends_at=found.ends_at, reason=found.reason
        )
        return None
    return ShiftFinding.objects.create(**found._asdict(), found_at=now)


def _touch(row: ShiftFinding, found: Found) -> bool:
    return row.starts_at <= found.ends_at and found.starts_at <= row.ends_at


def _patterns(schedules: Iterable[Schedule]) -> dict[Pattern, timedelta]:
    """How long at most each habit lasted that was found before."""
    longest: dict[Pattern, timedelta] = {}
    for row in ShiftFinding.objects.filter(schedule__in=[row.pk for row in schedules]):
        key = _pattern(row, schedules)
        longest[key] = max(longest.get(key, timedelta(0)), row.ends_at - row.starts_at)
    return longest


def _is_worse(
    row: ShiftFinding, told: dict[Pattern, timedelta], schedules: Iterable[Schedule]
) -> bool:
    return row.ends_at - row.starts_at > told.get(_pattern(row, schedules), timedelta(0))


def _pattern(row: ShiftFinding, schedules: Iterable[Schedule]) -> Pattern:
    """What makes two findings one habit: the same people, from the same hour of a weekday."""
    (schedule,) = [each for each in schedules if each.pk == row.schedule_id]
    local = row.starts_at.astimezone(ZoneInfo(schedule.time_zone))
    return row.kind, row.schedule_id, row.other_id, row.person_id, f"{local:%u %H:%M}"


def _tell(schedules: Iterable[Schedule], new: list[ShiftFinding]) -> None:
    for schedule in schedules:
        mine = [row for row in new if schedule.pk in {row.schedule_id, row.other_id}]
        if mine:
            events.record(
                "schedule.findings_found",
                schedule,
                actor=None,
                count=len(mine),
                findings=[row.pk for row in mine[:NAMED]],
            )
