"""
Reads receipts, once each, at whatever distance from their arrival.

What a body says is worked out in `operations.formats` and `operations.routing`, what follows
from it in `operations.workflow.occurrences`. Formats whose alerts bring no start are read in
the order in which they came; one that fails for no fault of its own does not hold the others
up, and is read in the light of what came after it once it can be (`operations.hindsight`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from operations import formats
from operations.formats import Call, Told, Unreadable, opsgenie
from operations.formats.incoming import Note, words_of
from operations.hindsight import in_hindsight
from operations.models import (
    Alert,
    Integration,
    IntegrationKind,
    IntegrationMapping,
    Receipt,
    ReceiptState,
)
from operations.routing import Router
from operations.workflow.applying import apply_one
from operations.workflow.occurrences import Reading
from operations.workflow.staleness import note_cut_off
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.hints import later
from portal.models import User

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=1)
ATTEMPTS = 10  # of reading a receipt that fails for no fault of its own, before it is shown
LOOKED_AHEAD = 500  # receipts, when one is read again
# What is saved of a receipt once it was read.
CONCLUSION = [
    "state",
    "error",
    "attempts",
    "processed_at",
    "alert_count",
    "late_count",
    "mapping",
    "is_replay",
]
IN_ORDER = {kind for kind, each in formats.FORMATS.items() if each.IS_KEYED}


def read_receipt(receipt_id: int, *, now: datetime) -> None:
    """
    Apply a receipt that is still to be read; doing so again changes nothing.

    What cannot be understood makes it “failed”, with the reason; any other failure leaves
    it due, a little later each time.
    """
    waiting = Receipt.objects.filter(pk=receipt_id, state=ReceiptState.RECEIVED)
    said = waiting.values("integration_id", "integration__kind", "is_replay").first()
    if said is None:
        return
    turn = said["integration_id"] if said["integration__kind"] in IN_ORDER else None
    if turn is not None and not said["is_replay"]:
        for pk in _waiting_before(receipt_id, turn):
            _try_to_read(pk, now, turn=turn)
    _try_to_read(receipt_id, now, turn=turn)


def why_not_replay(receipt: Receipt) -> list[Refusal]:
    """Return every reason why this receipt cannot be read again now."""
    if receipt.state == ReceiptState.RECEIVED:
        return [Refusal("waiting", "This receipt is waiting to be read already.")]
    if receipt.state == ReceiptState.REJECTED or receipt.is_truncated:
        sentence = "This receipt was not kept whole, so there is nothing to read again."
        return [Refusal("not_whole", sentence, "Have the monitor send it again.")]
    return []


@transaction.atomic
def replay(receipt: Receipt, *, actor: User | None) -> Receipt:
    """
    Read a receipt again, as after a label was given to a service; it changes nothing twice.

    Raises `TransitionNotAllowed` for one that waits to be read, or that was not kept whole.
    """
    locked = (
        Receipt.objects.select_for_update(of=("self",))
        .select_related("integration")
        .get(pk=receipt.pk)
    )
    if reasons := why_not_replay(locked):
        raise TransitionNotAllowed(reasons)
    locked.state = ReceiptState.RECEIVED
    locked.is_replay = True
    locked.due_at = clock.now()
    locked.attempts = 0
    locked.error = ""
    locked.processed_at = None
    locked.save(
        update_fields=["state", "is_replay", "due_at", "attempts", "error", "processed_at"]
    )
    events.record(
        "integration.replayed",
        locked.integration,
        actor=actor,
        receipt=str(locked.public_id),
    )
    later("operations.read_receipts")
    return locked


def rules_in_force(
    integration: Integration,
) -> tuple[IntegrationMapping | None, dict[str, Any]]:
    """Return the mapping by which calls are read now, with its rules."""
    if formats.rules_of(integration.kind) is None:
        return None, {}
    mapping = integration.mappings.first()
    return mapping, mapping.rules if mapping else {}


def understand(receipt: Receipt, rules: Mapping[str, Any]) -> Told:
    """Return what a receipt tells by these rules; what is wrong with it, as its problems."""
    try:
        if receipt.is_truncated:
            raise Unreadable(
                "The body was longer than 10 MiB, and only its beginning was kept."
            )
        call = Call.of(receipt, rules, alias=_alias_behind(receipt))
        return formats.format_of(receipt.integration.kind).read(call)
    except Unreadable as problem:
        return Told(problems=[str(problem)])


def apply(
    receipt: Receipt, told: Told, mapping: IntegrationMapping | None, now: datetime
) -> Reading:
    """Do what follows from a receipt that the caller has locked, and say how it went."""
    reading = Reading(receipt, Router(receipt.integration, told.alerts), told.alerts)
    apply_one(reading)
    conclude(reading, told, mapping, now)
    receipt.save(update_fields=CONCLUSION)
    return reading


def conclude(
    reading: Reading, told: Told, mapping: IntegrationMapping | None, now: datetime
) -> None:
    """Set the fields `CONCLUSION` of a receipt that was applied; the caller saves them."""
    receipt = reading.receipt
    for note in told.notes:
        _note(receipt, note)
    receipt.state = ReceiptState.FAILED if told.problems else ReceiptState.PROCESSED
    receipt.error = "\n".join(told.problems)[:10_000]
    receipt.attempts += 1
    receipt.processed_at = now
    receipt.alert_count = len(told.alerts)
    receipt.late_count = reading.late
    receipt.mapping = mapping
    receipt.is_replay = False
    if told.problems:
        _tell_of_failure(receipt, now)


def told_since(receipt: Receipt, rules: Mapping[str, Any]) -> list[tuple[datetime, Told]]:
    """Return what the integration's later calls tell, as far as anybody looks ahead."""
    since = receipt.integration.receipts.filter(pk__gt=receipt.pk).exclude(
        state=ReceiptState.REJECTED
    )
    rows = since.select_related("integration").order_by("pk")[:LOOKED_AHEAD]
    return [(each.received_at, understand(each, rules)) for each in rows]


