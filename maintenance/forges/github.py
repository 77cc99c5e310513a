"""
GitHub: `deployment_status`, `workflow_run`, `deployment` and `ping`.

A call is signed with HMAC-SHA256 over the body as it came, in `X-Hub-Signature-256`; sent
again, it has the same `X-GitHub-Delivery`.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from maintenance.forges.telling import (
    ID,
    Moment,
    Nothing,
    Stage,
    Telling,
    Unreadable,
    mapping,
    moment,
    number_in,
    optional,
    text,
    version_of,
)
from portal.strict import BadBody, parse_json_leniently

SIGNATURE = "x-hub-signature-256"
STAGES = {
    "in_progress": Stage.BEGUN,
    "success": Stage.SUCCEEDED,
    "failure": Stage.FAILED,
    "error": Stage.FAILED,
}
CONCLUSIONS = {
    "success": Stage.SUCCEEDED,
    "failure": Stage.FAILED,
    "timed_out": Stage.FAILED,
    "startup_failure": Stage.ABORTED,
    "cancelled": Stage.ABORTED,
    "skipped": Stage.ABORTED,
    "stale": Stage.ABORTED,
    "action_required": Stage.ABORTED,
    "neutral": Stage.SUCCEEDED,
}


def why_not_signed(
    headers: Mapping[str, str], body: bytes, secrets: list[str], _now: datetime
) -> str:
    """Return why this is not from whoever knows one of the secrets; nothing if it is."""
    shown = headers.get(SIGNATURE, "")
    if not shown:
        return "It has no X-Hub-Signature-256; give the webhook its secret."
    for secret in secrets:
        good = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if hmac.compare_digest(good.encode(), shown.encode()):
            return ""
    return "Its X-Hub-Signature-256 is not made with the secret of this source."


def sign(body: bytes, secret: str) -> dict[str, str]:
    """Return the headers with which GitHub would send a body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {SIGNATURE: f"sha256={digest}"}


def headers_of(event: str, delivery: str) -> dict[str, str]:
    return {"x-github-event": event, "x-github-delivery": delivery}


def delivery_of(headers: Mapping[str, str]) -> str:
    return headers.get("x-github-delivery", "")[:100]


def event_of(headers: Mapping[str, str], _body: Any) -> str:
    return headers.get("x-github-event", "")[:60]


def json_of(body: bytes, content_type: str) -> bytes:
    """Return the JSON: the body itself, or its `payload` where it is sent as a form."""
    if "x-www-form-urlencoded" not in content_type:
        return body
    return (parse_qs(body.decode(errors="replace")).get("payload") or [""])[0].encode()


def read(event: str, body: Any) -> Telling:
    """Return what a call tells; raises `Nothing` or `Unreadable`."""
    said = mapping(body, "body")
    readers = {"deployment_status": _deployment_status, "workflow_run": _workflow_run}
    if event == "ping":
        raise Nothing("A ping: the webhook is set up, and its secret is right.")
    if event == "deployment":
        raise Nothing("It was only asked for; its deployment_status says when it begins.")
    if event not in readers:
        raise Nothing(f"Calls of “{event}” are not needed; leave them out of the webhook.")
    return readers[event](said)


def _repository(said: dict[str, Any]) -> str:
    return text(mapping(said.get("repository"), "repository").get("full_name"), "full_name")


def _deployment_status(said: dict[str, Any]) -> Telling:
    status = mapping(said.get("deployment_status"), "deployment_status")
    deployment = mapping(said.get("deployment"), "deployment")
    state = text(status.get("state"), "deployment_status.state")
    if state not in STAGES:
        raise Nothing(f"“{state}” is neither a beginning nor an end.")
    payload = _payload(deployment.get("payload"))
    sha = text(deployment.get("sha"), "deployment.sha", longest=64)
    ref = optional(deployment.get("ref"), longest=100)
    named = status.get("environment") or deployment.get("environment")
    description = deployment.get("description")
    return Telling(
        repository=_repository(said),
        about=f"deployment-{text(deployment.get('id'), 'deployment.id', longest=ID)}",
        environment=text(named, "environment", longest=100),
        moment=Moment(STAGES[state], moment(status.get("created_at"), "created_at")),
        version=version_of(payload.get("version"), ref, sha[:12]),
        sha=sha,
        request=number_in(payload.get("request"), description, ref),
        artefact_sha256=optional(payload.get("artefact_sha256"), longest=71),
    )


def _payload(value: Any) -> dict[str, Any]:
    """What the pipeline itself put into the deployment: an object, or JSON in a text."""
    if isinstance(value, str):
        try:
            value = parse_json_leniently(value.encode()).value if value.strip() else {}
        except BadBody:
            return {}
    return value if isinstance(value, dict) else {}


def _workflow_run(said: dict[str, Any]) -> Telling:
    run = mapping(said.get("workflow_run"), "workflow_run")
    number = text(run.get("id"), "workflow_run.id", longest=ID)
    attempt = text(run.get("run_attempt", 1), "run_attempt", longest=ID)
    commit = run.get("head_commit")
    commit = commit if isinstance(commit, dict) else {}
    stamp = commit.get("timestamp")
    sha = text(run.get("head_sha"), "head_sha", longest=64)
    return Telling(
        repository=_repository(said),
        about=f"run-{number}-{attempt}",
        moment=_moment_of_run(optional(said.get("action")), run),
        version=version_of("", run.get("head_branch"), sha[:12]),
        sha=sha,
        committed_at=moment(stamp, "head_commit.timestamp") if stamp else None,
        pipeline=optional(run.get("name")),
        request=number_in(
            run.get("display_title"), commit.get("message"), run.get("head_branch")
        ),
    )


def _moment_of_run(action: str, run: dict[str, Any]) -> Moment | None:
    if action == "in_progress":
        return Moment(Stage.BEGUN, moment(run.get("run_started_at"), "run_started_at"))
    if action != "completed":
        return None
    conclusion = text(run.get("conclusion"), "conclusion")
    if conclusion not in CONCLUSIONS:
        raise Unreadable(f"The conclusion “{conclusion}” is not known.")
    return Moment(CONCLUSIONS[conclusion], moment(run.get("updated_at"), "updated_at"))


def sample(repository: str, environment: str, now: datetime, number: str) -> tuple[str, Any]:
    """Return an event and a body as GitHub would send them, for a test."""
    return "deployment_status", {
        "action": "created",
        "deployment_status": {
            "state": "success",
            "environment": environment,
            "created_at": now.isoformat(),
        },
        "deployment": {"id": number, "sha": "0" * 40, "ref": "test", "payload": {}},
        "repository": {"full_name": repository},
    }
