"""
The audit chain: one order of all events, in which no row can be changed, added or removed.

Each seal is an HMAC over the seal before it and the event, with a key that is not in the
database. Sealing follows the commit within seconds, on a process of its own turn, so that
verbs never wait for one another at the head of the chain. The newest position and seal are
also kept in a file, so that cutting off the tail is found. Demo events are not part of it.
"""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from portal.models import UNSEALED, Event

BATCH = 500
_ADVISORY_LOCK = 7_203_001  # any number that nobody else here locks


@dataclass(frozen=True)
class Problem:
    """One break in the chain: where, and what is wrong there."""

    position: int
    sentence: str


def seal_new_events() -> int:
    """Give the committed, unsealed events their place and seal; return how many."""
    with transaction.atomic():
        if not _have_the_head():
            return 0
        new = list(Event.objects.filter(UNSEALED, is_demo=False).order_by("pk")[:BATCH])
        if not new:
            return 0
        last = Event.objects.exclude(UNSEALED).order_by("-position").first()
        position, seal = (last.position or 0, last.seal) if last else (0, "")
        for event in new:
            position += 1
            seal = event.seal = seal_of(event, position, seal)
            event.position = position
        _write(new)
    _keep_head(position, seal)
    return len(new)


def _write(sealed: list[Event]) -> None:
    """Save positions and seals: one statement made once costs a tenth of one with 500 cases."""
    sentence = "UPDATE portal_event SET position = %s, seal = %s WHERE id = %s"
    rows = [(event.position, event.seal, event.pk) for event in sealed]
    with connection.cursor() as cursor:
        cursor.executemany(sentence, rows)


def seal_of(event: Event, position: int, before: str) -> str:
    """Return the seal of `event` at `position`, 64 hex digits, given the seal before it."""
    said = {
        "id": event.pk,
        "position": position,
        "before": before,
        "kind": event.kind,
        "content_type": event.content_type_id,
        "object_id": event.object_id,
        "subject": event.subject_label,
        "service": event.service_id,
        "actor": event.actor_id,
        "actor_name": event.actor_label,
        "data": event.data,
        "happened_at": event.happened_at.isoformat(),
        "recorded_at": event.recorded_at.isoformat(),
    }
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(settings.AUDIT_KEY.encode(), text.encode(), "sha256").hexdigest()


def verify() -> Iterator[Problem]:
    """Walk the whole chain and yield every break; nothing when it is whole."""
    position, seal = 0, ""
    head = kept_head()
    for event in Event.objects.exclude(UNSEALED).order_by("position").iterator():
        found = event.position or 0
        if found != position + 1:
            yield Problem(position + 1, f"{found - position - 1} events are missing here.")
        if not hmac.compare_digest(event.seal, seal_of(event, found, seal)):
            yield Problem(
                found, f"Event {event.pk} ({event.kind}) was changed, or one before it."
            )
        position, seal = found, event.seal
        if head and head[0] == found and head[1] != event.seal:
            yield Problem(found, "The chain was written anew: the kept head is another.")
    if head and head[0] > position:
        yield Problem(position + 1, f"The last {head[0] - position} events were cut off.")


def kept_head() -> tuple[int, str] | None:
    """The newest (position, seal) that was kept outside the database."""
    path = _head_file()
    if not path.exists():
        return None
    head: dict[str, Any] = json.loads(path.read_text())
    return int(head["position"]), str(head["seal"])


def _keep_head(position: int, seal: str) -> None:
    path = _head_file()
    written = path.with_suffix(".new")
    written.write_text(json.dumps({"position": position, "seal": seal}))
    written.replace(path)


def _head_file() -> Path:
    return Path(settings.DATA_DIR) / "audit-head.json"


def _have_the_head() -> bool:
    """Whether this transaction is the only one that seals; on SQLite it always is."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ADVISORY_LOCK])
        row = cursor.fetchone()
    return bool(row and row[0])
