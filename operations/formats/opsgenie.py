"""
Reads what tools send to Opsgenie's Alert API: create, close, acknowledge, note and updates.

Source: the API's public documentation. The key is shown as `Authorization: GenieKey <key>`.
An alert is known by its alias; one that brings none, by the id of the request that made it,
which is also what `identifierType=id` means here. As in the Events API nothing brings a start.
"""

from __future__ import annotations

import json
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
    texts,
    web_address,
    words_of,
)

DOOR = "/v2/alerts"
IS_KEYED = True
CREATE, CLOSE, ACKNOWLEDGE = "create", "close", "acknowledge"
ALIAS, BY_ID, TINY = "alias", "id", "tiny"
LONGEST_MESSAGE = 130  # characters, as a title; the rest is kept in the summary
# P5, the lowest of theirs, has no fellow here.
PRIORITIES = {"P1": "p0", "P2": "p1", "P3": "p2", "P4": "p3", "P5": "p3"}
NOTED = {
    "notes": "note",
    "message": "message",
    "description": "description",
    "priority": "priority",
    "tags": "tags",
    "details": "details",
    "snooze": "endTime",
    "assign": "owner",
    "unacknowledge": "note",
    "escalate": "escalation",
    "responders": "responder",
    "teams": "team",
    "actions": "note",
}
ALERTMANAGER = """\
receivers:
  - name: evenkeel
    opsgenie_configs:
      - api_url: {url}
        api_key: {key}
        send_resolved: true
route:
  receiver: evenkeel
"""
BY_HAND = """\
curl -X POST {url} -H 'Authorization: GenieKey {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{{"message": "Disk at 99%", "alias": "disk-db1", "priority": "P2"}}'
"""


def why_invalid(action: str, payload: Any) -> dict[str, str]:
    """Return what is wrong with the body, by field, as their 422 tells it."""
    if payload is None and action != CREATE:
        return {}
    if not isinstance(payload, dict):
        return {"body": "Request body is not an object."}
    if action == CREATE and not text(payload.get("message")).strip():
        return {"message": "Message can not be empty."}
    if action == CREATE and payload.get("priority") not in (None, *PRIORITIES):
        return {"priority": "Priority should be one of [P1, P2, P3, P4, P5]."}
    return {}


def read(call: Call) -> Told:
    """Return what one request tells; what has no fellow here is noted at the alert."""
    action, kind, identifier = words_of(call.call) or (CREATE, ALIAS, "")
    body = call.json() if call.body.strip() else {}
    if wrong := why_invalid(action, body):
        raise Unreadable(" ".join(wrong.values()))
    if action == CREATE:
        return Told([_created(body, call.public_id)])
    if kind == TINY:
        raise Unreadable("Short numbers are not known here; use the alias.")
    # An id is that of the request that made the alert, which is its alias unless it had one.
    key = fitting(call.alias or identifier)
    if action == CLOSE:
        return Told([Incoming(key, False, None, None, {}, {}, "")])  # noqa: FBT003 (closed)
    return Told(notes=[_note(action, key, body)])


def alias_of(payload: Any, public_id: str) -> str:
    """Return the alias of a new alert, or the id of the request that makes it."""
    return (text(payload.get("alias")) if isinstance(payload, dict) else "") or public_id


def set_up(url: str, key: str) -> list[Snippet]:
    return [
        Snippet("alertmanager.yml", ALERTMANAGER.format(url=url + "/", key=key)),
        Snippet("A shell, to try it", BY_HAND.format(url=url + DOOR, key=key)),
    ]


def samples(name: str, now: datetime) -> list[Sample]:
    alias = f"test-{now:%Y%m%d%H%M%S%f}"
    alert = {
        "message": name,
        "alias": alias,
        "priority": "P5",
        "details": {"alertname": "TestAlert", "test": "true"},
    }
    return [
        Sample("", json.dumps(alert).encode()),
        Sample(f"{CLOSE} {ALIAS} {alias}", b"{}"),
    ]


def _created(said: dict[str, Any], public_id: str) -> Incoming:
    details = said.get("details")
    labels = texts(details, "details") if isinstance(details, dict) else {}
    labels |= {name: text(said[name]) for name in ("source", "entity") if said.get(name)}
    if isinstance(said.get("tags"), list) and said["tags"]:
        labels["tags"] = ",".join(text(tag) for tag in said["tags"])
    if said.get("priority"):
        labels["priority"] = PRIORITIES[said["priority"]]
    message = text(said["message"])
    labels.setdefault("alertname", message[:LONGEST_MESSAGE])
    annotations = {"summary": message, "description": text(said.get("description"))}
    if note := text(said.get("note")):
        annotations["note"] = note
    if runbook := labels.get("runbook_url"):
        annotations["runbook_url"] = runbook
    return Incoming(
        fingerprint=fitting(alias_of(said, public_id)),
        is_firing=True,
        started_at=None,
        ended_at=None,
        labels=labels,
        annotations={name: words for name, words in annotations.items() if words},
        generator_url=web_address(said.get("source")),
    )


def _note(action: str, key: str, said: dict[str, Any]) -> Note:
    by, note = text(said.get("user")), text(said.get("note"))
    if action == ACKNOWLEDGE:
        return Note(key, note or "Acknowledged there.", by, is_acknowledgement=True)
    value = said.get(NOTED.get(action, "note"))
    words = value if isinstance(value, str) else json.dumps(value) if value else note
    return Note(key, words if action == "notes" else f"{action}: {words}", by)
