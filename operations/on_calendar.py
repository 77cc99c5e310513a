"""
Expressions of systemd's OnCalendar, and when they fall due by the wall clock of a zone.

    [weekdays] [[*-]month-day] [hour:minute[:second]] [zone]

as in `Mon..Fri *-*-* 04:30 Europe/Berlin`, or a word such as `daily`. Each part is `*`, or
values by comma, each of which may be a range `a..b` and have a step `/n`; `~` before the day
counts from the end of the month (`*-02~01`), and without a date it is every day. Source: the
manual page systemd.time(7). A year, and what comes more than once a minute, are not taken.

What names every hour, or steps through them, runs by elapsed time (`operations.wall_times`).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from operations.wall_times import LONGEST_GAP, instants, naive

WORDS = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    "semiannually": "*-01,07-01 00:00:00",
    "semi-annually": "*-01,07-01 00:00:00",
    "biannually": "*-01,07-01 00:00:00",
    "bi-annually": "*-01,07-01 00:00:00",
    "yearly": "*-01-01 00:00:00",
    "annually": "*-01-01 00:00:00",
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS, DAYS = range(1, 13), range(1, 32)
HOURS, SIXTY = range(24), range(60)
VALUE = re.compile(r"(?P<first>\d{1,4})(?:\.\.(?P<last>\d{1,4}))?(?:/(?P<step>\d{1,4}))?")
DATE = re.compile(r"(?:(?P<year>[^-~]+)-)?(?P<month>[^-~]+)(?P<sign>[-~])(?P<day>[^-~]+)")
LONGEST = 200  # characters
FAR = timedelta(days=50 * 366)  # a 29 February that is a Monday comes every 28 or 40 years


class BadCalendar(ValueError):
    """This is no expression of OnCalendar that we take; the sentence says why."""


@dataclass(frozen=True)
class Calendar:
    """An expression made ready to be asked; `zone` is None where it names none."""

    weekdays: frozenset[int]
    months: frozenset[int]
    days: frozenset[int]
    are_days_from_end: bool
    times: tuple[time, ...]
    is_elapsed: bool
    zone: ZoneInfo | None

    def shown(self, after: datetime) -> Iterator[datetime]:
        """Yield the times, without a zone, that it names after one, in order."""
        for day in self._days(after.date()):
            for at in self.times:
                found = datetime.combine(day, at)
                if found > after:
                    yield found

    def _days(self, first: date) -> Iterator[date]:
        month = first.replace(day=1)
        last = first + FAR
        while month <= last:
            length = monthrange(month.year, month.month)[1]
            if month.month in self.months:
                for number in self._numbers(length):
                    day = month.replace(day=number)
                    if day >= first and day.weekday() in self.weekdays:
                        yield day
            month += timedelta(days=length)

    def _numbers(self, length: int) -> list[int]:
        if self.are_days_from_end:
            return sorted(length + 1 - day for day in self.days if day <= length)
        return sorted(day for day in self.days if day <= length)


def check_on_calendar(said: str, *, now: datetime) -> None:
    """Raise `BadCalendar` unless the expression means something that will come."""
    shown_now = naive(now, timedelta(0))
    first = next(parse(said).shown(shown_now), None)
    if first is None or first - shown_now > LONGEST_GAP:
        raise BadCalendar(_("This never comes, or not within five years."))


def times_on(said: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield the instants after `after` at which it falls due; its own zone counts if named."""
    calendar = parse(said)
    zone = calendar.zone or zone
    return instants(calendar.shown, zone, after, by_elapsed_time=calendar.is_elapsed)


def parse(said: str) -> Calendar:
    """Return the expression made ready. Raises `BadCalendar` with the reason."""
    parts = said.split() if len(said) <= LONGEST else []
    if not parts:
        raise BadCalendar(_("Write a word such as “daily”, or “Mon..Fri *-*-* 04:30”."))
    zone = _zone(parts)
    if len(parts) == 1 and parts[0].lower() in WORDS:
        parts = WORDS[parts[0].lower()].split()
    weekdays = (
        _weekdays(parts.pop(0)) if parts and parts[0][0].isalpha() else frozenset(range(7))
    )
    on = parts.pop(0) if parts and ":" not in parts[0] else "*-*-*"
    at = parts.pop(0) if parts else "00:00:00"
    if parts:
        raise BadCalendar(_("“%(said)s” is one part too many.") % {"said": parts[0][:40]})
    months, days, are_from_end = _date(on)
    times, is_elapsed = _times(at)
    return Calendar(weekdays, months, days, are_from_end, times, is_elapsed, zone)


