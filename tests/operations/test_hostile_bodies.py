"""Monitors with bad habits: whatever they send, no door breaks and no page is poisoned."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from operations import workflow
from operations.models import IntegrationKind, Receipt
from portal import clock, reactions
from portal.models import Service, User
from tests.operations.make import told, webhook

pytestmark = pytest.mark.django_db

GOOD: dict[str, Any] = {
    "alertmanager": json.loads(webhook(told("Disk", severity="p1"))),
    "grafana": json.loads(webhook(told("Disk", severity="p1"))) | {"orgId": 1, "version": "1"},
    "pagerduty": {
        "event_action": "trigger",
        "dedup_key": "disk",
        "payload": {"summary": "Disk", "source": "db1", "severity": "critical"},
    },
    "opsgenie": {"message": "Disk", "alias": "disk", "priority": "P1"},
    "generic": {"title": "Disk", "status": "firing", "labels": {"a": "b"}},
}
NAUGHTY: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    10**30,
    1e308,
    "",
    "\x00",
    "\ud800",
    "\u202egnp.exe",
    "<script>alert(1)</script>",
    "{{ 7*7 }}%s%n",
    "' OR 1=1 --",
    "x" * 20_000,
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00-14:00",
    "2026-02-30T00:00:00Z",
    "2016-12-31T23:59:60Z",
    [],
    {},
    [[[[[[[[[[]]]]]]]]]],
    {"": {"": ""}},
    {"a" * 5000: "b"},
]
RAW = [
    b"",
    b"{",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    b'{"alerts": NaN}',
    b'{"alerts": [1e999]}',
    b'{"alerts": ' + b"9" * 5_000 + b"}",
    b'{"alerts": [], "alerts": [{}]}',
    '{"alerts": [{"status": "firing"}]}'.encode("utf-16"),
    b"\x00" * 1_000,
]
MAILS = [
    *RAW,
    b"Subject: =?utf-8?b?////?= =?no-such?q?=ff?=\n\nx",
    b"Subject: " + b"a" * 50_000 + b"\n\nx",
    b"X: y\n" * 5_000 + b"\nx",
    b"From: a\nSubject: Disk\nDate: Mon, 99 Foo 0000 99:99:99 +9999\n\nx",
    b"From: a\nSubject: Disk\nContent-Type: text/plain; charset=no-such\n\n\xff\xfe\x00",
    b"From: a\nSubject: Disk\nContent-Type: multipart/mixed; boundary=x\n\n"
    + b"--x\n\n" * 2_000,
    b"From: a\nSubject: Disk\nContent-Type: text/html\n\n<script>alert(1)</script>",
    b"From: a\r\n b\r\nSubject: Di\r\n sk\x00\r\nBcc: \xed\xa0\x80\r\n\r\nx",
]
PAGES = [
    "/operate/",
    "/operate/alerts/",
    "/operate/alerts/?group=alertname",
    "/operate/alerts/export.csv",
    "/operate/integrations/",
    "/operate/receipts/",
    "/respond/",
    "/respond/incidents/",
    "/respond/incidents.csv",
    "/events/",
    "/",
    "/api/v1/alerts/?page_size=100",
    "/api/v1/receipts/?page_size=100",
    "/api/v1/incidents/?page_size=100",
    "/api/v1/events/?page_size=100",
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path in a body."""
    yield path
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from places(value[key], (*path, key))


def spoilt(body: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    copy = json.loads(json.dumps(body))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = by
    return copy


def bodies(kind: str) -> Iterator[bytes]:
    if kind == "email":
        yield from MAILS
        return
    yield from RAW
    for path in places(GOOD[kind]):
        for by in NAUGHTY:
            yield json.dumps(spoilt(GOOD[kind], path, by)).encode()


def send(client: Client, kind: str, key: str, body: bytes) -> int:
    door, headers = f"/api/v1/alerts/{kind}/{key}", {}
    if kind == "opsgenie":
        door, headers = "/v2/alerts", {"Authorization": f"GenieKey {key}"}
    if kind == "pagerduty":
        door, whole = "/v2/enqueue", body.strip().startswith(b"{") and body.endswith(b"}")
        if whole:
            body = b'{"routing_key": "' + key.encode() + b'", ' + body.strip()[1:]
    answer = client.post(door, body, content_type="application/json", headers=headers)
    return answer.status_code


@pytest.mark.parametrize("kind", [*sorted(GOOD), "email"])
def test_no_body_breaks_a_door_or_poisons_a_page(
    client: Client, checkout: Service, ada: User, kind: str
) -> None:
    made = workflow.make_integration(
        name=kind, kind=IntegrationKind(kind), service=checkout, actor=None
    )
    statuses = {send(client, kind, made[1], body) for body in bodies(kind)}
    assert statuses <= {202, 400, 422}
    assert 202 in statuses

    for _round in range(30):
        if not workflow.read_all_due(clock.now()):
            break
    assert not Receipt.objects.filter(state="received").exists()
    while reactions.react_to_all_due(clock.now()):
        pass

    client.force_login(ada)
    for page in PAGES:
        assert client.get(page).status_code == 200, page
    for receipt in Receipt.objects.order_by("?")[:20]:
        assert client.get(receipt.get_absolute_url()).status_code == 200
