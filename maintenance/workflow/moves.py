"""How every verb on a request begins and ends: the row locked, the version named, one event."""

from typing import Any

from maintenance.models import MaintenanceRequest
from maintenance.workflow.guards import MOVES, Verb
from portal import events
from portal.models import User


def locked(request: MaintenanceRequest) -> MaintenanceRequest:
    """Read the request again, so that nobody else moves it until this transaction ends."""
    rows = MaintenanceRequest.objects.select_for_update(of=("self",))
    return rows.select_related("service__team", "requester", "implementer", "runbook").get(
        pk=request.pk
    )


def keep(request: MaintenanceRequest, actor: User | None, *fields: str) -> None:
    request.changed_by = actor
    request.save(update_fields=fields)


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
    for name, value in {"state": target, **fields}.items():
        setattr(request, name, value)
    keep(request, actor, "state", *fields)
    events.record(f"request.{event}", request, actor=actor, **data)
    return request