def _try_to_read(receipt_id: int, now: datetime, *, turn: int | None = None) -> None:
    """Read one receipt; `turn` is the integration whose calls are read one after the other."""
    try:
        with transaction.atomic():
            if turn is not None:
                Integration.objects.select_for_update().get(pk=turn)
            if receipt := _locked(receipt_id):
                _read(receipt, now)
    except Exception as error:
        log.exception("A receipt could not be read.")
        _note_failure(receipt_id, error, now)


def _waiting_before(receipt_id: int, integration_id: int) -> list[int]:
    """The calls before this one that nobody has tried to read yet, the oldest first."""
    waiting = Receipt.objects.filter(
        integration=integration_id,
        state=ReceiptState.RECEIVED,
        attempts=0,
        is_replay=False,
        pk__lt=receipt_id,
    )
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def _locked(receipt_id: int) -> Receipt | None:
    """Return the receipt, if it is still to be read and in no other process's hands."""
    waiting = Receipt.objects.filter(pk=receipt_id, state=ReceiptState.RECEIVED)
    return (
        waiting.select_for_update(skip_locked=True, of=("self",))
        .select_related("integration__service")
        .first()
    )


def _read(receipt: Receipt, now: datetime) -> None:
    mapping, rules = rules_in_force(receipt.integration)
    told = understand(receipt, rules)
    is_out_of_turn = receipt.attempts > 0 and receipt.integration.kind in IN_ORDER
    if receipt.is_replay or is_out_of_turn:
        calls = [(receipt.received_at, told), *told_since(receipt, rules)]
        told = in_hindsight(calls)[0]
    apply(receipt, told, mapping, now)


def _alias_behind(receipt: Receipt) -> str:
    """Return the alias of the alert that a call names by the number of another call."""
    if receipt.integration.kind != IntegrationKind.OPSGENIE:
        return ""
    _action, kind, identifier = words_of(receipt.call) or ("", "", "")
    if kind != opsgenie.BY_ID:
        return ""
    try:
        number = UUID(identifier)
    except ValueError:
        return ""
    first = Receipt.objects.filter(integration=receipt.integration, public_id=number).first()
    return opsgenie.alias_of(Call.of(first, {}).json(), str(number)) if first else ""


def _note(receipt: Receipt, note: Note) -> None:
    """Keep beside the alert what was said of it elsewhere; the alert's state is our own."""
    found = Alert.objects.filter(
        integration=receipt.integration, fingerprint=note.fingerprint
    ).select_related("service")
    said = str(receipt.public_id)
    alert = found.first()
    if alert is None or events.about(alert).filter(data__receipt=said).exists():
        return
    kind = "alert.acknowledged_elsewhere" if note.is_acknowledgement else "alert.noted"
    events.record(
        kind,
        alert,
        actor=None,
        happened_at=receipt.received_at,
        what=": ".join(part for part in (note.by[:200], note.text[:2000]) if part),
        receipt=said,
    )


def _tell_of_failure(receipt: Receipt, now: datetime) -> None:
    if receipt.is_truncated:
        note_cut_off(receipt, now=now)
    events.record(
        "integration.misunderstood",
        receipt.integration,
        actor=None,
        receipt=str(receipt.public_id),
        error=receipt.error[:1000],
    )


@transaction.atomic
def _note_failure(receipt_id: int, error: Exception, now: datetime) -> None:
    receipt = Receipt.objects.select_for_update(of=("self",)).get(pk=receipt_id)
    receipt.attempts += 1
    receipt.error = f"{type(error).__name__}: {error}"[:2000]
    receipt.due_at = now + min(timedelta(seconds=2**receipt.attempts), LONGEST_WAIT)
    if receipt.attempts >= ATTEMPTS:
        receipt.state = ReceiptState.FAILED
        receipt.processed_at = now
        _tell_of_failure(receipt, now)
    receipt.save(update_fields=["attempts", "error", "due_at", "state", "processed_at"])
