"""
Shifts as a calendar shows them: a month or a week of days, by the reader's own clock.

A day lasts from midnight to midnight of the zone that is given; a shift appears on every day
that it touches, and says which part of the day it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from operations import on_call
from operations.leave import away
from operations.models import HolidayRule, Leave, Schedule
from operations.on_call import Shift
from operations.rota.days import holiday_names
from operations.wall_clock import instant
from portal.models import User

DAY = timedelta(days=1)
INKS = 8  # colours that people are told apart by, beside their names
MONTH, WEEK = "month", "week"


class Span(NamedTuple):
    """The days that are shown, and where earlier and later ones are found."""

    view: str
    day: date
    first: date
    last: date  # exclusive
    previous: date
    following: date

    def days(self) -> list[date]:
        return [self.first + DAY * number for number in range((self.last - self.first).days)]


@dataclass(frozen=True)
class Entry:
    """A shift on one day; `begins` and `ends` are None where it began before or goes on."""

    schedule: Schedule
    shift: Shift
    begins: time | None
    ends: time | None
    is_first: bool  # the day that it begins on, or the first that is shown

    @property
    def is_gap(self) -> bool:
        return not self.shift.people

    @property
    def names(self) -> str:
        return ", ".join(str(person) for person in self.shift.people)

    @property
    def ink(self) -> int:
        return self.shift.people[0].pk % INKS if self.shift.people else 0


@dataclass
class Day:
    date: date
    is_today: bool
    is_outside: bool  # of the month that is meant
    is_past: bool  # in a span that holds today
    entries: list[Entry] = field(default_factory=list)
    away: list[Leave] = field(default_factory=list)
    holidays: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.entries or self.away or self.holidays)


def span_of(view: str, day: date) -> Span:
    """Return the whole weeks, Monday first, that show this day's month or week."""
    if view == WEEK:
        first = day - DAY * day.weekday()
        return Span(WEEK, day, first, first + 7 * DAY, day - 7 * DAY, day + 7 * DAY)
    start = day.replace(day=1)
    following = (start + 31 * DAY).replace(day=1)
    first = start - DAY * start.weekday()
    last = following + DAY * (-following.weekday() % 7)
    return Span(MONTH, day, first, last, (start - DAY).replace(day=1), following)


def weeks(
    span: Span,
    schedules: Sequence[Schedule],
    *,
    zone: ZoneInfo,
    today: date,
    person: User | None = None,
) -> list[list[Day]]:
    """Return the days, by weeks, with the shifts of all of these schedules or of a person."""
    days = {each: _empty_day(each, span, today) for each in span.days()}
    start, end = instant(span.first, time(0), zone), instant(span.last, time(0), zone)
    people: set[User] = {person} if person else set()
    for schedule in schedules:
        for shift in _with_whole_gaps(on_call.shifts(schedule, start, end)):
            people |= set(shift.people) if person is None else set()
            if _is_shown(shift, schedule, person):
                _put(days, schedule, shift, zone, span.first)
    _put_away(days, away(people, start, end), zone)
    _put_holidays(days, schedules, span)
    ordered = list(days.values())
    return [ordered[number : number + 7] for number in range(0, len(ordered), 7)]


def _empty_day(day: date, span: Span, today: date) -> Day:
    is_outside = span.view == MONTH and day.month != span.day.month
    holds_today = span.first <= today < span.last
    return Day(day, day == today, is_outside, holds_today and day < today)


def _with_whole_gaps(shifts: Iterable[Shift]) -> list[Shift]:
    """Join gaps that only their reasons tell apart."""
    joined: list[Shift] = []
    for shift in shifts:
        if joined and not shift.people and not joined[-1].people:
            joined.append(joined.pop()._replace(ends_at=shift.ends_at))
        else:
            joined.append(shift)
    return joined


def _is_shown(shift: Shift, schedule: Schedule, person: User | None) -> bool:
    if person is not None:
        return person in shift.people
    # Before it was made, that nobody was on call is not a gap.
    return bool(shift.people) or shift.ends_at > schedule.made_at


def _put(
    days: dict[date, Day], schedule: Schedule, shift: Shift, zone: ZoneInfo, first: date
) -> None:
    starts, ends = shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone)
    for day in _days_of(starts, ends):
        if day not in days:
            continue
        begins = starts.time() if starts.date() == day and starts.time() != time(0) else None
        until = ends.time() if ends.date() == day else None
        is_first = starts.date() == day or day == first
        days[day].entries.append(Entry(schedule, shift, begins, until, is_first))


def _days_of(starts: datetime, ends: datetime) -> Iterable[date]:
    day = starts.date()
    while day < ends.date() or (day == ends.date() and ends.time() > time(0)):
        yield day
        day += DAY


def _put_away(days: dict[date, Day], leave: Iterable[Leave], zone: ZoneInfo) -> None:
    for row in leave:
        for day in _days_of(row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)):
            if day in days and row.person not in [known.person for known in days[day].away]:
                days[day].away.append(row)


def _put_holidays(days: dict[date, Day], schedules: Iterable[Schedule], span: Span) -> None:
    """Show the public holidays of those places that a layer asks about."""
    places = {
        (layer.holiday_country, layer.holiday_subdivision)
        for schedule in schedules
        for layer in schedule.layers.all()
        if layer.holiday_rule != HolidayRule.IGNORED
    }
    for country, subdivision in sorted(places):
        where = "-".join(part for part in (country, subdivision) if part)
        for day, name in holiday_names(span.first, span.last, country, subdivision).items():
            days[day].holidays.append(f"{name} ({where})")
