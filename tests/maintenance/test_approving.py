"""What votes come to: the arithmetic alone, and against a naive oracle in random histories."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maintenance.approving import (
    Delegation,
    Facts,
    Judgement,
    Mode,
    Policy,
    Quorum,
    State,
    Step,
    Vote,
    Word,
    asked,
    judge,
    objections,
)

CASES = int(os.environ.get("APPROVAL_CASES", "150"))
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
YES, NO = Word.APPROVE, Word.REJECT
MAX, MIA, MOE, ANA = 1, 2, 3, 4
ALL = frozenset({MAX, MIA, MOE, ANA})


def facts(
    *, bound: set[int] | None = None, workers: frozenset[int] = ALL, **steps: object
) -> Facts:
    eligible = {key: frozenset(people) for key, people in steps.items()}  # type: ignore[call-overload]  # sets of people, as keywords
    return Facts("d1", eligible, workers, frozenset(bound or ()))


def vote(
    person: int, word: Word = YES, *, step: str = "a", seat: int = 0, **more: object
) -> Vote:
    said = Vote(person, seat or person, step, "d1", word, NOW)
    return said._replace(**more)  # type: ignore[arg-type]  # fields of a vote, as keywords


def one(quorum: Quorum = Quorum(), mode: Mode = Mode.VETO) -> Policy:  # noqa: B008 (frozen)
    return Policy((Step("a", 1, quorum, mode),))


def codes(policy: Policy, of: Facts, votes: list[Vote], new: Vote) -> list[str]:
    return [code for code, _person in objections(policy, of, votes, new)]


# --- quorum -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "people", "needed"),
    [
        (83, 3, 3),
        (50, 3, 2),
        (50, 4, 2),
        (100, 4, 4),
        (1, 4, 1),
        (67, 3, 3),
        (66, 3, 2),
        (50, 0, 1),
    ],
)
def test_a_share_is_rounded_up(percent: int, people: int, needed: int) -> None:
    assert Quorum(percent=percent).of(people) == needed


def test_a_quorum_of_two_needs_two_people() -> None:
    policy, now = one(Quorum(2)), facts(a=ALL)

    assert judge(policy, now, [vote(MAX)])["a"].missing == 1
    assert codes(policy, now, [vote(MAX)], vote(MAX)) == ["voted_already"]
    assert not judge(policy, now, [vote(MAX), vote(MAX)]).is_approved
    assert judge(policy, now, [vote(MAX), vote(MIA)]).is_approved


def test_the_last_word_of_a_person_counts() -> None:
    policy, now = one(Quorum(2), Mode.QUORUM), facts(a=ALL)

    judged = judge(policy, now, [vote(MAX, NO), vote(MIA), vote(MAX, YES)])

    assert judged.is_approved


# --- rejection --------------------------------------------------------------------------------


def test_one_veto_rejects() -> None:
    assert judge(one(Quorum(2)), facts(a=ALL), [vote(MAX), vote(MIA, NO)]).is_rejected


def test_with_a_quorum_it_is_rejected_as_soon_as_it_cannot_be_reached() -> None:
    policy, now = one(Quorum(3), Mode.QUORUM), facts(a=ALL)

    assert judge(policy, now, [vote(MAX, NO)])["a"].state == State.OPEN
    assert judge(policy, now, [vote(MAX, NO), vote(MIA, NO)]).is_rejected


def test_a_late_stop_is_heard_and_a_late_yes_is_not_needed() -> None:
    policy = Policy((Step("a"), Step("b")))
    now, votes = facts(a=ALL, b=ALL), [vote(MAX)]

    assert codes(policy, now, votes, vote(MIA)) == ["step_decided"]
    assert codes(policy, now, votes, vote(MIA, NO)) == []


# --- who may ----------------------------------------------------------------------------------


def test_a_hand_in_it_a_departure_and_a_stranger_have_no_vote() -> None:
    policy = one()
    now = facts(a={MAX, MIA, MOE}, bound={MAX}, workers=ALL - {MIA})

    assert codes(policy, now, [], vote(MAX)) == ["has_a_hand"]
    assert codes(policy, now, [], vote(MIA)) == ["not_eligible"]
    assert codes(policy, now, [], vote(ANA)) == ["not_eligible"]
    assert codes(policy, now, [], vote(MOE)) == []
    assert judge(policy, now, [vote(MAX), vote(MIA), vote(ANA)])["a"].approvals == ()


def test_a_step_reopens_when_its_approver_leaves() -> None:
    policy, votes = one(), [vote(MAX)]

    assert judge(policy, facts(a={MAX, MIA}), votes).is_approved
    left = judge(policy, facts(a={MAX, MIA}, workers=ALL - {MAX}), votes)

    assert (left["a"].state, left["a"].free) == (State.OPEN, frozenset({MIA}))


def test_a_vote_is_for_one_plan() -> None:
    now = facts(a=ALL)
    old = vote(MAX, digest="d0")

    assert codes(one(), now, [], old) == ["digest_changed"]
    assert not judge(one(), now, [old, vote(MIA, is_superseded=True)]).is_approved


# --- steps ------------------------------------------------------------------------------------

SEQUENCE = Policy((Step("a", 1), Step("b", 2)))


def test_a_later_step_cannot_vote_first() -> None:
    now = facts(a={MAX}, b={MIA})

    assert judge(SEQUENCE, now, [])["b"].state == State.WAITING
    assert codes(SEQUENCE, now, [], vote(MIA, step="b")) == ["step_waits"]
    assert codes(SEQUENCE, now, [vote(MAX)], vote(MIA, step="b")) == []
    assert judge(SEQUENCE, now, [vote(MAX), vote(MIA, step="b")]).is_approved


def test_parallel_steps_are_open_at_once() -> None:
    policy = Policy((Step("a"), Step("b")))

    assert codes(policy, facts(a={MAX}, b={MIA}), [], vote(MIA, step="b")) == []


def test_nobody_fills_two_steps_unless_the_policy_allows() -> None:
    now, votes = facts(a={MAX, MIA}, b={MAX, MIA}), [vote(MAX)]
    again = vote(MAX, step="b")

    assert codes(SEQUENCE, now, votes, again) == ["fills_another_step"]
    assert not judge(SEQUENCE, now, [*votes, again]).is_approved

    lenient = SEQUENCE._replace(may_fill_two=True)
    assert codes(lenient, now, votes, again) == []
    assert judge(lenient, now, [*votes, again]).is_approved


def test_it_is_known_beforehand_that_steps_want_the_same_person() -> None:
    policy = Policy((Step("a"), Step("b")))

    judged = judge(policy, facts(a={MAX}, b={MAX}), [])

    assert [each.state for each in judged.standings] == [State.OPEN, State.UNREACHABLE]
    assert codes(policy, facts(a={MAX}, b={MAX}), [], vote(ANA, step="c")) == ["no_such_step"]


# --- delegates --------------------------------------------------------------------------------

HOLIDAY = Delegation(MAX, ANA, NOW - HOUR, NOW + HOUR)


def delegated(*delegations: Delegation, **more: object) -> Facts:
    return replace(facts(**{"a": {MAX, MIA}, **more}), delegations=delegations)  # type: ignore[arg-type]  # steps, as keywords


def test_a_delegate_votes_for_the_other_in_their_time() -> None:
    said = vote(ANA, seat=MAX)

    assert codes(one(), delegated(HOLIDAY), [], said) == []
    assert judge(one(), delegated(HOLIDAY), [said]).is_approved
    assert codes(one(), delegated(), [], said) == ["no_delegation"]
    assert codes(one(), delegated(HOLIDAY), [], said._replace(at=HOLIDAY.ends)) == [
        "no_delegation"
    ]


def test_neither_the_delegate_nor_who_is_stood_in_for_may_have_a_hand_in_it() -> None:
    for bound in (MAX, ANA):
        now = delegated(HOLIDAY, bound={bound})
        assert "has_a_hand" in codes(one(), now, [], vote(ANA, seat=MAX))
        assert not judge(one(), now, [vote(ANA, seat=MAX)]).is_approved


def test_a_delegation_is_not_passed_on() -> None:
    chain = [
        Delegation(MAX, MOE, NOW - HOUR, NOW + HOUR),
        Delegation(MOE, ANA, NOW - HOUR, NOW + HOUR),
    ]
    now = delegated(*chain)

    assert codes(one(), now, [], vote(ANA, seat=MAX)) == ["no_delegation"]
    assert codes(one(), now, [], vote(ANA, seat=MOE)) == ["not_eligible"]


def test_a_delegate_does_not_count_twice() -> None:
    now = delegated(Delegation(MAX, MIA, NOW - HOUR, NOW + HOUR))
    policy = one(Quorum(2))

    assert codes(policy, now, [vote(MIA)], vote(MIA, seat=MAX)) == ["one_voice"]
    assert not judge(policy, now, [vote(MIA), vote(MIA, seat=MAX)]).is_approved


def test_who_sits_there_overrules_the_delegate_and_not_the_other_way() -> None:
    now, policy = delegated(HOLIDAY), one(Quorum(2))
    by_delegate = vote(ANA, seat=MAX)

    assert codes(policy, now, [by_delegate], vote(MAX, NO)) == []
    assert judge(policy, now, [by_delegate, vote(MAX, NO)]).is_rejected
    assert codes(policy, now, [vote(MAX)], by_delegate) == ["seat_has_spoken"]


def test_those_still_needed_are_asked_and_their_delegates() -> None:
    now, policy = delegated(HOLIDAY), one(Quorum(2))

    assert asked(judge(policy, now, []), now, NOW) == {MAX: {MAX}, ANA: {MAX}, MIA: {MIA}}
    votes = [vote(ANA, seat=MAX)]
    assert asked(judge(policy, now, votes), now, NOW) == {MIA: {MIA}}
    assert asked(judge(policy, now, []), now, HOLIDAY.ends) == {MAX: {MAX}, MIA: {MIA}}


# --- against a naive oracle -------------------------------------------------------------------


class History:
    """A random life of one request: votes through the front door, and all that may change."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.people = range(1, random.randint(3, 6))
        keys = "abc"[: random.randint(1, 3)]
        self.policy = Policy(
            tuple(
                Step(key, random.randint(1, 2), self._quorum(), random.choice(list(Mode)))
                for key in keys
            ),
            may_fill_two=random.random() < 0.25,
        )
        self.facts = Facts(
            "d0",
            {key: self._some(0.7) for key in keys},
            frozenset(self.people),
            self._some(0.15),
        )
        self.votes: list[Vote] = []
        self.now = NOW
        self.only_votes = True
        # Some lives hold votes that no rule let in: counting them trusts nobody.
        self.has_a_door = random.random() < 0.6

    def _quorum(self) -> Quorum:
        if self.random.random() < 0.4:
            return Quorum(percent=self.random.choice([1, 34, 50, 51, 67, 83, 100]))
        return Quorum(self.random.choice([1, 1, 2, 3]))

    def _some(self, share: float) -> frozenset[int]:
        return frozenset(person for person in self.people if self.random.random() < share)

    def go_on(self) -> None:
        self.now += self.random.choice([HOUR / 2, HOUR])
        move = self.random.choices(
            [self.say, self.edit, self.delegate, self.leave, self.reassign],
            [12, 0.5, 1.5, 1, 0.7],
        )[0]
        self.only_votes &= move == self.say
        move()

    def say(self) -> None:
        random, seats = self.random, list(self.people)
        person = random.choice(seats)
        givers = [each.giver for each in self.facts.delegations if each.taker == person]
        seat = random.choice(givers) if givers and random.random() < 0.7 else person
        if random.random() < 0.05:
            seat = random.choice(seats)
        new = Vote(
            person,
            seat,
            random.choice(self.policy.steps).key,
            self.facts.digest if random.random() < 0.95 else "d0",
            YES if random.random() < 0.8 else NO,
            self.now,
        )
        judged = judge(self.policy, self.facts, self.votes)
        decided = judged.is_approved or judged.is_rejected
        refused = decided or objections(self.policy, self.facts, self.votes, new)
        if not (self.has_a_door and refused):
            self.votes.append(new)

    def edit(self) -> None:
        self.facts = replace(self.facts, digest=f"d{self.random.randint(0, 3)}")
        self.votes = [each._replace(is_superseded=True) for each in self.votes]

    def delegate(self) -> None:
        kept = [each for each in self.facts.delegations if self.random.random() < 0.8]
        giver, taker = self.random.sample(list(self.people), 2)
        new = Delegation(giver, taker, self.now, self.now + self.random.randint(1, 6) * HOUR)
        self.facts = replace(self.facts, delegations=(*kept, new))

    def leave(self) -> None:
        gone = self._some(0.15)
        self.facts = replace(self.facts, workers=frozenset(self.people) - gone)

    def reassign(self) -> None:
        if self.random.random() < 0.5:
            self.facts = replace(self.facts, bound=self._some(0.2))
        else:
            eligible = {step.key: self._some(0.7) for step in self.policy.steps}
            self.facts = replace(self.facts, eligible=eligible)


