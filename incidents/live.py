"""
Whether something has happened in a room: asked every second by everybody who looks at it.

So it must cost next to nothing. The room hands out a signed address that names the person and
incident; asking it passes no session and no page, and within a third of a second a process
asks the database once, however many ask it. Whether the person may still know of the incident
is looked up every few seconds. The answer is a number; what happened, the room itself tells,
by its own rules.
"""

from datetime import timedelta

from django.core import signing
from django.urls import reverse

from incidents.models import Incident
from incidents.room_events import newest_event
from portal.brief import Brief
from portal.models import User

SALT = "incidents.live"
GOOD_FOR = timedelta(minutes=30)  # each answer of the room brings a new one

_newest: Brief[int] = Brief(0.3)
_may_know: Brief[bool] = Brief(5)


def address_for(person: User, incident: Incident) -> str:
    """The address at which this person asks whether there is news."""
    return reverse("incident-news", args=[signing.dumps([person.pk, incident.pk], salt=SALT)])


def newest_by(token: str) -> int | None:
    """
    The number of the newest event of the incident that the token names; None for a stranger.

    Raises `django.core.signing.BadSignature`.
    """
    person, incident = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    if not _may_know.get((person, incident), lambda: _may(person, incident)):
        return None
    return newest_in(incident)


def newest_in(incident: int) -> int:
    return _newest.get(incident, lambda: newest_event(Incident(pk=incident)))


def _may(person: int, incident: int) -> bool:
    user = User.objects.filter(pk=person, is_active=True).first()
    if user is None:
        return False
    return Incident.objects.visible_to(user).filter(pk=incident).exists()
