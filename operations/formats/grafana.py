"""
Reads what Grafana's webhooks send: unified alerting, and the legacy alerting before it.

Unified alerts come in Alertmanager's shape, with links and values beside. A legacy body tells
of one rule and brings no start, so it is known by organisation and rule. `DatasourceNoData`
and `DatasourceError`, and the legacy state `no_data`, are alerts of their own: that a rule
cannot be evaluated does not end what it said before.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from operations.formats import alertmanager, generic
from operations.formats.incoming import (
    Call,
    Incoming,
    Sample,
    Snippet,
    Told,
    Unreadable,
    each_of,
    fitting,
    text,
    texts,
    web_address,
)

DOOR = "/api/v1/alerts/grafana"
IS_KEYED = True  # legacy bodies bring no start
# What a page may show of a unified alert beyond Alertmanager's fields.
BESIDE = {
    "valueString": "values",
    "dashboardURL": "dashboard_url",
    "panelURL": "panel_url",
    "silenceURL": "silence_url",
    "imageURL": "image_url",
}
SILENT_STATES = {"pending", "paused", "unknown"}
NO_DATA = "no_data"
POINT = """\
Alerting > Contact points > Add contact point
  Integration:            Webhook
  URL:                    {url}
  HTTP Method:            POST
  Authorization Header:
    Scheme:               Bearer
    Credentials:          {key}
  Disable resolved message: off
"""
PROVISIONED = """\
apiVersion: 1
contactPoints:
  - orgId: 1
    name: Evenkeel
    receivers:
      - uid: evenkeel
        type: webhook
        disableResolveMessage: false
        settings:
          url: {url}
          httpMethod: POST
          authorization_scheme: Bearer
          authorization_credentials: {key}
"""


def read(call: Call) -> Told:
    """Return what a body of either kind tells. Raises `Unreadable` for anything else."""
    payload = call.json()
    if isinstance(payload, dict) and isinstance(payload.get("alerts"), list):
        return each_of(payload["alerts"], _unified)
    if isinstance(payload, dict) and "ruleId" in payload:
        return _legacy(payload)
    if call.rules:
        return generic.read(call)
    raise Unreadable("The body has neither alerts nor a ruleId; Grafana sends one of them.")


def set_up(url: str, key: str) -> list[Snippet]:
    return [
        Snippet("Grafana, by hand", POINT.format(url=url + DOOR, key=key)),
        Snippet(
            "provisioning/alerting/evenkeel.yaml", PROVISIONED.format(url=url + DOOR, key=key)
        ),
    ]


def samples(name: str, now: datetime) -> list[Sample]:
    [sample] = alertmanager.samples(name, now)
    payload = {"version": "1", "orgId": 1, "state": "alerting", "title": name}
    told = Call(sample.body, now, "").json()
    return [Sample("", json.dumps(told | payload).encode())]


def _unified(alert: Any) -> Incoming:
    told = alertmanager.incoming(alert)
    beside = {name: text(alert[key]) for key, name in BESIDE.items() if alert.get(key)}
    return replace(
        told,
        annotations=told.annotations | beside,
        generator_url=told.generator_url or web_address(beside.get("panel_url")),
    )


def _legacy(payload: dict[str, Any]) -> Told:
    state = text(payload.get("state"))
    if state in SILENT_STATES:
        return Told()
    if state not in {"alerting", "ok", NO_DATA}:
        raise Unreadable("Its state is none of “alerting”, “ok” and “no_data”.")
    rule = _rule(payload, is_firing=state == "alerting")
    silent = replace(
        rule,
        fingerprint=fitting(f"{rule.fingerprint}:{NO_DATA}"),
        is_firing=state == NO_DATA,
        labels=rule.labels | {"alertname": "DatasourceNoData", "rule": rule.name},
    )
    # No data says nothing about the rule itself; data says that there is some again.
    return Told([silent] if state == NO_DATA else [rule, silent])


def _rule(payload: dict[str, Any], *, is_firing: bool) -> Incoming:
    name = text(payload.get("ruleName")) or text(payload.get("title"))
    matches = payload.get("evalMatches")
    said = [each for each in matches if isinstance(each, dict)] if matches else []
    values = ", ".join(f"{each.get('metric')}={each.get('value')}" for each in said)
    annotations = {"summary": text(payload.get("message")) or name, "values": values}
    if picture := web_address(payload.get("imageUrl")):
        annotations["image_url"] = picture
    return Incoming(
        fingerprint=fitting(f"{text(payload.get('orgId'))}:{text(payload.get('ruleId'))}"),
        is_firing=is_firing,
        started_at=None,
        ended_at=None,
        labels={**_tags(payload, said), "alertname": name or "Unnamed rule"},
        annotations=annotations,
        generator_url=web_address(payload.get("ruleUrl")),
    )


def _tags(payload: dict[str, Any], matches: list[dict[str, Any]]) -> dict[str, str]:
    """The tags of the rule, and those that all its matches share; "" stands for none."""
    own = payload.get("tags") or {}
    each = [texts(match.get("tags") or {}, "tags") for match in matches]
    shared = set.intersection(*(set(tags.items()) for tags in each)) if each else set()
    return dict(shared) | (texts(own, "tags") if isinstance(own, dict) else {})
