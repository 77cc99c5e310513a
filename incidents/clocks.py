"""
The arithmetic of clocks: how much time counts, and when a target is reached. No database.

`elapsed(t) = |[start, t) ∩ calendar \\ pauses|`; a clock is breached at the first t with
`elapsed(t) >= target`, and at risk at the first t with `elapsed(t) >= share x target`. The
calendar is the one in force at each moment: a change of severity may bring another, and what
had elapsed by then is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from operations.business_hours import Calendar

ZERO = timedelta(0)
FAR = datetime(9999, 1, 1, tzinfo=UTC)  # the end of what has none

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Segment:
    """From when on which calendar counts; None counts around the clock."""

    since: datetime
    calendar: Calendar | None = None

    def spans(self, start: datetime, end: datetime) -> Iterator[Span]:
        """The times of `[start, end)` that count, in order."""
        if self.calendar is None:
            yield start, end
            return
        for opens, closes in self.calendar.spans(start):
            if opens >= end:
                return
            yield opens, min(closes, end)


@dataclass(frozen=True)
class Terms:
    """Since when it runs, by which calendars, and without which times (None: not over yet)."""

    start: datetime
    segments: tuple[Segment, ...] = ()
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()

    def elapsed(self, at: datetime) -> timedelta:
        """How much time has counted before `at`."""
        return sum((end - begin for begin, end in self._counted(at)), ZERO)

    def reaches(self, amount: timedelta) -> datetime | None:
        """The first instant by which so much has counted; None if that never comes."""
        if amount <= ZERO:
            return self.start
        left = amount
        for begin, end in self._counted(FAR):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return None

    def under(self, calendar: Calendar | None, since: datetime) -> Terms:
        """The same with another calendar from `since` on, whatever was said of later times."""
        kept = self.segments or (Segment(self.start),)
        if kept[-1].calendar == calendar and kept[-1].since <= since:
            return self
        before = tuple(each for each in kept if each.since < since)
        return replace(self, segments=(*before, Segment(max(since, self.start), calendar)))

    def _counted(self, until: datetime) -> Iterator[Span]:
        # Nothing counts behind a pause that is not over, however long one looked.
        until = min([until, *(start for start, stop in self.pauses if stop is None)])
        for begin, end in self._running(until):
            yield from _without(self.pauses, begin, end)

    def _running(self, until: datetime) -> Iterator[Span]:
        """What the calendars leave of `[start, until)`."""
        kept = self.segments or (Segment(self.start),)
        for segment, following in pairwise((*kept, None)):
            assert segment is not None
            start = max(self.start, segment.since if segment is not kept[0] else self.start)
            end = min(until, following.since) if following else until
            if start < end:
                yield from segment.spans(start, end)


def _without(
    pauses: Iterable[tuple[datetime, datetime | None]], begin: datetime, end: datetime
) -> Iterator[Span]:
    """What is left of one span; pauses may overlap."""
    for paused, resumed in sorted((start, stop or FAR) for start, stop in pauses):
        if paused >= end:
            break
        if resumed <= begin:
            continue
        if paused > begin:
            yield begin, paused
        begin = resumed
        if begin >= end:
            return
    if begin < end:
        yield begin, end


def written(segments: Iterable[Segment]) -> list[dict[str, Any]]:
    """Segments as plain JSON: `[{"since", "calendar"}]`."""
    return [
        {
            "since": each.since.isoformat(),
            "calendar": each.calendar.as_data() if each.calendar else None,
        }
        for each in segments
    ]


def read(rows: Iterable[dict[str, Any]]) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            datetime.fromisoformat(row["since"]),
            Calendar.read(row["calendar"]) if row["calendar"] else None,
        )
        for row in rows
    )
