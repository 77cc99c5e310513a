"""
Signed links that acknowledge an incident for one person, without signing in.

The link names person and incident and ends after a day. It opens a page with a button; only
the button acts, because mail scanners follow links and run scripts.
"""

from datetime import timedelta
from typing import NamedTuple

from django.core import signing
from django.urls import reverse

from incidents.models import Incident
from portal.models import User

SALT = "incidents.acknowledge"
GOOD_FOR = timedelta(hours=24)


class Named(NamedTuple):
    person: int
    incident: int


def path_for(person: User, incident: Incident) -> str:
    """Return the path of the link for this person and incident."""
    return reverse("acknowledge", args=[signing.dumps([person.pk, incident.pk], salt=SALT)])


def read(token: str) -> Named:
    """
    Return whom and what the token names.

    Raises `django.core.signing.SignatureExpired` or its parent `BadSignature`.
    """
    person, incident = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    return Named(int(person), int(incident))
