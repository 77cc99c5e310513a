"""
Who is on call at an instant, and why.

One weekly rotation for each team, by the wall clock of the team's zone, and overrides that
win over it. Shifts are half open, `[start, end)`. Who cannot be reached for work any more is
passed over, and the answer says so; nobody at all is an answer, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from operations.models import Override, Schedule, Turn
from operations.wall_clock import instant
from portal.models import Team, User

WEEK = timedelta(days=7)


class OnCall(NamedTuple):
    """Who it is, None for nobody, and why in a sentence."""

    person: User | None
    reason: str


class Shift(NamedTuple):
    """The same answer for all of `[starts_at, ends_at)`."""

    starts_at: datetime
    ends_at: datetime
    person: User | None
    reason: str
    is_override: bool


class Duty(NamedTuple):
    team: Team
    on_call: OnCall


class _Answer(NamedTuple):
    person: User | None
    reason: str
    is_override: bool = False


def who_is_on_call(team: Team, at: datetime) -> OnCall:
    schedule = schedules_with_people().filter(team=team).first()
    if schedule is None:
        return OnCall(None, _("This team has no on-call schedule."))
    person, reason, _is_override = Rotation(schedule).at(at)
    return OnCall(person, reason)


def everybody_on_call(at: datetime) -> list[Duty]:
    """Who is on call in each team that has a schedule, in three queries."""
    return [
        Duty(schedule.team, OnCall(*Rotation(schedule).at(at)[:2]))
        for schedule in schedules_with_people(overrides_after=at)
    ]


def shifts(team: Team, start: datetime, end: datetime) -> list[Shift]:
    """Return who is on call from `start` to `end`, without a gap between the shifts."""
    schedule = schedules_with_people(overrides_after=start).filter(team=team).first()
    return Rotation(schedule).between(start, end) if schedule else []


def schedules_with_people(*, overrides_after: datetime | None = None) -> QuerySet[Schedule]:
    """Schedules with all that `Rotation` asks, whatever their number."""
    overrides = Override.objects.select_related("person").order_by("-pk")
    if overrides_after is not None:
        overrides = overrides.filter(ends_at__gt=overrides_after)
    return (
        Schedule.objects.select_related("team")
        .prefetch_related(
            Prefetch("turns", Turn.objects.select_related("person").order_by("order")),
            Prefetch("overrides", overrides),
        )
        .order_by("team__name")
    )


@dataclass(frozen=True)
class Rotation:
    """A schedule that can be asked; give one from `schedules_with_people`."""

    schedule: Schedule

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.schedule.team.time_zone)

    @property
    def first_day(self) -> date:
        """The hand-over day of the week that the rotation begins in."""
        starts_on = self.schedule.starts_on
        passed = (starts_on.weekday() - self.schedule.handoff_weekday) % 7
        return starts_on - timedelta(days=passed)

    def begins(self, week: int) -> datetime:
        """Return when the week of this number begins; the first is number 0."""
        day = self.first_day + week * WEEK
        return instant(day, self.schedule.handoff_time, self.zone)

    def week_of(self, at: datetime) -> int:
        """Return the number of the week that `at` is in; below 0 before the first."""
        local_day = at.astimezone(self.zone).date()
        week = (local_day - self.first_day) // WEEK
        while self.begins(week + 1) <= at:
            week += 1
        while self.begins(week) > at:
            week -= 1
        return int(week)

    def at(self, at: datetime) -> _Answer:
        passed_over: list[str] = []
        for override in self.schedule.overrides.all():  # the newest word first
            if override.starts_at <= at < override.ends_at:
                if override.person.may_work:
                    return _Answer(override.person, _why_override(override), is_override=True)
                passed_over.append(_passed_over(override.person))
        found = self._in_rotation(at, passed_over)
        return found._replace(reason=" ".join([found.reason, *passed_over]))

    def between(self, start: datetime, end: datetime) -> list[Shift]:
        merged: list[Shift] = []
        for starts_at, ends_at in self._pieces(start, end):
            shift = Shift(starts_at, ends_at, *self.at(starts_at))
            if merged and merged[-1][2:] == shift[2:]:
                shift = shift._replace(starts_at=merged.pop().starts_at)
            merged.append(shift)
        return merged

    def _pieces(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Cut the window wherever the answer may change."""
        weeks = range(self.week_of(start), self.week_of(end) + 1)
        edges = [self.begins(week) for week in weeks]
        for override in self.schedule.overrides.all():
            edges += [override.starts_at, override.ends_at]
        inside = sorted({edge.astimezone(UTC) for edge in edges if start < edge < end})
        cuts = [start, *inside, end]
        return itertools.pairwise(cuts)

    def _in_rotation(self, at: datetime, passed_over: list[str]) -> _Answer:
        turns = list(self.schedule.turns.all())
        week = self.week_of(at)
        if not turns:
            return _Answer(None, _("Nobody takes part in the rotation."))
        if week < 0:
            return _Answer(None, _("The rotation has not begun yet."))
        for step in range(len(turns)):
            place = (week + step) % len(turns)
            person = turns[place].person
            if person.may_work:
                reason = _("Turn %(turn)d of %(turns)d in the weekly rotation.")
                numbers = {"turn": place + 1, "turns": len(turns)}
                return _Answer(person, reason % numbers)
            passed_over.append(_passed_over(person))
        return _Answer(None, _("Nobody in the rotation can work."))


def _why_override(override: Override) -> str:
    if override.reason:
        return _("Override: %(reason)s") % {"reason": override.reason}
    return _("Override of the rotation.")


def _passed_over(person: User) -> str:
    return _("%(name)s cannot work any more and is passed over.") % {"name": person}
