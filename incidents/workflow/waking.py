"""Waking by hand: the next step now, or one person, at any severity and any hour."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident
from incidents.workflow import escalation, pages
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Notification, User

JUST_NOW = timedelta(minutes=1)  # a second click within it is the same wish


@transaction.atomic
def escalate_now(incident: Incident, *, actor: User) -> Incident:
    """Take the next step of the escalation now; who has acknowledged keeps the incident."""
    locked = locked_incident(incident)
    ensure(locked, "escalate")
    because = _("%(person)s escalated it.") % {"person": actor.name}
    events.record("incident.escalated", locked, actor=actor)
    escalation.hurry(locked, now=clock.now(), because=because)
    return locked


@transaction.atomic
def page_person(incident: Incident, *, person: User, reason: str = "", actor: User) -> Incident:
    """Page this person now; they may then acknowledge and work on it."""
    locked = locked_incident(incident)
    ensure(locked, "page")
    if reasons := why_not_page(locked, person):
        raise TransitionNotAllowed(reasons)
    event = events.record(
        "incident.person_paged", locked, actor=actor, person=person.name, reason=reason
    )
    asked = _("%(person)s asks for you.") % {"person": actor.name}
    pages.to_person(
        person,
        locked,
        key=f"person-paged:{event.pk}",
        reasons=[f"{asked} {reason}".strip()],
        at=clock.now(),
    )
    return locked


def why_not_page(incident: Incident, person: User) -> list[Refusal]:
    """Return every reason why this person cannot be paged for this incident now."""
    name = {"person": person.name}
    if not person.may_work:
        return [
            Refusal(
                "cannot_work",
                _("%(person)s has no access for work.") % name,
                _("Choose somebody who can acknowledge it."),
            )
        ]
    just_now = Notification.objects.filter(
        person=person,
        topic=incident.reference,
        kind="page",
        created_at__gt=clock.now() - JUST_NOW,
    )
    if just_now.exists():
        return [Refusal("just_paged", _("%(person)s was paged a moment ago.") % name)]
    return []
