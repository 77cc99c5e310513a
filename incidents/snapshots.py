"""
The copy of a policy that a run climbs: taken when it begins, untouched by later edits.

Frozen, read from JSON and written back alike. No database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from incidents.conditions import Condition, readable
from operations.business_hours import Calendar, Unreadable

ROUND_ROBIN = "round_robin"


@dataclass(frozen=True)
class Target:
    """Whom a step tells; without an id it is the owner team's own schedule or people."""

    kind: str
    id: int | None = None


@dataclass(frozen=True)
class Step:
    targets: tuple[Target, ...]
    delay: timedelta = timedelta(minutes=5)
    strategy: str = "all"
    # As they stand in the data; `conditions` are the same, read.
    said: tuple[dict[str, Any], ...] = ()

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        return readable(list(self.said))

    def as_data(self) -> dict[str, Any]:
        return {
            "targets": [{"kind": target.kind, "id": target.id} for target in self.targets],
            "delay": self.delay // timedelta(minutes=1),
            "strategy": self.strategy,
            "conditions": list(self.said),
        }


@dataclass(frozen=True)
class Snapshot:
    """
    A policy as it was, for one team's service.

    `hours` are those that the severity waits for, None where it does not wait. `turn` is how
    often the policy was climbed before, for a round robin to go on.
    """

    name: str
    team_id: int
    steps: tuple[Step, ...]
    policy_id: int | None = None
    repeat: int = 0
    last_resort: int | None = None
    hours: Calendar | None = None
    turn: int = 0

    def as_data(self) -> dict[str, Any]:
        hours = self.hours
        return {
            "name": self.name,
            "team": self.team_id,
            "policy": self.policy_id,
            "repeat": self.repeat,
            "last_resort": self.last_resort,
            "hours": None if hours is None else hours.as_data(),
            "turn": self.turn,
            "steps": [step.as_data() for step in self.steps],
        }

    @classmethod
    def read(cls, data: dict[str, Any]) -> Snapshot:
        return cls(
            name=data["name"],
            team_id=data["team"],
            policy_id=data.get("policy"),
            repeat=data.get("repeat", 0),
            last_resort=data.get("last_resort"),
            hours=_hours(data.get("hours")),
            turn=data.get("turn", 0),
            steps=tuple(_step(step) for step in data["steps"]),
        )


def _step(data: dict[str, Any]) -> Step:
    return Step(
        targets=tuple(Target(each["kind"], each.get("id")) for each in data["targets"]),
        delay=timedelta(minutes=data["delay"]),
        strategy=data["strategy"],
        said=tuple(data.get("conditions", ())),
    )


def _hours(data: dict[str, Any] | None) -> Calendar | None:
    """Hours that cannot be read hold no page back."""
    try:
        return Calendar.read(data) if data else None
    except Unreadable:
        return None
