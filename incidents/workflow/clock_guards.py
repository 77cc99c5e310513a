"""Why the resolution clock of an incident cannot be paused, or go on, now."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from incidents.models import ClockKind, Incident, IncidentClock
from portal.errors import Refusal


def can_pause(incident: Incident) -> list[Refusal]:
    row = resolution_of(incident.clocks.all())
    if row is None or not row.is_running or row.target is None:
        sentence = _("No time is measured until this is resolved.")
        return [Refusal("no_clock", sentence, _("Only a resolution clock can be paused."))]
    if row.is_paused:
        sentence = _("The resolution clock is paused already.")
        return [Refusal("already_paused", sentence, _("Let it go on first."))]
    return []


def can_resume(incident: Incident) -> list[Refusal]:
    row = resolution_of(incident.clocks.all())
    if row is None or not row.is_paused:
        return [Refusal("not_paused", _("The resolution clock is not paused."))]
    return []


def resolution_of(rows: Iterable[IncidentClock]) -> IncidentClock | None:
    return next((row for row in rows if row.kind == ClockKind.RESOLUTION), None)
