"""What an edit, or a change of the clock, does to the shifts ahead."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from operations.rota.people import Person
from operations.rota.plan import Shift

STEP = timedelta(hours=6)  # between looks for a change of the clock; none are closer together
SECOND = timedelta(seconds=1)


class Held(Protocol):
    """A shift, as far as its length matters."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...

    @property
    def people(self) -> Sequence[Person]: ...


class Difference(NamedTuple):
    """From `starts_at` to `ends_at`, others are on call than before."""

    starts_at: datetime
    ends_at: datetime
    before: tuple[Person, ...]
    after: tuple[Person, ...]


class ClockChange(NamedTuple):
    """The clock is put forward (`by` above zero) or back, and the shifts that hold that."""

    at: datetime
    by: timedelta
    shifts: list[Held]


def differences(before: Sequence[Shift], after: Sequence[Shift]) -> list[Difference]:
    """Return where two answers for one window name other people."""
    found: list[Difference] = []
    edges = sorted({edge for shift in (*before, *after) for edge in shift[:2]})
    one, two = _people_at(before, edges), _people_at(after, edges)
    for (start, end), old, new in zip(itertools.pairwise(edges), one, two, strict=True):
        if set(old) == set(new):
            continue
        row = Difference(start, end, old, new)
        if found and found[-1].ends_at == start and found[-1][2:] == row[2:]:
            row = row._replace(starts_at=found.pop().starts_at)
        found.append(row)
    return found


def _people_at(
    shifts: Sequence[Shift], edges: Sequence[datetime]
) -> Iterator[tuple[Person, ...]]:
    """Return who is on call from each edge to the next."""
    rest = iter(shifts)
    current = next(rest, None)
    for edge in edges[:-1]:
        while current is not None and current.ends_at <= edge:
            current = next(rest, None)
        yield current.people if current is not None and current.starts_at <= edge else ()


def clock_changes(
    shifts: Iterable[Held], zone: str, start: datetime, end: datetime
) -> list[ClockChange]:
    """Return the changes of the clock in a window, each with the shifts that it lengthens."""
    held = [shift for shift in shifts if shift.people]
    return [
        ClockChange(at, by, [s for s in held if s.starts_at < at < s.ends_at])
        for at, by in _changes(ZoneInfo(zone), start, end)
    ]


def _changes(
    zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[datetime, timedelta]]:
    before = start
    while before < end:
        after = min(before + STEP, end)
        by = _offset(after, zone) - _offset(before, zone)
        if by:
            yield _when(zone, before, after), by
        before = after


def _when(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Search for the first second with the new offset."""
    new = _offset(after, zone)
    while after - before > SECOND:
        middle = before + (after - before) / 2
        if _offset(middle, zone) == new:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)