def may_count(history: History, said: Vote) -> bool:
    """The rules of one vote, clause by clause."""
    now = history.facts
    if said.is_superseded or said.digest != now.digest:
        return False
    for person in (said.person, said.seat):
        if person in now.bound or person not in now.workers:
            return False
    if said.seat not in now.eligible[said.step]:
        return False
    return said.person == said.seat or stood_in(history, said)


def stood_in(history: History, said: Vote) -> bool:
    for each in history.facts.delegations:
        same = each.giver == said.seat and each.taker == said.person
        if same and each.starts <= said.at and said.at < each.ends:
            return True
    return False


def needed(history: History, step: Step) -> int:
    people = 0
    for person in history.people:
        now = history.facts
        if person in now.eligible[step.key] and person in now.workers:
            people += person not in now.bound
    if step.quorum.percent is None:
        return step.quorum.number
    whole, rest = divmod(people * step.quorum.percent, 100)
    return max(1, whole + (1 if rest else 0))


def could_be_approved(history: History) -> bool:
    """Try every choice of approvals: does one satisfy each step, with each person once?"""
    choices = []
    for step in history.policy.steps:
        said = [each for each in history.votes if each.step == step.key]
        lasting = [
            each
            for at, each in enumerate(said)
            if may_count(history, each)
            and not any(
                later.person == each.person
                for later in said[at + 1 :]
                if may_count(history, later)
            )
        ]
        yes = [each for each in lasting if each.word == YES]
        size = needed(history, step)
        choices.append([each for each in combinations(yes, size) if no_person_twice(each)])
    if history.policy.may_fill_two:
        return all(choices)
    return any(
        no_person_twice([one for part in parts for one in part]) for parts in product(*choices)
    )


