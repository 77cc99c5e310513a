"""The two words of a manager: each is for one exact plan, and named by its digest."""

from typing import Any

from django.db import transaction

from maintenance.models import MaintenanceRequest, Vote
from maintenance.workflow.guards import Verb, require
from maintenance.workflow.moves import locked, move
from portal import clock
from portal.models import User


@transaction.atomic
def approve(
    request: MaintenanceRequest, *, digest: str, reason: str = "", actor: User
) -> MaintenanceRequest:
    """
    Say yes to the plan whose digest is `digest`, and to no other.

    Raises `TransitionNotAllowed`, with `digest_changed` if the plan moved meanwhile.
    """
    return _decide(request, Verb.APPROVE, "approved", digest=digest, reason=reason, actor=actor)


@transaction.atomic
def reject(
    request: MaintenanceRequest, *, digest: str, reason: str, actor: User
) -> MaintenanceRequest:
    """Say no to the plan whose digest is `digest`, and why."""
    return _decide(request, Verb.REJECT, "rejected", digest=digest, reason=reason, actor=actor)


DECISIONS = {Verb.APPROVE: Vote.Decision.APPROVE, Verb.REJECT: Vote.Decision.REJECT}


def _decide(
    request: MaintenanceRequest, verb: Verb, event: str, *, actor: User, **given: Any
) -> MaintenanceRequest:
    request = locked(request)
    require(request, verb, actor, **given)
    now = clock.now()
    Vote.objects.create(
        request=request,
        person=actor,
        plan_digest=given["digest"],
        decision=DECISIONS[verb],
        reason=given["reason"],
        voted_at=now,
    )
    return move(request, verb, event, actor=actor, fields={"decided_at": now}, **given)
