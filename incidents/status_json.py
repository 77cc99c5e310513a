"""The status page for programs, under the names that other status pages use."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.encoding import force_bytes

from incidents.component_states import impact_of
from incidents.status_shapes import Announced, Component, StatusPage, Window


def as_bytes(page: StatusPage, *, name: str, url: str) -> bytes:
    return force_bytes(DjangoJSONEncoder().encode(as_json(page, name=name, url=url)))


def as_json(page: StatusPage, *, name: str, url: str) -> dict[str, Any]:
    """Return `{"page", "status", "components", "incidents", "scheduled_maintenances"}`."""
    return {
        "page": {"name": name, "url": url, "updated_at": page.drawn_at},
        "status": {
            "indicator": page.state,
            "impact": page.impact,
            "description": page.headline,
        },
        "components": [_component(each) for each in page.components],
        "incidents": [_incident(each, url) for each in page.incidents],
        "scheduled_maintenances": [_window(each) for each in page.windows],
    }


def _component(component: Component) -> dict[str, Any]:
    shown = component.history
    return {
        "id": component.slug,
        "name": component.name,
        "description": component.description,
        "group": component.group or None,
        "status": component.state,
        "uptime_90_days": shown.uptime if shown else None,
        "uptime_90_days_with_maintenance": shown.with_maintenance if shown else None,
    }


def _incident(incident: Announced, url: str) -> dict[str, Any]:
    return {
        "id": str(incident.pk),
        "name": incident.title,
        "component": incident.slug,
        "components": [component.slug for component in incident.components],
        "state": incident.state,
        "impact": incident.impact,
        "impact_of_components": impact_of([incident.state]),
        "status": incident.phase,
        "started_at": incident.started_at,
        "resolved_at": incident.resolved_at,
        "url": f"{url}{incident.path}",
        "updates": [
            {
                "id": str(update.pk),
                "status": update.phase,
                "body": update.text,
                "posted_at": update.posted_at,
                "written_at": update.written_at or update.posted_at,
                "corrects": str(update.corrects_id) if update.corrects_id else None,
                "next_update_by": update.next_update_by,
            }
            for update in incident.updates
        ],
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "id": str(window.pk),
        "name": window.title,
        "description": window.description,
        "status": window.state,
        "scheduled_for": window.starts_at,
        "scheduled_until": window.ends_at,
        "scheduled_remind_prior": window.remind_at is not None,
        "scheduled_auto_in_progress": window.starts_itself,
        "scheduled_auto_completed": window.ends_itself,
        "announced_at": window.announced_at,
        "announced_before_start": window.was_announced_before,
        "components": window.services,
        "component_ids": window.slugs,
        "updates": [
            {
                "id": str(update.pk),
                "status": update.state,
                "body": update.text,
                "posted_at": update.posted_at,
            }
            for update in window.updates
        ],
    }
