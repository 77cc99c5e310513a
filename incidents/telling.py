"""How far the telling of stakeholders has come, as pages and API show it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from incidents.audience import rule_for
from incidents.models import (
    CommunicationDeadline,
    DeadlineState,
    Incident,
    Medium,
    StakeholderMessage,
)
from portal.models import SendState
from portal.natures import HIDDEN, mask

TONES = {
    DeadlineState.DUE: "busy",
    DeadlineState.BREACHED: "bad",
    DeadlineState.MET: "good",
    DeadlineState.LATE: "busy",
}
SEND_TONES = {
    SendState.SENT: "good",
    SendState.FAILED: "bad",
    SendState.CANCELLED: "neutral",
}
NEWEST = 5


def deadline_of(incident: Incident) -> CommunicationDeadline | None:
    """The deadline that counts now: the newest that the severity has not replaced."""
    gone = [DeadlineState.REPLACED, DeadlineState.NOT_NEEDED]
    found = CommunicationDeadline.objects.filter(incident=incident).exclude(state__in=gone)
    return found.order_by("-pk").first()


def room_part(incident: Incident) -> dict[str, Any]:
    """What `incidents/room_tell.html` shows, in a few queries whatever their number."""
    deadline = deadline_of(incident)
    messages = incident.messages.with_progress()[:NEWEST]
    rule = rule_for(incident)
    return {
        "deadline": deadline,
        "tone": TONES.get(DeadlineState(deadline.state), "neutral") if deadline else "",
        "messages": messages,
        "rule": rule,
        "ways": ", ".join(str(medium.label) for medium in rule.media),
    }


def delivery_rows(message: StakeholderMessage, *, may_read: bool) -> list[dict[str, Any]]:
    """Everybody who gets a message: by which way, why, and how far it has come."""
    return [
        {
            "name": row.name,
            "medium": Medium(row.medium).label,
            "address": shown_address(row.medium, row.address, may_read=may_read),
            "reasons": "; ".join(row.reasons),
            "state": row.state,
            "label": row.get_state_display(),
            "tone": SEND_TONES.get(SendState(row.state), "busy"),
            "sent_at": row.sent_at,
            "error": row.last_error if may_read else "",
        }
        for row in message.deliveries.all()
    ]


def shown_address(medium: str, address: str, *, may_read: bool) -> str:
    """Return an address for its reader: whole for who works here, masked for who looks."""
    if not address:
        return _("erased")
    if medium == Medium.SMS and not address.startswith("+"):
        return mask("apprise", address)  # a member's own way holds secrets
    if may_read:
        return address
    return mask("email", address) if medium == Medium.EMAIL else f"{HIDDEN}{address[-4:]}"
