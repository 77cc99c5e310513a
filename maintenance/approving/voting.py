"""May this person give this vote, and who is to be asked for theirs?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from maintenance.approving.counting import Facts, Judgement, Standing, State, judge
from maintenance.approving.policy import Policy
from maintenance.approving.votes import Vote, Word


def objections(
    policy: Policy, facts: Facts, votes: Sequence[Vote], vote: Vote
) -> list[tuple[str, int]]:
    """
    Return every reason why `vote` cannot be given now: (code, the person whom it is about).

    Codes: `digest_changed`, `no_such_step`, `not_eligible`, `has_a_hand`, `no_delegation`,
    `fills_another_step`, `one_voice`, `seat_has_spoken`, `voted_already`, `step_waits`,
    `step_decided`.
    """
    found: list[tuple[str, int]] = []
    if vote.digest != facts.digest:
        found.append(("digest_changed", vote.person))
    if policy.step(vote.step) is None:
        return [*found, ("no_such_step", vote.person)]
    judgement = judge(policy, facts, votes)
    found += _about_people(facts, vote)
    if not policy.may_fill_two:
        found += _said_elsewhere(judgement, vote)
    return [*found, *_said_here(judgement[vote.step], vote), *_untimely(judgement, vote)]


def _about_people(facts: Facts, vote: Vote) -> Iterator[tuple[str, int]]:
    for person in sorted(vote.people & facts.bound):
        yield "has_a_hand", person
    if vote.seat not in facts.eligible[vote.step] & facts.workers:
        yield "not_eligible", vote.seat
    if vote.person == vote.seat:
        return
    if vote.person not in facts.workers:
        yield "not_eligible", vote.person
    if not facts.is_delegate(vote):
        yield "no_delegation", vote.person


def _said_elsewhere(judgement: Judgement, vote: Vote) -> Iterator[tuple[str, int]]:
    others = [each for each in judgement.standings if each.step.key != vote.step]
    spent = {person for each in others for given in each.spoken for person in given.people}
    for person in sorted(vote.people & spent):
        yield "fills_another_step", person


def _untimely(judgement: Judgement, vote: Vote) -> Iterator[tuple[str, int]]:
    state = judgement[vote.step].state
    if state == State.WAITING:
        yield "step_waits", vote.person
    # A late "stop" is heard as long as the request has not moved on.
    late = state == State.SATISFIED and vote.word == Word.APPROVE
    if late or state == State.REJECTED:
        yield "step_decided", vote.person


def _said_here(here: Standing, vote: Vote) -> Iterator[tuple[str, int]]:
    """A person has part in one vote of a step; only who sits there overrules a delegate."""
    for given in here.spoken:
        if given.seat == vote.seat and given.person == vote.person:
            if given.word == vote.word:
                yield "voted_already", vote.person
        elif given.seat == vote.seat:
            if vote.person != vote.seat:
                yield "seat_has_spoken", vote.seat
        elif given.people & vote.people:
            yield "one_voice", min(given.people & vote.people)


def asked(judgement: Judgement, facts: Facts, now: datetime) -> dict[int, set[int]]:
    """
    Return whose word is still wanted, and for which seats: themselves, and for whom they stand.

    Nobody is asked about a step that waits, or has been decided.
    """
    found: defaultdict[int, set[int]] = defaultdict(set)
    for standing in judgement.having(State.OPEN):
        for seat in standing.free:
            found[seat].add(seat)
            for each in facts.delegations:
                may = each.taker in facts.workers - facts.bound
                may = may and each.taker not in standing.spent
                if each.giver == seat and each.holds_at(now) and may:
                    found[each.taker].add(seat)
    return dict(found)
