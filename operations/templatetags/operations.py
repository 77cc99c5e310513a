"""The look of states, for templates."""

from django import template

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
from operations.parts import parts

register = template.Library()


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


@register.filter
def condition_tone(alert: Alert) -> str:
    return tones.CONDITIONS.get(alert.standing, "good")


register.simple_tag(parts)


@register.filter
def shift_tone(subject: SwapRequest | Handover) -> str:
    """Return the tone of a request or a hand-over, by its state."""
    return tones.SHIFTS[subject.state]
