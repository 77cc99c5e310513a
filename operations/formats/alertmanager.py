"""
Reads what Prometheus Alertmanager's webhook sends, payload versions 3 and 4.

Source: the webhook's documentation and Alertmanager's own code. Each alert is judged by its
own status and times, never by the top level; fields that nobody knows are left alone, since
every release adds one; `receiver` and `groupKey` name nothing here. Since 0.32 an operator can
have it send any JSON at all, which is read by the integration's own mapping, if it has one.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from operations.formats import generic
from operations.formats.incoming import (
    Call,
    Incoming,
    Sample,
    Snippet,
    Told,
    Unreadable,
    each_of,
    fingerprint_of,
    fitting,
    moment,
    text,
    texts,
    web_address,
)

DOOR = "/api/v1/alerts/alertmanager"
IS_KEYED = False  # each alert brings its own start
FIRING = "firing"
RESOLVED = "resolved"
ZERO_TIME = "0001-01-01T00:00:00Z"
CONFIGURATION = """\
receivers:
  - name: evenkeel
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config:
          authorization:
            credentials: {key}
route:
  receiver: evenkeel
"""


def read(call: Call) -> Told:
    """
    Return what a webhook body tells.

    Raises `Unreadable` when the body as a whole is not Alertmanager's, and no mapping is there.
    """
    payload = call.json()
    alerts = payload.get("alerts") if isinstance(payload, dict) else None
    if isinstance(alerts, list):
        return each_of(alerts, incoming)
    if call.rules:
        return generic.read(call)
    raise Unreadable("The body has no list of alerts; Alertmanager sends one as “alerts”.")


def incoming(alert: Any) -> Incoming:
    """Return one alert of the list. Raises `Unreadable` with the reason."""
    if not isinstance(alert, dict):
        raise Unreadable("it is not an object.")
    status = alert.get("status")
    if status not in (FIRING, RESOLVED):
        raise Unreadable("its status is neither “firing” nor “resolved”.")
    labels = texts(alert.get("labels"), "labels")
    fingerprint = _fingerprint(alert.get("fingerprint"), labels)
    started_at = moment(alert.get("startsAt"), "startsAt")
    if started_at is None:
        raise Unreadable("it does not say when it began (startsAt).")
    # While it fires, the end is the zero time, or a time-out that is no end.
    ended_at = moment(alert.get("endsAt"), "endsAt") if status == RESOLVED else None
    return Incoming(
        fingerprint=fingerprint,
        is_firing=status == FIRING,
        started_at=started_at,
        ended_at=max(ended_at, started_at) if ended_at else None,
        labels=labels,
        annotations=texts(alert.get("annotations"), "annotations"),
        generator_url=web_address(text(alert.get("generatorURL"))),
    )


def set_up(url: str, key: str) -> list[Snippet]:
    return [Snippet("alertmanager.yml", CONFIGURATION.format(url=url + DOOR, key=key))]


def samples(name: str, now: datetime) -> list[Sample]:
    """Return one call whose alert begins and ends in it, of the lowest severity."""
    alert = {
        "labels": {"alertname": "TestAlert", "severity": "p3", "test": "true"},
        "annotations": {"summary": name},
        "startsAt": now.isoformat(),
    }
    payload = {
        "version": "4",
        "status": FIRING,
        "receiver": "evenkeel",
        "alerts": [
            {**alert, "status": FIRING, "endsAt": ZERO_TIME},
            {**alert, "status": RESOLVED, "endsAt": now.isoformat()},
        ],
    }
    return [Sample("", json.dumps(payload).encode())]


def _fingerprint(said: Any, labels: dict[str, str]) -> str:
    if isinstance(said, str) and said:
        return fitting(said)
    if not labels:
        raise Unreadable("it has neither labels nor a fingerprint to know it by.")
    return fingerprint_of(labels)
