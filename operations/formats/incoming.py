"""What the formats have in common: what a call is, what is read from it, and the words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from operations.models import Receipt, Severity
from portal.strict import BadBody, parse_json_leniently

LONGEST_FINGERPRINT = 64
FNV_OFFSET = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3
SEPARATOR = b"\xff"
# Seconds, milliseconds, microseconds and nanoseconds since 1970, told apart by their size.
EPOCH_UNITS = ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))

# What monitors call it; “critical” alone does not make an outage.
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
    """A body, or one alert in it, is not what its format says; the sentence says why."""


@dataclass(frozen=True)
class Incoming:
    """
    One alert as the monitor told of it. `ended_at` is None while it fires or is unknown.

    Without a start of its own (`started_at` is None) it is known by its key alone: what fires
    goes on with the open occurrence, or begins one when it was received.
    """

    fingerprint: str
    is_firing: bool
    started_at: datetime | None
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
        return web_address(self.annotations.get("runbook_url", ""))

    @property
    def severity(self) -> Severity | None:
        """By the label `priority`, else by `severity`; None when neither says it."""
        priority = PRIORITIES.get(self.labels.get("priority", "").strip().lower())
        if priority is not None:
            return priority
        return SEVERITIES.get(self.labels.get("severity", "").strip().lower())


@dataclass(frozen=True)
class Note:
    """What somebody said about an alert in another tool; it changes no state of ours."""

    fingerprint: str
    text: str
    by: str = ""
    is_acknowledgement: bool = False


@dataclass(frozen=True)
class Told:
    """What one call told, and a sentence for each part of it that cannot be used."""

    alerts: list[Incoming] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort by alert, so that all readers lock in one order, and by time within each."""
        self.alerts.sort(key=_place)


@dataclass(frozen=True)
class Call:
    """A call as it was kept, and the rules it is to be read by (empty: the format's own)."""

    body: bytes
    received_at: datetime
    public_id: str
    content_type: str = ""
    call: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    alias: str = ""  # of the alert that the call names by another call's number

    @classmethod
    def of(cls, receipt: Receipt, rules: Mapping[str, Any], *, alias: str = "") -> Call:
        return cls(
            body=bytes(receipt.body),
            received_at=receipt.received_at,
            public_id=str(receipt.public_id),
            content_type=receipt.content_type,
            call=receipt.call,
            headers=receipt.headers,
            rules=rules,
            alias=alias,
        )

    def json(self) -> Any:
        """Return the body's value; bad text in it was replaced, bad structure is unreadable."""
        try:
            return parse_json_leniently(self.body, limit=max(len(self.body), 1)).value
        except BadBody as error:
            raise Unreadable(str(error)) from None


class Snippet(NamedTuple):
    """What an operator copies into a monitor: `where` it goes, and the text itself."""

    where: str
    text: str


class Sample(NamedTuple):
    """One call as a monitor of this kind makes it: what follows the door, and the body."""

    call: str
    body: bytes
    content_type: str = "application/json"


def each_of(items: list[Any], read: Any) -> Told:
    """Read each item by itself: one that cannot be used does not lose the others."""
    found: list[Incoming] = []
    problems = []
    for number, item in enumerate(items, start=1):
        try:
            found.append(read(item))
        except Unreadable as problem:
            problems.append(f"Alert {number} of {len(items)}: {problem}")
    return Told(found, problems=problems)


def fingerprint_of(labels: dict[str, str]) -> str:
    """Return FNV-1a (64 bit) over the sorted labels in 16 hex digits, as Prometheus does."""
    value = FNV_OFFSET
    for name in sorted(labels):
        for byte in name.encode() + SEPARATOR + labels[name].encode() + SEPARATOR:
            value = ((value ^ byte) * FNV_PRIME) % 2**64
    return f"{value:016x}"


def fitting(key: str) -> str:
    """Return the key as a fingerprint: as it is where it fits, else its SHA-256."""
    if len(key) <= LONGEST_FINGERPRINT:
        return key
    return hashlib.sha256(key.encode()).hexdigest()


def texts(said: Any, what: str) -> dict[str, str]:
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise Unreadable(f"its {what} are not an object.")
    return {str(name): text(value) for name, value in said.items()}


def text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def moment(said: Any, what: str) -> datetime | None:
    """
    Return a moment in UTC from RFC 3339 text or a count since 1970; without a zone it is UTC.

    The zero time (year 1) and nothing are None. A count is of seconds, or of thousandths,
    millionths or milliardths of them, by its size.
    """
    if said in (None, ""):
        return None
    try:
        found = _moment(said)
        return None if found.year <= 1 else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(f"its {what} is not a time: {str(said)[:60]}.") from None


def _moment(said: Any) -> datetime:
    if isinstance(said, str) and not said.strip().isdigit():
        found = datetime.fromisoformat(said.strip())  # takes +0000, too
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    if isinstance(said, bool):
        raise TypeError
    count = float(said)
    unit = next((unit for limit, unit in EPOCH_UNITS if abs(count) < limit), None)
    if unit is None:
        raise ValueError
    return datetime.fromtimestamp(count / unit, tz=UTC)


def web_address(said: Any) -> str:
    """Return the address if it is one that a page may link to, else nothing."""
    fits = isinstance(said, str) and said.startswith(("http://", "https://"))
    return said if fits and len(said) <= 1000 else ""


def wrong_shape(said: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, list[str]]:
    """
    Return which parts of rules are not of the type that `shape` names; empty when all are.

    A shape names a type, a list of one, or an object from one to another.
    """
    wrong = {}
    for name, value in said.items():
        if name not in shape:
            wrong[name] = [_("There is no such part of the rules.")]
        elif not _is_of(value, shape[name]):
            wrong[name] = [_("This part of the rules is not of the right type.")]
    return wrong


def _is_of(value: Any, kind: Any) -> bool:
    if isinstance(kind, list):
        return isinstance(value, list) and all(_is_of(each, kind[0]) for each in value)
    if isinstance(kind, dict):
        [(_name, inner)] = kind.items()
        return isinstance(value, dict) and all(_is_of(each, inner) for each in value.values())
    return isinstance(value, kind) and not isinstance(value, bool)


def words_of(call: str) -> list[str]:
    """Return the parts of what an address asked for, such as verb, kind of key and key."""
    return call.split(" ", 2) if call else []


def _place(told: Incoming) -> tuple[str, datetime, bool]:
    """Where an alert stands in a call; those without a start keep the order they came in."""
    if told.started_at is None:
        return (told.fingerprint, datetime.min.replace(tzinfo=UTC), False)
    return (told.fingerprint, told.started_at, not told.is_firing)
