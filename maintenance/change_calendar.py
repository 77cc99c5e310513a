"""
What is planned, as a calendar shows it: changes, windows, freezes and permitted times by day.

A day lasts from midnight to midnight of the zone that is given; what is longer appears on
every day that it touches. A week is shown in quarters of a day, so that a change can be put
into another time as well as onto another day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from maintenance.models import (
    ChangeWindow,
    Freeze,
    Impact,
    MaintenanceRequest,
    MaintenanceWindow,
    SupplierNotice,
)
from maintenance.presentation import freeze_row, request_row, window_row
from maintenance.recurrence_words import in_words
from maintenance.timing import Span
from operations.shift_calendar import DAY, MONTH, WEEK
from operations.shift_calendar import Span as Days
from operations.shift_calendar import span_of as weeks_of
from operations.wall_clock import instant
from portal.models import Service

AGENDA = "agenda"
AHEAD = 30  # days of an agenda
QUARTER = 6  # hours of a part of a day
PARTS = 24 // QUARTER
SHOWN = 6  # entries on a day of a month; the agenda has them all
# In this order on a day: what forbids, what is planned, what is announced, what is permitted.
KINDS = ("freeze", "request", "window", "notice", "permitted")


class Entry(NamedTuple):
    """Something that takes a span; `status` is what `components/status.html` takes."""

    kind: str
    title: str
    url: str
    span: Span
    status: dict[str, str]
    services: tuple[str, ...]
    note: str = ""
    pk: int = 0
    move_url: str = ""  # where it can be planned for another time, if the reader may


@dataclass(frozen=True)
class Part:
    """An entry on one day; `begins` and `ends` are None where it began before or goes on."""

    entry: Entry
    begins: time | None
    ends: time | None
    is_first: bool


@dataclass
class Day:
    date: date
    is_today: bool
    is_outside: bool  # of the month that is meant
    is_past: bool
    parts: list[Part] = field(default_factory=list)

    @property
    def shown(self) -> list[Part]:
        return self.parts[:SHOWN]

    @property
    def begun(self) -> list[Part]:
        """The entries that begin on it, or had begun before the first day that is shown."""
        return [part for part in self.parts if part.is_first]

    @property
    def more_count(self) -> int:
        return max(len(self.parts) - SHOWN, 0)

    @property
    def quarters(self) -> list[list[Part]]:
        """The entries by the quarter of the day that they begin in."""
        found: list[list[Part]] = [[] for _number in range(PARTS)]
        for part in self.parts:
            found[part.begins.hour // QUARTER if part.begins else 0].append(part)
        return found


def days_of(view: str, day: date) -> Days:
    """Return the days that show this day's month or week, or the agenda that begins with it."""
    if view == AGENDA:
        return Days(AGENDA, day, day, day + AHEAD * DAY, day - AHEAD * DAY, day + AHEAD * DAY)
    return weeks_of(WEEK if view == WEEK else MONTH, day)


def span_of(days: Days, zone: ZoneInfo) -> Span:
    return Span(instant(days.first, time(0), zone), instant(days.last, time(0), zone))


def lay_out(days: Days, entries: Iterable[Entry], *, zone: ZoneInfo, today: date) -> list[Day]:
    """Return every day with what touches it, in the order of kinds and times."""
    shown = {day: _empty(day, days, today) for day in days.days()}
    ordered = sorted(entries, key=lambda each: (KINDS.index(each.kind), each.span, each.title))
    for entry in ordered:
        begins = entry.span.start.astimezone(zone)
        ends = entry.span.end.astimezone(zone)
        day = max(begins.date(), days.first)
        while day < days.last and _touches(day, ends):
            shown[day].parts.append(
                Part(
                    entry,
                    begins.time() if begins.date() == day else None,
                    ends.time() if ends.date() == day else None,
                    is_first=day == max(begins.date(), days.first),
                )
            )
            day += DAY
    return list(shown.values())


def _touches(day: date, ends: datetime) -> bool:
    return day < ends.date() or (day == ends.date() and ends.time() > time(0))


def _empty(day: date, days: Days, today: date) -> Day:
    is_outside = days.view == MONTH and day.month != days.day.month
    holds_today = days.first <= today < days.last
    is_past = days.view != AGENDA and holds_today and day < today
    return Day(day, day == today, is_outside, is_past)


def of_requests(
    requests: Iterable[MaintenanceRequest], movable: dict[int, str]
) -> Iterable[Entry]:
    """Entries of planned requests; `movable` has the addresses of those that may be moved."""
    for item in requests:
        if item.planned_start is None or item.planned_end is None:
            continue
        row = request_row(item)
        yield Entry(
            "request",
            f"{item.number} {item.title}",
            item.get_absolute_url(),
            Span(item.planned_start, item.planned_end),
            {"value": item.state, "label": row["label"], "tone": row["tone"]},
            (str(item.service),),
            pk=item.pk,
            move_url=movable.get(item.pk, ""),
        )


def of_windows(windows: Iterable[MaintenanceWindow], now: datetime) -> Iterable[Entry]:
    for item in windows:
        row = window_row(item, now)
        yield Entry(
            "window",
            item.title,
            item.get_absolute_url(),
            Span(item.starts_at, item.ends_at),
            _status(row),
            _names(row["services"]),
        )


def of_freezes(freezes: Iterable[Freeze], now: datetime) -> Iterable[Entry]:
    for item in freezes:
        row = freeze_row(item, now)
        names = [] if item.covers_all else row["scope"]
        where = [*names, *item.environments]
        url = item.get_absolute_url()
        yield Entry("freeze", item.name, url, item.span, _status(row), tuple(where))


def of_notices(notices: Iterable[SupplierNotice]) -> Iterable[Entry]:
    for item in notices:
        tone = "bad" if item.impact == Impact.OUTAGE else "busy"
        yield Entry(
            "notice",
            str(item),
            item.get_absolute_url(),
            Span(item.starts_at, item.ends_at),
            {"value": item.impact, "label": item.get_impact_display(), "tone": tone},
            _names(item.services.all()),
        )


def of_permitted(windows: Iterable[ChangeWindow], around: Span) -> Iterable[Entry]:
    for item in windows:
        names = () if item.covers_all else _names(item.services.all())
        words = in_words(item)
        url = item.get_absolute_url()
        for _day, span in item.recurrence.between(*around):
            yield Entry("permitted", item.name, url, span, {}, names, note=words)


def _status(row: dict[str, Any]) -> dict[str, str]:
    return {"value": row["state"], "label": str(row["label"]), "tone": row["tone"]}


def _names(services: Iterable[Service]) -> tuple[str, ...]:
    return tuple(str(service) for service in services)


def in_weeks(days: Sequence[Day]) -> list[Sequence[Day]]:
    return [days[number : number + 7] for number in range(0, len(days), 7)]
