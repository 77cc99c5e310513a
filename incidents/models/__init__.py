"""What incidents keeps; import it from here."""

from incidents.models.incidents import (
    INCIDENT_TRANSITIONS,
    UNRESOLVED,
    EscalationStep,
    Incident,
    IncidentAlert,
    IncidentQuerySet,
    IncidentState,
    Phase,
    SeverityPolicy,
    Source,
    StatusTemplate,
    StatusUpdate,
    TimelineNote,
)
from incidents.models.reviews import Review, ReviewState, ReviewTemplate

__all__ = [
    "INCIDENT_TRANSITIONS",
    "UNRESOLVED",
    "EscalationStep",
    "Incident",
    "IncidentAlert",
    "IncidentQuerySet",
    "IncidentState",
    "Phase",
    "Review",
    "ReviewState",
    "ReviewTemplate",
    "SeverityPolicy",
    "Source",
    "StatusTemplate",
    "StatusUpdate",
    "TimelineNote",
]
