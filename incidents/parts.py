"""The parts of Respond that have an address of their own."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _


def parts(active: str) -> list[dict[str, Any]]:
    """Return what `components/tabs.html` shows; `active` is the URL name of this page."""
    items = {
        "home": _("Now"),
        "incidents": _("Incidents"),
        "reviews": _("Reviews"),
        "escalation-policies": _("Escalation"),
        "who-would-be-woken": _("Who would be woken?"),
        "coverage": _("Coverage"),
        "grouping-rules": _("Grouping"),
        "severities": _("Severities"),
    }
    return [
        {"label": label, "url": reverse(f"incidents:{name}"), "active": name == active}
        for name, label in items.items()
    ]
