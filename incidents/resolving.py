"""
Who stands behind the ids of an escalation: asked of the database, each question once.

One resolver answers about one instant or many; what it has read it keeps, so give a fresh one
to each transaction that tells people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet

from incidents.escalation_targets import Duty, Somebody
from operations.models import Schedule
from operations.on_call import OnCall, schedule_on_call, who_is_on_call
from portal.access import managers_of, members_of
from portal.models import Access, Channel, Team, User


class DatabaseResolver:
    """Answers what `escalation_targets.Resolver` asks; only of people who can work."""

    def __init__(
        self, *, knows: Iterable[Team] = (), among: list[Schedule] | None = None
    ) -> None:
        """`knows` and `among` are teams and schedules that were read already, to be shown."""
        self._among = among
        self._people: dict[int, User | None] = {}
        self._channels: dict[int, Channel | None] = {}
        self._teams: dict[int, Team] = {team.pk: team for team in knows}
        self._groups: dict[tuple[str, int], tuple[Somebody, ...]] = {}
        self._schedules: dict[int, Schedule | None] = {each.pk: each for each in among or ()}

    def person(self, pk: int) -> Somebody | None:
        user = self.user(pk)
        return somebody(user) if user is not None and user.may_work else None

    def on_call(self, schedule_id: int, at: datetime) -> Duty:
        schedule = self._schedule(schedule_id)
        if schedule is None:
            return Duty((), "", schedule_id)
        return self._duty(schedule_on_call(schedule, at), schedule_id, schedule.team_id)

    def team_on_call(self, team_id: int, at: datetime) -> Duty:
        return self._duty(
            who_is_on_call(self._team(team_id), at, among=self._among), None, team_id
        )

    def members(self, team_id: int) -> tuple[Somebody, ...]:
        return self._group("members", team_id, members_of(team_id))

    def managers(self, team_id: int) -> tuple[Somebody, ...]:
        return self._group("managers", team_id, managers_of(team_id))

    def administrators(self) -> tuple[Somebody, ...]:
        return self._administrators

    def channel(self, pk: int) -> Somebody | None:
        found = self.channel_row(pk)
        return Somebody(found.pk, found.name) if found and found.is_active else None

    def team_name(self, team_id: int) -> str:
        return self._team(team_id).name

    def user(self, pk: int) -> User | None:
        """The person of this id, as last read."""
        if pk not in self._people:
            self._people[pk] = User.objects.filter(pk=pk).first()
        return self._people[pk]

    def channel_row(self, pk: int) -> Channel | None:
        if pk not in self._channels:
            self._channels[pk] = Channel.objects.filter(pk=pk).first()
        return self._channels[pk]

    @cached_property
    def _administrators(self) -> tuple[Somebody, ...]:
        return self._known(User.objects.filter(access=Access.ADMINISTRATOR, is_active=True))

    def _duty(self, on_call: OnCall, schedule_id: int | None, team_id: int) -> Duty:
        return Duty(self._known(on_call.people), on_call.reason, schedule_id, team_id)

    def _group(self, kind: str, team_id: int, people: QuerySet[User]) -> tuple[Somebody, ...]:
        if (kind, team_id) not in self._groups:
            self._groups[kind, team_id] = self._known(people.order_by("name", "pk").distinct())
        return self._groups[kind, team_id]

    def _known(self, people: Iterable[User]) -> tuple[Somebody, ...]:
        """Those of them who can work, remembered for when they are told."""
        able = [person for person in people if person.may_work]
        self._people.update({person.pk: person for person in able})
        return tuple(somebody(person) for person in able)

    def _team(self, pk: int) -> Team:
        if pk not in self._teams:
            self._teams[pk] = Team.objects.get(pk=pk)
        return self._teams[pk]

    def _schedule(self, pk: int) -> Schedule | None:
        if pk not in self._schedules:
            self._schedules[pk] = Schedule.objects.filter(pk=pk).select_related("team").first()
        return self._schedules[pk]


def somebody(person: User) -> Somebody:
    return Somebody(person.pk, person.name, person.time_zone)
