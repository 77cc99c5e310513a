"""What the votes come to: each step, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from maintenance.approving.policy import Mode, Policy, Step
from maintenance.approving.votes import Delegation, Vote, Word


class State(StrEnum):
    OPEN = "open"
    WAITING = "waiting"  # for an earlier stage
    SATISFIED = "satisfied"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"  # too few are left who could satisfy it


@dataclass(frozen=True)
class Facts:
    """
    How things stand now: the plan, and who may vote on it.

    `eligible` are those whom each step names, `bound` those with a hand in the plan, who never
    vote on it, and `workers` all who may change anything at all.
    """

    digest: str
    eligible: Mapping[str, frozenset[int]]
    workers: frozenset[int]
    bound: frozenset[int] = frozenset()
    delegations: Sequence[Delegation] = field(default=())

    def seats(self, step: str) -> frozenset[int]:
        """Who may decide in this step now."""
        return (self.eligible.get(step, frozenset()) & self.workers) - self.bound

    def may_speak(self, vote: Vote) -> bool:
        """Whether this vote is somebody's who may give it, as things stand now."""
        if vote.is_superseded or vote.digest != self.digest:
            return False
        if vote.seat not in self.seats(vote.step):
            return False
        if vote.person == vote.seat:
            return True
        return vote.person in self.workers - self.bound and self.is_delegate(vote)

    def is_delegate(self, vote: Vote) -> bool:
        return any(
            (each.giver, each.taker) == (vote.seat, vote.person) and each.holds_at(vote.at)
            for each in self.delegations
        )


class Standing(NamedTuple):
    """
    One step as it stands.

    `spent` are those who have had their word, here or in another step, by themselves or by
    a delegate; `free` are the seats whose word it may still get.
    """

    step: Step
    state: State
    needed: int
    seats: frozenset[int]
    approvals: tuple[Vote, ...]
    rejections: tuple[Vote, ...]
    spent: frozenset[int]

    @property
    def free(self) -> frozenset[int]:
        return self.seats - self.spent

    @property
    def spoken(self) -> tuple[Vote, ...]:
        return (*self.approvals, *self.rejections)

    @property
    def missing(self) -> int:
        return max(0, self.needed - len(self.approvals))


@dataclass(frozen=True)
class Judgement:
    standings: tuple[Standing, ...]

    def __getitem__(self, key: str) -> Standing:
        return next(each for each in self.standings if each.step.key == key)

    def having(self, state: State) -> list[Standing]:
        return [each for each in self.standings if each.state == state]

    @property
    def is_approved(self) -> bool:
        return bool(self.standings) and len(self.having(State.SATISFIED)) == len(self.standings)

    @property
    def is_rejected(self) -> bool:
        return bool(self.having(State.REJECTED))


def judge(policy: Policy, facts: Facts, votes: Iterable[Vote]) -> Judgement:
    """Count the votes as things stand now; in the order in which they were given."""
    counted = _counted(policy, facts, votes)
    claims = {} if policy.may_fill_two else _claims(counted)
    standings = [_standing(step, facts, counted[step.key], claims) for step in policy.steps]
    standings = _with_unreachable(standings, policy)
    return Judgement(tuple(_with_waiting(standings)))


def _counted(policy: Policy, facts: Facts, votes: Iterable[Vote]) -> dict[str, list[Vote]]:
    """Which votes count in each step: each person has part in one of them at most."""
    last: dict[tuple[str, int], Vote] = {}
    for vote in votes:
        if facts.may_speak(vote):
            last.pop((vote.step, vote.person), None)  # so that it moves to the end
            last[vote.step, vote.person] = vote
    of_seat: dict[tuple[str, int], Vote] = {}
    for vote in last.values():
        known = of_seat.get((vote.step, vote.seat))
        # Who sits there has the last word over their delegates.
        if known is None or known.person != known.seat or vote.person == vote.seat:
            of_seat[vote.step, vote.seat] = vote
    counted: dict[str, list[Vote]] = {step.key: [] for step in policy.steps}
    claimed: dict[tuple[str, int], Vote] = {}
    for vote in last.values():
        if of_seat[vote.step, vote.seat] is not vote or vote.step not in counted:
            continue
        # With one step for each person, what they said in any step is what they said.
        where = vote.step if policy.may_fill_two else ""
        if all((where, person) not in claimed for person in vote.people):
            claimed |= {(where, person): vote for person in vote.people}
            counted[vote.step].append(vote)
    return counted


def _claims(counted: Mapping[str, list[Vote]]) -> dict[int, str]:
    """In which step each person, or somebody for them, has had their word."""
    return {
        person: step
        for step, votes in counted.items()
        for vote in votes
        for person in vote.people
    }


def _standing(
    step: Step, facts: Facts, votes: list[Vote], claims: Mapping[int, str]
) -> Standing:
    seats = facts.seats(step.key)
    needed = step.quorum.of(len(seats))
    approvals = tuple(vote for vote in votes if vote.word == Word.APPROVE)
    rejections = tuple(vote for vote in votes if vote.word == Word.REJECT)
    spoken = {person for vote in votes for person in vote.people}
    elsewhere = {person for person, key in claims.items() if key != step.key}
    spent = frozenset(spoken | elsewhere)
    if _is_rejected(step, len(seats), len(rejections), needed):
        state = State.REJECTED
    elif len(approvals) >= needed:
        state = State.SATISFIED
    else:
        state = State.OPEN
    return Standing(step, state, needed, seats, approvals, rejections, spent)


def _is_rejected(step: Step, seats: int, rejections: int, needed: int) -> bool:
    if rejections == 0:
        return False
    return step.mode == Mode.VETO or seats - rejections < needed


def _with_unreachable(standings: list[Standing], policy: Policy) -> list[Standing]:
    """Find the open steps that cannot all be filled any more, each person in one of them."""
    open_steps = [each for each in standings if each.state == State.OPEN]
    if policy.may_fill_two:
        short = {each.step.key for each in open_steps if len(each.free) < each.missing}
    else:
        short = _unmatched(open_steps)
    return [
        each._replace(state=State.UNREACHABLE) if each.step.key in short else each
        for each in standings
    ]


def _unmatched(steps: list[Standing]) -> set[str]:
    """Give each missing vote a person of its own, by augmenting paths; return what is left."""
    places = [
        (each.step.key, sorted(each.free)) for each in steps for _vote in range(each.missing)
    ]
    taken: dict[int, int] = {}

    def place(index: int, tried: set[int]) -> bool:
        for person in places[index][1]:
            if person in tried:
                continue
            tried.add(person)
            if person not in taken or place(taken[person], tried):
                taken[person] = index
                return True
        return False

    return {key for index, (key, _free) in enumerate(places) if not place(index, set())}


def _with_waiting(standings: list[Standing]) -> Iterable[Standing]:
    """A stage waits for those before it; what was rejected or cannot be stays so."""
    for each in standings:
        waits = any(
            other.step.stage < each.step.stage and other.state != State.SATISFIED
            for other in standings
        )
        stays = each.state in {State.REJECTED, State.UNREACHABLE}
        yield each._replace(state=State.WAITING) if waits and not stays else each
