"""
Local wall-clock time turned into instants, for rotations and due times of our own.

A time that happens twice is its first; a time that is skipped is the first instant after the
gap (02:30 becomes 03:00). Imported calendars have another rule and do not come here.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return when a clock in `zone` shows `at` on `day`, in UTC."""
    local = datetime.combine(day, at, tzinfo=zone)  # fold 0: the first of two
    found = local.astimezone(UTC)
    shown = found.astimezone(zone).replace(tzinfo=None)
    return found if shown == local.replace(tzinfo=None) else _end_of_gap(local)


def _end_of_gap(local: datetime) -> datetime:
    """Search for the change of the clock around a local time that it skips."""
    zone = local.tzinfo
    # In a gap, fold 0 takes the offset from before it and fold 1 the one from behind it.
    before = local.replace(fold=1).astimezone(UTC)
    behind = local.replace(fold=0).astimezone(UTC)
    offset = behind.astimezone(zone).utcoffset()
    while behind - before > SECOND:
        middle = before + ((behind - before) // 2 // SECOND or 1) * SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            behind = middle
        else:
            before = middle
    return behind


def readings(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return the instants that a clock in `zone` shows a local time at: none, one or two."""
    both = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    shown = [at for at in both if at.astimezone(zone).replace(tzinfo=None, fold=0) == local]
    return list(dict.fromkeys(shown))


def nearest(local: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return what a local time that is skipped may mean: the end of the gap, or later by it."""
    later = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return list(dict.fromkeys([instant(local.date(), local.time(), zone), later]))
