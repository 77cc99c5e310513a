"""What every exported schedule is read into, and what their readers share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from portal.models.people import zone_names

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)
MIDNIGHT = time(0)


class NotAnExport(Exception):
    """The file cannot be read as what it is said to be; the text is for people."""


class Who(NamedTuple):
    """A person as the export names them; `key` is what its shifts refer to."""

    key: str
    name: str
    email: str

    @property
    def label(self) -> str:
        return f"{self.name} <{self.email}>" if self.email else self.name


class Rendered(NamedTuple):
    """Who was, by the other program's own word, on call from `starts_at` to `ends_at`."""

    key: str
    starts_at: datetime
    ends_at: datetime


class Said(NamedTuple):
    """An override: `kind` is replace or add."""

    key: str
    starts_at: datetime
    ends_at: datetime
    kind: str = "replace"


@dataclass(frozen=True)
class LayerShape:
    """A layer of ours; the fields are those of `Layer`, people by their keys."""

    name: str
    groups: tuple[tuple[str, ...], ...]
    rotation: str
    interval: int
    starts_on: date
    handoff_time: time
    handoff_weekday: int
    priority: int = 0
    weekdays: tuple[int, ...] = ()
    hours: tuple[tuple[time, time], ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def fields(self) -> dict[str, Any]:
        """What a `Layer` is made with, but for the people."""
        return {
            "name": self.name[:100],
            "priority": self.priority,
            "rotation": self.rotation,
            "interval": self.interval,
            "starts_on": self.starts_on,
            "handoff_time": self.handoff_time,
            "handoff_weekday": self.handoff_weekday,
            "weekdays": list(self.weekdays),
            "hours": [
                {"from": f"{start:%H:%M}", "until": f"{end:%H:%M}"} for start, end in self.hours
            ],
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
        }


@dataclass
class ScheduleShape:
    """One schedule; `notes` are sentences about what could not be carried over."""

    name: str
    time_zone: str
    description: str = ""
    layers: list[LayerShape] = field(default_factory=list)
    overrides: list[Said] = field(default_factory=list)
    rendered: list[Rendered] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    calendar: str = ""  # an iCalendar file instead of layers

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


@dataclass
class Export:
    schedules: list[ScheduleShape]
    people: dict[str, Who] = field(default_factory=dict)


def moment(text: str) -> datetime:
    """Return the instant of an ISO 8601 time; one without an offset is UTC."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def optional_moment(text: str | None) -> datetime | None:
    return moment(text) if text else None


def known_zone(name: str | None, notes: list[str]) -> str:
    if name in zone_names():
        return str(name)
    notes.append(f"The time zone “{name}” is not known here; UTC is taken.")
    return "UTC"


def beginning(at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What a rotation that first hands over at this instant is counted from."""
    local = at.astimezone(zone)
    return {
        "starts_on": local.date(),
        "handoff_time": local.time().replace(second=0, microsecond=0),
        "handoff_weekday": local.weekday(),
    }


def rotation_of(length: timedelta) -> tuple[str, int] | None:
    """Return the unit and how many of it a turn lasts; None for a part of an hour."""
    for unit, each in (("weekly", WEEK), ("daily", DAY), ("hourly", HOUR)):
        if length >= each and not length % each:
            return unit, length // each
    return None


def hours_by_day(
    day: int, start: time, length: timedelta
) -> Iterator[tuple[int, tuple[time, time] | None]]:
    """
    Cut a span of the week into days: each with its hours, None for the whole day.

    A day here lasts from midnight to midnight; one up to 24 h stays whole on its first day.
    """
    if length <= DAY:
        end = (datetime.combine(date(2026, 1, 5), start) + length).time()
        yield day, None if length == DAY and start == MIDNIGHT else (start, end)
        return
    at = datetime.combine(date(2026, 1, 5), start)  # a Monday, so that no clock changes
    stop = at + length
    while at < stop:
        midnight = datetime.combine(at.date() + DAY, MIDNIGHT)
        until = min(midnight, stop)
        is_whole = at.time() == MIDNIGHT and until == midnight
        yield day % 7, None if is_whole else (at.time(), until.time())
        at, day = until, day + 1


def restricted(
    layer: LayerShape, spans: Iterable[tuple[int, tuple[time, time] | None]]
) -> list[LayerShape]:
    """
    Return the layer for these days and hours: one of ours for each set of hours.

    They have one priority and never overlap, so together they say what the one said.
    """
    by_hours: dict[tuple[time, time] | None, set[int]] = {}
    for day, hours in spans:
        by_hours.setdefault(hours, set()).add(day)
    made = []
    for number, (hours, days) in enumerate(by_hours.items(), start=1):
        name = layer.name if len(by_hours) == 1 else f"{layer.name} ({number})"
        weekdays = () if len(days) == 7 else tuple(sorted(days))
        own = (hours,) if hours else ((MIDNIGHT, MIDNIGHT),) if weekdays else ()
        made.append(_with(layer, name=name, weekdays=weekdays, hours=own))
    return made or [layer]


def _with(layer: LayerShape, **fields: Any) -> LayerShape:
    return LayerShape(**{**layer.__dict__, **fields})
