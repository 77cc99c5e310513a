"""
Which changes at one time fall out with each other, over what, and how much that matters.

Two changes meet only if their effective spans overlap. Services, and those that depend on each
other, count within one environment; a person and an exclusive resource are the same ones in
all. Against a change that has not been given its time yet, nothing is more than soft.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from maintenance.timing.spans import Span

Graph = Mapping[int, Iterable[int]]


class Weight(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    OFF = "off"


class Rule(StrEnum):
    SAME_SERVICE = "same_service"
    DEPENDENCY = "dependency"
    SAME_PERSON = "same_person"
    RESOURCE = "resource"


class Rules(NamedTuple):
    """How much each rule matters, and how far dependencies are followed."""

    same_service: Weight = Weight.HARD
    dependency: Weight = Weight.SOFT
    same_person: Weight = Weight.HARD
    resource: Weight = Weight.HARD
    depth: int = 2

    def weight_of(self, rule: Rule) -> Weight:
        weight: Weight = getattr(self, rule.value)
        return weight


class Change(NamedTuple):
    """What a change touches and needs; `key` names it, `holds` says that its time is its."""

    key: int
    span: Span
    services: frozenset[int]
    environment: str
    person: int | None = None
    resources: frozenset[int] = frozenset()
    holds: bool = True


class Clash(NamedTuple):
    """One reason why two changes do not go together; `over` are services, resources, people."""

    key: int
    rule: Rule
    weight: Weight
    over: frozenset[int]


def reach(graph: Graph, start: Iterable[int], depth: int) -> frozenset[int]:
    """Return what can be reached from `start` in at most `depth` steps, without `start`."""
    begun = set(start)
    seen, edge = set(begun), set(begun)
    for _step in range(depth):
        edge = {after for each in edge for after in graph.get(each, ())} - seen
        seen |= edge
    return frozenset(seen - begun)


def clashes(
    change: Change, others: Iterable[Change], *, rules: Rules, near: frozenset[int]
) -> Iterator[Clash]:
    """
    Yield what stands between a change and each of the others, in their order.

    `near` are the services that its own ones depend on, or that depend on them.
    """
    for other in others:
        if other.key == change.key or not other.span.overlaps(change.span):
            continue
        for rule, over in shared(change, other, near):
            weight = rules.weight_of(rule)
            if weight == Weight.HARD and not other.holds:
                weight = Weight.SOFT
            if weight != Weight.OFF:
                yield Clash(other.key, rule, weight, over)


def shared(
    change: Change, other: Change, near: frozenset[int]
) -> Iterator[tuple[Rule, frozenset[int]]]:
    """Yield over what two changes would fall out if they came at one time."""
    if change.environment == other.environment:
        if same := change.services & other.services:
            yield Rule.SAME_SERVICE, same
        if beside := near & other.services - change.services:
            yield Rule.DEPENDENCY, beside
    if change.person is not None and change.person == other.person:
        yield Rule.SAME_PERSON, frozenset({change.person})
    if both := change.resources & other.resources:
        yield Rule.RESOURCE, both
