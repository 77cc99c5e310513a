"""
Units of time that a rotation counts: slots of hours, days, weeks or months by the wall clock.

Unit `n` is `[begins(n), begins(n + 1))`; the first is number 0. Beginnings never go back: a
unit that a clock change swallows is empty, and one that it repeats is longer.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from operations.wall_clock import instant

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
HOURS_A_DAY = 24


@lru_cache(maxsize=1 << 16)
def moment(local: datetime, zone: str) -> datetime:
    """Return when a clock in the zone shows this local time, in UTC."""
    return instant(local.date(), local.time(), ZoneInfo(zone))


@dataclass(frozen=True)
class Units:
    """
    Slots of `hours` hours if kind is hourly; or else days, weeks or months.

    Slots that divide the day keep to the wall clock; others (5 h, 7 h) are elapsed time.
    """

    kind: str  # hourly, daily, weekly or monthly
    starts_on: date
    handoff: time
    zone: str
    weekday: int = 0  # of weeks: the day that they begin on
    hours: int = 1  # of slots: their length

    @property
    def is_elapsed(self) -> bool:
        return self.kind == "hourly" and HOURS_A_DAY % self.hours != 0

    @property
    def first(self) -> datetime:
        """The local time that unit 0 begins at."""
        day = self.starts_on
        if self.kind == "weekly":
            day -= timedelta(days=(day.weekday() - self.weekday) % 7)
        return datetime.combine(day, self.handoff)

    def local(self, number: int) -> datetime:
        """Return the local time that a unit begins at, as a clock on the wall would show it."""
        if self.kind == "monthly":
            return self._month(number)
        return self.first + number * self._length

    def begins(self, number: int) -> datetime:
        """Return when a unit begins, in UTC."""
        if self.is_elapsed:
            return moment(self.first, self.zone) + number * self._length
        return moment(self.local(number), self.zone)

    def at_local(self, local: datetime) -> int:
        """Return the number of the unit that holds a local time, below 0 before the first."""
        if self.kind != "monthly":
            return int((local - self.first) // self._length)
        months = (local.year - self.first.year) * 12 + local.month - self.first.month
        return months if self._month(months) <= local else months - 1

    def at(self, at: datetime) -> int:
        """Return the number of the unit that holds an instant, below 0 before the first."""
        if self.is_elapsed:
            return int((at - self.begins(0)) // self._length)
        number = self.at_local(at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None))
        while self.begins(number + 1) <= at:
            number += 1
        while self.begins(number) > at:
            number -= 1
        return number

    @property
    def _length(self) -> timedelta:
        match self.kind:
            case "hourly":
                return self.hours * HOUR
            case "daily":
                return DAY
        return WEEK

    def _month(self, number: int) -> datetime:
        """The day of the month of the first; in a month too short for it, the last day."""
        years, month = divmod(self.starts_on.month - 1 + number, 12)
        year = self.starts_on.year + years
        day = min(self.starts_on.day, calendar.monthrange(year, month + 1)[1])
        return datetime.combine(date(year, month + 1, day), self.handoff)


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
