"""The demo's incidents as they are led: who commands, and what is still to be done."""

from datetime import timedelta

from incidents.models import Incident, IncidentRole, IncidentTask, Role
from portal.models import User

TASKS = ["Tell the support desk what to answer", "Watch the error rate for half an hour"]


def lead(incident: Incident, responder: User) -> None:
    """Whoever answered commands it; while it goes on there is something left to do."""
    at = incident.acknowledged_at or incident.detected_at
    IncidentRole.objects.create(
        incident=incident,
        role=Role.COMMANDER,
        person=responder,
        given_by=responder,
        started_at=at,
    )
    if incident.is_unresolved:
        for minutes, text in enumerate(TASKS, start=3):
            IncidentTask.objects.create(
                incident=incident,
                text=text,
                assignee=responder if minutes == 3 else None,
                created_by=responder,
                created_at=at + timedelta(minutes=minutes),
            )
