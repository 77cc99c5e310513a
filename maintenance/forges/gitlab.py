"""
GitLab: `Deployment Hook` and `Pipeline Hook`.

A call shows its secret in `X-Gitlab-Token`; or, with a signing token, is signed after the
Standard Webhooks specification: `webhook-signature: v1,<base64>` over
`{webhook-id}.{webhook-timestamp}.{body}`, the key being what stands behind `whsec_`. Sent
again, it has the same `Idempotency-Key`, which is its `webhook-id` as well.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from maintenance.forges.telling import (
    ID,
    Moment,
    Nothing,
    Stage,
    Telling,
    mapping,
    moment,
    number_in,
    optional,
    text,
    version_of,
)

TOKEN = "x-gitlab-token"  # noqa: S105 (a header's name)
OLDEST = timedelta(minutes=5)  # of a signed call, after the specification
DIGITS = 11  # of a timestamp; with more it is a year that no datetime holds
STAGES = {
    "running": Stage.BEGUN,
    "success": Stage.SUCCEEDED,
    "failed": Stage.FAILED,
    "canceled": Stage.ABORTED,
    "skipped": Stage.ABORTED,
}


def why_not_signed(
    headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime
) -> str:
    """Return why this is not from whoever knows one of the secrets; nothing if it is."""
    if headers.get("webhook-signature"):
        return _why_not_by_signature(headers, body, secrets, now)
    shown = headers.get(TOKEN, "")
    if not shown:
        return "It has neither X-Gitlab-Token nor webhook-signature; give it the secret."
    for secret in secrets:
        if hmac.compare_digest(secret.encode(), shown.encode()):
            return ""
    return "Its X-Gitlab-Token is not the secret of this source."


def _why_not_by_signature(
    headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime
) -> str:
    stamp = headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= DIGITS):
        return "Its webhook-timestamp is not a time."
    if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > OLDEST:
        return "It was signed more than five minutes ago, or will be."
    signed = f"{headers.get('webhook-id', '')}.{stamp}.".encode() + body
    shown = headers["webhook-signature"].split()
    for secret in secrets:
        good = _signature(signed, secret).encode()
        if any(hmac.compare_digest(good, each.encode()) for each in shown):
            return ""
    return "Its webhook-signature is not made with the secret of this source."


def _signature(signed: bytes, secret: str) -> str:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = secret.encode()
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers_of(event: str, delivery: str) -> dict[str, str]:
    return {"x-gitlab-event": f"{event.title()} Hook", "idempotency-key": delivery}


def sign(
    body: bytes, secret: str, *, number: str = "", now: datetime | None = None
) -> dict[str, str]:
    """Return the headers with which GitLab would send a body; signed where `now` is given."""
    if now is None:
        return {TOKEN: secret}
    stamp = str(int(now.timestamp()))
    signed = f"{number}.{stamp}.".encode() + body
    return {
        "webhook-id": number,
        "webhook-timestamp": stamp,
        "webhook-signature": _signature(signed, secret),
    }


def delivery_of(headers: Mapping[str, str]) -> str:
    names = ("idempotency-key", "webhook-id")
    return next((headers[name] for name in names if headers.get(name)), "")[:100]


def event_of(headers: Mapping[str, str], body: Any) -> str:
    kind = body.get("object_kind") if isinstance(body, dict) else ""
    return optional(kind, longest=60) or headers.get("x-gitlab-event", "")[:60]


def json_of(body: bytes, _content_type: str) -> bytes:
    return body


def read(event: str, body: Any) -> Telling:
    """Return what a call tells; raises `Nothing` or `Unreadable`."""
    said = mapping(body, "body")
    readers = {"deployment": _deployment, "pipeline": _pipeline}
    if event not in readers:
        raise Nothing(f"Calls of “{event}” are not needed; leave them out of the webhook.")
    return readers[event](said)


def _repository(said: dict[str, Any]) -> str:
    project = mapping(said.get("project"), "project")
    return text(project.get("path_with_namespace"), "project.path_with_namespace")


def _deployment(said: dict[str, Any]) -> Telling:
    status = text(said.get("status"), "status")
    if status not in STAGES:
        raise Nothing(f"“{status}” is neither a beginning nor an end.")
    changed = moment(said.get("status_changed_at"), "status_changed_at")
    short = optional(said.get("short_sha"), longest=64)
    # Only the address of the commit has its whole name.
    whole = optional(said.get("commit_url"), longest=2000).rstrip("/").rpartition("/")[2]
    sha = whole[:64] if short and whole.startswith(short) else short
    ref = optional(said.get("ref"), longest=100)
    return Telling(
        repository=_repository(said),
        about=f"deployment-{text(said.get('deployment_id'), 'deployment_id', longest=ID)}",
        environment=text(said.get("environment"), "environment", longest=100),
        moment=Moment(STAGES[status], changed),
        version=version_of("", ref, short) or ref or "?",
        sha=sha,
        request=number_in(ref, said.get("commit_title")),
    )


def _pipeline(said: dict[str, Any]) -> Telling:
    facts = mapping(said.get("object_attributes"), "object_attributes")
    status = text(facts.get("status"), "object_attributes.status")
    commit = said.get("commit")
    commit = commit if isinstance(commit, dict) else {}
    stamp = commit.get("timestamp")
    sha = optional(facts.get("sha"), longest=64) or optional(commit.get("id"), longest=64)
    return Telling(
        repository=_repository(said),
        about=f"pipeline-{text(facts.get('id'), 'object_attributes.id', longest=ID)}",
        moment=_moment_of_pipeline(status, facts),
        version=version_of("", facts.get("ref"), sha[:12]) or "?",
        sha=sha,
        committed_at=moment(stamp, "commit.timestamp") if stamp else None,
        pipeline=optional(facts.get("name")) or optional(facts.get("ref")),
        request=number_in(facts.get("ref"), commit.get("title"), commit.get("message")),
    )


def _moment_of_pipeline(status: str, facts: dict[str, Any]) -> Moment | None:
    if status not in STAGES:
        return None
    if STAGES[status] == Stage.BEGUN:
        return Moment(Stage.BEGUN, moment(facts.get("created_at"), "created_at"))
    ended = facts.get("finished_at") or facts.get("created_at")
    return Moment(STAGES[status], moment(ended, "finished_at"))


def sample(repository: str, environment: str, now: datetime, number: str) -> tuple[str, Any]:
    """Return an event and a body as GitLab would send them, for a test."""
    return "deployment", {
        "object_kind": "deployment",
        "status": "success",
        "status_changed_at": now.isoformat(),
        "deployment_id": number,
        "environment": environment,
        "project": {"path_with_namespace": repository},
        "short_sha": "00000000",
        "ref": "test",
    }
