"""On which days and at which hours a layer is in force."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

import holidays

from operations.rota.units import DAY

logger = logging.getLogger(__name__)
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True)
class Days:
    """
    The days, and on each the hours: pairs of local times, the second on the next day if it
    is not later. Without hours a day lasts from hand-over to hand-over.
    """

    weekdays: frozenset[int] = EVERY_DAY
    hours: tuple[tuple[time, time], ...] = ()
    holiday_rule: str = ""  # "", except or only
    country: str = ""
    subdivision: str = ""

    @property
    def is_always(self) -> bool:
        return not (self.hours or self.holiday_rule) and self.weekdays >= EVERY_DAY

    def allow(self, day: date) -> bool:
        if day.weekday() not in self.weekdays:
            return False
        if not self.holiday_rule:
            return True
        return is_holiday(day, self.country, self.subdivision) == (self.holiday_rule == "only")

    def windows(self, day: date, handoff: time) -> list[tuple[datetime, datetime]]:
        """Return the local times of a day; one over midnight belongs to the day it starts."""
        if not self.allow(day):
            return []
        found = []
        for start, end in self.hours or ((handoff, handoff),):
            last_day = day if end > start else day + DAY
            found.append((datetime.combine(day, start), datetime.combine(last_day, end)))
        return found


def is_holiday(day: date, country: str, subdivision: str = "") -> bool:
    return day in _calendar(country, subdivision)


def holiday_names(
    start: date, end: date, country: str, subdivision: str = ""
) -> dict[date, str]:
    """Return the public holidays of `[start, end)` by day."""
    known = _calendar(country, subdivision)
    days = (start + DAY * number for number in range((end - start).days))
    return {day: known[day] for day in days if day in known}


ALWAYS = Days()


@lru_cache(maxsize=256)
def _calendar(country: str, subdivision: str) -> holidays.HolidayBase:
    """A country that nobody knows (any more) has no holidays: people stay on call."""
    try:
        return holidays.country_holidays(country, subdiv=subdivision or None)
    except (NotImplementedError, KeyError, AttributeError):
        logger.warning("No public holidays are known for %s %s.", country, subdivision)
        return holidays.HolidayBase()
