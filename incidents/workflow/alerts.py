"""
What alerts do to incidents: open one, join one, make it worse, and clear.

The service's row is the lock: of two alerts that come at once, one opens the incident and the
other joins it. Each occurrence of an alert counts once, however often its event is handled.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, IncidentAlert, IncidentState, Source
from incidents.policies import policy_of
from incidents.workflow import escalation
from incidents.workflow.incidents import (
    change_severity,
    declare,
    locked_incident,
    page_again,
)
from operations.models import Alert, AlertState
from portal import events
from portal.models import Service


@transaction.atomic
def take_in(
    alert: Alert, *, started_at: datetime, detected_at: datetime, has_worsened: bool = False
) -> Incident | None:
    """
    Open an incident for this occurrence of an alert, or join the service's open one.

    `started_at` names the occurrence, `detected_at` is when we heard of it. An occurrence that
    was taken in before does nothing more, unless it has worsened after its incident was over.
    Returns None for an alert without a service, which belongs to no team; those wait under
    operations.
    """
    if alert.service_id is None:
        return None
    service = _locked_service(alert.service_id)
    known = _incident_of(alert, started_at)
    if known is not None and (known.is_unresolved or not has_worsened):
        return _worsen(known, alert)
    if (current := _open_incident(service)) is None:
        return _open(alert, service, started_at, detected_at)
    _add(current, alert, started_at)
    events.record(
        "incident.alert_joined",
        current,
        actor=None,
        alert=alert.pk,
        title=str(alert)[:200],
        url=alert.get_absolute_url(),
    )
    return _join(current, alert)


@transaction.atomic
def note_end(alert: Alert, *, started_at: datetime, ended_at: datetime) -> int:
    """Mark that this occurrence cleared; the incident stays open until somebody resolves it."""
    rows = IncidentAlert.objects.filter(alert=alert, started_at=started_at, cleared_at=None)
    incidents = [locked_incident(row.incident) for row in rows.select_related("incident")]
    for incident in incidents:
        changed = incident.alerts.filter(
            alert=alert, started_at=started_at, cleared_at=None
        ).update(cleared_at=ended_at)
        if changed and incident.is_unresolved:
            _say_cleared(incident, alert, ended_at)
    return len(incidents)


def _say_cleared(incident: Incident, alert: Alert, ended_at: datetime) -> None:
    events.record(
        "incident.alert_cleared",
        incident,
        actor=None,
        happened_at=ended_at,
        title=str(alert)[:200],
        url=alert.get_absolute_url(),
    )
    if not incident.alerts.filter(cleared_at=None).exists():
        events.record("incident.all_alerts_cleared", incident, actor=None)


def _open(
    alert: Alert, service: Service, started_at: datetime, detected_at: datetime
) -> Incident:
    incident = declare(
        service=service,
        title=alert.summary or alert.name,
        severity=alert.severity,
        source=Source.ALERT,
        detected_at=detected_at,
        impact_started_at=started_at,
        is_demo=alert.is_demo,
        actor=None,
    )
    _add(incident, alert, started_at)
    return incident


def _join(incident: Incident, alert: Alert) -> Incident:
    """Make the incident as bad as its worst alert, and wake people where they must know."""
    if alert.severity < incident.severity:
        return _worsen(incident, alert)
    wakes = policy_of(alert.severity).pages_on_call
    if wakes and not _somebody_is_being_woken(incident):
        locked = locked_incident(incident)
        page_again(locked, because=_("Another alert joined: %(alert)s") % {"alert": alert})
        return locked
    return incident


def _worsen(incident: Incident, alert: Alert) -> Incident:
    if not incident.is_unresolved or alert.severity >= incident.severity:
        return incident
    because = _("The alert “%(alert)s” is graver.") % {"alert": alert}
    return change_severity(incident, severity=alert.severity, actor=None, because=because[:200])


def _somebody_is_being_woken(incident: Incident) -> bool:
    return incident.state == IncidentState.TRIGGERED and escalation.is_going_on(incident)


def _locked_service(pk: int) -> Service:
    return (
        Service.objects.select_for_update(of=("self",), no_key=True)
        .select_related("team")
        .get(pk=pk)
    )


def _open_incident(service: Service) -> Incident | None:
    """The service's gravest unresolved incident, the newest of equals, held."""
    mine = Incident.objects.unresolved().filter(service=service)
    held = mine.select_for_update(of=("self",)).select_related("service__team")
    return held.order_by("severity", "-detected_at", "-pk").first()


def _incident_of(alert: Alert, started_at: datetime) -> Incident | None:
    """The incident that took this occurrence, or a later one of the alert, in already."""
    row = (
        IncidentAlert.objects.filter(alert=alert, started_at__gte=started_at)
        .select_related("incident__service")
        .order_by("-started_at", "-pk")
        .first()
    )
    return row.incident if row else None


def _add(incident: Incident, alert: Alert, started_at: datetime) -> None:
    has_ended = alert.started_at == started_at and alert.state in {
        AlertState.RETURNED,
        AlertState.NORMAL,
    }
    IncidentAlert.objects.update_or_create(
        incident=incident,
        alert=alert,
        defaults={
            "started_at": started_at,
            "cleared_at": alert.ended_at if has_ended else None,
        },
    )
