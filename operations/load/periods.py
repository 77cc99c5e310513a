"""Weeks, months and quarters: whole days by the clock of whoever is looked at."""

from datetime import date, timedelta
from typing import NamedTuple

from operations.load.buckets import PersonalClock
from operations.load.spans import Span

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MONTHS = {"month": 1, "quarter": 3}
KINDS = ("week", *MONTHS)


class Period(NamedTuple):
    """`[first, after)`; by default the one that a day lies in."""

    kind: str
    first: date
    after: date

    @property
    def last(self) -> date:
        return self.after - DAY

    @property
    def before(self) -> "Period":
        return period_of(self.kind, self.first - DAY)

    @property
    def next(self) -> "Period":
        return period_of(self.kind, self.after)

    @property
    def weeks(self) -> list["Period"]:
        """The weeks that touch it."""
        found, monday = [], monday_of(self.first)
        while monday < self.after:
            found.append(Period("week", monday, monday + WEEK))
            monday += WEEK
        return found

    def span(self, clock: PersonalClock) -> Span:
        return Span(clock.midnight(self.first), clock.midnight(self.after))


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def period_of(kind: str, day: date) -> Period:
    if kind == "week":
        return Period(kind, monday_of(day), monday_of(day) + WEEK)
    months = MONTHS[kind]
    number = (day.year * 12 + day.month - 1) // months * months
    return Period(kind, _month(number), _month(number + months))


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)
