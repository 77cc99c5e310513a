"""The ballot of a request: by which rule it is voted on, who may, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from maintenance import approving
from maintenance.approving import Facts, Judgement, Policy, Standing, Word
from maintenance.models import (
    PRODUCTION,
    WORKING,
    ApprovalAsked,
    BreakGlass,
    MaintenanceRequest,
    RequestState,
    Vote,
)
from maintenance.policies import Electorate, Rule, Traits, as_policy, rule_for
from maintenance.workflow.digest import authors_of, digest_of

BEGUN = WORKING | {RequestState.REVIEW}


@dataclass
class Ballot:
    """
    The votes on a request as they count at `now`.

    `bound` are those with a hand in it: nobody of them votes, nor does anybody for them.
    """

    request: MaintenanceRequest
    now: datetime
    votes: list[Vote]
    bound: Iterable[int | None]

    @cached_property
    def rule(self) -> Rule:
        """As it was when approval was asked for; before that, the one that would apply."""
        return self.request.approval_rule or rule_for(Traits.of(self.request))

    @cached_property
    def policy(self) -> Policy:
        return as_policy(self.rule)

    @cached_property
    def electorate(self) -> Electorate:
        return Electorate(self.rule, self.request.service)

    @cached_property
    def facts(self) -> Facts:
        return self.electorate.facts(digest_of(self.request), self.bound)

    @cached_property
    def given(self) -> list[approving.Vote]:
        """All votes ever given, the oldest first."""
        return [
            approving.Vote(
                vote.person_id,
                vote.on_behalf_of_id or vote.person_id,
                vote.step,
                vote.plan_digest,
                Word(vote.decision),
                vote.voted_at,
                vote.superseded_at is not None,
            )
            for vote in sorted(self.votes, key=lambda vote: (vote.voted_at, vote.pk))
        ]

    @cached_property
    def judgement(self) -> Judgement:
        return approving.judge(self.policy, self.facts, self.given)

    @cached_property
    def asked(self) -> dict[int, set[int]]:
        """Whose word is wanted now, and for whose seats."""
        return approving.asked(self.judgement, self.facts, self.now)

    @property
    def lost(self) -> list[Vote]:
        """Approvals of this plan that count no more, because of who gave them."""
        counted = {
            (vote.person, vote.step)
            for standing in self.judgement.standings
            for vote in standing.approvals
        }
        return [
            vote
            for vote in self.votes
            if vote.decision == Vote.Decision.APPROVE
            and vote.superseded_at is None
            and vote.plan_digest == self.facts.digest
            and (vote.person_id, vote.step) not in counted
        ]

    def unfilled(self) -> list[Standing]:
        """The steps that lack votes, however many or few could still give them."""
        return [each for each in self.judgement.standings if each.missing]

    def vote_of(
        self, person: int, word: Word, *, step: str | None = None, seat: int | None = None
    ) -> approving.Vote:
        """
        Return the vote that the person means: in the step, and for whom, that they say.

        What is not said is the first that they may give, with their own seat before others'.
        """
        choices = [
            approving.Vote(person, whose, each.key, self.facts.digest, word, self.now)
            for each in self.policy.steps
            if step is None or each.key == step
            for whose in ([person, *self.givers_of(person)] if seat is None else [seat])
        ]
        if not choices:
            whose, digest = seat or person, self.facts.digest
            return approving.Vote(person, whose, step or "", digest, word, self.now)
        return min(choices, key=self._how_wrong)

    def _how_wrong(self, vote: approving.Vote) -> tuple[bool, int]:
        """Better too early where one is asked than where one never is."""
        codes = [code for code, _person in self.objections(vote)]
        return "not_eligible" in codes, len(codes)

    def givers_of(self, person: int) -> list[int]:
        """For whom this person may vote now."""
        return [
            each.giver_id
            for each in self.electorate.delegations
            if each.taker_id == person and each.starts_at <= self.now < each.closes_at
        ]

    def objections(self, vote: approving.Vote) -> list[tuple[str, int]]:
        return approving.objections(self.policy, self.facts, self.given, vote)


def ballot_of(request: MaintenanceRequest, now: datetime) -> Ballot:
    votes = list(request.votes.select_related("person", "on_behalf_of"))
    return Ballot(request, now, votes, hands_in(request))


def hands_in(request: MaintenanceRequest, authors: set[int] | None = None) -> set[int | None]:
    """Who asked for it, wrote at its plan, carries it out, released it or let it begin."""
    deployments = request.deployments.filter(environment=PRODUCTION).exclude(actor=None)
    deployers = deployments.values_list("actor_id", flat=True)
    glass = glass_of(request)
    return {
        request.requester_id,
        *implementers_of(request),
        glass.person_id if glass else None,
        *deployers,
        *(authors_of(request) if authors is None else authors),
    }


def implementers_of(request: MaintenanceRequest) -> set[int | None]:
    """Who is to carry it out, and all who were at work on it before they handed it over."""
    if request.state not in BEGUN and request.held_from not in WORKING:
        return {request.implementer_id}
    at_work = request.history.filter(state__in=WORKING).order_by()
    people = at_work.values_list("implementer_id", flat=True).distinct()
    return {request.implementer_id, *people}


def glass_of(request: MaintenanceRequest) -> BreakGlass | None:
    glass: BreakGlass | None = getattr(request, "break_glass", None)
    return glass


def is_voted_on(request: MaintenanceRequest) -> bool:
    """Whether it waits for votes: before its work, or after it began without them."""
    if request.state == RequestState.AWAITING_APPROVAL:
        return True
    glass = glass_of(request) if request.state in BEGUN else None
    return glass is not None and glass.settled_at is None


def keep_asked(request: MaintenanceRequest, now: datetime) -> None:
    """Write down whose word is wanted now."""
    wanted = set(ballot_of(request, now).asked) if is_voted_on(request) else set()
    known = set(request.asked.values_list("person_id", flat=True))
    if gone := known - wanted:
        request.asked.filter(person__in=gone).delete()
    ApprovalAsked.objects.bulk_create(
        [ApprovalAsked(request=request, person_id=person) for person in wanted - known],
        ignore_conflicts=True,
    )
