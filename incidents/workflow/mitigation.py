"""
Mitigated: users are well again, and the cause is still there.

Whoever says so has answered, so paging stops as it does for an acknowledgement; the resolution
clock runs on. It does not lapse for want of activity, since nothing need happen until the cause
is removed: what pages again is news (another alert, a graver severity) or its giving back.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, IncidentState
from incidents.workflow.answers import lapses_at, take_on
from incidents.workflow.guards import ensure
from incidents.workflow.saving import LAPSES, forget_lapses, locked_incident, save
from portal import clock
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User


@transaction.atomic
def mitigate(
    incident: Incident, *, mitigated_at: datetime | None = None, how: str = "", actor: User
) -> Incident:
    """Say that users are well again since `mitigated_at`, now if it is not given."""
    locked = locked_incident(incident)
    ensure(locked, "mitigate")
    if reasons := why_not_mitigated_at(locked, mitigated_at):
        raise TransitionNotAllowed(reasons)
    if locked.state == IncidentState.TRIGGERED:
        take_on(locked, actor=actor)
    locked.state = IncidentState.MITIGATED
    locked.mitigated_at = mitigated_at or clock.now()
    forget_lapses(locked)
    told = {"happened_at": locked.mitigated_at, "how": how}
    save(locked, actor, ["state", "mitigated_at", *LAPSES], "incident.mitigated", **told)
    return locked


@transaction.atomic
def unmitigate(incident: Incident, *, actor: User) -> Incident:
    """Take it back: the effect is there again, and who has acknowledged it still has it."""
    locked = locked_incident(incident)
    ensure(locked, "unmitigate")
    locked.state = IncidentState.ACKNOWLEDGED
    locked.mitigated_at = None
    locked.ack_expires_at = lapses_at(locked, clock.now())
    fields = ["state", "mitigated_at", "ack_expires_at"]
    save(locked, actor, fields, "incident.unmitigated")
    return locked


def why_not_mitigated_at(incident: Incident, at: datetime | None) -> list[Refusal]:
    """Return every reason why this cannot be when users were well again."""
    if at is None:
        return []
    if at > clock.now():
        return [
            Refusal(
                "in_the_future",
                _("This moment is still to come."),
                _("Say so when users are well again."),
            )
        ]
    if at < incident.detected_at:
        return [
            Refusal(
                "before_it_began",
                _("This is before the incident was detected."),
                _("Choose a later moment, or leave it empty for now."),
            )
        ]
    return []
