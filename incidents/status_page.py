"""
What the public may know: components, announced incidents, maintenance.

Only what somebody wrote for the public leaves the house: the texts of status updates and of
announced windows. Titles, notes, alerts and names of people stay inside, so an incident
nobody has announced shows by its component's state alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from incidents.component_causes import causes_of
from incidents.component_history import DAYS, History, Stretch, history
from incidents.component_states import (
    OPERATIONAL,
    STATE_OF_SEVERITY,
    impact_of,
    shown,
    worst,
)
from incidents.models import (
    UNRESOLVED,
    AffectedComponent,
    ComponentSpan,
    ComponentState,
    Impact,
    Incident,
    MaintenanceState,
    PublicMaintenance,
    StatusComponent,
    StatusUpdate,
)
from incidents.status_shapes import (
    HISTORY,
    Announced,
    Component,
    Source,
    StatusPage,
    Told,
    Window,
)
from maintenance.models import MaintenanceWindow
from operations.models import Severity

AHEAD = timedelta(days=30)
BY_THE_CLOCK = {
    "upcoming": MaintenanceState.SCHEDULED,
    "running": MaintenanceState.IN_PROGRESS,
    "over": MaintenanceState.COMPLETED,
    "cancelled": MaintenanceState.CANCELLED,
}


def status_page(
    now: datetime, *, is_private: bool = False, zone: ZoneInfo | None = None
) -> StatusPage:
    """Return what an audience may know at `now`, in a fixed number of queries."""
    zone = zone or ZoneInfo("UTC")
    components = StatusComponent.objects.current()
    rows = list((components if is_private else components.for_the_public()).in_order())
    told = told_of(rows, now, zone)
    announced = announced_incidents(told, since=now - HISTORY)
    return StatusPage(
        now=now,
        zone=zone,
        told=told,
        components=list(told.components.values()),
        current=[incident for incident in announced if not incident.is_over],
        past=[incident for incident in announced if incident.is_over],
        windows=windows_of(told, now=now, starts=now - HISTORY, ends=now + AHEAD),
    )


def told_of(rows: Sequence[StatusComponent], now: datetime, zone: ZoneInfo) -> Told:
    """Return these components with what they show, in six queries or fewer."""
    causes = causes_of(rows, now)
    histories = _histories(rows, now, zone)
    by_service: dict[int, list[int]] = defaultdict(list)
    components = {}
    for row in rows:
        cause = shown(causes[row.pk])
        components[row.pk] = Component(
            slug=row.slug,
            name=row.name,
            state=cause.state if cause else OPERATIONAL,
            description=row.description,
            group=row.group.name if row.group else "",
            history=histories[row.pk],
        )
        if row.service_id is not None:
            by_service[row.service_id].append(row.pk)
    return Told(components, by_service)


def _histories(
    rows: Sequence[StatusComponent], now: datetime, zone: ZoneInfo
) -> dict[int, History]:
    stretches: dict[int, list[Stretch]] = defaultdict(list)
    spans = ComponentSpan.objects.since(now - timedelta(days=DAYS + 1)).filter(
        component__in=rows
    )
    for component, state, starts, ends in spans.values_list(
        "component_id", "state", "started_at", "ended_at"
    ):
        stretch = Stretch(ComponentState(state), starts, ends or now)
        stretches[component].append(stretch)
    return {row.pk: history(stretches[row.pk], now=now, zone=zone) for row in rows}


def announced_incidents(
    told: Told, *, since: datetime | None = None, among: Q | None = None
) -> list[Announced]:
    """
    Return the incidents about these components that the public was told of; five queries.

    Those that are open, and those that ended since then; or those `among` all there ever were.
    """
    recent = Q(resolved_at__gte=since) if since else Q()
    wanted = among if among is not None else UNRESOLVED | recent
    ours = AffectedComponent.objects.filter(
        incident=OuterRef("pk"), component__in=list(told.components)
    )
    updates = StatusUpdate.objects.select_related("corrects").order_by("-posted_at", "-pk")
    rows = (
        Incident.objects.public()
        .filter(wanted)
        .filter(Q(service__in=list(told.by_service)) | Exists(ours))
        .filter(Exists(StatusUpdate.objects.filter(incident=OuterRef("pk"))))
        .select_related("public_impact")
        .prefetch_related(
            Prefetch("updates", updates),
            "affected_components",
            Prefetch("sources", _sources(), to_attr="told_sources"),
        )
        .order_by("severity", "-detected_at", "-pk")
    )
    found = (_announced(incident, told) for incident in rows)
    return [incident for incident in found if incident.components]


def _sources() -> QuerySet[Incident]:
    """What was merged is named only if it is for the public, and the public was told of it."""
    told = Exists(StatusUpdate.objects.filter(incident=OuterRef("pk")))
    rows = Incident.objects.public().filter(told).prefetch_related("affected_components")
    return rows.order_by("detected_at", "pk")


def _where(incident: Incident, told: Told) -> list[Component]:
    """What people declared of it says where it is; else its service does."""
    pks = [row.component_id for row in incident.affected_components.all()]
    pks = pks or told.by_service.get(incident.service_id, [])
    return [told.components[pk] for pk in pks if pk in told.components]


def _named(sources: Sequence[Incident], told: Told) -> list[Source]:
    places = [(each.pk, _where(each, told)) for each in sources]
    return [Source(pk, ", ".join(each.name for each in where)) for pk, where in places if where]


def _announced(incident: Incident, told: Told) -> Announced:
    affected = list(incident.affected_components.all())
    ours = [row for row in affected if row.component_id in told.components]
    states = [row.state if incident.is_unresolved else row.worst for row in ours]
    if not affected:
        states = [STATE_OF_SEVERITY[Severity(incident.severity)]]
    judged = getattr(incident, "public_impact", None)
    return Announced(
        pk=incident.pk,
        components=_where(incident, told),
        state=worst(states),
        impact=Impact(judged.impact) if judged else impact_of(states),
        started_at=incident.detected_at,
        resolved_at=incident.resolved_at,
        updates=list(incident.updates.all()),
        sources=_named(getattr(incident, "told_sources", []), told),
        merged_into=incident.merged_into_id,
    )


def windows_of(told: Told, *, now: datetime, starts: datetime, ends: datetime) -> list[Window]:
    """Announced windows of these components that touch `[starts, ends]`; three queries."""
    pairs = (
        MaintenanceWindow.services.through.objects.filter(
            service__in=list(told.by_service),
            maintenancewindow__ends_at__gte=starts,
            maintenancewindow__starts_at__lte=ends,
        )
        .select_related("maintenancewindow")
        .order_by("maintenancewindow__starts_at", "maintenancewindow_id", "service__name")
    )
    touched: dict[int, list[int]] = defaultdict(list)
    rows = {}
    for pair in pairs:
        rows[pair.maintenancewindow_id] = pair.maintenancewindow
        touched[pair.maintenancewindow_id] += told.by_service[pair.service_id]
    phases = PublicMaintenance.objects.filter(window__in=rows).prefetch_related("updates")
    known = {phase.window_id: phase for phase in phases}
    return [
        _window(row, known.get(pk), [told.components[each] for each in touched[pk]], now)
        for pk, row in rows.items()
        if pk in known or row.cancelled_at is None
    ]


def _window(
    row: MaintenanceWindow,
    phase: PublicMaintenance | None,
    components: list[Component],
    now: datetime,
) -> Window:
    """Say how far it is: by what was noted of it, or else by the clock."""
    plain = Window(
        pk=row.pk,
        title=row.title,
        description=row.description,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=BY_THE_CLOCK[row.state_at(now)],
        services=[component.name for component in components],
        slugs=[component.slug for component in components],
    )
    if phase is None:
        return plain
    return replace(
        plain,
        state=MaintenanceState(phase.state),
        announced_at=phase.announced_at,
        ended_at=phase.ended_at,
        remind_at=phase.remind_at,
        starts_itself=phase.starts_itself,
        ends_itself=phase.ends_itself,
        updates=list(phase.updates.all()),
    )