def _zone(parts: list[str]) -> ZoneInfo | None:
    """Take the zone off the end, if one stands there."""
    name = parts[-1]
    if len(parts) == 1 or not name[0].isalpha() or _is_weekdays(name):
        return None
    try:
        zone = ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise BadCalendar(_("“%(name)s” is no time zone.") % {"name": name[:40]}) from None
    parts.pop()
    return zone


def _is_weekdays(said: str) -> bool:
    return re.split(r"\.\.|[,-]", said)[0].lower() in {*WEEKDAYS, *(d[:3] for d in WEEKDAYS)}


def _weekdays(said: str) -> frozenset[int]:
    found: set[int] = set()
    for part in said.rstrip(",").split(","):
        first, _sign, last = part.replace("..", "-").partition("-")
        begin, end = _weekday(first), _weekday(last or first)
        if end < begin:
            raise BadCalendar(_("“%(part)s” ends before it begins.") % {"part": part[:40]})
        found |= set(range(begin, end + 1))
    return frozenset(found)


def _weekday(said: str) -> int:
    word = said.lower()
    for number, name in enumerate(WEEKDAYS):
        if word in {name, name[:3]}:
            return number
    raise BadCalendar(_("“%(said)s” is no weekday, such as Mon.") % {"said": said[:40]})


def _date(said: str) -> tuple[frozenset[int], frozenset[int], bool]:
    found = DATE.fullmatch(said)
    if found is None:
        raise BadCalendar(
            _("“%(said)s” is no date, such as *-*-01 or 12-24.") % {"said": said[:40]}
        )
    if found["year"] not in (None, "*"):
        raise BadCalendar(_("What comes again and again names no year; write *."))
    are_from_end = found["sign"] == "~"
    return (
        _values(found["month"], MONTHS),
        _days_from_end(found["day"]) if are_from_end else _values(found["day"], DAYS),
        are_from_end,
    )


def _days_from_end(said: str) -> frozenset[int]:
    """The days counted from the last, 1; a step without an end goes towards the last."""
    found: set[int] = set()
    for part in said.split(","):
        first, last, step = _range(part, DAYS)
        is_open = last is None and step > 0
        found |= set(range(first, 0, -step)) if is_open else _values(part, DAYS)
    return frozenset(found)


def _times(said: str) -> tuple[tuple[time, ...], bool]:
    hours, *rest = said.split(":")
    if not 1 <= len(rest) <= 2:
        raise BadCalendar(_("“%(said)s” is no time, such as 04:30.") % {"said": said[:40]})
    seconds = _values(rest[1], SIXTY) if len(rest) == 2 else frozenset([0])
    if len(seconds) != 1:
        raise BadCalendar(_("It comes more than once a minute; write one second."))
    [second] = seconds
    found = [
        time(hour, minute, second)
        for hour in sorted(_values(hours, HOURS))
        for minute in sorted(_values(rest[0], SIXTY))
    ]
    is_elapsed = hours == "*" or bool(re.fullmatch(r"\d+/\d+", hours))
    return tuple(found), is_elapsed


def _values(said: str, allowed: range) -> frozenset[int]:
    if said == "*":
        return frozenset(allowed)
    found: set[int] = set()
    for part in said.split(","):
        first, last, step = _range(part, allowed)
        if last is None:
            last = allowed[-1] if step else first
        if last < first:
            raise BadCalendar(_("“%(part)s” ends before it begins.") % {"part": part[:40]})
        found |= set(range(first, last + 1, step or 1))
    return frozenset(found)


def _range(part: str, allowed: range) -> tuple[int, int | None, int]:
    """Return the first, the last (None: not said) and the step (0: none, nor a range)."""
    found = VALUE.fullmatch(part) if part.isascii() else None
    if found is None:
        raise BadCalendar(_("“%(part)s” is no value here.") % {"part": part[:40]})
    first, last = int(found["first"]), int(found["last"]) if found["last"] else None
    step = int(found["step"]) if found["step"] else 1 if last is not None else 0
    wrong = first not in allowed or (last is not None and last not in allowed)
    if wrong or (found["step"] and not step):
        raise BadCalendar(
            _("“%(part)s” is not within %(low)d and %(high)d.")
            % {"part": part[:40], "low": allowed[0], "high": allowed[-1]}
        )
    return first, last, step
