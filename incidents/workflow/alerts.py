"""
What alerts do to incidents: open one, join one, make it worse, and clear.

The service's row is the lock: of two alerts that come at once, one opens the incident and the
other joins it. Each occurrence of an alert counts once, however often its event is handled.
Which alerts go together is said by `incidents.grouping`.

Acknowledged is not deaf: another alert, a graver one, or a new occurrence pages again. What is
held back opens nothing and wakes nobody; what is let go while it still fires is taken in then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from incidents import grouping
from incidents.grouping import Group
from incidents.models import EndReason, Incident, IncidentAlert, IncidentState, Source
from incidents.policies import policy_of
from incidents.workflow import escalation
from incidents.workflow.incidents import (
    change_severity,
    declare,
    page_again,
    reopen,
    resolve,
)
from incidents.workflow.saving import locked_incident
from operations.models import Alert, AlertState
from portal import clock, events
from portal.models import Event, Service
from portal.sweeping import each

TITLE_LENGTH = 200


@dataclass(frozen=True)
class Release:
    """That an alert is let go: which rule held it, and what else was let go with it."""

    rule: str = ""
    batch: str = ""
    size: int = 1


@transaction.atomic
def take_in(
    alert: Alert,
    *,
    started_at: datetime,
    detected_at: datetime,
    has_worsened: bool = False,
    release: Release | None = None,
) -> Incident | None:
    """
    Open an incident for this occurrence of an alert, or join the one that it belongs to.

    `started_at` names the occurrence, `detected_at` is when we heard of it. An occurrence that
    was taken in before does nothing more, unless it has worsened, or is let go, after its
    incident was over. Returns None for an alert without a service, which belongs to no team;
    for one of too few; and for one that is let go and acknowledged already.
    """
    if alert.service_id is None:
        return None
    service = _locked_service(alert.service_id)
    known = _incident_of(alert, started_at)
    is_news = has_worsened or release is not None
    if known is not None and (known.is_unresolved or not is_news):
        return _go_on(known, alert, release)
    if release is not None and alert.state == AlertState.ACKED:
        return None
    group = grouping.group_of(alert)
    batch = release.batch if release else ""
    current, part = _current(service, group, started_at, batch)
    if current is not None:
        return _join(current, alert, started_at, release, through=part)
    if past := grouping.past_incident(service, group, now=clock.now()):
        return _reopen(past, alert, started_at)
    taken = grouping.gathered(alert, group)
    if len(taken) < group.rule.threshold_count:
        return None
    incident = _open(alert, service, group, started_at, detected_at, release)
    for other in taken[1:]:
        _add(incident, other, other.started_at)
    return incident


def join_by_hand(incident: Incident, alert: Alert) -> None:
    """Put the alert to an incident that somebody has just declared because of it."""
    _add(incident, alert, alert.started_at)
    _record_joined(incident, alert, kind="incident.alert_joined")


@transaction.atomic
def attach(alert: Alert, *, started_at: datetime) -> Incident | None:
    """Put a held alert to the incident that it would have joined, if one is open; quietly."""
    if alert.service_id is None or _incident_of(alert, started_at) is not None:
        return None
    service = _locked_service(alert.service_id)
    current, part = _current(service, grouping.group_of(alert), started_at)
    if current is not None:
        _add(current, alert, started_at, through=part)
        _record_joined(current, alert, kind="incident.alert_attached")
    return current


@transaction.atomic
def note_held(alert: Alert, *, started_at: datetime, because: str) -> int:
    """Wake nobody any more about incidents of which every firing alert is held; say so."""
    rows = IncidentAlert.objects.filter(alert=alert, started_at=started_at, cleared_at=None)
    stopped = 0
    for row in rows.select_related("incident"):
        incident = locked_incident(row.incident)
        waking = incident.alerts.filter(cleared_at=None, alert__is_held=False)
        if waking.exists() or not incident.is_unresolved:
            continue
        if escalation.is_going_on(incident):
            escalation.stop(incident, why=EndReason.HELD)
            events.record("incident.paging_held", incident, actor=None, because=because)
            stopped += 1
    return stopped


@transaction.atomic
def note_end(alert: Alert, *, started_at: datetime, ended_at: datetime) -> int:
    """Mark that this occurrence cleared; its rule says whether the incident ends by itself."""
    rows = IncidentAlert.objects.filter(alert=alert, started_at=started_at, cleared_at=None)
    incidents = [locked_incident(row.incident) for row in rows.select_related("incident")]
    for incident in incidents:
        changed = incident.alerts.filter(
            alert=alert, started_at=started_at, cleared_at=None
        ).update(cleared_at=ended_at)
        if changed and incident.is_unresolved:
            _say_cleared(incident, alert, ended_at)
    return len(incidents)


def resolve_quiet(now: datetime, *, limit: int = 100) -> int:
    """Resolve incidents whose alerts have all been clear for long enough; return how many."""
    due = Incident.objects.unresolved().filter(quiet_due_at__lte=now)
    pks = list(due.order_by("quiet_due_at").values_list("pk", flat=True)[:limit])
    return each(pks, lambda pk: _resolve_if_quiet(pk, now), what="Incident")


@transaction.atomic
def _resolve_if_quiet(pk: int, now: datetime) -> bool:
    incident = locked_incident(Incident(pk=pk))
    due_at = incident.quiet_due_at
    if due_at is None or due_at > now or not incident.is_unresolved:
        return False
    Incident.objects.filter(pk=pk).update(quiet_due_at=None)
    if incident.alerts.filter(cleared_at=None).exists():
        return False
    summary = _("All alerts have cleared and none came back.")
    resolve(incident, actor=None, summary=summary)
    return True


def _say_cleared(incident: Incident, alert: Alert, ended_at: datetime) -> None:
    events.record(
        "incident.alert_cleared",
        incident,
        actor=None,
        happened_at=ended_at,
        title=str(alert)[:TITLE_LENGTH],
        url=alert.get_absolute_url(),
    )
    if not incident.alerts.filter(cleared_at=None).exists():
        events.record("incident.all_alerts_cleared", incident, actor=None)
        _wait_for_quiet(incident)


def _wait_for_quiet(incident: Incident) -> None:
    rule = incident.grouping_rule
    if rule is not None and rule.resolve_minutes is not None:
        due_at = clock.now() + timedelta(minutes=rule.resolve_minutes)
        Incident.objects.filter(pk=incident.pk).update(quiet_due_at=due_at)


def _open(
    alert: Alert,
    service: Service,
    group: Group,
    started_at: datetime,
    detected_at: datetime,
    release: Release | None,
) -> Incident:
    title = _still(release, service) if release and release.size > 1 else ""
    incident = declare(
        service=service,
        title=title or alert.summary or alert.name,
        severity=alert.severity,
        source=Source.ALERT,
        detected_at=detected_at,
        impact_started_at=started_at,
        is_demo=alert.is_demo,
        actor=None,
    )
    # Clockwork of the grouping: no version of its own.
    incident.grouping_rule = group.rule if group.rule.pk else None
    incident.group_key = group.key
    Incident.objects.filter(pk=incident.pk).update(
        grouping_rule=incident.grouping_rule, group_key=group.key
    )
    _add(incident, alert, started_at, batch=release.batch if release else "")
    return incident


def _still(release: Release, service: Service) -> str:
    sentence = _("%(n)d alerts of %(service)s still fire after: %(rule)s")
    return sentence % {"n": release.size, "service": service, "rule": release.rule}


def _reopen(past: Incident, alert: Alert, started_at: datetime) -> Incident:
    reason = _("The alert “%(alert)s” fires again.") % {"alert": alert}
    incident = reopen(past, reason=reason[:TITLE_LENGTH], actor=None)
    _add(incident, alert, started_at)
    return _worsen(incident, alert)


def _current(
    service: Service, group: Group, started_at: datetime, batch: str = ""
) -> tuple[Incident | None, Incident | None]:
    """The open incident that an alert joins, held; and the merged one by whose key it does."""
    current = grouping.open_incident(service, group, started_at, batch=batch)
    part = None if current else grouping.merged_part(service, group, started_at)
    return (locked_incident(grouping.root_of(part)), part) if part else (current, None)


def _join(
    incident: Incident,
    alert: Alert,
    started_at: datetime,
    release: Release | None,
    *,
    through: Incident | None = None,
) -> Incident:
    """Make the incident as bad as its worst alert, and wake people where they must know."""
    is_back = incident.alerts.filter(alert=alert).exists()
    batch = release.batch if release else ""
    _add(incident, alert, started_at, batch=batch, through=through)
    _record_joined(incident, alert, kind="incident.alert_joined")
    if alert.severity < incident.severity:
        return _worsen(incident, alert)
    if is_back:
        because = _("It fires again: %(alert)s")
    elif release is not None:
        because = _("It still fires after its hold: %(alert)s")
    else:
        because = _("Another alert joined: %(alert)s")
    return _page_again(incident, alert, because)


def _go_on(known: Incident, alert: Alert, release: Release | None) -> Incident:
    """What was taken in already: it may have become graver, or nobody is being woken for it."""
    if known.is_unresolved and alert.severity < known.severity:
        return _worsen(known, alert)
    if release is None or not known.is_unresolved or alert.state == AlertState.ACKED:
        return known
    return _page_again(known, alert, _("It still fires after its hold: %(alert)s"))


def _page_again(incident: Incident, alert: Alert, because: str) -> Incident:
    wakes = policy_of(alert.severity).pages_on_call
    if not wakes or _somebody_is_being_woken(incident):
        return incident
    locked = locked_incident(incident)
    page_again(locked, because=because % {"alert": alert})
    return locked


def _worsen(incident: Incident, alert: Alert) -> Incident:
    if not incident.is_unresolved or alert.severity >= incident.severity:
        return incident
    because = _("The alert “%(alert)s” is graver.") % {"alert": alert}
    return change_severity(
        incident, severity=alert.severity, actor=None, because=because[:TITLE_LENGTH]
    )


def _record_joined(incident: Incident, alert: Alert, *, kind: str) -> None:
    events.record_all([joined_event(incident, alert, kind=kind)])


def joined_event(
    incident: Incident, alert: Alert, *, kind: str = "incident.alert_joined"
) -> Event:
    """Return the event that says so, to be recorded."""
    return events.made(
        kind,
        incident,
        actor=None,
        alert=alert.pk,
        title=str(alert)[:TITLE_LENGTH],
        url=alert.get_absolute_url(),
    )


def row_of(
    incident: Incident, alert: Alert, started_at: datetime, *, batch: str = ""
) -> IncidentAlert:
    """Return the row that makes this occurrence part of the incident, to be saved."""
    has_ended = alert.started_at == started_at and not alert.is_firing
    return IncidentAlert(
        incident=incident,
        alert=alert,
        started_at=started_at,
        cleared_at=alert.ended_at if has_ended else None,
        batch=batch,
    )


def _somebody_is_being_woken(incident: Incident) -> bool:
    return incident.state == IncidentState.TRIGGERED and escalation.is_going_on(incident)


def _locked_service(pk: int) -> Service:
    return (
        Service.objects.select_for_update(of=("self",), no_key=True)
        .select_related("team")
        .get(pk=pk)
    )


def _incident_of(alert: Alert, started_at: datetime) -> Incident | None:
    """The incident that took this occurrence, or a later one of the alert, in already."""
    row = (
        IncidentAlert.objects.filter(alert=alert, started_at__gte=started_at)
        .select_related("incident__service")
        .order_by("-started_at", "-pk")
        .first()
    )
    return grouping.root_of(row.incident) if row else None


def _add(
    incident: Incident,
    alert: Alert,
    started_at: datetime,
    *,
    batch: str = "",
    through: Incident | None = None,
) -> None:
    """Add it; `through` is the merged incident by whose key it came, and takes it back."""
    row = row_of(incident, alert, started_at, batch=batch)
    IncidentAlert.objects.update_or_create(
        incident=incident,
        alert=alert,
        defaults={
            "started_at": row.started_at,
            "cleared_at": row.cleared_at,
            "batch": row.batch,
        },
        create_defaults={
            "started_at": row.started_at,
            "cleared_at": row.cleared_at,
            "batch": row.batch,
            "merged_from": through,
        },
    )
    if row.cleared_at is None:
        Incident.objects.filter(pk=incident.pk).update(quiet_due_at=None)
