"""Tells other programs of our events: signed, in order of the audit chain, retried, logged."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from standardwebhooks import Webhook as Signer

from portal import clock, leases, outgoing
from portal.models import Event, SendState, Webhook, WebhookDelivery

PLANNED_AT_ONCE = 200
SLOTS = 8  # sends at the same time
GIVES_UP_AFTER = timedelta(days=3)
LONGEST_WAIT = timedelta(hours=1)


def plan() -> int:
    """Turn newly sealed events into deliveries for every webhook that wants them."""
    return sum(
        _plan_for(pk)
        for pk in Webhook.objects.filter(is_active=True).values_list("pk", flat=True)
    )


@transaction.atomic
def _plan_for(pk: int) -> int:
    webhook = Webhook.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if webhook is None:
        return 0
    new = Event.objects.filter(position__gt=webhook.reached_position).order_by("position")
    events = list(new[:PLANNED_AT_ONCE])
    if not events:
        return 0
    wanted = [event for event in events if wants(webhook, event.kind)]
    deliveries = [WebhookDelivery(webhook=webhook, event=event) for event in wanted]
    WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    Webhook.objects.filter(pk=pk).update(reached_position=events[-1].position)
    return len(wanted)


def wants(webhook: Webhook, kind: str) -> bool:
    """Whether the webhook asked for this kind; “incident.*” asks for all that begin so."""
    if not webhook.kinds:
        return True
    return any(
        kind == wanted or (wanted.endswith("*") and kind.startswith(wanted[:-1]))
        for wanted in webhook.kinds
    )


def send_due(now: datetime) -> int:
    """Try what is due; return how many were tried."""
    owed = WebhookDelivery.objects.select_related("webhook", "event__content_type")
    claimed = leases.claim(owed, now, limit=SLOTS)
    if not claimed:
        return 0
    with ThreadPoolExecutor(SLOTS) as slots:  # these threads never touch the database
        for delivery, outcome in zip(claimed, slots.map(_try, claimed), strict=True):
            _mark(delivery, *outcome)
    return len(claimed)


def _try(delivery: WebhookDelivery) -> tuple[int | None, str]:
    """Return (status of the answer, what went wrong)."""
    try:
        status = _post(delivery).status
    except outgoing.OutgoingError as error:
        return None, str(error)
    return status, "" if 200 <= status < 300 else f"It answered {status}."


def _mark(delivery: WebhookDelivery, status: int | None, error: str) -> None:
    if not error:
        leases.mark_sent(delivery, answer_status=status)
    elif not delivery.webhook.is_active:
        leases.give_up(delivery, "The webhook was switched off.", state=SendState.CANCELLED)
    elif clock.now() - delivery.wanted_at > GIVES_UP_AFTER:
        leases.give_up(delivery, error)
    else:
        leases.mark_failed(delivery, error, longest=LONGEST_WAIT, answer_status=status)


def _post(delivery: WebhookDelivery) -> outgoing.Answer:
    body = json.dumps(payload(delivery.event), sort_keys=True)
    name = f"evt_{delivery.event_id}_{delivery.webhook_id}"
    now = clock.now()
    signature = Signer(delivery.webhook.secret).sign(name, now, body)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
        "Idempotency-Key": name,
    }
    return outgoing.send("POST", delivery.webhook.url, headers=headers, content=body.encode())


def payload(event: Event) -> dict[str, Any]:
    """
    Return what a program is told of an event.

    `{"id", "position", "kind", "subject": {"type", "id", "label"}, "service", "actor",
    "data", "happened_at", "recorded_at"}`; times are RFC 3339 in UTC.
    """
    return {
        "id": event.pk,
        "position": event.position,
        "kind": event.kind,
        "subject": {
            "type": event.content_type.model,
            "id": event.object_id,
            "label": event.subject_label,
        },
        "service": event.service_id,
        "actor": event.actor_label,
        "data": event.data,
        "happened_at": event.happened_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
    }
