"""Which changes may be behind an incident."""

from incidents.models import Incident
from maintenance.changes import Ranked, changes_before
from portal.dependencies import upstream_of
from portal.models import User


def changed_before(incident: Incident, user: User) -> list[Ranked]:
    """
    What changed in the day before it began, the likeliest reason first.

    Of the service, of all others that it reaches, and of what any of them needs.
    """
    start = incident.impact_started_at or incident.detected_at
    further = incident.affected.select_related("service")
    near = upstream_of([incident.service, *(row.service for row in further)])
    found = changes_before(user, near, start)
    if start == incident.detected_at:
        return found
    # Noticed later than it began: what changed meanwhile may be a reason, too.
    later = changes_before(user, near, incident.detected_at)
    known = {row.change.url for row in found}
    return found + [row for row in later if row.change.url not in known]
