"""
Business hours, worked out: is it open at an instant, and when does it open next.

Weekly ranges by the clock of a zone, without public holidays. Half open, `[from, until)`; a
range that crosses midnight belongs to the day it begins on, also for holidays. No database.
"""

from __future__ import annotations

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
class Calendar:
    """The hours of a week in a zone; with a country, not on its public holidays."""

    zone: str
    ranges: tuple[Range, ...]
    country: str = ""
    subdivision: str = ""

    @classmethod
    def read(cls, data: dict[str, Any]) -> Calendar:
        """
        Read `{"zone", "ranges": [[weekday, "09:00", "17:00"]], "country", "subdivision"}`.

        Raises `Unreadable` with the name of the model's field that is wrong.
        """
        ranges = tuple(_range(row) for row in _rows(data.get("ranges")))
        country, subdivision = data.get("country") or "", data.get("subdivision") or ""
        if country and not is_known(country, subdivision):
            field = "subdivision" if subdivision and is_known(country) else "country"
            raise Unreadable(field, _("No calendar of public holidays is known for this."))
        _zone(data["zone"])
        return cls(data["zone"], ranges, country, subdivision)

    def is_open(self, at: datetime) -> bool:
        today = at.astimezone(_zone(self.zone)).date()
        near = (*self._on(today - DAY), *self._on(today))
        return any(start <= at < end for start, end in near)

    def opens(self, at: datetime) -> datetime | None:
        """When it is open next: `at` itself if it is, None if not within a year."""
        if self.is_open(at):
            return at
        if not self.ranges:
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

    def _on(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The ranges that begin on this day, as instants."""
        zone = _zone(self.zone)
        mine = [each for each in self.ranges if each.weekday == day.weekday()]
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


def _rows(ranges: Any) -> list[Any]:
    if not isinstance(ranges, list) or len(ranges) > 50:
        raise Unreadable("ranges", _("The hours are no list of ranges."))
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


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise Unreadable("time_zone", _("This is not the name of a time zone.")) from error
