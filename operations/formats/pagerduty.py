"""
Reads the Events API v2, as every tool speaks it that can alert PagerDuty.

Source: the schema that PagerDuty publishes. A client whose address can be set works unchanged:
the same three actions, the same required fields, the same answers. The key stands in the body
as `routing_key`. An event has a key of its own (`dedup_key`) but no start that could be relied
on: its `timestamp` changes from one trigger to the next.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from operations.formats.incoming import (
    Call,
    Incoming,
    Note,
    Sample,
    Snippet,
    Told,
    Unreadable,
    fitting,
    text,
    web_address,
)

DOOR = "/v2/enqueue"
IS_KEYED = True
TRIGGER, ACKNOWLEDGE, RESOLVE = "trigger", "acknowledge", "resolve"
SEVERITIES = ("critical", "error", "warning", "info")
REQUIRED = ("summary", "source", "severity")
LONGEST_KEY = 255  # characters of a dedup_key
# Where a body is too long to be read, its key may still stand in what was kept.
ROUTING_KEY = re.compile(rb'"routing_key"\s*:\s*"([\x21\x23-\x5b\x5d-\x7e]{1,100})"')
ALERTMANAGER = """\
receivers:
  - name: evenkeel
    pagerduty_configs:
      - url: {url}
        routing_key: {key}
        send_resolved: true
route:
  receiver: evenkeel
"""
BY_HAND = """\
curl -X POST {url} -H 'Content-Type: application/json' -d '{{
  "routing_key": "{key}",
  "event_action": "trigger",
  "dedup_key": "disk-db1",
  "payload": {{"summary": "Disk at 99%", "source": "db1", "severity": "critical"}}
}}'
"""


def routing_key_of(payload: Any) -> str:
    return text(payload.get("routing_key")) if isinstance(payload, dict) else ""


def routing_key_in(prefix: bytes) -> str:
    """Find the key in the beginning of a body that was too long."""
    found = ROUTING_KEY.search(prefix)
    return found[1].decode() if found else ""


def why_invalid(payload: Any) -> list[str]:
    """Return every reason why PagerDuty would not take this event; the key is asked apart."""
    if not isinstance(payload, dict):
        return ["The event is not an object."]
    action, key = payload.get("event_action"), payload.get("dedup_key")
    wrong = []
    # Tuples, not sets: a sender may put a list there, which cannot be looked up in a set.
    if action not in (TRIGGER, ACKNOWLEDGE, RESOLVE):
        wrong.append("'event_action' is missing or is none of trigger, acknowledge, resolve")
    if key is not None and (not isinstance(key, str) or len(key) > LONGEST_KEY):
        wrong.append("'dedup_key' is not a text of at most 255 characters")
    if action in (ACKNOWLEDGE, RESOLVE) and not key:
        wrong.append("'dedup_key' is missing or blank")
    return wrong + (_why_no_trigger(payload.get("payload")) if action == TRIGGER else [])


def dedup_key_of(payload: dict[str, Any], public_id: str) -> str:
    """Return the event's key; one that brings none is known by the call it came in."""
    return text(payload.get("dedup_key")) or public_id.replace("-", "")


def read(call: Call) -> Told:
    """Return what one event tells; an acknowledgement is noted and stops no page."""
    event = call.json()
    if wrong := why_invalid(event):
        raise Unreadable("; ".join(wrong) + ".")
    key = fitting(dedup_key_of(event, call.public_id))
    if event["event_action"] == ACKNOWLEDGE:
        by = text(event.get("client"))
        return Told(notes=[Note(key, "Acknowledged there.", by, is_acknowledgement=True)])
    if event["event_action"] == RESOLVE:
        return Told([Incoming(key, False, None, None, {}, {}, "")])  # noqa: FBT003 (resolved)
    return Told([_triggered(key, event)])


def set_up(url: str, key: str) -> list[Snippet]:
    url += DOOR
    return [
        Snippet("alertmanager.yml", ALERTMANAGER.format(url=url, key=key)),
        Snippet("A shell, to try it", BY_HAND.format(url=url, key=key)),
    ]


def samples(name: str, now: datetime) -> list[Sample]:
    key = f"test-{now:%Y%m%d%H%M%S%f}"
    payload = {
        "summary": name,
        "source": "Evenkeel",
        "severity": "info",
        "class": "TestAlert",
        "custom_details": {"test": "true"},
    }
    event = {"event_action": TRIGGER, "dedup_key": key, "payload": payload}
    end = {"event_action": RESOLVE, "dedup_key": key}
    return [Sample("", json.dumps(each).encode()) for each in (event, end)]


def _why_no_trigger(payload: Any) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or is not an object"]
    missing = [name for name in REQUIRED if not _is_said(payload.get(name))]
    wrong = [f"'payload.{name}' is missing or blank" for name in missing]
    if "severity" not in missing and payload["severity"] not in SEVERITIES:
        wrong.append(f"'payload.severity' is none of {', '.join(SEVERITIES)}")
    return wrong


def _is_said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _triggered(key: str, event: dict[str, Any]) -> Incoming:
    said = event["payload"]
    details = said.get("custom_details")
    plain = details if isinstance(details, dict) else {"details": details} if details else {}
    labels = {str(name): text(value) for name, value in plain.items() if _is_plain(value)}
    own = {name: text(said.get(name)) for name in ("source", "component", "group", "class")}
    labels |= {name: value for name, value in own.items() if value}
    labels["severity"] = said["severity"]
    labels["alertname"] = text(said.get("class")) or text(said.get("summary"))
    links = [each for each in event.get("links") or [] if isinstance(each, dict)]
    addresses = [
        web_address(event.get("client_url")),
        *(web_address(x.get("href")) for x in links),
    ]
    return Incoming(
        fingerprint=key,
        is_firing=True,
        started_at=None,
        ended_at=None,
        labels=labels,
        annotations=_words(event, plain),
        generator_url=next((address for address in addresses if address), ""),
    )


def _is_plain(value: Any) -> bool:
    """Whether a detail is fit for a label; longer ones are read better as words."""
    said = str(value)
    return isinstance(value, str | int | float) and len(said) <= 200 and "\n" not in said


def _words(event: dict[str, Any], details: dict[str, Any]) -> dict[str, str]:
    """The summary, who sent it, and in words what is too long or too deep for a label."""
    rest = [
        f"{name}: {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in details.items()
        if not _is_plain(value)
    ]
    said = {
        "summary": event["payload"]["summary"],
        "description": "\n".join(rest),
        "client": text(event.get("client")),
        "said_at": text(event["payload"].get("timestamp")),
        "runbook_url": text(details.get("runbook_url")),
    }
    return {name: words for name, words in said.items() if words}
