"""Keeping what components showed: one stretch ends and the next begins when a state changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from incidents.component_causes import causes_of
from incidents.component_history import DAYS, Stretch, laid_flat
from incidents.component_states import MAINTENANCE, OPERATIONAL, STATE_OF_SEVERITY, shown
from incidents.models import ComponentSpan, Follows, Incident, StatusComponent
from maintenance.models import MaintenanceWindow
from operations.models import Severity


def follow_components(now: datetime) -> int:
    """Bring each component's history up to now; return how many show another state."""
    components = list(StatusComponent.objects.current().select_related("service"))
    causes = causes_of(components, now)
    running = {span.component_id: span for span in ComponentSpan.objects.running().order_by()}
    changed = 0
    for component in components:
        cause = shown(causes[component.pk])
        state = cause.state if cause else OPERATIONAL
        span = running.get(component.pk)
        if span is None or span.state != state:
            since = cause.since if cause else now
            changed += _turn(component, state=state, since=since, now=now)
    return changed


@transaction.atomic
def _turn(component: StatusComponent, *, state: str, since: datetime, now: datetime) -> bool:
    """End the running stretch and begin the next, when it began by what is known."""
    locked = StatusComponent.objects.select_for_update(of=("self",)).get(pk=component.pk)
    if locked.retired_at is not None:
        return False
    span = ComponentSpan.objects.running().filter(component=locked).first()
    is_new = span is None
    if span is None:
        span = _begun(locked, now)
    if span.state == state:
        return is_new
    starts = max(min(since, now), span.started_at)
    if starts > span.started_at:
        span.ended_at = starts
        span.save(update_fields=["ended_at"])
    else:
        span.delete()  # it lasted no time at all
    ComponentSpan.objects.create(component=locked, state=state, started_at=starts)
    return True


def _begun(component: StatusComponent, now: datetime) -> ComponentSpan:
    """Return the running stretch of a component that has none yet, or none any more."""
    if not component.spans.exists():
        write_history(component, now)
    span = component.spans.running().first()
    return span or ComponentSpan.objects.create(
        component=component, state=OPERATIONAL, started_at=now
    )


def write_history(component: StatusComponent, now: datetime) -> None:
    """
    Work out from its service's incidents and windows what a new component showed before.

    Only as far back as the service is known, and no further than the page shows.
    """
    begins = max(component.known_since, now - timedelta(days=DAYS + 1))
    if begins >= now:
        return
    flat = laid_flat(_past_causes(component, begins, now), begins=begins, ends=now)
    ComponentSpan.objects.bulk_create(
        ComponentSpan(
            component=component,
            state=each.state,
            started_at=each.starts,
            ended_at=None if each.ends == now else each.ends,
        )
        for each in flat
        if each.ends > each.starts
    )


def _past_causes(component: StatusComponent, begins: datetime, now: datetime) -> list[Stretch]:
    if component.service_id is None:
        return []
    windows = MaintenanceWindow.objects.filter(
        services=component.service_id, cancelled_at=None, ends_at__gt=begins, starts_at__lt=now
    )
    causes = [Stretch(MAINTENANCE, each.starts_at, each.ends_at) for each in windows]
    if component.follows == Follows.PEOPLE:
        return causes
    incidents = (
        Incident.objects.public()
        .filter(service=component.service_id)
        .exclude(resolved_at__lte=begins)
    )
    causes += [
        Stretch(
            STATE_OF_SEVERITY[Severity(each.severity)],
            each.detected_at,
            each.resolved_at or now,
        )
        for each in incidents.only("severity", "detected_at", "resolved_at")
    ]
    return causes
