"""All figures of one person in one period, each with what it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from operations.load.buckets import Bucket, PersonalClock, Piece
from operations.load.duties import (
    Duty,
    Hours,
    duties_within,
    hours_on_call,
    shifts_worked,
)
from operations.load.incidents import Begun, ShiftLoad, incidents_by_shift
from operations.load.interruptions import (
    DisruptedHour,
    Interruption,
    Page,
    disrupted_hours,
    interruptions,
)
from operations.load.limits import Limits
from operations.load.periods import Period, period_of
from operations.load.rest import Rest, rests
from operations.load.spans import Span, clipped, total, union
from operations.load.weeks import WeekOnCall, WeekWorked, longest_run, weeks_on_call


@dataclass(frozen=True)
class Rows:
    """
    What is known of one person, from well before the period on.

    `planned` is the rotation without overrides, as it was written down.
    """

    clock: PersonalClock
    duties: Sequence[Duty] = ()
    planned: Sequence[Span] = ()
    pages: Sequence[Page] = ()
    incidents: Sequence[Begun] = ()
    weeks: Sequence[WeekWorked] = ()


@dataclass(frozen=True)
class Figures:
    """The load of one person in `[from, to)` of their own days, up to `now`."""

    rows: Rows
    period: Period
    limits: Limits
    now: datetime

    @cached_property
    def span(self) -> Span:
        """The period as far as it is over; a period to come has no length."""
        whole = self.period.span(self.rows.clock)
        return Span(whole.starts_at, max(whole.starts_at, min(whole.ends_at, self.now)))

    @cached_property
    def duties(self) -> list[Duty]:
        return duties_within(self.rows.duties, self.span)

    @cached_property
    def hours(self) -> Hours:
        return hours_on_call(self.duties)

    @cached_property
    def planned(self) -> list[Span]:
        parts = (clipped(each, self.span) for each in self.rows.planned)
        return union(part for part in parts if part is not None)

    @cached_property
    def pieces(self) -> list[Piece]:
        return [piece for span in self.hours.all for piece in self.rows.clock.pieces(span)]

    def in_bucket(self, *buckets: Bucket) -> list[Span]:
        return [piece.span for piece in self.pieces if piece.bucket in buckets]

    @cached_property
    def pages(self) -> list[Page]:
        return [page for page in self.rows.pages if self.span.holds(page.at)]

    @cached_property
    def interruptions(self) -> list[Interruption]:
        duty = union(row.span for row in self.rows.duties)
        return interruptions(self.pages, self.rows.clock, duty)

    @cached_property
    def disrupted_hours(self) -> list[DisruptedHour]:
        return disrupted_hours(self.pages, self.rows.clock)

    @cached_property
    def incidents(self) -> list[Begun]:
        return sorted({each for each in self.rows.incidents if self.span.holds(each.at)})

    @cached_property
    def shifts(self) -> list[ShiftLoad]:
        return incidents_by_shift(shifts_worked(self.duties), self.incidents)

    @cached_property
    def rests(self) -> list[Rest]:
        rows = self.rows
        return rests(self.interruptions, rows.duties, rows.clock, length=self.limits.rest)

    @cached_property
    def run(self) -> tuple[WeekOnCall, ...]:
        """The longest run of weeks on call that reaches into the period."""
        weeks = weeks_on_call(self.rows.duties, self.rows.clock)
        return longest_run(weeks, within=(self.period.first, self.period.after))

    @cached_property
    def weeks_worked(self) -> list[WeekWorked]:
        """The weeks that were entered and whose Monday lies in the period."""
        first, after = self.period.first, self.period.after
        return [week for week in self.rows.weeks if first <= week.monday < after]

    @property
    def on_call_share(self) -> float | None:
        """Percent of all time, by day and by night."""
        if not self.span.length:
            return None
        return 100 * (total(self.hours.all) / self.span.length)

    @property
    def operational_share(self) -> float | None:
        """Percent of the working hours entered, of the weeks that say both."""
        known = [week for week in self.weeks_worked if week.operational is not None]
        worked = sum(week.hours for week in known)
        if not worked:
            return None
        return 100 * sum(week.operational or 0 for week in known) / worked

    @cached_property
    def weekly(self) -> list[tuple[Period, Figures]]:
        """The same of each week of the period, split at its edges."""
        found = []
        for week in self.period.weeks:
            first = max(week.first, self.period.first)
            part = Period("week", first, min(week.after, self.period.after))
            found.append((part, Figures(self.rows, part, self.limits, self.now)))
        return found


def last_weeks(day: date, count: int = 4) -> Period:
    """The whole weeks before the one of a day."""
    this = period_of("week", day)
    return Period("week", this.first - timedelta(weeks=count), this.first)
