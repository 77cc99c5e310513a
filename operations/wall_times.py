"""
When times that a wall clock shows come about, in UTC: what cron and OnCalendar have in common.

A time that the clock skips is the first instant after the gap, and one that it shows twice is
its first. What goes by elapsed time instead comes in both passes of a repeated hour, and never
in a skipped one.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from operations.wall_clock import instant

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
LONGEST_GAP = timedelta(days=5 * 366)  # between two times that an expression names

# Yields the times, without a zone, that an expression names after one, in order.
Shown = Callable[[datetime], Iterator[datetime]]


def instants(
    shown: Shown, zone: ZoneInfo, after: datetime, *, by_elapsed_time: bool
) -> Iterator[datetime]:
    """Yield the instants after `after` at which such a time comes, each once and in order."""
    found = _elapsed(shown, zone, after) if by_elapsed_time else _by_wall(shown, zone, after)
    last = after
    for at in found:
        if at > last:
            yield at
            last = at


def _by_wall(shown: Shown, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    # A day earlier, since what the clock skipped lies before the gap by its own reckoning.
    for at in shown(after.astimezone(zone).replace(tzinfo=None) - DAY):
        yield instant(at.date(), at.time(), zone)


def _elapsed(shown: Shown, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    for start, end, offset in _stretches(zone, after):
        shown_end = naive(end, offset)
        for at in shown(naive(start, offset) - SECOND):
            if at >= shown_end:
                break
            yield (at - offset).replace(tzinfo=UTC)


def _stretches(
    zone: ZoneInfo, after: datetime
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """Yield the times from one change of the clock to the next, with the offset of each."""
    start = after.astimezone(UTC)
    while True:
        offset, end = _offset(start, zone), start + DAY
        while _offset(end, zone) == offset and end - start < LONGEST_GAP:
            end += DAY
        end = _change(end - DAY, end, zone)
        yield start, end, offset
        start = end


def _change(before: datetime, behind: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant in `(before, behind]` with the offset of `behind`."""
    offset = _offset(behind, zone)
    before = before.replace(microsecond=0)
    while behind - before > SECOND:
        middle = before + (behind - before) // 2 // SECOND * SECOND
        if _offset(middle, zone) == offset:
            behind = middle
        else:
            before = middle
    return behind


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def naive(at: datetime, offset: timedelta) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None) + offset
