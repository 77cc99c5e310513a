"""The parts of Respond that have an address of their own."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

QUERIES = {"reports": "?state=new"}  # what a part shows first


def parts(active: str) -> list[dict[str, Any]]:
    """Return what `components/tabs.html` shows; `active` is the URL name of this page."""
    items = {
        "home": _("Now"),
        "incidents": _("Incidents"),
        "reports": _("Users' reports"),
        "reviews": _("Reviews"),
        "learning": _("Learning"),
        "availability": _("Availability"),
        "escalation-policies": _("Escalation"),
        "who-would-be-woken": _("Who would be woken?"),
        "coverage": _("Coverage"),
        "grouping-rules": _("Grouping"),
        "status-page": _("Status page"),
        "stakeholders": _("Stakeholders"),
        "subscribers": _("Subscribers"),
        "severities": _("Severities"),
    }
    return [
        {
            "label": label,
            "url": reverse(f"incidents:{name}") + QUERIES.get(name, ""),
            "active": name == active,
        }
        for name, label in items.items()
    ]
