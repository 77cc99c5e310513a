"""Words for the public about what has a name inside: never titles, notes or people's names."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.component_states import OPERATIONAL, STATE_OF_SEVERITY, worst
from incidents.letter_words import page_zone, said
from incidents.models import Incident, StatusUpdate
from maintenance.models import MaintenanceWindow
from operations.models import Severity

MAINTENANCE_PHASES = {
    "scheduled": gettext_lazy("Scheduled maintenance"),
    "changed": gettext_lazy("Maintenance changed"),
    "reminder": gettext_lazy("Maintenance soon"),
    "in_progress": gettext_lazy("Maintenance began"),
    "verifying": gettext_lazy("Maintenance is being verified"),
    "completed": gettext_lazy("Maintenance completed"),
    "cancelled": gettext_lazy("Maintenance cancelled"),
}


def incident_title(incident: Incident, update: StatusUpdate) -> str:
    """Return such as “[Identified] Checkout: Major outage”."""
    affected = [
        row
        for row in incident.affected_components.select_related("component__service")
        if row.component.is_open_to_all
    ]
    states = [row.state for row in affected] or [STATE_OF_SEVERITY[Severity(incident.severity)]]
    name = ", ".join(row.component.name for row in affected) or incident.service.name
    state = worst(states)
    where = name
    if state != OPERATIONAL and incident.is_unresolved:
        where = f"{name}: {state.label}"
    return _("[%(phase)s] %(title)s") % {"phase": update.get_phase_display(), "title": where}


def maintenance_words(window: MaintenanceWindow, phase: str, note: str) -> tuple[str, str]:
    """Return title and text of a step of a window."""
    title = _("[%(phase)s] %(title)s") % {
        "phase": MAINTENANCE_PHASES[phase],
        "title": window.title,
    }
    names = ", ".join(service.name for service in window.services.all() if service.is_public)
    lines = [
        _("%(start)s to %(end)s: %(names)s")
        % {"start": _at(window.starts_at), "end": _at(window.ends_at), "names": names},
        note,
        window.description,
    ]
    return title, "\n\n".join(line for line in lines if line)


def _at(moment: datetime) -> str:
    return said(moment.astimezone(page_zone()))
