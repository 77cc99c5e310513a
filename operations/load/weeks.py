"""Weeks on call one after another, and hours worked in each."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from operations.load.buckets import PersonalClock
from operations.load.duties import Duty, duties_within, hours_on_call
from operations.load.periods import WEEK, monday_of, period_of
from operations.load.spans import Span, total

# A turn from Monday to Monday at nine is not two weeks on call.
COUNTS_FROM = timedelta(hours=24)
FULL_WEEKS = 2  # that running above the limit are a warning


class WeekOnCall(NamedTuple):
    monday: date
    on_call: tuple[Span, ...]


class WeekWorked(NamedTuple):
    """What a person entered about a week: all hours, and those of operational work."""

    monday: date
    hours: float
    operational: float | None = None
    row: int = 0


def weeks_on_call(duties: Iterable[Duty], clock: PersonalClock) -> list[WeekOnCall]:
    """The weeks with at least 24 hours on call, in order."""
    rows = list(duties)
    if not rows:
        return []
    monday = monday_of(clock.local(min(row.span.starts_at for row in rows)).date())
    end, found = max(row.span.ends_at for row in rows), []
    while clock.midnight(monday) < end:
        week = period_of("week", monday).span(clock)
        mine = hours_on_call(duties_within(rows, week)).all
        if total(mine) >= COUNTS_FROM:
            found.append(WeekOnCall(monday, tuple(mine)))
        monday += WEEK
    return found


def longest_run(
    weeks: Sequence[WeekOnCall], *, within: tuple[date, date]
) -> tuple[WeekOnCall, ...]:
    """The most weeks one after another of which the last touches `[first, after)`."""
    longest: tuple[WeekOnCall, ...] = ()
    run: tuple[WeekOnCall, ...] = ()
    for week in weeks:
        follows = bool(run) and week.monday == run[-1].monday + WEEK
        run = (*run, week) if follows else (week,)
        touches = week.monday < within[1] and week.monday + WEEK > within[0]
        if touches and len(run) > len(longest):
            longest = run
    return longest


def two_weeks_above(weeks: Sequence[WeekWorked], limit: float) -> list[WeekWorked]:
    """The weeks above a limit right after another that was."""
    above = {week.monday: week for week in weeks if week.hours > limit}
    return [week for monday, week in sorted(above.items()) if monday - WEEK in above]
