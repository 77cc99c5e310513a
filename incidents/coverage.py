"""
The proof that a page ends at somebody: for each instant at which one might begin, who answers.

It climbs the same ladder with the same `decide` as the engine, for every turn of a round
robin, and cuts the time ahead exactly where the outcome may change: at the edge of a shift, of
hours, of a night or of a leave, moved back by the waits before it. No database.

Somebody counts as reached when a way that they have proved to work carries the page. Channels
are not people. A climb that reaches nobody is a hole; what ends well by luck is a weak spot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import lcm
from typing import NamedTuple

from incidents.conditions import Facts, InHours, NotAtNight, Queue, Volume, WhenOpen
from incidents.escalation_plan import Decision, Position, decide
from incidents.models import HoleKind
from incidents.pieces import Cut, Look, cut
from incidents.roster import Openings, Roster, Watch, waking_hours
from incidents.snapshots import ROUND_ROBIN, Snapshot, Step
from operations.business_hours import Calendar

MOST_TURNS = 60  # of round robins, followed one by one
MOST_CAUSES = 3
MOST_LOOKS = 5_000  # at one ladder
INSTANT = timedelta(microseconds=1)
GRAVITY = {kind: place for place, kind in enumerate(["", *reversed(HoleKind.values)])}

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class World:
    """Who can be told, how soon each is sure to be reached, and when they are away."""

    roster: Roster
    # From when a page leaves until a proved way carries it; who is missing cannot be reached.
    sure: Mapping[int, timedelta] = field(default_factory=dict)
    away: Mapping[int, tuple[Interval, ...]] = field(default_factory=dict)

    def is_away(self, person: int, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.away.get(person, ()))

    def leave_changes(self, person: int, at: datetime) -> Iterator[datetime]:
        for interval in self.away.get(person, ()):
            yield from (edge for edge in interval if edge > at)


class Cause(NamedTuple):
    """What is missing: a code that does not change, and what it is about."""

    code: str
    id: int | None = None


class Verdict(NamedTuple):
    """How a page ends; an empty kind is well. `person` is who is reached first after all."""

    kind: str = ""
    causes: tuple[Cause, ...] = ()
    person: int | None = None
    minutes: int = 0


WELL = Verdict()


class Answer(NamedTuple):
    """Somebody who is surely reached, how long after the first step, and by which."""

    after: timedelta
    person: int
    step: Decision


class Climb(NamedTuple):
    """All steps of a climb, and how much later it may begin for the same to happen."""

    decisions: list[Decision]
    slack: timedelta | None


@dataclass(frozen=True)
class Ladder:
    """What an incident climbs, how grave it is, and how soon somebody should answer."""

    snapshot: Snapshot
    severity: int
    within: timedelta | None = None

    def is_last_resort(self, decision: Decision) -> bool:
        return decision.position.index >= len(self.snapshot.steps)


class Prover:
    """Asks one world about many ladders."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._watch = Watch(world.roster)
        self._openings = Openings()

    def prove(
        self, ladder: Ladder, start: datetime, end: datetime, *, at_most: int = MOST_LOOKS
    ) -> Cut[Verdict]:
        """Return how pages that begin in `[start, end)` end, piece by piece."""
        turns = turns_of(ladder.snapshot, self._world.roster)
        followed = [
            replace(ladder, snapshot=replace(ladder.snapshot, turn=turn))
            for turn in range(min(turns, MOST_TURNS))
        ]
        found = cut(lambda at: self._look(followed, at), start, end, at_most=at_most)
        return found._replace(is_complete=found.is_complete and turns <= MOST_TURNS)

    def _look(self, followed: list[Ladder], at: datetime) -> Look[Verdict]:
        """The worst that can happen, whoever's turn it is."""
        verdicts, slacks = [], []
        for ladder in followed:
            climb = self.climb(ladder, at)
            verdicts.append(judge(climb.decisions, ladder, self._world))
            if climb.slack is not None:
                slacks.append(climb.slack)
        worst = max(verdicts, key=lambda verdict: GRAVITY[verdict.kind])
        return Look(worst, at + min(slacks) if slacks else None)

    def climb(self, ladder: Ladder, start: datetime) -> Climb:
        """Climb to the end, as if nobody acknowledged."""
        facts = Facts(ladder.severity, opened_at=start, alerts=(start,))
        made: list[Decision] = []
        slacks: list[timedelta] = []
        is_anchored = False  # a wait for hours ends when they open, whenever it began
        position: Position | None = Position()
        at: datetime | None = start
        while position is not None and at is not None:
            self._watch.forget()
            decision = decide(ladder.snapshot, position, at, facts, self._watch)
            made.append(decision)
            if is_anchored:
                slacks += _slack_of_counts(ladder.snapshot, decision, start)
            else:
                slacks += [change - at for change in self._changes(ladder.snapshot, decision)]
            is_anchored = is_anchored or decision.waits_until is not None
            position, at = decision.next_position, decision.next_due_at
        return Climb(made, min(slacks) if slacks else None)

    def _changes(self, snapshot: Snapshot, decision: Decision) -> Iterator[datetime]:
        """The next instants at which this step might do something else."""
        yield from self._watch.changes
        for person in _people(decision):
            yield from self._world.leave_changes(person, decision.at)
        for calendar in self._calendars(snapshot, decision):
            change = self._openings.after(calendar, decision.at)
            if change is not None:
                yield change

    def _calendars(self, snapshot: Snapshot, decision: Decision) -> Iterator[Calendar]:
        if snapshot.hours is not None:
            yield snapshot.hours
        step = _step_of(snapshot, decision)
        for condition in step.conditions if step else ():
            match condition:
                case InHours():
                    yield condition.calendar
                case WhenOpen() | Queue():
                    if condition.calendar is not None:
                        yield condition.calendar
                case NotAtNight():
                    yield from (waking_hours(zone) for zone in self._watch.zones)


