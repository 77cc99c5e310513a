"""Takes calls of monitors in: each is kept as it came before anything is read into it."""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F

from operations.models import (
    Integration,
    IntegrationKind,
    Receipt,
    ReceiptState,
    Rejection,
    RejectionReason,
    RetiredKey,
)
from portal import clock
from portal.crypto import secret_hash
from portal.hints import later
from portal.strict import BAD_TEXT

KEPT_OF_REJECTED = 64 * 1024  # bytes
LONGEST_TYPE = 200  # characters of a content type, with the boundary of a form's parts


class Caller(NamedTuple):
    """Who calls: an integration, or why it may not; both for a key that once was good."""

    integration: Integration | None
    reason: RejectionReason | None


def caller_by(key: str, *, kind: str | None = None) -> Caller:
    """Find out whose key this is, and whether it still opens the door of this kind."""
    key_hash = secret_hash(key)
    integration = Integration.objects.filter(key_hash=key_hash).first()
    if integration is None:
        old = RetiredKey.objects.filter(key_hash=key_hash).select_related("integration").first()
        if old is None:
            return Caller(None, RejectionReason.UNKNOWN_KEY)
        return Caller(old.integration, RejectionReason.OLD_KEY)
    return _at_the_door(integration, kind)


def caller_by_mail(ids: list[uuid.UUID]) -> Caller:
    """Find the integration that a mail is addressed to, by the name before the “+”."""
    found = Integration.objects.filter(mail_id__in=ids).first() if ids else None
    if found is None:
        return Caller(None, RejectionReason.UNKNOWN_KEY)
    return _at_the_door(found, IntegrationKind.EMAIL)


def _at_the_door(integration: Integration, kind: str | None) -> Caller:
    if kind is not None and integration.kind != kind:
        return Caller(integration, RejectionReason.OTHER_DOOR)
    if not integration.is_active:
        return Caller(integration, RejectionReason.SWITCHED_OFF)
    return Caller(integration, None)


def accept(
    integration: Integration,
    body: bytes,
    content_type: str,
    *,
    call: str = "",
    headers: dict[str, str] | None = None,
    is_truncated: bool = False,
) -> Receipt:
    """
    Keep one call as it came; its commit is what the sender is promised.

    One INSERT is a transaction of its own, without a BEGIN and a COMMIT that would cost as
    much again. The pager reads the receipt within a second or so, a worker at once.
    """
    receipt = receipt_of(body, content_type, call=call, headers=headers)
    receipt.integration = integration
    receipt.is_truncated = is_truncated
    receipt.save(force_insert=True)
    later("operations.read_receipts")
    return receipt


def receipt_of(
    body: bytes, content_type: str, *, call: str = "", headers: dict[str, str] | None = None
) -> Receipt:
    """Return a receipt that is still to be saved, of whichever integration."""
    now = clock.now()
    return Receipt(
        public_id=uuid.uuid4(),
        received_at=now,
        due_at=now,
        content_type=content_type[:LONGEST_TYPE],
        call=BAD_TEXT.sub("\ufffd", call),
        headers=headers or {},
        body=body,
        body_hash=hashlib.sha256(body).hexdigest(),
    )


@transaction.atomic
def turn_away(caller: Caller) -> None:
    """Count a call that showed no good key."""
    assert caller.reason is not None
    _count(caller.integration, caller.reason)


@transaction.atomic
def reject(
    integration: Integration,
    body: bytes,
    content_type: str,
    *,
    why: str,
    reason: RejectionReason = RejectionReason.NOT_JSON,
    call: str = "",
    headers: dict[str, str] | None = None,
) -> Receipt:
    """Keep the beginning of what cannot be taken in, so that its owner can see what came."""
    now = clock.now()
    _count(integration, reason)
    return Receipt.objects.create(
        integration=integration,
        public_id=uuid.uuid4(),
        received_at=now,
        due_at=now,
        processed_at=now,
        content_type=content_type[:LONGEST_TYPE],
        call=BAD_TEXT.sub("\ufffd", call),
        headers=headers or {},
        body=body[:KEPT_OF_REJECTED],
        body_hash=hashlib.sha256(body).hexdigest(),
        is_truncated=len(body) > KEPT_OF_REJECTED,
        state=ReceiptState.REJECTED,
        error=why,
    )


@transaction.atomic
def forget_old_receipts(*, now: datetime) -> int:
    """Delete receipts that were read and are older than what is kept."""
    old = Receipt.objects.filter(received_at__lt=now - timedelta(days=settings.CALLS_KEPT_DAYS))
    deleted, _by_model = old.exclude(state=ReceiptState.RECEIVED).delete()
    return deleted


def _count(integration: Integration | None, reason: RejectionReason) -> None:
    row, _created = Rejection.objects.get_or_create(integration=integration, reason=reason)
    Rejection.objects.filter(pk=row.pk).update(count=F("count") + 1, last_at=clock.now())
