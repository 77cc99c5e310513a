"""
When a cron expression falls due by the wall clock of a zone, in UTC.

An expression that begins with a star for minutes or hours runs by elapsed time, and all others
by the wall clock (`operations.wall_times`). That is what Debian's cron does with its jobs.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from operations.wall_times import LONGEST_GAP, instants, naive

FIELDS = 5


class BadCron(ValueError):
    """This is no cron expression of ours; the sentence says why."""


def check_cron(cron: str, *, now: datetime) -> None:
    """Raise `BadCron` unless the expression has five fields that mean something."""
    if len(cron.split()) != FIELDS:
        raise BadCron("Write five fields: minute, hour, day of the month, month, weekday.")
    shown_now = naive(now, timedelta(0))
    try:
        first = next(CronSim(cron, shown_now), None)
    except (CronSimError, ValueError) as problem:
        raise BadCron(f"This is not a cron expression: {problem}.") from None
    if first is None or first - shown_now > LONGEST_GAP:
        raise BadCron("This never comes, or not within five years.")


def times_of(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield the instants after `after` at which it falls due, each once and in order."""
    minutes, hours = cron.split()[:2]
    by_elapsed_time = minutes.startswith("*") or hours.startswith("*")

    def shown(start: datetime) -> Iterator[datetime]:
        return CronSim(cron, start)

    return instants(shown, zone, after, by_elapsed_time=by_elapsed_time)
