"""Random houses for tests: people, chains, schedules, policies, hours and silences."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from incidents import workflow as incidents
from incidents.models import EscalationPolicy
from incidents.workflow import Rung, Target
from operations import workflow as operations
from operations.models import BusinessHours, Integration, Schedule, Silence
from portal.models import (
    Access,
    Channel,
    ContactMethod,
    Membership,
    NotificationRule,
    TeamRole,
    Tracked,
    User,
)
from tests.make import make_person, make_service, make_team

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]
CONDITIONS: list[list[dict[str, Any]]] = [
    [],
    [],
    [],
    [{"kind": "severity", "severities": [0]}],
    [{"kind": "hours", "zone": "UTC", "weekdays": [0, 2], "from": "08:00", "until": "18:00"}],
    [{"kind": "night"}],
    [{"kind": "queue", "hours": None}],
    [{"kind": "calendar", "hours": None, "open": False}],
    [{"kind": "volume", "alerts": 1, "minutes": 10}],
]


def kept(row: Tracked) -> Any:
    row.changed_by = None
    row.save()
    return row


class House:
    """Two teams with what a seed draws for them; START is a day before anything is asked."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.teams = [make_team("Payments"), make_team("Platform")]
        self.people = [self._person(name) for name in ("Olivia", "Max", "Ana", "Ada", "Lea")]
        self.channel = kept(Channel(name="Room", kind="email", destination="room@example.com"))
        self.schedules = [*self._schedules()]
        if self.random.random() < 0.7:
            kept(BusinessHours(time_zone=self.random.choice(ZONES)))
        self.policies = [*self._policies()]
        self.services = [
            make_service(name, team=team)
            for name, team in zip(["Checkout", "Search"], self.teams, strict=True)
        ]
        self._own_policies()
        self.integration: Integration = operations.make_integration(
            name="Prometheus", actor=None
        )[0]
        self.silences = [self._silence() for _number in range(self.random.randint(0, 2))]

    def instants(self, number: int) -> Iterator[datetime]:
        """Some instants of the days ahead, most of them on a minute."""
        for _number in range(number):
            yield START + DAY + self.random.randint(0, 7 * 24 * 60) * MINUTE

    def _person(self, name: str) -> User:
        draw = self.random
        person = make_person(
            name,
            access=Access.ADMINISTRATOR if name == "Ada" else Access.MEMBER,
            time_zone=draw.choice(ZONES),
        )
        for team in self.teams:
            role = draw.choice([TeamRole.MEMBER, TeamRole.MEMBER, TeamRole.MANAGER])
            kept(Membership(team=team, person=person, role=role))
        for number in range(draw.randint(0, 2)):
            contact = kept(
                ContactMethod(
                    person=person,
                    kind="email",
                    label=f"Way {number}",
                    destination=f"{name}{number}@example.com",
                    verified_at=draw.choice([None, START]),
                    is_broken=draw.random() < 0.15,
                )
            )
            after = draw.choice([0, 0, 2, 5, 30])
            kept(
                NotificationRule(
                    person=person, urgency="high", contact=contact, after_minutes=after
                )
            )
        return person

    def _schedules(self) -> Iterator[Schedule]:
        draw = self.random
        for team in self.teams:
            if draw.random() < 0.25:
                continue
            people = draw.sample(self.people, draw.randint(1, 3))
            schedule = operations.set_schedule(
                team, people=people, starts_on=date(2026, 2, 23), actor=None
            )
            if draw.random() < 0.5:
                operations.add_layer(
                    schedule,
                    groups=[[person] for person in draw.sample(self.people, 2)],
                    name="Days",
                    priority=1,
                    rotation="daily",
                    starts_on=date(2026, 3, 2),
                    handoff_time=time(draw.randint(0, 23)),
                    weekdays=draw.choice([[], [0, 1, 2, 3, 4]]),
                    hours=draw.choice([[], [{"from": "20:00", "until": "06:00"}]]),
                    actor=None,
                )
            for _number in range(draw.randint(0, 2)):
                starts_at = START + draw.randint(24, 160) * HOUR
                operations.override(
                    schedule,
                    kind=draw.choice(["replace", "replace", "remove"]),
                    person=draw.choice(self.people),
                    starts_at=starts_at,
                    ends_at=starts_at + draw.randint(1, 30) * HOUR,
                    actor=None,
                )
            yield schedule

    def _policies(self) -> Iterator[EscalationPolicy]:
        draw = self.random
        for number in range(draw.randint(0, 3)):
            yield incidents.create_policy(
                name=f"Policy {number}",
                team=draw.choice([None, *self.teams]),
                rungs=[self._rung() for _step in range(draw.randint(1, 3))],
                repeat_count=draw.choice([0, 0, 1, 2]),
                last_resort=draw.choice([None, *self.people]),
                actor=None,
            )

    def _rung(self) -> Rung:
        draw = self.random
        targets = [
            Target("person", draw.choice(self.people)),
            Target("schedule", draw.choice([None, *self.schedules])),
            Target("team", draw.choice([None, *self.teams])),
            Target("managers", draw.choice([None, *self.teams])),
            Target("channel", self.channel),
        ]
        return Rung(
            targets=draw.sample(targets, draw.randint(1, 2)),
            delay_minutes=draw.choice([1, 5, 15, 60]),
            strategy=draw.choice(["all", "all", "round_robin"]),
            conditions=draw.choice(CONDITIONS),
        )

    def _own_policies(self) -> None:
        draw = self.random
        for service in self.services:
            if self.policies and draw.random() < 0.4:
                incidents.set_service_escalation(
                    service,
                    policy=draw.choice([None, *self.policies]),
                    pages_always=draw.random() < 0.5,
                    actor=None,
                )

    def _silence(self) -> Silence:
        draw = self.random
        starts_at = START + draw.randint(20, 150) * HOUR
        made = operations.make_silence(
            team=None,
            services=draw.choice([self.services, [self.services[0]]]),
            matchers=draw.choice([[], [], [{"label": "severity", "op": "=", "value": "P1"}]]),
            at_end=draw.choice(["reprocess", "reprocess", "reprocess", "nothing", "resolve"]),
            starts_at=starts_at,
            ends_at=starts_at + draw.randint(1, 40) * HOUR,
            reason="Planned work",
            actor=None,
        )
        assert isinstance(made, Silence)
        return made
