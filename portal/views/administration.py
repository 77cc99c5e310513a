"""What the pages about the portal itself share."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.models import User


def tabs(user: User, active: str) -> list[dict[str, Any]]:
    """Return the pages about the portal itself that this person may open."""
    parts = [
        ("health", _("Health")),
        ("reachability", _("Reachability")),
        ("channels", _("Channels")),
        ("events", _("Events")),
    ]
    if user.is_administrator:
        parts.append(("webhooks", _("Webhooks")))
    parts.append(("api-docs", _("REST API")))
    if user.is_staff:
        parts.append(("admin:index", _("Records")))
    return [
        {"label": label, "url": reverse(name), "active": name == active}
        for name, label in parts
    ]
