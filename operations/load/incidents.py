"""Incidents of a shift: each counted once, in the shift in which it began."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from operations.load.duties import ShiftWorked

SHIFT = timedelta(hours=12)


class Begun(NamedTuple):
    """An incident that the person was paged for, and when it paged anybody first."""

    at: datetime
    reference: str


class ShiftLoad(NamedTuple):
    """A shift with its incidents; `busiest` are the most that began within 12 hours."""

    shift: ShiftWorked
    incidents: tuple[Begun, ...]
    busiest: tuple[Begun, ...]


def incidents_by_shift(
    shifts: Iterable[ShiftWorked], incidents: Iterable[Begun]
) -> list[ShiftLoad]:
    """Of two shifts at once the first takes it, so that nothing counts twice."""
    left = sorted(set(incidents))
    found = []
    for shift in sorted(shifts):
        mine = tuple(each for each in left if shift.span.holds(each.at))
        left = [each for each in left if each not in mine]
        found.append(ShiftLoad(shift, mine, _busiest(mine)))
    return found


def _busiest(incidents: tuple[Begun, ...]) -> tuple[Begun, ...]:
    windows = (
        tuple(each for each in incidents if first.at <= each.at < first.at + SHIFT)
        for first in incidents
    )
    return max(windows, key=len, default=())
