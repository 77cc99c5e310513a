"""Letters to subscribers as rows that are owed, and who carries each of them."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from incidents.models import Subscriber, SubscriberDelivery, SubscriberKind
from portal import clock

WEBHOOK_LANES = 8  # hosts share them, so that a thousand hosts are not a thousand lanes


def owe(subscriber: Subscriber, kind: str) -> SubscriberDelivery:
    """Owe a letter about the subscription itself, now."""
    now = clock.now()
    return SubscriberDelivery.objects.create(
        subscriber=subscriber, kind=kind, lane=lane_of(subscriber), due_at=now, wanted_at=now
    )


def lane_of(subscriber: Subscriber) -> str:
    """Return who carries letters to this subscriber; each host stays on one lane."""
    if subscriber.kind == SubscriberKind.EMAIL:
        return "email"
    host = urlsplit(subscriber.address).hostname or ""
    return f"webhook:{hashlib.sha256(host.encode()).digest()[0] % WEBHOOK_LANES}"
