"""
Sprints, worked out from the day on which one began and how long each lasts. No database.

A sprint is half open: it ends when the next one begins, at midnight by the team's clock.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from operations.wall_clock import instant

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sprints:
    """Sprints of `days` days each, one of which began on `begins_on`, in a zone."""

    begins_on: date
    days: int
    zone: str

    def number_at(self, at: datetime) -> int:
        """Which sprint `at` lies in, counted from the known one, which is 0."""
        today = at.astimezone(ZoneInfo(self.zone)).date()
        return (today - self.begins_on).days // self.days

    def start_of(self, number: int) -> datetime:
        day = self.begins_on + number * self.days * DAY
        return instant(day, time(), ZoneInfo(self.zone))

    def end_of_next(self, at: datetime) -> datetime:
        """When the sprint after the one that `at` lies in is over."""
        return self.start_of(self.number_at(at) + 2)
