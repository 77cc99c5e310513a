"""
What is asked about a request, and what the facts object to.

Each function takes a `Question` and returns its finding: None when nothing speaks against it,
else what fills the sentence that `guards` has for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime

from maintenance.models import (
    Category,
    MaintenanceRequest,
    RequestState,
    StepState,
    Vote,
)
from maintenance.workflow.digest import authors_of, digest_of
from portal.access import managers_of
from portal.models import Access, User

Params = dict[str, Any]
Finding = Params | None


@dataclass
class Question:
    """
    May `actor` do something to `request` at `now`, having given this?

    `given` holds what the caller typed: `digest`, `reason`, `changed` (names of fields),
    `step_state`, `note`, `verification`, `no_deployment_reason`. What is not given is not
    judged, so that a button is not disabled by a field that is still to be filled in.
    """

    request: MaintenanceRequest
    actor: User | None
    now: datetime
    given: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def managers(self) -> set[int]:
        """Who may approve for the owner team, by role alone."""
        people = managers_of(self.request.service.team_id)
        working = people.filter(access__in=[Access.MEMBER, Access.ADMINISTRATOR])
        return set(working.values_list("pk", flat=True))

    @cached_property
    def authors(self) -> set[int]:
        return authors_of(self.request)

    @cached_property
    def digest(self) -> str:
        return digest_of(self.request)

    @cached_property
    def votes(self) -> list[Vote]:
        return list(self.request.votes.select_related("person"))

    @property
    def approvals(self) -> list[Vote]:
        """The approvals that are for exactly this plan and have not been superseded."""
        return [
            vote
            for vote in self.votes
            if vote.decision == Vote.Decision.APPROVE
            and vote.superseded_at is None
            and vote.plan_digest == self.digest
        ]

    @property
    def bound(self) -> set[int | None]:
        """Who has a hand in it and so cannot approve it."""
        return {self.request.requester_id, self.request.implementer_id, *self.authors}


def when(objection: object, **params: Any) -> Finding:
    return params if objection else None


def about_approver(question: Question, **params: Any) -> Params:
    return {"team": question.request.service.team, **params}


def _moment(moment: datetime) -> str:
    local = localtime(moment)
    return f"{date_format(local, 'j M Y, H:i')} {local:%Z}"


def no_interval_left(question: Question) -> Finding:
    end = question.request.planned_end
    return when(end and end <= question.now, end=_moment(end) if end else "")


def nobody_can_approve(question: Question) -> Finding:
    eligible = question.managers - question.bound
    return None if eligible else about_approver(question)


def rejected_before(question: Question) -> Finding:
    return when(
        any(
            vote.decision == Vote.Decision.REJECT and vote.plan_digest == question.digest
            for vote in question.votes
        )
    )


def not_a_manager(question: Question) -> Finding:
    actor = question.actor
    if actor is not None and actor.pk in question.managers:
        return None
    return about_approver(question)


def is_actor(question: Question, people: set[int | None]) -> Finding:
    actor = question.actor
    return about_approver(question) if actor and actor.pk in people else None


def another_digest(question: Question) -> Finding:
    seen = question.given.get("digest")
    return when(seen is not None and seen != question.digest)


def blank(name: str) -> Callable[[Question], Finding]:
    def objects(question: Question) -> Finding:
        given = question.given.get(name)
        return when(given is not None and not str(given).strip())

    return objects


def neither_requester_nor_manager(question: Question) -> Finding:
    actor = question.actor
    if actor is None or actor.pk == question.request.requester_id:
        return None
    return when(actor.pk not in question.managers, requester=question.request.requester)


def approver_left(question: Question) -> Finding:
    names = [
        str(vote.person)
        for vote in question.approvals
        if vote.person_id not in question.managers
    ]
    return when(names, name=", ".join(names), **about_approver(question))


def starter_approved(question: Question) -> Finding:
    return is_actor(question, {vote.person_id for vote in question.approvals})


def too_early(question: Question) -> Finding:
    start = question.request.planned_start
    return when(start and question.now < start, start=_moment(start) if start else "")


def plan_of_begun_work(question: Question) -> Finding:
    begun = question.request.state in {RequestState.IN_PROGRESS, RequestState.VERIFYING}
    return when(begun and question.given.get("material"))


def steps_open(question: Question) -> Finding:
    pending = question.request.steps.filter(state=StepState.PENDING)
    orders = list(pending.values_list("order", flat=True))
    return when(orders, steps=", ".join(map(str, orders)))


def no_deployment(question: Question) -> Finding:
    reason = question.given.get("no_deployment_reason")
    if reason is None or reason.strip() or question.request.category == Category.PREVENTIVE:
        return None
    return when(not question.request.deployments.exists())


def runbook_as_before(question: Question) -> Finding:
    request = question.request
    missing = request.runbook_id is not None and request.runbook_revision_id is None
    return when(missing, runbook=request.runbook)


def skipped_in_silence(question: Question) -> Finding:
    skipped = question.given.get("step_state") == StepState.SKIPPED
    return when(skipped and not question.given.get("note", "").strip())
