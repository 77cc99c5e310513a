"""Limits that a person's load has passed lately: what to warn of, early."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from operations.load.figures import Figures, Rows, last_weeks
from operations.load.limits import Limits
from operations.load.periods import DAY, Period, period_of
from operations.load.weeks import two_weeks_above

LATELY = timedelta(days=7)
# Shifts that began longer ago would seem to begin where the look back ends.
SHIFTS_FROM = timedelta(days=35)


class Passed(NamedTuple):
    """A limit that was passed; found again, it has the same kind and the same `about`."""

    kind: str
    about: datetime
    ends_at: datetime
    value: float
    limit: float


def limits_passed(rows: Rows, limits: Limits, now: datetime) -> list[Passed]:
    today = rows.clock.local(now).date()
    lately = Period("week", today - SHIFTS_FROM, today + DAY)
    this = period_of("week", today)
    this_and_last = Period("week", this.before.first, this.after)
    recent = Figures(rows, lately, limits, now)
    month = Figures(rows, last_weeks(today), limits, now)
    found = [
        *_nights(recent),
        *_shifts(recent),
        *_shares(month),
        *_weeks(recent),
        *_running(Figures(rows, this_and_last, limits, now)),
    ]
    return [each for each in found if each.ends_at > now - SHIFTS_FROM]


def _nights(its: Figures) -> Iterable[Passed]:
    for rest in its.rests:
        if rest.rest.starts_at > its.now - LATELY:
            about = its.rows.clock.midnight(rest.night)
            yield Passed("rest", about, rest.rest.ends_at, len(rest.interruptions), 0)


def _shifts(its: Figures) -> Iterable[Passed]:
    limit = its.limits.incidents
    for load in its.shifts:
        if len(load.busiest) > limit and load.incidents[-1].at > its.now - LATELY:
            span = load.shift.span
            yield Passed("incidents", span.starts_at, span.ends_at, len(load.busiest), limit)


def _shares(its: Figures) -> Iterable[Passed]:
    """Of the last four whole weeks; once in the month in which they end."""
    clock, span = its.rows.clock, its.span
    about = clock.midnight(period_of("month", its.period.last).first)
    known = [
        ("on_call", its.on_call_share, its.limits.on_call_percent),
        ("operational", its.operational_share, its.limits.operational_percent),
    ]
    for kind, share, limit in known:
        if share is not None and round(share, 1) > limit:
            yield Passed(kind, about, span.ends_at, round(share, 1), limit)


def _weeks(its: Figures) -> Iterable[Passed]:
    clock, limits = its.rows.clock, its.limits
    for week in two_weeks_above(its.weeks_worked, limits.warn_hours):
        span = period_of("week", week.monday).span(clock)
        yield Passed("two_weeks", *span, week.hours, limits.warn_hours)
    for week in its.weeks_worked:
        if week.hours >= limits.alarm_hours:
            span = period_of("week", week.monday).span(clock)
            yield Passed("hours", *span, week.hours, limits.alarm_hours)


def _running(its: Figures) -> Iterable[Passed]:
    limit = its.limits.weeks_running
    if len(its.run) > limit:
        first, last = its.run[0], its.run[-1]
        about = its.rows.clock.midnight(first.monday)
        yield Passed("running", about, last.on_call[-1].ends_at, len(its.run), limit)
