"""
The storm: many alerts that join an incident which is open already, and wake nobody anew.

That is what most alerts of a storm do, so these few questions are asked once for all of them.
Whatever else follows from an alert (it opens, reopens, worsens, pages again, is held) is left
to `alerts.take_in`, which decides about one alert; here only its quiet case is done, alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from django.db import transaction

from incidents import grouping
from incidents.models import (
    EscalationStep,
    GroupingRule,
    Incident,
    IncidentAlert,
    IncidentState,
    StepState,
)
from incidents.policies import policies
from incidents.workflow.alerts import joined_event, row_of
from operations.models import Alert
from portal import events
from portal.models import Service


class Told(NamedTuple):
    """An occurrence of an alert, of which `alert.opened` was told."""

    alert_id: int
    started_at: datetime


@transaction.atomic
def join_quietly(told: Iterable[Told]) -> set[Told]:
    """Let those join that change nothing else; return which ones they were."""
    wanted = {each.alert_id: each for each in told}
    world = World(wanted)
    rows = [
        row_of(incident, alert, wanted[alert.pk].started_at)
        for alert in world.alerts
        if (incident := world.quiet_incident(alert)) is not None
    ]
    IncidentAlert.objects.bulk_create(rows)
    stirred = {row.incident_id for row in rows if row.cleared_at is None}
    Incident.objects.filter(pk__in=stirred, quiet_due_at__isnull=False).update(
        quiet_due_at=None
    )
    events.record_all(joined_event(row.incident, row.alert) for row in rows)
    return {wanted[row.alert_id] for row in rows}


class World:
    """What decides, read once; the services' rows are the lock, as for `alerts.take_in`."""

    def __init__(self, wanted: Mapping[int, Told]) -> None:
        named = Alert.objects.filter(pk__in=wanted, service__isnull=False)
        services = set(named.values_list("service", flat=True))
        mine = Service.objects.select_for_update(of=("self",), no_key=True)
        self._services = {each.pk: each for each in mine.filter(pk__in=services).order_by("pk")}
        # Read under the lock, since each may have been held or have gone elsewhere meanwhile.
        found = Alert.objects.filter(pk__in=wanted, service__in=self._services)
        self.alerts = list(found.with_list_columns().order_by("pk"))
        rules = list(GroupingRule.objects.in_turn())
        self._groups = {alert.pk: grouping.group_of(alert, rules) for alert in self.alerts}
        taken_in = IncidentAlert.objects.filter(alert__in=self.alerts)
        self._taken_in = set(taken_in.values_list("alert", flat=True))
        self._policies = policies()

    def quiet_incident(self, alert: Alert) -> Incident | None:
        """Return the incident that the alert joins without any further consequence."""
        group = self._groups[alert.pk]
        if alert.is_held or alert.pk in self._taken_in or alert.service_id is None:
            return None
        incident = self._open.get((alert.service_id, group.key))
        if incident is None or group.rule.window_minutes is not None:
            return None
        is_quiet = alert.severity >= incident.severity and not self._must_wake(alert, incident)
        return incident if is_quiet else None

    def _must_wake(self, alert: Alert, incident: Incident) -> bool:
        is_being_woken = (
            incident.state == IncidentState.TRIGGERED and incident.pk in self._waking
        )
        return self._policies[alert.severity].pages_on_call and not is_being_woken

    @cached_property
    def _open(self) -> dict[tuple[int, str], Incident]:
        """The gravest open incident by service and key of its group, held."""
        keys = {group.key for group in self._groups.values()}
        mine = Incident.objects.unresolved().filter(
            service__in=self._services, group_key__in=keys
        )
        held = mine.select_for_update(of=("self",)).select_related("service__team")
        found: dict[tuple[int, str], Incident] = {}
        for incident in held.order_by("severity", "-detected_at", "-pk"):
            found.setdefault((incident.service_id, incident.group_key), incident)
        return found

    @cached_property
    def _waking(self) -> set[int]:
        """The incidents with a step of escalation still to come."""
        incidents = [incident.pk for incident in self._open.values()]
        steps = EscalationStep.objects.filter(run__incident__in=incidents, state=StepState.DUE)
        return set(steps.values_list("run__incident", flat=True))
