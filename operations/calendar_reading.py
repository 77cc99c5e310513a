"""
What an iCalendar file (RFC 5545) says about who is on call, without any database.

Recurring events are worked out here, within limits: a rule can ask for millions of instances
or never end, so `read_bounded` has it done by a process of its own that is ended when it
takes too long. Local times that do not exist take the offset from before the gap, as the RFC
says; our own rotations do otherwise (`operations.wall_clock`).
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar
from icalendar.prop import vRecur

MOST_INSTANCES = 5000
LONGEST_FILE = 5_000_000  # bytes
CPU_SECONDS = 10
MEMORY = 1024 * 1024 * 1024  # bytes of address space
DAY = timedelta(days=1)
FIRST_WINDOW = timedelta(hours=1)
TOO_OFTEN = {"SECONDLY", "MINUTELY"}
# "[L2] ana": of two at once, the higher number is on call.
PRIORITY = re.compile(r"\[L(\d)\]", re.IGNORECASE)


class Unreadable(Exception):
    """This is no calendar; `code` is for programs, `sentence` for people."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        self.sentence = sentence
        super().__init__(sentence)


class Instance(NamedTuple):
    """One time that an event happens, and whom it may mean: its title, then who attends."""

    uid: str
    starts_at: datetime
    ends_at: datetime
    title: str
    attendees: tuple[str, ...]
    priority: int


class Reading(NamedTuple):
    instances: list[Instance]
    notes: list[str]  # what was left out, and why


def read(source: bytes, *, zone: ZoneInfo, start: datetime, end: datetime) -> Reading:
    """
    Return what happens between `start` and `end`, the earliest first.

    Times without a zone, and whole days, are read in `zone`. Raises `Unreadable`.
    """
    calendars = _parsed(source)
    notes: list[str] = []
    found: list[Instance] = []
    for calendar in calendars:
        for series in _series(calendar):
            found += _instances(series, zone, start, end, notes)
    found.sort(key=lambda each: (each.starts_at, each.uid))
    if len(found) > MOST_INSTANCES:
        left_out = found[MOST_INSTANCES].starts_at
        notes.append(
            f"Only the first {MOST_INSTANCES} shifts were read, up to {left_out:%Y-%m-%d}."
        )
    return Reading(found[:MOST_INSTANCES], list(dict.fromkeys(notes)))


def _parsed(source: bytes) -> list[Any]:
    if b"BEGIN:VCALENDAR" not in source.upper():
        raise Unreadable("not_a_calendar", "This is not an iCalendar file.")
    try:
        found = list(Calendar.from_ical(source.decode("utf-8-sig", "replace"), multiple=True))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        sentence = f"The calendar is broken: {str(error)[:200]}"
        raise Unreadable("broken_calendar", sentence) from None
    if not found:
        raise Unreadable("broken_calendar", "The calendar is broken: it has no end.")
    return found


