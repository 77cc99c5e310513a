"""The demo's monitors: one of each kind that Harbour has, and what the last calls came to."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any, NamedTuple

from operations.models import (
    Alert,
    Integration,
    IntegrationKind,
    IntegrationMapping,
    Receipt,
    ReceiptState,
    Rejection,
    RejectionReason,
    Severity,
)
from portal.crypto import secret_hash
from portal.demo import DAYS, Story, keep, wipe

KEPT = 30  # days that calls are kept


class Monitor(NamedTuple):
    """A program of Harbour that watches something, and whose it is."""

    key: str
    name: str
    kind: IntegrationKind
    service: str
    keeper: str


MONITORS = [
    Monitor("main", "Alertmanager of Harbour", IntegrationKind.ALERTMANAGER, "", "ana"),
    Monitor(
        "probes", "Probes from outside", IntegrationKind.PAGERDUTY, "Payments API", "olivia"
    ),
    Monitor("batch", "Batch runner", IntegrationKind.GENERIC, "Invoices", "tomas"),
    Monitor("shop", "Grafana of Web", IntegrationKind.GRAFANA, "Web shop", "leo"),
]

# What the batch runner means by what it says: the second version, after the first missed jobs.
RULES: dict[str, Any] = {
    "root": "jobs",
    "fields": {
        "title": "name",
        "summary": "outcome.text",
        "fingerprint": "name",
        "status": "outcome.word",
        "severity": "outcome.weight",
    },
    "statuses": {"BROKEN": "firing", "FINE": "resolved"},
    "severities": {"heavy": int(Severity.P1), "light": int(Severity.P3)},
}
FIRST_RULES = RULES | {"root": ""}

TOLD = {
    "jobs": [
        {
            "name": "invoices",
            "outcome": {"word": "FINE", "weight": "light", "text": "1,204 invoices sent"},
        }
    ]
}
PROBED = {
    "routing_key": "(removed)",
    "event_action": "resolve",
    "dedup_key": "probe/payments-api/frankfurt",
}


def load(story: Story) -> None:
    monitors: dict[str, Integration] = {}
    for monitor in MONITORS:
        monitors[monitor.key] = _add(story, monitor)
    story.shelf["monitors"] = monitors
    for number, (rules, days_ago) in enumerate([(FIRST_RULES, 60), (RULES, 44)], start=1):
        mapping = IntegrationMapping.objects.create(
            integration=monitors["batch"],
            number=number,
            rules=rules,
            made_by=story.people["tomas"],
            made_at=story.at(days_ago, 11),
        )
    for days_ago in (3, 2, 1):
        _call(story, monitors["batch"], TOLD, days_ago, mapping=mapping, alert_count=1)
    _call(story, monitors["probes"], PROBED, 3, alert_count=1)
    _turn_away(story, monitors["probes"])


def remove() -> None:
    wipe(Alert.objects.filter(service__is_demo=True) | Alert.objects.filter(is_demo=True))
    wipe(Integration.objects.filter(is_demo=True))
    # A monitor that somebody connected to try it out goes on, by the labels of its alerts.
    for integration in Integration.objects.filter(service__is_demo=True):
        integration.service = None
        integration.changed_by = None
        integration.save(update_fields=["service"])


def _add(story: Story, monitor: Monitor) -> Integration:
    service = story.services[monitor.service] if monitor.service else None
    integration = Integration(
        name=monitor.name,
        kind=monitor.kind,
        service=service,
        key_prefix="demo",
        key_hash=secret_hash(f"nobody knows this key {story.dice.random()}"),
        is_demo=True,
    )
    if Integration.objects.filter(name=monitor.name).exists():
        integration.name = f"{monitor.name} (demo)"
    return keep(integration, by=story.people[monitor.keeper], at=story.at(DAYS, 10))


def _call(
    story: Story, integration: Integration, said: dict[str, Any], days_ago: int, **more: Any
) -> Receipt:
    at = story.at(days_ago, 6, 48)
    body = json.dumps(said).encode()
    values = {
        "public_id": uuid.uuid4(),
        "content_type": "application/json",
        "body": body,
        "body_hash": hashlib.sha256(body).hexdigest(),
        "state": ReceiptState.PROCESSED,
        "attempts": 1,
        "due_at": at,
        "received_at": at,
        "processed_at": at + timedelta(seconds=1),
    }
    return Receipt.objects.create(integration=integration, **(values | more))


def _turn_away(story: Story, integration: Integration) -> None:
    """One of the probes never learned the format, and another has a key of last spring."""
    _call(
        story,
        integration,
        {"event_action": "trigger", "payload": {"summary": "Payments API: no answer"}},
        1,
        state=ReceiptState.REJECTED,
        attempts=0,
        error="payload.source: is missing\npayload.severity: is missing",
    )
    for reason, count in [(RejectionReason.INVALID, 3), (RejectionReason.OLD_KEY, 41)]:
        Rejection.objects.create(
            integration=integration,
            reason=reason,
            count=count,
            first_at=story.at(20, 4),
            last_at=story.at(1, 6, 48),
        )
