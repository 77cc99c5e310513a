"""Rest after a night page: 11 hours from the last one, free of duty."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from operations.load.buckets import WAKES, Bucket, PersonalClock
from operations.load.duties import Duty, duties_within
from operations.load.interruptions import Interruption
from operations.load.spans import Span


class Rest(NamedTuple):
    """A night that was disturbed, how long to rest, and the duties in that time to swap."""

    night: date  # on which it began
    rest: Span
    interruptions: tuple[Interruption, ...]
    duties: tuple[Duty, ...]


def rests(
    found: Iterable[Interruption],
    duties: Iterable[Duty],
    clock: PersonalClock,
    *,
    length: timedelta,
) -> list[Rest]:
    rows = list(duties)
    nights: dict[date, list[Interruption]] = {}
    for each in found:
        if each.bucket == Bucket.SLEEP:
            nights.setdefault(_night(each.at, clock), []).append(each)
    return [_rest(night, tuple(mine), rows, length) for night, mine in sorted(nights.items())]


def _rest(
    night: date, mine: tuple[Interruption, ...], duties: list[Duty], length: timedelta
) -> Rest:
    last = max(page.at for each in mine for page in each.pages if page.is_heard)
    rest = Span(last, last + length)
    return Rest(night, rest, mine, tuple(duties_within(duties, rest)))


def _night(at: datetime, clock: PersonalClock) -> date:
    shown = clock.local(at)
    return shown.date() - timedelta(days=1) if shown.time() < WAKES else shown.date()
