"""
Reads receipts, once each, at whatever distance from their arrival.

What a body says is worked out in `operations.alertmanager` and `operations.routing`, what
follows from it in `operations.workflow.occurrences`.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction

from operations import alertmanager
from operations.alertmanager import Incoming, Unreadable
from operations.models import Receipt, ReceiptState
from operations.routing import Router
from operations.workflow.occurrences import Reading
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.hints import later
from portal.models import User
from portal.strict import BadBody, parse_json_leniently

log = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(minutes=1)
ATTEMPTS = 10  # of reading a receipt that fails for no fault of its own, before it is shown


def read_receipt(receipt_id: int, *, now: datetime) -> None:
    """
    Apply a receipt that is still to be read; doing so again changes nothing.

    What cannot be understood makes it “failed”, with the reason; any other failure leaves
    it due, a little later each time.
    """
    try:
        with transaction.atomic():
            waiting = Receipt.objects.select_for_update(skip_locked=True, of=("self",))
            receipt = (
                waiting.filter(pk=receipt_id, state=ReceiptState.RECEIVED)
                .select_related("integration__service")
                .first()
            )
            if receipt is None:  # read already, or in another process's hands
                return
            _read(receipt, now)
    except Exception as error:
        log.exception("A receipt could not be read.")
        _note_failure(receipt_id, error, now)


def read_all_due(now: datetime, *, limit: int = 200) -> int:
    """Read what waits, the oldest first; return how many receipts were tried."""
    due = Receipt.objects.filter(state=ReceiptState.RECEIVED, due_at__lte=now)
    pks = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    for pk in pks:
        read_receipt(pk, now=now)
    return len(pks)


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

    Raises `TransitionNotAllowed` for one that waits to be read, or whose body is no JSON.
    """
    locked = (
        Receipt.objects.select_for_update(of=("self",))
        .select_related("integration")
        .get(pk=receipt.pk)
    )
    if reasons := why_not_replay(locked):
        raise TransitionNotAllowed(reasons)
    locked.state = ReceiptState.RECEIVED
    locked.due_at = clock.now()
    locked.attempts = 0
    locked.error = ""
    locked.processed_at = None
    locked.save(update_fields=["state", "due_at", "attempts", "error", "processed_at"])
    events.record(
        "integration.replayed",
        locked.integration,
        actor=actor,
        receipt=str(locked.public_id),
    )
    later("operations.read_receipts")
    return locked


def _read(receipt: Receipt, now: datetime) -> None:
    try:
        incoming, problems = _understand(receipt)
    except Unreadable as problem:
        incoming, problems = [], [str(problem)]
    reading = Reading(receipt, Router(receipt.integration, incoming))
    reading.apply(incoming)
    receipt.state = ReceiptState.FAILED if problems else ReceiptState.PROCESSED
    receipt.error = "\n".join(problems)[:10_000]
    receipt.attempts += 1
    receipt.processed_at = now
    receipt.alert_count = len(incoming)
    receipt.late_count = reading.late
    receipt.save(
        update_fields=[
            "state",
            "error",
            "attempts",
            "processed_at",
            "alert_count",
            "late_count",
        ]
    )
    if problems:
        _tell_of_failure(receipt)


def _understand(receipt: Receipt) -> tuple[list[Incoming], list[str]]:
    if receipt.is_truncated:
        raise Unreadable("The body was longer than 10 MiB, and only its beginning was kept.")
    try:
        payload, _was_mended = parse_json_leniently(bytes(receipt.body))
    except BadBody as error:
        raise Unreadable(str(error)) from None
    return alertmanager.read(payload)


def _tell_of_failure(receipt: Receipt) -> None:
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
        _tell_of_failure(receipt)
    receipt.save(update_fields=["attempts", "error", "due_at", "state", "processed_at"])
