"""What stands around every page: the way through the loop, who is on call, the inbox."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.notify import inbox_of
from portal.slots import gather

LOOP = [
    ("today", _("Today"), "home", "today"),
    ("operate", _("Operate"), "operate", "operate"),
    ("respond", _("Respond"), "respond", "respond"),
    ("change", _("Change"), "change", "change"),
    ("learn", _("Learn"), "learn", "learn"),
    ("improve", _("Improve"), "improve", "improve"),
]
MORE = [
    ("services", _("Services"), "services", "service"),
    ("people", _("People"), "people", "people"),
]


def frame(request: HttpRequest) -> dict[str, Any]:
    """
    Return `nav` and `frame` for the base template; nothing for who is not signed in.

    A page says where it belongs by `place` in its context, or by the app its URL is in.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.may_look:
        return {}
    inbox_count = inbox_of(user).count()
    return {
        "nav": _nav(request, user),
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


PLACE_OF_APP = {
    "operations": "operate",
    "incidents": "respond",
    "maintenance": "change",
    "knowledge": "learn",
}


def _nav(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    match = request.resolver_match
    place = PLACE_OF_APP.get(match.app_name, match.url_name or "") if match else ""
    rows = [(*row, "loop") for row in LOOP] + [(*row, "more") for row in MORE]
    nav = [
        {
            "key": key,
            "label": label,
            "url": reverse(name),
            "icon": icon,
            "active": place == key or (key == "today" and place == "home"),
            "group": group,
            "count": None,
        }
        for key, label, name, icon, group in rows
    ]
    if user.is_staff:
        nav.append(
            {
                "key": "admin",
                "label": _("Admin"),
                "url": reverse("admin:index"),
                "icon": "gear",
                "active": False,
                "group": "more",
                "count": None,
            }
        )
    return nav
