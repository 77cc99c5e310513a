"""Tells other programs of our events: signed, in order of the audit chain, retried, logged."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from standardwebhooks import Webhook as Signer

from portal import clock, leases, outgoing
from portal.channels import retry_after
from portal.hidden_events import hidden_from
from portal.lanes import Job, Lanes
from portal.models import ChannelKind, Event, SendState, Webhook, WebhookDelivery
from portal.natures import lane_of

PLANNED_AT_ONCE = 200
PATIENCE = 0.5  # seconds that a round waits for what it began
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
    hidden = _hidden(events)
    wanted = [
        event for event in events if wants(webhook, event.kind) and event.pk not in hidden
    ]
    deliveries = [WebhookDelivery(webhook=webhook, event=event) for event in wanted]
    WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    Webhook.objects.filter(pk=pk).update(reached_position=events[-1].position)
    return len(wanted)


def _hidden(events: list[Event]) -> set[int]:
    """Those of which nobody outside may hear."""
    found = Event.objects.filter(pk__in=[event.pk for event in events])
    rules = hidden_from(None)
    return {pk for rule in rules for pk in found.filter(rule).values_list("pk", flat=True)}


def wants(webhook: Webhook, kind: str) -> bool:
    """Whether the webhook asked for this kind; “incident.*” asks for all that begin so."""
    if not webhook.kinds:
        return True
    return any(
        kind == wanted or (wanted.endswith("*") and kind.startswith(wanted[:-1]))
        for wanted in webhook.kinds
    )


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt: the status of the answer, and what went wrong."""

    status: int | None = None
    error: str = ""
    retry_after: timedelta = timedelta(0)


# On lanes of their own: however many hosts hang here, no page waits for them.
_lanes: Lanes[WebhookDelivery, Outcome] = Lanes(
    "webhook", too_late=Outcome(error="It did not answer within ten seconds.")
)


def send_due(now: datetime) -> int:
    """Try what is due, each host on its own lane; return how many were begun."""
    due = WebhookDelivery.objects.owed().filter(due_at__lte=now).order_by()
    webhooks = Webhook.objects.filter(pk__in=due.values("webhook"))
    begun = [job for webhook in webhooks for job in _begin(webhook, now)]
    _lanes.wait(begun, PATIENCE)
    _mark_ended()
    return len(begun)


def finish(patience: float) -> None:
    """Wait for what is in flight and mark it, before this process ends."""
    _lanes.wait(_lanes.running(), patience)
    _mark_ended()


def _mark_ended() -> None:
    for job, outcome in _lanes.collect():
        if not job.was_given_up or outcome is _lanes.too_late:
            _mark(job.row, outcome)
        elif not outcome.error:
            leases.mark_sent_after_all(job.row, answer_status=outcome.status)


def _begin(webhook: Webhook, now: datetime) -> list[Job[WebhookDelivery, Outcome]]:
    lane = lane_of(ChannelKind.WEBHOOK, webhook.url)
    owed = WebhookDelivery.objects.filter(webhook=webhook)
    owed = owed.select_related("webhook", "event__content_type")
    claimed = leases.claim(owed, now, limit=_lanes.free(lane))
    return [_lanes.start(lane, delivery, _try) for delivery in claimed]


def _try(delivery: WebhookDelivery) -> Outcome:
    """Call the program; this runs in a thread of its own and never touches the database."""
    try:
        answer = _post(delivery)
    except outgoing.OutgoingError as error:
        return Outcome(error=str(error))
    if 200 <= answer.status < 300:
        return Outcome(answer.status)
    return Outcome(answer.status, f"It answered {answer.status}.", retry_after(answer))


def _mark(delivery: WebhookDelivery, outcome: Outcome) -> None:
    if not outcome.error:
        leases.mark_sent(delivery, answer_status=outcome.status)
    elif not delivery.webhook.is_active:
        leases.give_up(delivery, "The webhook was switched off.", state=SendState.CANCELLED)
    elif clock.now() - delivery.wanted_at > GIVES_UP_AFTER:
        leases.give_up(delivery, outcome.error)
    else:
        leases.mark_failed(
            delivery,
            outcome.error,
            longest=LONGEST_WAIT,
            at_least=outcome.retry_after,
            answer_status=outcome.status,
        )


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
