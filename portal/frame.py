"""What stands around every page: the way through the loop, who is on call, the inbox."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.notify import inbox_of
from portal.slots import gather

# An app answers with its front page at the root of its own URLs.
LOOP = [
    ("today", _("Today"), "home", "today"),
    ("operate", _("Operate"), "/operate/", "operate"),
    ("respond", _("Respond"), "/respond/", "respond"),
    ("change", _("Change"), "/change/", "change"),
    ("learn", _("Learn"), "/learn/", "learn"),
    ("improve", _("Improve"), "improve", "improve"),
]
MORE = [
    ("services", _("Services"), "services", "service"),
    ("people", _("People"), "people", "people"),
    ("admin", _("Admin"), "health", "gear"),
]


def frame(request: HttpRequest) -> dict[str, Any]:
    """
    Return `nav` and `frame` for the base template; nothing for who is not signed in.

    A page belongs where its app does; one of the ground floor, by the first word of its name.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.may_look:
        return {}
    inbox_count = inbox_of(user).count()
    return {
        "nav": _nav(request),
        "frame": {
            "on_call": gather("frame.on_call", user),
            "band": gather("frame.band", user),
            "inbox_count": inbox_count,
            "inbox_url": reverse("inbox"),
            "user": user,
            "user_name": user.name,
            "local_time": timezone.localtime(),
        },
    }


# The first word of the URL's name, where that is not the place itself.
PLACE_OF_PAGE = {
    "home": "today",
    "service": "services",
    "person": "people",
    "deliveries": "people",
    "team": "people",
    "teams": "people",
    "health": "admin",
    "reachability": "admin",
    "channel": "admin",
    "channels": "admin",
    "events": "admin",
    "webhook": "admin",
    "webhooks": "admin",
}
PLACE_OF_APP = {
    "operations": "operate",
    "incidents": "respond",
    "maintenance": "change",
    "knowledge": "learn",
}


def _place(app_name: str, url_name: str) -> str:
    word = url_name.partition("-")[0]
    return PLACE_OF_APP.get(app_name) or PLACE_OF_PAGE.get(word, word)


def _nav(request: HttpRequest) -> list[dict[str, Any]]:
    match = request.resolver_match
    place = _place(match.app_name, match.url_name or "") if match else ""
    rows = [(*row, "loop") for row in LOOP] + [(*row, "more") for row in MORE]
    return [
        {
            "key": key,
            "label": label,
            "url": where if where.startswith("/") else reverse(where),
            "icon": icon,
            "active": place == key,
            "group": group,
            "count": None,
        }
        for key, label, where, icon, group in rows
    ]
