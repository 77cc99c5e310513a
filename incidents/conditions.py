"""
The conditions that a step of an escalation policy may carry; all of them must hold.

A condition is plain data on the step, and in the copy that a run climbs: there a calendar
stands written out instead of its number. One that cannot be judged does not hold a page back.
No database.

    {"kind": "severity", "severities": [0, 1]}
    {"kind": "hours", "zone": "Europe/Berlin", "weekdays": [0, 4], "from": "09:00",
     "until": "17:00", "inside": true}
    {"kind": "calendar", "hours": 3 or null, "open": true}    null: the service's own hours
    {"kind": "queue", "hours": 3 or null}                     waits until they begin
    {"kind": "night"}                                         leaves out for whom it is night
    {"kind": "volume", "alerts": 5, "minutes": 10}
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations.business_hours import Calendar, Range, Unreadable
from operations.models import Severity

NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)  # by the person's own clock
LONGEST_COUNT = 24 * 60  # minutes in which alerts are counted
Data = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """What a step may ask of the incident: how bad, since when, when its alerts joined."""

    severity: int
    opened_at: datetime
    alerts: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Condition:
    """What holds always; each kind says what it does otherwise."""

    def why_not(self, at: datetime, facts: Facts) -> str:
        """Return why the step is skipped, empty if it is not."""
        return ""

    def waits_for(self) -> Calendar | None:
        """The hours that the step waits for."""
        return None

    def is_awake(self, zone: str, at: datetime) -> bool:
        """Whether somebody who lives in this zone may be told."""
        return True

    def words(self) -> str:
        """What the ladder says beside the step."""
        raise NotImplementedError


@dataclass(frozen=True)
class OfSeverity(Condition):
    severities: tuple[int, ...]

    def why_not(self, at: datetime, facts: Facts) -> str:
        if facts.severity in self.severities:
            return ""
        names = {"own": Severity(facts.severity).name, "wanted": self._names()}
        return _("It is %(own)s, and this step is for %(wanted)s.") % names

    def words(self) -> str:
        return _("Only %(severities)s") % {"severities": self._names()}

    def _names(self) -> str:
        return ", ".join(Severity(severity).name for severity in sorted(self.severities))


@dataclass(frozen=True)
class InHours(Condition):
    calendar: Calendar
    inside: bool
    said: str

    def why_not(self, at: datetime, facts: Facts) -> str:
        if self.calendar.is_open(at) == self.inside:
            return ""
        local = at.astimezone(ZoneInfo(self.calendar.zone))
        shown = {"time": f"{local:%a %H:%M %Z}", "said": self.words()}
        return _("It is %(time)s. %(said)s.") % shown

    def words(self) -> str:
        return (_("Only %(hours)s") if self.inside else _("Not %(hours)s")) % {
            "hours": self.said
        }


@dataclass(frozen=True)
class WhenOpen(Condition):
    calendar: Calendar | None
    is_open: bool

    def why_not(self, at: datetime, facts: Facts) -> str:
        if self.calendar is None or self.calendar.is_open(at) == self.is_open:
            return ""
        if self.is_open:
            return _("It is outside business hours.")
        return _("It is within business hours.")

    def words(self) -> str:
        return _("In business hours") if self.is_open else _("Outside business hours")


@dataclass(frozen=True)
class Queue(Condition):
    calendar: Calendar | None

    def waits_for(self) -> Calendar | None:
        return self.calendar

    def words(self) -> str:
        return _("Waits for business hours")


@dataclass(frozen=True)
class NotAtNight(Condition):
    def is_awake(self, zone: str, at: datetime) -> bool:
        return NIGHT_UNTIL <= at.astimezone(ZoneInfo(zone)).time() < NIGHT_FROM

    def words(self) -> str:
        return _("Not those for whom it is night")


@dataclass(frozen=True)
class Volume(Condition):
    alerts: int
    minutes: int

    def why_not(self, at: datetime, facts: Facts) -> str:
        since = at - timedelta(minutes=self.minutes)
        count = sum(since < joined <= at for joined in facts.alerts)
        if count >= self.alerts:
            return ""
        sentence = ngettext(
            "%(n)d alert joined in %(minutes)d min, and this step is for %(wanted)d.",
            "%(n)d alerts joined in %(minutes)d min, and this step is for %(wanted)d.",
            count,
        )
        return sentence % {"n": count, "minutes": self.minutes, "wanted": self.alerts}

    def words(self) -> str:
        return _("From %(n)d alerts in %(minutes)d min") % {
            "n": self.alerts,
            "minutes": self.minutes,
        }


def read(data: Data) -> Condition:
    """
    Read one condition of a step, or of a copy in which its calendar is written out.

    Raises `Unreadable`, whose sentence may be shown.
    """
    reader = READERS.get(data.get("kind", ""))
    if reader is None:
        raise Unreadable("conditions", _("There is no such condition."))
    try:
        return reader(data)
    except Unreadable:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        sentence = _("The condition “%(kind)s” is not complete.") % {"kind": data["kind"]}
        raise Unreadable("conditions", sentence) from error


def readable(conditions: Any) -> tuple[Condition, ...]:
    """Return those that can be read: what cannot be judged holds no page back."""
    found = []
    for data in conditions if isinstance(conditions, list) else []:
        try:
            found.append(read(data))
        except Unreadable:
            continue
    return tuple(found)


def _of_severity(data: Data) -> OfSeverity:
    severities = tuple(int(Severity(severity)) for severity in data["severities"])
    if not severities:
        raise Unreadable("conditions", _("Choose at least one severity."))
    return OfSeverity(severities)


def _in_hours(data: Data) -> InHours:
    weekdays = sorted(int(weekday) for weekday in data["weekdays"])
    if not weekdays:
        raise Unreadable("conditions", _("Choose at least one weekday."))
    rows = [[weekday, data["from"], data["until"]] for weekday in weekdays]
    calendar = Calendar.read({"zone": data["zone"], "ranges": rows})
    return InHours(calendar, bool(data.get("inside", True)), _hours_in_words(calendar.ranges))


def _when_open(data: Data) -> WhenOpen:
    return WhenOpen(_calendar(data), bool(data.get("open", True)))


def _queue(data: Data) -> Queue:
    return Queue(_calendar(data))


def _night(_data: Data) -> NotAtNight:
    return NotAtNight()


def _volume(data: Data) -> Volume:
    alerts, minutes = int(data["alerts"]), int(data["minutes"])
    if not 1 <= alerts <= 1000 or not 1 <= minutes <= LONGEST_COUNT:
        raise Unreadable("conditions", _("Count up to 1,000 alerts within a day."))
    return Volume(alerts, minutes)


READERS = {
    "severity": _of_severity,
    "hours": _in_hours,
    "calendar": _when_open,
    "queue": _queue,
    "night": _night,
    "volume": _volume,
}


def _calendar(data: Data) -> Calendar | None:
    written = data.get("calendar")
    return Calendar.read(written) if written else None


def _hours_in_words(ranges: tuple[Range, ...]) -> str:
    names = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    days = ", ".join(names[each.weekday] for each in ranges)
    first = ranges[0]
    return f"{days} {first.starts:%H:%M}–{first.ends:%H:%M}"  # noqa: RUF001 (from until)
