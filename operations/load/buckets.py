"""
The parts of a person's week, by the clock of their own zone.

Business is Monday to Friday from 8 to 18, off the evenings to 22, sleep from 22 to 8; by day a
Saturday or Sunday is weekend and a public holiday is holiday, which goes before weekend. Sleep
goes before all, also on a holiday, so that each moment has one part and the parts add up.
"""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from operations.business_hours import holidays_of
from operations.load.spans import Span
from operations.wall_clock import instant

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
WAKES, CLOSES, SLEEPS = time(8), time(18), time(22)
EDGES = (time(0), WAKES, CLOSES, SLEEPS)
SATURDAY = 5


class Bucket(StrEnum):
    BUSINESS = "business"
    OFF = "off"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SLEEP = "sleep"


class Piece(NamedTuple):
    """A time that lies in one part of the week as a whole."""

    bucket: Bucket
    span: Span


class PersonalClock(NamedTuple):
    """A zone, and whose public holidays count; without a country there are none."""

    zone: str = "UTC"
    country: str = ""
    subdivision: str = ""

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def bucket(self, at: datetime) -> Bucket:
        shown = self.local(at)
        if not WAKES <= shown.time() < SLEEPS:
            return Bucket.SLEEP
        if self.is_holiday(shown.date()):
            return Bucket.HOLIDAY
        if shown.weekday() >= SATURDAY:
            return Bucket.WEEKEND
        return Bucket.BUSINESS if shown.time() < CLOSES else Bucket.OFF

    def is_holiday(self, day: date) -> bool:
        if not self.country:
            return False
        return day in holidays_of(self.country, self.subdivision, day.year)

    def pieces(self, given: Span) -> list[Piece]:
        """The time cut wherever its part changes."""
        first, last = self.local(given.starts_at).date(), self.local(given.ends_at).date()
        inside = [at for at in _edges(self.zone, first, last) if given.holds(at)]
        cuts = sorted({given.starts_at, *inside, given.ends_at})
        found: list[Piece] = []
        for start, end in itertools.pairwise(cuts):
            bucket = self.bucket(start)
            if found and found[-1].bucket == bucket:
                start = found.pop().span.starts_at
            found.append(Piece(bucket, Span(start, end)))
        return found

    def midnight(self, day: date) -> datetime:
        """When a day begins; one whose midnight the clock skips begins when it moves on."""
        return instant(day, time(0), ZoneInfo(self.zone))


@lru_cache(maxsize=2048)
def _edges(zone: str, first: date, last: date) -> list[datetime]:
    """Every instant of these days at which a part may change."""
    found: set[datetime] = set()
    day = first - DAY
    while day <= last + DAY:
        found.update(_of_day(zone, day))
        day += DAY
    return sorted(found)


@lru_cache(maxsize=20_000)
def _of_day(zone: str, day: date) -> tuple[datetime, ...]:
    """The edges that a clock shows on this day, twice if it does, and when it is moved."""
    shown = (
        datetime.combine(day, at, ZoneInfo(zone)).replace(fold=fold).astimezone(UTC)
        for at in EDGES
        for fold in (0, 1)
    )
    return (*shown, *_moves_of(zone, day))


def _moves_of(zone: str, day: date) -> list[datetime]:
    """When the clock is moved within a day by UTC: looked for where the offset differs."""
    start = datetime.combine(day, time(0), UTC)
    return [
        _moved(zone, start + quarter * DAY / 4, start + (quarter + 1) * DAY / 4)
        for quarter in range(8)
        if _offset(zone, start + quarter * DAY / 4)
        != _offset(zone, start + (quarter + 1) * DAY / 4)
    ]


def _moved(zone: str, before: datetime, behind: datetime) -> datetime:
    old = _offset(zone, before)
    while behind - before > MINUTE:
        middle = before + (behind - before) // 2 // MINUTE * MINUTE
        if _offset(zone, middle) == old:
            before = middle
        else:
            behind = middle
    return behind


def _offset(zone: str, at: datetime) -> timedelta | None:
    return at.astimezone(ZoneInfo(zone)).utcoffset()