def judge(decisions: Iterable[Decision], ladder: Ladder, world: World) -> Verdict:
    """Return how a climb ends, if nobody acknowledges before a proved way reaches them."""
    acted, sure = _followed(decisions, world)
    if not sure:
        return Verdict(HoleKind.NOBODY, _causes(acted, ladder, world))
    first = min(sure, key=lambda row: row[:2])
    kind, causes = _weakness(acted, sure, first.after, ladder, world)
    minutes = -(-first.after // timedelta(minutes=1))
    return Verdict(kind, causes, first.person, minutes) if kind else WELL


def _followed(
    decisions: Iterable[Decision], world: World
) -> tuple[list[Decision], list[Answer]]:
    """
    Return the steps that did something, and who is surely reached by them, after how long.

    The time counts from the first step, without waits for hours: those are meant.
    """
    acted: list[Decision] = []
    sure: list[Answer] = []
    waited = timedelta(0)
    for decision in decisions:
        if decision.waits_until is not None:
            waited += decision.waits_until - decision.at if acted else timedelta(0)
            continue
        acted.append(decision)
        so_far = decision.at - acted[0].at - waited
        sure += [
            Answer(so_far + world.sure[person], person, decision)
            for person in _people(decision)
            if person in world.sure
        ]
    return acted, sure


def _weakness(
    acted: list[Decision],
    sure: list[Answer],
    waited: timedelta,
    ladder: Ladder,
    world: World,
) -> tuple[str, tuple[Cause, ...]]:
    """What is weak about a climb that reaches somebody; nothing if it is sound."""
    on_steps = [row for row in sure if not ladder.is_last_resort(row.step)]
    before = _before_somebody(acted, world)
    causes = _causes(before, ladder, world)
    if not on_steps:
        return HoleKind.LAST_RESORT, causes
    if all(world.is_away(row.person, row.step.at) for row in on_steps):
        away = dict.fromkeys(Cause("away", row.person) for row in on_steps)
        return HoleKind.AWAY, tuple(away)[:MOST_CAUSES]
    if ladder.within is not None and waited > ladder.within:
        return HoleKind.LATE, causes
    if before and (missing := tuple(_missing(before, world))):
        return HoleKind.FIRST_STEP, missing[:MOST_CAUSES]
    return "", ()


def turns_of(snapshot: Snapshot, roster: Roster) -> int:
    """Return after how many climbs all round robins of a ladder stand as they stood."""
    lengths = [
        sum(
            _places(target.kind, target.id or snapshot.team_id, roster)
            for target in step.targets
        )
        for step in snapshot.steps
        if step.strategy == ROUND_ROBIN
    ]
    return lcm(*(length for length in lengths if length))


def _places(kind: str, team_id: int, roster: Roster) -> int:
    """How many places in a round robin a target takes."""
    if kind == "team":
        return len(roster.team_members.get(team_id, ())) or 1
    if kind == "managers":
        return len(roster.team_managers.get(team_id, ())) or 1
    return 0 if kind in {"channel", "webhook"} else 1


def _before_somebody(acted: list[Decision], world: World) -> list[Decision]:
    """The steps that were taken before one that surely reaches somebody."""
    before = []
    for decision in acted:
        if any(person in world.sure for person in _people(decision)):
            break
        before.append(decision)
    return before


def _causes(decisions: list[Decision], ladder: Ladder, world: World) -> tuple[Cause, ...]:
    """What is missing where steps reach nobody; the policy itself, if nothing else is."""
    found = tuple(_missing(decisions, world))[:MOST_CAUSES]
    return found or (Cause("policy", ladder.snapshot.policy_id),)


def _missing(decisions: Iterable[Decision], world: World) -> Iterator[Cause]:
    every = (cause for decision in decisions for cause in _missing_at(decision, world))
    yield from dict.fromkeys(every)


def _missing_at(decision: Decision, world: World) -> Iterator[Cause]:
    for gap in decision.gaps:
        if gap.schedule_id is not None:
            yield Cause("gap", gap.schedule_id)
        else:
            yield Cause("no_schedule", gap.team_id)
    for person in _people(decision):
        if person not in world.sure:
            yield Cause("unreachable", person)


def _slack_of_counts(
    snapshot: Snapshot, decision: Decision, start: datetime
) -> Iterator[timedelta]:
    """After a wait, a later beginning brings the alerts nearer to a step that counts them."""
    step = _step_of(snapshot, decision)
    for condition in step.conditions if step else ():
        if isinstance(condition, Volume):
            left = decision.at - timedelta(minutes=condition.minutes) + INSTANT - start
            if left > timedelta(0):
                yield left


def _step_of(snapshot: Snapshot, decision: Decision) -> Step | None:
    index = decision.position.index
    return snapshot.steps[index] if index < len(snapshot.steps) else None


def _people(decision: Decision) -> list[int]:
    return [each.id for each in decision.reached if each.kind == "person"]