def _series(calendar: Any) -> Iterator[Calendar]:
    """Give a calendar for each event with its exceptions, so that one may be broken alone."""
    by_uid: dict[str, list[Any]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        if not event.get("UID"):
            event["UID"] = f"event-{number}"
        by_uid.setdefault(str(event["UID"]), []).append(event)
    for events in by_uid.values():
        alone = Calendar()
        for name in ("X-WR-TIMEZONE", "CALSCALE"):
            if name in calendar:
                alone[name] = calendar[name]
        for event in events:
            alone.add_component(event)
        yield alone


def _instances(
    series: Calendar, zone: ZoneInfo, start: datetime, end: datetime, notes: list[str]
) -> list[Instance]:
    events = series.walk("VEVENT")
    title = str(events[0].get("SUMMARY", events[0]["UID"]))[:80]
    if broken := [name for event in events for name, _why in getattr(event, "errors", [])]:
        names = ", ".join(dict.fromkeys(str(name) for name in broken))
        notes.append(f"“{title}” was left out: its {names} cannot be read.")
        return []
    if any(_is_too_often(event) for event in events):
        notes.append(f"“{title}” was left out: it repeats each minute or second.")
        return []
    try:
        return list(_expanded(series, zone, start, end, notes))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        notes.append(f"“{title}” was left out: {str(error)[:200]}")
        return []


def _is_too_often(event: Any) -> bool:
    rules = event.get("RRULE", [])
    rules = [rules] if isinstance(rules, vRecur) else rules
    return any(str(rule.get("FREQ", [""])[0]).upper() in TOO_OFTEN for rule in rules)


def _expanded(
    series: Calendar, zone: ZoneInfo, start: datetime, end: datetime, notes: list[str]
) -> Iterator[Instance]:
    for event in _events(series, start, end):
        instance = _instance(event, zone)
        if instance.starts_at >= end or instance.ends_at <= start:
            continue
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        if instance.ends_at <= instance.starts_at:
            notes.append(f"“{instance.title}” was left out: it takes no time.")
            continue
        yield instance


def _events(series: Calendar, start: datetime, end: datetime) -> Iterator[Any]:
    """
    Give the events of windows, each twice as long as the last, until there are enough.

    Each window begins the rule anew, so there must be few of them; but a rule may ask for more
    than anybody wants to wait for, so the first ones are short. A day more at both ends: the
    local times of events are compared as they stand there.
    """
    known = recurring_ical_events.of(series, keep_recurrence_attributes=True)
    edge, last, length = start - DAY, end + DAY, FIRST_WINDOW
    given: set[tuple[str, str]] = set()
    while edge < last and len(given) <= MOST_INSTANCES:
        for event in known.between(edge, min(edge + length, last)):
            key = str(event["RECURRENCE-ID"].dt), str(event["DTSTART"].dt)
            if key not in given:  # one that goes on from window to window
                given.add(key)
                yield event
        edge, length = edge + length, 2 * length


def _instance(event: Any, zone: ZoneInfo) -> Instance:
    starts_at = _moment(event["DTSTART"].dt, zone)
    ends = event.get("DTEND")
    ends_at = _moment(ends.dt, zone) if ends is not None else starts_at
    if ends is None and not isinstance(event["DTSTART"].dt, datetime):
        ends_at = _moment(event["DTSTART"].dt + timedelta(days=1), zone)
    words = str(event.get("SUMMARY", ""))
    priority = PRIORITY.search(words)
    return Instance(
        uid=str(event["UID"])[:200],
        starts_at=starts_at,
        ends_at=ends_at,
        title=" ".join(PRIORITY.sub(" ", words).split())[:200],
        attendees=tuple(_attendees(event)),
        priority=int(priority[1]) if priority else 0,
    )


def _moment(value: date, zone: ZoneInfo) -> datetime:
    """Return the instant of a time, or of the midnight that a whole day begins with."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(0))
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)


def _attendees(event: Any) -> Iterator[str]:
    given = event.get("ATTENDEE", [])
    for each in given if isinstance(given, list) else [given]:
        address = str(each)
        yield address[7:] if address.lower().startswith("mailto:") else address


def main() -> None:
    """Read a calendar from standard input within its means; write JSON to standard output."""
    for kind, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):  # a system that knows no such limit
            resource.setrlimit(kind, (value, value))
    zone, start, end = sys.argv[1:]
    source = sys.stdin.buffer.read()
    span = {"start": datetime.fromisoformat(start), "end": datetime.fromisoformat(end)}
    try:
        reading = read(source, zone=ZoneInfo(zone), **span)
        answer: dict[str, Any] = {
            "instances": [
                [each.uid, each.starts_at.isoformat(), each.ends_at.isoformat(), *each[3:]]
                for each in reading.instances
            ],
            "notes": reading.notes,
        }
    except Unreadable as error:
        answer = {"code": error.code, "sentence": error.sentence}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
