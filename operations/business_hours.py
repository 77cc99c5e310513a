"""
Business hours, worked out: is it open at an instant, and when does it open next.

Weekly ranges, and ranges on days of the month, by the clock of a zone, without public
holidays. Half open, `[from, until)`; a range that crosses midnight belongs to the day it
begins on, also for holidays. No database.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from django.utils.translation import gettext as _

from operations.wall_clock import instant

DAY = timedelta(days=1)
LOOKS_AHEAD = 366  # days; what does not open within a year never does


class Unreadable(ValueError):
    """What was written is no calendar; `field` names where."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Range:
    """One stretch of a weekday, Monday is 0; an end before the beginning is tomorrow's."""

    weekday: int
    starts: time
    ends: time


@dataclass(frozen=True)
class MonthRange:
    """One stretch of each day from `first` to `last` of a month; -1 is its last day."""

    first: int
    last: int
    starts: time
    ends: time

    def is_on(self, day: date) -> bool:
        """Whether it begins on this day; days that a month does not have are left out."""
        length = monthrange(day.year, day.month)[1]
        first, last = (n if n > 0 else length + 1 + n for n in (self.first, self.last))
        return first <= day.day <= last


@dataclass(frozen=True)
class Calendar:
    """The hours of a week in a zone; with a country, not on its public holidays."""

    zone: str
    ranges: tuple[Range, ...]
    country: str = ""
    subdivision: str = ""
    # Open on these days of the month too, whatever the weekday.
    monthly: tuple[MonthRange, ...] = ()

    @classmethod
    def read(cls, data: dict[str, Any]) -> Calendar:
        """
        Read `{"zone", "ranges": [[weekday, "09:00", "17:00"]], "country", "subdivision"}`.

        `"monthly"`, if there, is `[[first, last, "09:00", "17:00"]]` by the day of the month,
        where -1 is the last. Raises `Unreadable` with the name of the model's field that is
        wrong.
        """
        ranges = tuple(_range(row) for row in _rows(data.get("ranges")))
        country, subdivision = data.get("country") or "", data.get("subdivision") or ""
        if country and not is_known(country, subdivision):
            field = "subdivision" if subdivision and is_known(country) else "country"
            raise Unreadable(field, _("No calendar of public holidays is known for this."))
        _zone(data["zone"])
        monthly = tuple(_month_range(row) for row in _rows(data.get("monthly", []), "monthly"))
        return cls(data["zone"], ranges, country, subdivision, monthly)

    def as_data(self) -> dict[str, Any]:
        """What `read` reads."""
        data: dict[str, Any] = {
            "zone": self.zone,
            "ranges": [[each.weekday, *_clock_times(each)] for each in self.ranges],
            "country": self.country,
            "subdivision": self.subdivision,
        }
        if self.monthly:
            data["monthly"] = [
                [each.first, each.last, *_clock_times(each)] for each in self.monthly
            ]
        return data

    def is_open(self, at: datetime) -> bool:
        today = at.astimezone(_zone(self.zone)).date()
        near = (*self._on(today - DAY), *self._on(today))
        return any(start <= at < end for start, end in near)

    def opens(self, at: datetime) -> datetime | None:
        """When it is open next: `at` itself if it is, None if not within a year."""
        if self.is_open(at):
            return at
        if not self.ranges and not self.monthly:
            return None
        first = at.astimezone(_zone(self.zone)).date()
        for number in range(LOOKS_AHEAD):
            later = [start for start, _end in self._on(first + number * DAY) if start >= at]
            if later:
                return min(later)
        return None

    def changes(self, start: datetime, end: datetime) -> list[datetime]:
        """Every instant in `[start, end)` at which it may open or close, in order."""
        zone = _zone(self.zone)
        day, last = start.astimezone(zone).date() - DAY, end.astimezone(zone).date()
        edges: set[datetime] = set()
        while day <= last:
            edges.update(edge for pair in self._on(day) for edge in pair)
            day += DAY
        return sorted(edge for edge in edges if start <= edge < end)

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """
        The times from `start` on in which it is open, in order, none over another.

        Ends where it does not open for a year; else it goes on as long as it is asked.
        """
        day = start.astimezone(_zone(self.zone)).date() - DAY
        reached, idle = start, 0
        while idle < LOOKS_AHEAD:
            idle += 1
            for opens, closes in sorted(self._on(day)):
                if closes > reached:
                    yield max(opens, reached), closes
                    reached, idle = closes, 0
            day += DAY

    def end_of_next_day(self, at: datetime) -> datetime | None:
        """When the first day of work after the day of `at` is over; None within no year."""
        day = at.astimezone(_zone(self.zone)).date()
        for number in range(1, LOOKS_AHEAD + 1):
            if ends := [end for _start, end in self._on(day + number * DAY)]:
                return max(ends)
        return None

    def _on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The ranges that begin on this day, as instants."""
        zone = _zone(self.zone)
        mine: list[Range | MonthRange] = [
            each for each in self.ranges if each.weekday == day.weekday()
        ]
        mine += [each for each in self.monthly if each.is_on(day)]
        if not mine or self._is_holiday(day):
            return
        for each in mine:
            last = day if each.ends > each.starts else day + DAY
            start, end = instant(day, each.starts, zone), instant(last, each.ends, zone)
            if start < end:
                yield start, end

    def _is_holiday(self, day: date) -> bool:
        if not self.country:
            return False
        return day in holidays_of(self.country, self.subdivision, day.year)


def is_known(country: str, subdivision: str = "") -> bool:
    """Whether the package `holidays` knows this country, and this part of it."""
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        return False
    return not subdivision or subdivision in known[country]


@lru_cache(maxsize=256)
def holidays_of(country: str, subdivision: str, year: int) -> frozenset[date]:
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    return frozenset(found)


def _rows(ranges: Any, field: str = "ranges") -> list[Any]:
    if not isinstance(ranges, list) or len(ranges) > 50:
        raise Unreadable(field, _("The hours are no list of ranges."))
    return ranges


def _range(row: Any) -> Range:
    try:
        weekday, starts, ends = row
        found = Range(int(weekday), time.fromisoformat(starts), time.fromisoformat(ends))
    except (TypeError, ValueError) as error:
        raise Unreadable("ranges", _("A range is a weekday, a start and an end.")) from error
    if not 0 <= found.weekday <= 6 or found.starts.tzinfo or found.ends.tzinfo:
        raise Unreadable("ranges", _("A range is a weekday, a start and an end."))
    return found


def _month_range(row: Any) -> MonthRange:
    sentence = _("A range is a first and a last day of the month, a start and an end.")
    try:
        first, last, starts, ends = row
        days = int(first), int(last)
        found = MonthRange(*days, time.fromisoformat(starts), time.fromisoformat(ends))
    except (TypeError, ValueError) as error:
        raise Unreadable("monthly", sentence) from error
    are_days = all(1 <= abs(day) <= 31 for day in days)
    if not are_days or found.starts.tzinfo or found.ends.tzinfo:
        raise Unreadable("monthly", sentence)
    return found


def _clock_times(each: Range | MonthRange) -> tuple[str, str]:
    return f"{each.starts:%H:%M}", f"{each.ends:%H:%M}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise Unreadable("time_zone", _("This is not the name of a time zone.")) from error
