"""Set what shows that a plan is ready, by hand or by a program; or take it off."""

from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from maintenance.models import EvidenceGate, EvidenceOf, MaintenanceRequest
from maintenance.workflow.guards import Verb, require
from maintenance.workflow.moves import locked
from portal import clock, events
from portal.models import User


@transaction.atomic
def set_gate(
    request: MaintenanceRequest,
    *,
    name: str,
    is_green: bool,
    kind: str = EvidenceOf.OTHER,
    source: str = "",
    url: str = "",
    fresh_hours: int | None = None,
    checked_at: datetime | None = None,
    actor: User | None,
    now: datetime | None = None,
) -> EvidenceGate:
    """
    Set the gate of this name to green or red; it is made if there is none.

    `checked_at` is when it was found out, now if nothing is given. Raises `ValidationError`
    for values that no gate may have.
    """
    request = locked(request)
    now = now or clock.now()
    checked_at = min(checked_at or now, now)
    known = EvidenceGate.objects.filter(request=request, name=name.strip()).first()
    given = {"new_gate": known is None, "checked_at": checked_at, "known": known}
    require(request, Verb.SET_GATE, actor, now=now, **given)
    gate = known or EvidenceGate(request=request, name=name.strip())
    gate.kind, gate.is_green, gate.source, gate.url = kind, is_green, source.strip(), url
    gate.fresh_hours, gate.checked_at, gate.set_by = fresh_hours, checked_at, actor
    gate.full_clean(exclude=["request", "set_by"])
    gate.save()
    events.record(
        "request.gate_set",
        request,
        actor=actor,
        gate=gate.name,
        green=is_green,
        source=gate.source,
        link=gate.url,
        checked_at=gate.checked_at.isoformat(),
    )
    return gate


@transaction.atomic
def remove_gate(
    request: MaintenanceRequest, *, name: str, reason: str, actor: User
) -> MaintenanceRequest:
    """Take a gate off, with a reason; raises `Http404` if there is none of this name."""
    request = locked(request)
    gate = get_object_or_404(EvidenceGate, request=request, name=name)
    require(request, Verb.REMOVE_GATE, actor, reason=reason)
    gate.delete()
    events.record("request.gate_removed", request, actor=actor, gate=name, reason=reason)
    return request
