"""The parts of Operate that have an address of their own, and what lies below each."""

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

Names = list[tuple[str, Any]]

PARTS: Names = [
    ("home", _("Overview")),
    ("alerts", _("Alerts")),
    ("on-call", _("On call")),
    ("checks", _("Checks")),
    ("checklists", _("Checklists")),
    ("log", _("Log")),
    ("integrations", _("Integrations")),
    ("reference", _("Reference")),
]
BELOW: dict[str, Names] = {
    "alerts": [
        ("alerts", _("All alerts")),
        ("noise", _("Held now")),
        ("silences", _("Silences")),
        ("inhibitions", _("Inhibition rules")),
        ("noise-settings", _("Settings")),
    ],
    "on-call": [
        ("on-call", _("Now")),
        ("on-call-calendar", _("Calendar")),
        ("swaps", _("Swaps")),
        ("handovers", _("Hand-overs")),
        ("leave", _("Leave")),
        ("pace", _("Pace")),
        ("shift-findings", _("Gaps")),
        ("feeds", _("Feeds")),
        ("business-hours", _("Business hours")),
    ],
    "checks": [
        ("checks", _("Checks from outside")),
        ("heartbeats", _("Heartbeats")),
    ],
    "integrations": [
        ("integrations", _("All integrations")),
        ("receipts", _("Calls received")),
    ],
}
ABOVE = {name: part for part, below in BELOW.items() for name, _label in below}


class Parts(NamedTuple):
    """Two rows for `components/tabs.html`; the second is empty where nothing lies below."""

    items: list[dict[str, Any]]
    below: list[dict[str, Any]]
    label: str  # of the part that is shown


def parts(active: str) -> Parts:
    """Return where the page with the URL name `active` stands among the others."""
    part = ABOVE.get(active, active)
    below = BELOW.get(part, [])
    return Parts(_tabs(PARTS, part), _tabs(below, active), str(dict(PARTS)[part]))


def _tabs(names: Names, active: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": reverse(f"operations:{name}"), "active": name == active}
        for name, label in names
    ]
