"""How the verbs of incidents hold a row and save it: locked, attributed, and told of."""

from typing import Any

from incidents.models import Incident
from portal import events
from portal.models import User

# What can make an acknowledgement lapse, and all that falls with it.
LAPSES = ["ack_expires_at", "snoozed_until"]
FALLS = ["mitigated_at", *LAPSES]


def locked_incident(incident: Incident) -> Incident:
    """Return the incident as it is now, held until the transaction ends."""
    return (
        Incident.objects.select_for_update(of=("self",))
        .select_related("service__team", "commander", "acknowledged_by")
        .get(pk=incident.pk)
    )


def save(
    locked: Incident, actor: User | None, fields: list[str], kind: str, **told: Any
) -> None:
    """Save these fields of a locked incident, attribute them, and say what happened."""
    locked.changed_by = actor
    locked.save(update_fields=fields)
    events.record(kind, locked, actor=actor, **told)


def forget_acknowledgement(locked: Incident) -> None:
    """Nobody is on it any more, and it is not mitigated. Save `FALLS` with the state."""
    forget_lapses(locked)
    locked.mitigated_at = None


def forget_lapses(locked: Incident) -> None:
    """Nothing can lapse any more. Save `LAPSES` with the state."""
    locked.ack_expires_at = locked.snoozed_until = None
