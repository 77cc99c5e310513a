"""How every verb on a request begins and ends: the row locked, the version named, one event."""

from typing import Any

from maintenance.models import MaintenanceRequest, Occasion, RequestState
from maintenance.workflow.ballots import keep_asked
from maintenance.workflow.conflict_checks import keep_check
from maintenance.workflow.feeds import publish
from maintenance.workflow.guards import MOVES, Verb
from maintenance.workflow.request_windows import follow_request
from portal import clock, events
from portal.models import User

# Whenever one of these is done, what is found about the time is kept.
LOOKED_AT = {
    Verb.ASK_APPROVAL: Occasion.ASKED,
    Verb.APPROVE: Occasion.APPROVED,
    Verb.AUTHORISE: Occasion.APPROVED,
    Verb.SCHEDULE: Occasion.SCHEDULED,
    Verb.START: Occasion.STARTED,
}

# A change of one of these is told to calendar programs.
TOLD = {"state", "title", "planned_start", "planned_end"}

# A change of one of these may announce the work, or call its window off.
ANNOUNCED_BY = {"state", "announces"}


def locked(request: MaintenanceRequest) -> MaintenanceRequest:
    """Read the request again, so that nobody else moves it until this transaction ends."""
    rows = MaintenanceRequest.objects.select_for_update(of=("self",))
    return rows.select_related(
        "service__team",
        "requester",
        "implementer",
        "runbook",
        "standard_version__standard",
    ).get(pk=request.pk)


def supersede_votes(request: MaintenanceRequest) -> None:
    """Votes are kept for ever; from now on these do not count."""
    request.votes.filter(superseded_at=None).update(superseded_at=clock.now())


def keep(request: MaintenanceRequest, actor: User | None, *fields: str) -> None:
    request.changed_by = actor
    request.save(update_fields=fields)
    if not TOLD.isdisjoint(fields):
        publish(request)
    if not ANNOUNCED_BY.isdisjoint(fields):
        follow_request(request, actor=actor)


def move(
    request: MaintenanceRequest,
    verb: Verb,
    event: str,
    *,
    actor: User | None,
    fields: dict[str, Any],
    **data: Any,
) -> MaintenanceRequest:
    """Put the locked request into the state that `verb` leads to, and say so as `event`."""
    target = MOVES[verb][1]
    assert target is not None
    if occasion := LOOKED_AT.get(verb):
        keep_check(request, occasion, span=request.effective, now=clock.now())
    return put(request, target, event, actor=actor, fields=fields, **data)


def put(
    request: MaintenanceRequest,
    state: RequestState,
    event: str,
    *,
    actor: User | None,
    fields: dict[str, Any],
    **data: Any,
) -> MaintenanceRequest:
    for name, value in {"state": state, **fields}.items():
        setattr(request, name, value)
    keep(request, actor, "state", *fields)
    keep_asked(request, clock.now())
    events.record(f"request.{event}", request, actor=actor, **data)
    return request
