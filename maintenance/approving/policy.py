"""What has to be agreed to: steps after and beside one another, each with its quorum."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Mode(StrEnum):
    VETO = "veto"  # one rejection rejects
    QUORUM = "quorum"  # rejected as soon as the quorum cannot be reached any more


class Quorum(NamedTuple):
    """So many people, or so many in a hundred of those who may vote."""

    number: int = 1
    percent: int | None = None

    def of(self, people: int) -> int:
        """Return how many of `people` are needed: a share is rounded up, and never to 0."""
        if self.percent is None:
            return max(1, self.number)
        return max(1, -(-self.percent * people // 100))


class Step(NamedTuple):
    """Steps of one stage are open at once; a stage opens when those before it are satisfied."""

    key: str
    stage: int = 1
    quorum: Quorum = Quorum()
    mode: Mode = Mode.VETO


class Policy(NamedTuple):
    steps: tuple[Step, ...]
    may_fill_two: bool = False

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)
