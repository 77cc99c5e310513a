"""The look of states, for templates."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from operations import tones
from operations.models import (
    Alert,
    AlertState,
    Check,
    ChecklistRun,
    CheckState,
    Handover,
    Heartbeat,
    HeartbeatState,
    Receipt,
    ReceiptState,
    RunState,
    SwapRequest,
)

register = template.Library()

PARTS = [
    ("home", _("Overview")),
    ("alerts", _("Alerts")),
    ("noise", _("Noise")),
    ("checks", _("Checks")),
    ("heartbeats", _("Heartbeats")),
    ("checklists", _("Checklists")),
    ("on-call", _("On call")),
    ("log", _("Log")),
    ("integrations", _("Integrations")),
    ("reference", _("Reference")),
]


SHIFT_PARTS = [
    ("on-call", _("Now")),
    ("on-call-calendar", _("Calendar")),
    ("swaps", _("Swaps")),
    ("handovers", _("Hand-overs")),
    ("leave", _("Leave")),
    ("shift-findings", _("Gaps")),
    ("feeds", _("Feeds")),
]


NOISE_PARTS = [
    ("noise", _("Held now")),
    ("silences", _("Silences")),
    ("inhibitions", _("Inhibition rules")),
    ("noise-settings", _("Settings")),
]


@register.filter
def tone(subject: Alert | Check | Receipt | ChecklistRun | Heartbeat) -> str:
    """Return good, busy, bad, info or neutral for the state of this object."""
    match subject:
        case Alert():
            return tones.ALERTS[AlertState(subject.state)]
        case Check():
            return tones.CHECKS[CheckState(subject.state)] if subject.is_active else "neutral"
        case Receipt():
            return tones.RECEIPTS[ReceiptState(subject.state)]
        case Heartbeat():
            return tones.HEARTBEATS[HeartbeatState(subject.state)]
        case ChecklistRun():
            return tones.RUNS[RunState(subject.state)]


@register.simple_tag
def noise_parts(active: str) -> list[dict[str, Any]]:
    """Return the parts of Noise for `components/tabs.html`."""
    return [
        {"label": label, "url": reverse(f"operations:{name}"), "active": name == active}
        for name, label in NOISE_PARTS
    ]


@register.filter
def condition_tone(alert: Alert) -> str:
    return tones.CONDITIONS.get(alert.standing, "good")


@register.simple_tag
def parts(active: str) -> list[dict[str, Any]]:
    """Return the parts of Operate for `components/tabs.html`."""
    return [
        {"label": label, "url": reverse(f"operations:{name}"), "active": name == active}
        for name, label in PARTS
    ]


@register.filter
def shift_tone(subject: SwapRequest | Handover) -> str:
    """Return the tone of a request or a hand-over, by its state."""
    return tones.SHIFTS[subject.state]


@register.simple_tag
def shift_parts(active: str) -> list[dict[str, Any]]:
    """Return the parts of on call for `components/tabs.html`."""
    return [
        {"label": label, "url": reverse(f"operations:{name}"), "active": name == active}
        for name, label in SHIFT_PARTS
    ]
