"""
Who can be told, kept in memory: answers what an escalation asks, and until when that holds.

The proof of coverage asks about thousands of instants; the rows behind its answers are read
once. Nothing here knows the database: `incidents.coverage_world` fills it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from incidents.conditions import NIGHT_FROM, NIGHT_UNTIL
from incidents.escalation_targets import Duty, Somebody
from operations.business_hours import Calendar, Range

CHUNK = timedelta(days=32)  # worked out at a time
FARTHEST = 12  # chunks in which the next opening of hours is looked for
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Stretch(NamedTuple):
    """The same people on call for all of `[starts_at, ends_at)`."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[Somebody, ...]
    reason: str = ""


Stretches = Callable[[datetime, datetime], Sequence[Stretch]]


@dataclass(frozen=True)
class Roster:
    """All people, teams, channels and schedules there are; only those who can be told."""

    people: Mapping[int, Somebody] = field(default_factory=dict)
    team_members: Mapping[int, tuple[Somebody, ...]] = field(default_factory=dict)
    team_managers: Mapping[int, tuple[Somebody, ...]] = field(default_factory=dict)
    everybody_in_charge: tuple[Somebody, ...] = ()
    channels: Mapping[int, Somebody] = field(default_factory=dict)
    team_names: Mapping[int, str] = field(default_factory=dict)
    # The schedule that answers for a team, and who is on call on each in a window of time.
    schedule_of_team: Mapping[int, int] = field(default_factory=dict)
    schedules: Mapping[int, Stretches] = field(default_factory=dict)


class Watch:
    """A resolver over a roster that notes when each of its answers may be another."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._chunks: dict[tuple[int, int], Sequence[Stretch]] = {}
        self.changes: list[datetime] = []
        self.zones: set[str] = set()

    def forget(self) -> None:
        """Begin to note anew."""
        self.changes.clear()
        self.zones.clear()

    def person(self, pk: int) -> Somebody | None:
        found = self._roster.people.get(pk)
        return self._seen((found,))[0] if found else None

    def on_call(self, schedule_id: int, at: datetime) -> Duty:
        if schedule_id not in self._roster.schedules:
            return Duty((), _("This schedule is not used any more."), schedule_id)
        stretch = self._stretch(schedule_id, at)
        self.changes.append(stretch.ends_at)
        return Duty(self._seen(stretch.people), stretch.reason, schedule_id)

    def team_on_call(self, team_id: int, at: datetime) -> Duty:
        schedule_id = self._roster.schedule_of_team.get(team_id)
        if schedule_id is None:
            return Duty((), _("This team has no on-call schedule."), None, team_id)
        duty = self.on_call(schedule_id, at)
        return duty._replace(team_id=team_id)

    def members(self, team_id: int) -> tuple[Somebody, ...]:
        return self._seen(self._roster.team_members.get(team_id, ()))

    def managers(self, team_id: int) -> tuple[Somebody, ...]:
        return self._seen(self._roster.team_managers.get(team_id, ()))

    def administrators(self) -> tuple[Somebody, ...]:
        return self._seen(self._roster.everybody_in_charge)

    def channel(self, pk: int) -> Somebody | None:
        return self._roster.channels.get(pk)

    def team_name(self, team_id: int) -> str:
        return self._roster.team_names.get(team_id, "")

    def _seen(self, people: tuple[Somebody, ...]) -> tuple[Somebody, ...]:
        self.zones.update(person.zone for person in people)
        return people

    def _stretch(self, schedule_id: int, at: datetime) -> Stretch:
        number = (at - EPOCH) // CHUNK
        key = (schedule_id, number)
        if key not in self._chunks:
            start = EPOCH + number * CHUNK
            self._chunks[key] = self._roster.schedules[schedule_id](start, start + CHUNK)
        chunk = self._chunks[key]
        place = bisect_right(chunk, at, key=lambda stretch: stretch.starts_at) - 1
        return chunk[place]


class Openings:
    """The next instant at which hours open or close, each month of them worked out once."""

    def __init__(self) -> None:
        self._chunks: dict[tuple[Calendar, int], list[datetime]] = {}

    def after(self, calendar: Calendar, at: datetime) -> datetime | None:
        """Return the first change after `at`, None if there is none within a year."""
        number = (at - EPOCH) // CHUNK
        for chunk in range(number, number + FARTHEST):
            edges = self._edges(calendar, chunk)
            place = bisect_right(edges, at)
            if place < len(edges):
                return edges[place]
        return None

    def _edges(self, calendar: Calendar, number: int) -> list[datetime]:
        key = (calendar, number)
        if key not in self._chunks:
            start = EPOCH + number * CHUNK
            self._chunks[key] = calendar.changes(start, start + CHUNK)
        return self._chunks[key]


def waking_hours(zone: str) -> Calendar:
    """When it is not night for somebody who lives there."""
    return Calendar(zone, tuple(Range(day, NIGHT_UNTIL, NIGHT_FROM) for day in range(7)))
