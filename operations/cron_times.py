"""
When a cron expression falls due by the wall clock of a zone, in UTC.

A time that the clock skips is the first instant after the gap, and one that it shows twice is
its first. An expression that begins with a star for minutes or hours runs by elapsed time
instead: through both passes of a repeated hour, and never in a skipped one. That is what
Debian's cron does with its jobs.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from operations.wall_clock import instant

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
FIELDS = 5
LONGEST_GAP = timedelta(days=5 * 366)  # between two times that an expression names


class BadCron(ValueError):
    """This is no cron expression of ours; the sentence says why."""


def check_cron(cron: str, *, now: datetime) -> None:
    """Raise `BadCron` unless the expression has five fields that mean something."""
    if len(cron.split()) != FIELDS:
        raise BadCron("Write five fields: minute, hour, day of the month, month, weekday.")
    try:
        first = next(CronSim(cron, _naive(now, timedelta(0))), None)
    except (CronSimError, ValueError) as problem:
        raise BadCron(f"This is not a cron expression: {problem}.") from None
    if first is None or first - _naive(now, timedelta(0)) > LONGEST_GAP:
        raise BadCron("This never comes, or not within five years.")


def times_of(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield the instants after `after` at which it falls due, each once and in order."""
    minutes, hours = cron.split()[:2]
    by_elapsed_time = minutes.startswith("*") or hours.startswith("*")
    found = _elapsed(cron, zone, after) if by_elapsed_time else _by_wall(cron, zone, after)
    last = after
    for time in found:
        if time > last:
            yield time
            last = time


def _by_wall(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    # A day earlier, since what the clock skipped lies before the gap by its own reckoning.
    for shown in CronSim(cron, after.astimezone(zone).replace(tzinfo=None) - DAY):
        yield instant(shown.date(), shown.time(), zone)


def _elapsed(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    for start, end, offset in _stretches(zone, after):
        shown_end = _naive(end, offset)
        for shown in CronSim(cron, _naive(start, offset) - SECOND):
            if shown >= shown_end:
                break
            yield (shown - offset).replace(tzinfo=UTC)


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


def _naive(at: datetime, offset: timedelta) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None) + offset
