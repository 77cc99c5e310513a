"""
Reads what Prometheus Alertmanager's webhook sends, payload versions 3 and 4.

Source: the webhook's documentation and Alertmanager's own code. Each alert is judged by its
own status and times, never by the top level; fields that nobody knows are left alone, since
every release adds one; `receiver` and `groupKey` name nothing here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from operations.models import Severity

FIRING = "firing"
RESOLVED = "resolved"
LONGEST_FINGERPRINT = 64
FNV_OFFSET = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3
SEPARATOR = b"\xff"

# What monitors write in the label `severity`; “critical” alone does not make an outage.
SEVERITIES = {
    "p0": Severity.P0,
    "p1": Severity.P1,
    "p2": Severity.P2,
    "p3": Severity.P3,
    "critical": Severity.P1,
    "page": Severity.P1,
    "high": Severity.P1,
    "error": Severity.P2,
    "warning": Severity.P2,
    "medium": Severity.P2,
    "info": Severity.P3,
    "low": Severity.P3,
}
PRIORITIES = {name: SEVERITIES[name] for name in ("p0", "p1", "p2", "p3")}


class Unreadable(ValueError):
    """The body, or one alert in it, is not what Alertmanager sends; the sentence says why."""


@dataclass(frozen=True)
class Incoming:
    """One alert as the monitor told of it. `ended_at` is None while it fires or is unknown."""

    fingerprint: str
    is_firing: bool
    started_at: datetime
    ended_at: datetime | None
    labels: dict[str, str]
    annotations: dict[str, str]
    generator_url: str

    @property
    def name(self) -> str:
        return (self.labels.get("alertname") or "Unnamed alert")[:200]

    @property
    def summary(self) -> str:
        said = self.annotations.get("summary") or self.annotations.get("message") or ""
        return said[:500]

    @property
    def description(self) -> str:
        return self.annotations.get("description", "")[:20_000]

    @property
    def runbook_url(self) -> str:
        """The runbook's address, if it is one that a page may link to."""
        url = self.annotations.get("runbook_url", "")
        return url if _is_web_address(url) else ""

    @property
    def severity(self) -> Severity | None:
        """By the label `priority`, else by `severity`; None when neither says it."""
        priority = PRIORITIES.get(self.labels.get("priority", "").strip().lower())
        if priority is not None:
            return priority
        return SEVERITIES.get(self.labels.get("severity", "").strip().lower())


def read(payload: Any) -> tuple[list[Incoming], list[str]]:
    """
    Return the alerts of a webhook body, and a sentence for each that cannot be used.

    They come in an order that several readers share, so that they lock in one order, and
    with an alert's earlier occurrences first. Raises `Unreadable` when the body as a whole
    is not Alertmanager's.
    """
    alerts = payload.get("alerts") if isinstance(payload, dict) else None
    if not isinstance(alerts, list):
        raise Unreadable("The body has no list of alerts; Alertmanager sends one as “alerts”.")
    found, problems = [], []
    for number, alert in enumerate(alerts, start=1):
        try:
            found.append(_incoming(alert))
        except Unreadable as problem:
            problems.append(f"Alert {number} of {len(alerts)}: {problem}")
    found.sort(key=lambda alert: (alert.fingerprint, alert.started_at, not alert.is_firing))
    return found, problems


def fingerprint_of(labels: dict[str, str]) -> str:
    """Return FNV-1a (64 bit) over the sorted labels in 16 hex digits, as Prometheus does."""
    value = FNV_OFFSET
    for name in sorted(labels):
        for byte in name.encode() + SEPARATOR + labels[name].encode() + SEPARATOR:
            value = ((value ^ byte) * FNV_PRIME) % 2**64
    return f"{value:016x}"


def _incoming(alert: Any) -> Incoming:
    if not isinstance(alert, dict):
        raise Unreadable("it is not an object.")
    status = alert.get("status")
    if status not in {FIRING, RESOLVED}:
        raise Unreadable("its status is neither “firing” nor “resolved”.")
    labels = _texts(alert.get("labels"), "labels")
    fingerprint = _fingerprint(alert.get("fingerprint"), labels)
    started_at = _moment(alert.get("startsAt"), "startsAt")
    if started_at is None:
        raise Unreadable("it does not say when it began (startsAt).")
    # While it fires, the end is the zero time, or a time-out that is no end.
    ended_at = _moment(alert.get("endsAt"), "endsAt") if status == RESOLVED else None
    generator = str(alert.get("generatorURL") or "")
    return Incoming(
        fingerprint=fingerprint,
        is_firing=status == FIRING,
        started_at=started_at,
        ended_at=max(ended_at, started_at) if ended_at else None,
        labels=labels,
        annotations=_texts(alert.get("annotations"), "annotations"),
        generator_url=generator if _is_web_address(generator) else "",
    )


def _fingerprint(said: Any, labels: dict[str, str]) -> str:
    if not isinstance(said, str) or not said:
        if not labels:
            raise Unreadable("it has neither labels nor a fingerprint to know it by.")
        return fingerprint_of(labels)
    if len(said) > LONGEST_FINGERPRINT:
        return hashlib.sha256(said.encode()).hexdigest()
    return said


def _texts(said: Any, what: str) -> dict[str, str]:
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise Unreadable(f"its {what} are not an object.")
    return {str(name): _text(value) for name, value in said.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _moment(said: Any, what: str) -> datetime | None:
    """Return an RFC 3339 moment in UTC; the zero time (year 1) and nothing are None."""
    if said in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(said)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return None if moment.year <= 1 else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(f"its {what} is not a time: {str(said)[:60]}.") from None


def _is_web_address(url: str) -> bool:
    return url.startswith(("http://", "https://")) and len(url) <= 1000
