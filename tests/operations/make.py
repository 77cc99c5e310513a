"""Plain functions that make one thing of operations each."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from operations import workflow
from operations.models import (
    Alert,
    AlertState,
    Check,
    ChecklistTemplate,
    Heartbeat,
    Integration,
    Receipt,
    Schedule,
)
from portal import clock
from portal.models import Service, Team, User

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)
ZERO_TIME = "0001-01-01T00:00:00Z"


def make_integration(
    name: str = "Prometheus", *, service: Service | None = None, **fields: Any
) -> Integration:
    return workflow.make_integration(name=name, service=service, actor=None, **fields)[0]


def told(
    name: str = "HighErrorRate",
    *,
    at: datetime = NOON,
    ended: datetime | None = None,
    fingerprint: str | None = "",
    **labels: Any,
) -> dict[str, Any]:
    """One alert as Alertmanager tells of it; with `ended` it is resolved."""
    alert: dict[str, Any] = {
        "status": "resolved" if ended else "firing",
        "labels": {"alertname": name, **labels},
        "annotations": {"summary": f"{name} is bad", "description": "It is."},
        "startsAt": at.isoformat().replace("+00:00", "Z"),
        "endsAt": ended.isoformat() if ended else ZERO_TIME,
        "generatorURL": "http://prometheus.example/graph",
    }
    if fingerprint is not None:
        alert["fingerprint"] = fingerprint or name.lower()
    return alert


def webhook(*alerts: dict[str, Any], **fields: Any) -> bytes:
    """The body of one call of Alertmanager."""
    firing = any(alert.get("status") == "firing" for alert in alerts)
    body = {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": "team\\.db",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "alerts": list(alerts),
        **fields,
    }
    return json.dumps(body).encode()


def receive(integration: Integration, *alerts: dict[str, Any], body: bytes = b"") -> Receipt:
    """Take a call in and read it, as the pager does."""
    receipt = workflow.accept(integration, body or webhook(*alerts), "application/json")
    workflow.read_receipt(receipt.pk, now=clock.now())
    receipt.refresh_from_db()
    return receipt


def make_alert(
    integration: Integration | None = None,
    *,
    name: str = "HighErrorRate",
    service: Service | None = None,
    state: AlertState = AlertState.UNACKED,
    **labels: Any,
) -> Alert:
    """An alert in this state, brought there by calls and by an acknowledgement."""
    if integration is None:
        integration = Integration.objects.filter(service=service).first() or make_integration(
            f"Prometheus of {service}", service=service
        )
    receive(integration, told(name, **labels))
    alert = Alert.objects.get(integration=integration, fingerprint=name.lower())
    if state in {AlertState.ACKED, AlertState.NORMAL}:
        workflow.acknowledge_alert(alert, actor=None)
    if state in {AlertState.RETURNED, AlertState.NORMAL}:
        receive(integration, told(name, ended=NOON + MINUTE, **labels))
    alert.refresh_from_db()
    return alert


def make_schedule(team: Team, *people: User, **fields: Any) -> Schedule:
    fields.setdefault("starts_on", date(2026, 3, 2))
    return workflow.set_schedule(team, people=people, actor=None, **fields)


def make_check(service: Service, name: str = "Front page", **fields: Any) -> Check:
    fields.setdefault("url", "https://checkout.example/health")
    check = Check(name=name, service=service, **fields)
    check.changed_by = None
    check.save()
    return check


def make_heartbeat(
    service: Service, name: str = "Nightly backup", *, now: datetime = NOON, **fields: Any
) -> Heartbeat:
    return workflow.make_heartbeat(name=name, service=service, actor=None, now=now, **fields)


def make_template(
    team: Team | None = None, *, items: list[str] | None = None, **fields: Any
) -> ChecklistTemplate:
    fields.setdefault("key", "morning")
    fields.setdefault("name", "Morning")
    fields.setdefault("frequency", "daily")
    template = ChecklistTemplate(team=team, items=items or ["Look", "Think"], **fields)
    template.changed_by = None
    template.save()
    return template
