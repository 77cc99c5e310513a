"""Why components show what they show: the open incidents, alerts and windows behind them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q

from incidents.component_history import DAYS
from incidents.component_states import MAINTENANCE, STATE_OF_SEVERITY, Cause
from incidents.models import (
    AffectedComponent,
    ComponentState,
    Follows,
    Incident,
    MaintenanceState,
    PublicMaintenance,
    StateOverride,
    StatusComponent,
)
from maintenance.models import MaintenanceWindow
from operations.models import Alert, Severity

Causes = dict[int, list[Cause]]
UNDER_WAY = [MaintenanceState.IN_PROGRESS, MaintenanceState.VERIFYING]


def causes_of(components: Sequence[StatusComponent], now: datetime) -> Causes:
    """
    Return what each component, by its key, has against being operational; five queries.

    A declaration stands for its component instead of the incident's severity. Alerts that a
    window or silence holds say nothing. What a person overrides it with stands alone while it
    lasts, and what is known counts again from its end.
    """
    causes: Causes = defaultdict(list)
    by_service: dict[int, list[StatusComponent]] = defaultdict(list)
    for component in components:
        if component.service_id is not None:
            by_service[component.service_id].append(component)
    _add_incidents(causes, by_service)
    _add_windows(causes, by_service, now)
    _add_alerts(causes, by_service)
    _override(causes, components, now)
    return causes


def _override(causes: Causes, components: Sequence[StatusComponent], now: datetime) -> None:
    ended = Q(ended_at__isnull=True) | Q(ended_at__gt=now - timedelta(days=DAYS))
    rows = StateOverride.objects.filter(ended, component__in=components)
    for row in rows.order_by("started_at", "pk"):
        if row.over_at > now:
            causes[row.component_id] = [Cause(ComponentState(row.state), row.started_at)]
        else:
            causes[row.component_id] = [
                replace(cause, since=max(cause.since, row.over_at))
                for cause in causes[row.component_id]
            ]


def _add_incidents(causes: Causes, by_service: dict[int, list[StatusComponent]]) -> None:
    declared: dict[int, set[int]] = defaultdict(set)
    opened = Incident.objects.public().unresolved()
    for row in AffectedComponent.objects.filter(incident__in=opened):
        declared[row.incident_id].add(row.component_id)
        causes[row.component_id].append(Cause(ComponentState(row.state), row.declared_at))
    for incident in (
        opened.public()
        .filter(service__in=list(by_service))
        .only("service_id", "severity", "detected_at")
    ):
        state = STATE_OF_SEVERITY[Severity(incident.severity)]
        for component in by_service[incident.service_id]:
            follows = component.follows != Follows.PEOPLE
            if follows and component.pk not in declared[incident.pk]:
                causes[component.pk].append(Cause(state, incident.detected_at))


def _add_windows(
    causes: Causes, by_service: dict[int, list[StatusComponent]], now: datetime
) -> None:
    """By what was noted of each; by the clock for one of which nothing is noted yet."""
    under_way = PublicMaintenance.objects.filter(state__in=UNDER_WAY)
    noted = PublicMaintenance.objects.values("window")
    by_clock = Q(
        maintenancewindow__cancelled_at=None,
        maintenancewindow__starts_at__lte=now,
        maintenancewindow__ends_at__gt=now,
    ) & ~Q(maintenancewindow__in=noted)
    pairs = (
        MaintenanceWindow.services.through.objects.filter(service__in=list(by_service))
        .filter(Q(maintenancewindow__in=under_way.values("window")) | by_clock)
        .values_list("service_id", "maintenancewindow__starts_at")
    )
    for service, starts_at in pairs:
        for component in by_service[service]:
            causes[component.pk].append(Cause(MAINTENANCE, min(starts_at, now)))


def _add_alerts(causes: Causes, by_service: dict[int, list[StatusComponent]]) -> None:
    services = [pk for pk, found in by_service.items() if _follow_alerts(found)]
    if not services:
        return
    firing = Alert.objects.firing().filter(service__in=services, is_held=False)
    for service, severity, started_at in firing.values_list(
        "service_id", "severity", "started_at"
    ):
        for component in by_service[service or 0]:
            if component.follows == Follows.ALERTS:
                state = STATE_OF_SEVERITY[Severity(severity)]
                causes[component.pk].append(Cause(state, started_at))


def _follow_alerts(components: Iterable[StatusComponent]) -> bool:
    return any(component.follows == Follows.ALERTS for component in components)
