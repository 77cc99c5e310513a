"""Whom an incident reaches: its impact on users from when to when, and further services."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import AffectedService, Incident
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident, save
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Service, User

IMPACT = ["impact", "impact_started_at", "impact_ended_at"]


@transaction.atomic
def set_impact(
    incident: Incident,
    *,
    impact: str,
    impact_started_at: datetime | None,
    impact_ended_at: datetime | None,
    actor: User,
) -> Incident:
    """Correct how users feel it, and from when to when; what was said before is kept."""
    locked = locked_incident(incident)
    ensure(locked, "set_impact")
    if reasons := why_not_lasted(impact_started_at, impact_ended_at):
        raise TransitionNotAllowed(reasons)
    before = {name: _plain(getattr(locked, name)) for name in IMPACT}
    locked.impact = impact
    locked.impact_started_at, locked.impact_ended_at = impact_started_at, impact_ended_at
    after = {name: _plain(getattr(locked, name)) for name in IMPACT}
    if before == after:
        raise refuse("nothing_changed", _("This is what stands there already."))
    save(locked, actor, IMPACT, "incident.impact_set", before=before, after=after)
    return locked


@transaction.atomic
def set_affected(
    incident: Incident,
    *,
    service: Service,
    impact: str = "",
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    actor: User,
) -> AffectedService:
    """Say that it reaches a further service, or correct how and how long."""
    locked = locked_incident(incident)
    ensure(locked, "set_impact")
    if service.pk == locked.service_id:
        sentence = _("%(service)s is the incident's own service.") % {"service": service}
        raise refuse("own_service", sentence, _("Its impact is that of the incident."))
    if reasons := why_not_lasted(started_at, ended_at):
        raise TransitionNotAllowed(reasons)
    row, _is_new = AffectedService.objects.update_or_create(
        incident=locked,
        service=service,
        defaults={"impact": impact, "started_at": started_at, "ended_at": ended_at},
    )
    told: dict[str, Any] = {"name": service.name, "impact": impact}
    events.record("incident.service_affected", locked, actor=actor, **told)
    return row


@transaction.atomic
def remove_affected(incident: Incident, *, service: Service, actor: User) -> None:
    """Take back that it reaches this service."""
    locked = locked_incident(incident)
    ensure(locked, "set_impact")
    if not locked.affected.filter(service=service).delete()[0]:
        raise refuse("not_affected", _("This service is not among those it reaches."))
    events.record("incident.service_unaffected", locked, actor=actor, name=service.name)


def why_not_lasted(start: datetime | None, end: datetime | None) -> list[Refusal]:
    """Return every reason why an impact cannot have lasted from `start` to `end`."""
    now = clock.now()
    if (start and start > now) or (end and end > now):
        return [Refusal("in_the_future", _("This moment is still to come."))]
    if end is not None and start is None:
        return [
            Refusal(
                "no_start", _("An impact that has ended began at some time."), _("Say when.")
            )
        ]
    if start and end and end < start:
        return [Refusal("ends_first", _("An impact cannot end before it begins."))]
    return []


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value or "")
