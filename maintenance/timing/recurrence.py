"""
Times that come again by the clock on a wall: “first Monday of each month, 22:00, 4 hours”.

An occurrence is found in local time, turned into UTC, and only then given its length, so that
four hours are four hours also in the night that the clock changes. A local time that is
skipped is the first instant after the gap; one that comes twice is the first.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from maintenance.timing.spans import Span
from operations.wall_clock import instant

DAY = timedelta(days=1)
LAST = -1  # of a month: its last day, or the last such weekday
MONTHS_A_YEAR = 12


class Frequency(StrEnum):
    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True)
class Recurrence:
    """
    From `starts_on`, every `interval` days, weeks or months.

    Weekly: on `weekdays` (Monday is 0; none: that of the first day). Monthly: with `nth` the
    nth of its one weekday (1 to 4, or LAST); or else `day_of_month` (1 to 31, or LAST), in a
    month too short for it its last day.
    """

    frequency: Frequency
    starts_on: date
    at: time
    zone: str
    length: timedelta
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    nth: int = 0
    day_of_month: int = 0
    until: date | None = None  # the last day on which one may begin

    def between(self, start: datetime, end: datetime) -> Iterator[tuple[date, Span]]:
        """Yield those that overlap `[start, end)`, each with the local day it begins on."""
        zone = ZoneInfo(self.zone)
        # One day more on each side: the zone's date may be another than that of UTC.
        first = (start - self.length).astimezone(zone).date() - DAY
        last = end.astimezone(zone).date() + DAY
        for day in self.days(first, last):
            begins = instant(day, self.at, zone)
            span = Span(begins, begins + self.length)
            if span.start < end and start < span.end:
                yield day, span

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield the local days from `first` to `last`, both included, on which one begins."""
        first = max(first, self.starts_on)
        last = min(last, self.until or last)
        match self.frequency:
            case Frequency.ONCE:
                found = iter([self.starts_on])
            case Frequency.DAILY:
                found = self._daily(first)
            case Frequency.WEEKLY:
                found = self._weekly(first)
            case Frequency.MONTHLY:
                found = self._monthly(first)
        for day in found:
            if day > last:
                return
            if day >= first:
                yield day

    def _daily(self, first: date) -> Iterator[date]:
        past = (first - self.starts_on).days
        day = self.starts_on + (past // self.interval) * self.interval * DAY
        while True:
            yield day
            day += self.interval * DAY

    def _weekly(self, first: date) -> Iterator[date]:
        weekdays = sorted(self.weekdays or {self.starts_on.weekday()})
        monday = self.starts_on - self.starts_on.weekday() * DAY
        turns = (first - monday).days // (7 * self.interval)
        monday += turns * 7 * self.interval * DAY
        while True:
            yield from (monday + weekday * DAY for weekday in weekdays)
            monday += 7 * self.interval * DAY

    def _monthly(self, first: date) -> Iterator[date]:
        begun = self.starts_on.year * MONTHS_A_YEAR + self.starts_on.month - 1
        past = first.year * MONTHS_A_YEAR + first.month - 1 - begun
        number = begun + max(past // self.interval, 0) * self.interval
        while number // MONTHS_A_YEAR < date.max.year:
            yield self._day_in(number // MONTHS_A_YEAR, number % MONTHS_A_YEAR + 1)
            number += self.interval

    def _day_in(self, year: int, month: int) -> date:
        length = calendar.monthrange(year, month)[1]
        if self.nth:
            return self._nth_in(year, month, length)
        wanted = self.day_of_month or self.starts_on.day
        return date(year, month, length if wanted == LAST else min(wanted, length))

    def _nth_in(self, year: int, month: int, length: int) -> date:
        weekday = next(iter(self.weekdays or {self.starts_on.weekday()}))
        if self.nth == LAST:
            last = date(year, month, length)
            return last - (last.weekday() - weekday) % 7 * DAY
        first = date(year, month, 1)
        return first + ((weekday - first.weekday()) % 7 + 7 * (self.nth - 1)) * DAY
