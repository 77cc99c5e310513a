"""A standard change is authorised by its template, while nothing speaks against it."""

from datetime import datetime

from django.db import transaction

from maintenance.models import MaintenanceRequest
from maintenance.policies import Traits, rule_for
from maintenance.workflow.approval import take_planned_time, valid_until
from maintenance.workflow.guards import MOVES, STANDARD, Verb, refusals, require
from maintenance.workflow.moves import locked, move
from maintenance.workflow.questions import Question
from portal import clock
from portal.models import User


@transaction.atomic
def authorise(
    request: MaintenanceRequest, *, actor: User | None, now: datetime | None = None
) -> MaintenanceRequest:
    """Let a standard change go ahead without a vote; every rule is asked."""
    request = locked(request)
    now = now or clock.now()
    require(request, Verb.AUTHORISE, actor, now=now)
    return _authorise(request, actor=actor, now=now)


def authorise_if_standard(
    request: MaintenanceRequest, *, actor: User | None, now: datetime
) -> bool:
    """
    Authorise the locked request if it is a standard change in good standing.

    Return False if others have to decide about it. What only its time stands in the way of
    waits where it is: no vote would help there.
    """
    if request.state not in MOVES[Verb.AUTHORISE][0] or request.standard_version_id is None:
        return False
    question = Question(request, actor, now)
    if any(guard.ask(question) for guard in STANDARD):
        return False
    if not refusals(request, Verb.AUTHORISE, actor, now=now):
        require(request, Verb.AUTHORISE, actor, now=now)
        _authorise(request, actor=actor, now=now)
    return True


def _authorise(
    request: MaintenanceRequest, *, actor: User | None, now: datetime
) -> MaintenanceRequest:
    version = request.standard_version
    assert version is not None
    move(
        request,
        Verb.AUTHORISE,
        "authorised",
        actor=actor,
        fields={
            "decided_at": now,
            "approved_until": valid_until(request, rule_for(Traits.of(request)), now),
            "approval_used_at": None,
        },
        standard=str(version.standard),
        version=version.number,
        digest=request.plan_digest,
    )
    if not refusals(request, Verb.SCHEDULE, actor, now=now):
        take_planned_time(request, actor=actor)
    return request