def no_person_twice(votes: "list[Vote] | tuple[Vote, ...]") -> bool:
    people: list[int] = []
    for each in votes:
        people += {each.person, each.seat}
    return len(people) == len(set(people))


def vetoed(history: History) -> bool:
    """Somebody's last word in a step of vetoes, given in their own right, is no."""
    for step in history.policy.steps:
        for person in history.people:
            own = [
                each
                for each in history.votes
                if (each.step, each.person, each.seat) == (step.key, person, person)
                and may_count(history, each)
            ]
            if step.mode == Mode.VETO and own and own[-1].word == NO:
                return True
    return False


def can_still_be_filled(history: History, judged: Judgement) -> bool:
    """Try every way in which those who have said nothing could each go to one step."""
    free = sorted({person for each in judged.standings for person in each.free})
    missing = {each.step.key: each.missing for each in judged.standings}
    if history.policy.may_fill_two:
        return all(len(each.free) >= each.missing for each in judged.standings)
    for places in product([*missing, ""], repeat=len(free)):
        got = dict.fromkeys(missing, 0)
        for person, key in zip(free, places, strict=True):
            if key and person in judged[key].free:
                got[key] += 1
        if all(got[key] >= missing[key] for key in missing):
            return True
    return False


@settings(max_examples=CASES, deadline=None)
@given(st.integers(0, 2**48))
def test_no_history_satisfies_wrongly(seed: int) -> None:
    history = History(Random(seed))
    judged = judge(history.policy, history.facts, history.votes)
    for _move in range(history.random.randint(4, 24)):
        history.go_on()
        judged = judge(history.policy, history.facts, history.votes)
        if judged.is_approved:
            assert could_be_approved(history)
            assert not (history.has_a_door and vetoed(history))
        elif history.has_a_door and history.only_votes and not judged.is_rejected:
            assert not could_be_approved(history)
        for each in judged.standings:
            assert each.needed == needed(history, each.step)
            if each.state == State.REJECTED and each.step.mode == Mode.QUORUM:
                assert len(each.seats) - len(each.rejections) < each.needed
    if judged.standings and not judged.is_rejected:
        reachable = not judged.having(State.UNREACHABLE)
        assert reachable == can_still_be_filled(history, judged)


@settings(max_examples=CASES, deadline=None)
@given(st.integers(0, 2**48))
def test_asking_those_who_are_needed_comes_to_an_end(seed: int) -> None:
    """Whoever is asked may say yes; when all whom it asks have, it is approved."""
    history = History(Random(seed))
    for _vote in range(30):
        judged = judge(history.policy, history.facts, history.votes)
        wanted = asked(judged, history.facts, history.now)
        if not wanted or judged.having(State.UNREACHABLE):
            break
        said = [
            new
            for each in judged.having(State.OPEN)
            for seat in sorted(each.free)
            if not objections(
                history.policy,
                history.facts,
                history.votes,
                new := Vote(seat, seat, each.step.key, "d0", YES, history.now),
            )
        ]
        assert said
        history.votes.append(history.random.choice(said))
    judged = judge(history.policy, history.facts, history.votes)
    assert judged.is_approved or judged.having(State.UNREACHABLE)
