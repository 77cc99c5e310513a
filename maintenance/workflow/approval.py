"""
The two words of those who decide: each is for one exact plan, and named by its digest.

A vote is kept for ever. When the last one that is needed was given the request is approved;
as soon as too few are left it is rejected. An emergency may begin before that, by breaking the
glass, and is decided afterwards.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from maintenance.approving import Vote as Given
from maintenance.approving import Word
from maintenance.models import BreakGlass, MaintenanceRequest, RequestState, Vote
from maintenance.workflow.ballots import ballot_of, glass_of, is_voted_on, keep_asked
from maintenance.workflow.guards import GUARDS, Verb, refusals, require
from maintenance.workflow.moves import locked, move, supersede_votes
from maintenance.workflow.questions import Question
from portal import clock, events
from portal.models import User

RETROSPECT = timedelta(hours=24)  # until when an emergency is to be decided afterwards


@transaction.atomic
def approve(
    request: MaintenanceRequest,
    *,
    digest: str,
    reason: str = "",
    step: str = "",
    on_behalf_of: User | None = None,
    actor: User,
) -> MaintenanceRequest:
    """
    Say yes to the plan whose digest is `digest`, and to no other.

    `step` and `on_behalf_of` say in which step and as whose delegate; without them it is the
    first in which the actor may. Raises `TransitionNotAllowed`, with `digest_changed` if the
    plan moved meanwhile.
    """
    request = locked(request)
    afterwards = request.state != RequestState.AWAITING_APPROVAL and is_voted_on(request)
    verb = Verb.APPROVE_AFTERWARDS if afterwards else Verb.APPROVE
    vote = _vote(
        request, verb, Word.APPROVE, digest, reason, step=step, giver=on_behalf_of, actor=actor
    )
    ballot = ballot_of(request, vote.voted_at)
    if not ballot.judgement.is_approved:
        return _go_on_asking(request, vote)
    if afterwards:
        return _settle(request, vote, was_approved=True)
    fields = {
        "decided_at": vote.voted_at,
        "approved_until": valid_until(request, ballot.rule, vote.voted_at),
        "approval_used_at": None,
    }
    move(request, Verb.APPROVE, "approved", actor=actor, fields=fields, **_told(vote))
    if not refusals(request, Verb.SCHEDULE, actor):
        take_planned_time(request, actor=actor)
    return request


@transaction.atomic
def reject(
    request: MaintenanceRequest,
    *,
    digest: str,
    reason: str,
    step: str = "",
    on_behalf_of: User | None = None,
    actor: User,
) -> MaintenanceRequest:
    """Say no to the plan whose digest is `digest`, and why; takes what `approve` takes."""
    request = locked(request)
    voted_on = is_voted_on(request)
    afterwards = request.state != RequestState.AWAITING_APPROVAL and voted_on
    verb = Verb.REJECT_AFTERWARDS if afterwards else Verb.REJECT
    vote = _vote(
        request, verb, Word.REJECT, digest, reason, step=step, giver=on_behalf_of, actor=actor
    )
    # Before it is voted on, one who may decide turns it away.
    if voted_on and not ballot_of(request, vote.voted_at).judgement.is_rejected:
        return _go_on_asking(request, vote)
    if afterwards:
        return _settle(request, vote, was_approved=False)
    fields = {"decided_at": vote.voted_at, "approved_until": None}
    return move(request, Verb.REJECT, "rejected", actor=actor, fields=fields, **_told(vote))


@transaction.atomic
def break_glass(
    request: MaintenanceRequest, *, digest: str, reason: str, actor: User
) -> MaintenanceRequest:
    """
    Let an emergency begin before it is approved; that is asked for within a day.

    What spoke against a start is kept. Whoever breaks the glass has no vote afterwards, and
    carries it out unless somebody else is named.
    """
    request = locked(request)
    now = clock.now()
    require(request, Verb.BREAK_GLASS, actor, now=now, digest=digest, reason=reason)
    glass = BreakGlass.objects.create(
        request=request,
        person=actor,
        reason=reason.strip(),
        passed=_passed(request, actor, now),
        broken_at=now,
        due_at=now + RETROSPECT,
    )
    request.break_glass = glass
    ballot = ballot_of(request, now)
    fields = {
        "implementer": request.implementer or actor,
        "started_at": now,
        "approval_rule": ballot.rule,
    }
    told = {"reason": reason, "digest": digest, "passed": glass.passed}
    return move(request, Verb.BREAK_GLASS, "glass_broken", actor=actor, fields=fields, **told)


def _passed(request: MaintenanceRequest, actor: User, now: datetime) -> list[str]:
    """Return the codes of the rules for a start that would have said no."""
    question = Question(request, actor, now)
    asked = (guard.ask(question) for guard in GUARDS[Verb.START])
    return [refusal.code for refusal in asked if refusal is not None]


@transaction.atomic
def schedule(
    request: MaintenanceRequest, *, actor: User | None, now: datetime | None = None
) -> MaintenanceRequest:
    """Take the planned time, if nothing stands in its way now."""
    request = locked(request)
    require(request, Verb.SCHEDULE, actor, now=now)
    return take_planned_time(request, actor=actor)


@transaction.atomic
def expire(
    request: MaintenanceRequest, *, actor: User | None, now: datetime | None = None
) -> MaintenanceRequest:
    """An approval that was not used in time is over."""
    request = locked(request)
    require(request, Verb.EXPIRE, actor, now=now)
    supersede_votes(request)
    return move(request, Verb.EXPIRE, "expired", actor=actor, fields={})


@transaction.atomic
def ask_those_needed(request: MaintenanceRequest) -> MaintenanceRequest:
    """Find out anew whose word is wanted: people join, leave and stand in for others."""
    request = locked(request)
    keep_asked(request, clock.now())
    return request


def valid_until(
    request: MaintenanceRequest, rule: dict[str, Any], approved_at: datetime
) -> datetime:
    """An approval may be used until then: some days, and not long after its planned end."""
    ends = approved_at + timedelta(days=rule["ttl_days"])
    if request.planned_end is None:
        return ends
    return min(ends, request.planned_end + timedelta(hours=rule["grace_hours"]))


def _vote(
    request: MaintenanceRequest,
    verb: Verb,
    word: Word,
    digest: str,
    reason: str,
    *,
    step: str,
    giver: User | None,
    actor: User,
) -> Vote:
    """Keep the vote, if the rules let it be given; one whose place it takes stays as well."""
    now = clock.now()
    given = {
        "digest": digest,
        "reason": reason,
        "ballot_step": step,
        "seat": giver.pk if giver else None,
    }
    require(request, verb, actor, now=now, **given)
    said: Given = Question(request, actor, now, given).vote(word)
    earlier = request.votes.filter(person=actor, step=said.step, plan_digest=digest)
    earlier.filter(superseded_at=None).update(superseded_at=now)
    return Vote.objects.create(
        request=request,
        person=actor,
        on_behalf_of_id=said.seat if said.seat != actor.pk else None,
        step=said.step,
        plan_digest=digest,
        decision=Vote.Decision(word.value),
        reason=reason,
        voted_at=now,
    )


def _go_on_asking(request: MaintenanceRequest, vote: Vote) -> MaintenanceRequest:
    """The vote alone decides nothing; others are asked."""
    keep_asked(request, vote.voted_at)
    told = {**_told(vote), "decision": str(vote.decision)}
    events.record("request.voted", request, actor=vote.person, **told)
    return request


def _settle(
    request: MaintenanceRequest, vote: Vote, *, was_approved: bool
) -> MaintenanceRequest:
    glass = glass_of(request)
    assert glass is not None
    glass.settled_at = vote.voted_at
    glass.was_approved = was_approved
    glass.save(update_fields=["settled_at", "was_approved"])
    keep_asked(request, vote.voted_at)
    word = "approved_afterwards" if was_approved else "rejected_afterwards"
    events.record(f"request.{word}", request, actor=vote.person, **_told(vote))
    return request


def _told(vote: Vote) -> dict[str, Any]:
    told: dict[str, Any] = {"digest": vote.plan_digest, "reason": vote.reason}
    told["step"] = vote.step
    if vote.on_behalf_of_id is not None:
        told |= {"on_behalf_of": vote.on_behalf_of_id, "for": str(vote.on_behalf_of)}
    return told


def take_planned_time(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    return move(
        request,
        Verb.SCHEDULE,
        "scheduled",
        actor=actor,
        fields={},
        planned_start=str(request.planned_start),
        planned_end=str(request.planned_end),
    )
