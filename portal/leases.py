"""
Claim, lease, send, mark: how exactly one process at a time has a message in hand.

A claim commits before anything is sent. When its lease ends without word, because the process
died, the row is due again. Who marks must still hold the claim (RELIABILITY R3).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import OrderBy, Q, QuerySet

from portal import clock
from portal.models import OWED, Outgoing, SendState

LEASE = timedelta(seconds=20)  # longer than the 10 s that a send may take

Row = TypeVar("Row", bound=Outgoing)


OLDEST_FIRST = ("due_at", "pk")


@transaction.atomic
def claim(
    rows: QuerySet[Row],
    now: datetime,
    *,
    limit: int,
    order: Sequence[str | OrderBy] = OLDEST_FIRST,
) -> list[Row]:
    """Take up to `limit` due rows, the oldest first or as told, for the length of a lease."""
    if limit <= 0:
        return []
    free = Q(state=SendState.DUE) | Q(lease_until__lt=now)
    due = rows.filter(OWED, due_at__lte=now).filter(free).order_by(*order)
    found = due.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)
    pks = list(found[:limit])
    if not pks:
        return []
    token = secrets.token_hex(16)
    rows.model._default_manager.filter(pk__in=pks).update(
        state=SendState.CLAIMED, lease_until=clock.now() + LEASE, claim=token
    )
    return list(rows.filter(claim=token, pk__in=pks).order_by(*order))


@transaction.atomic
def mark_sent(row: Outgoing, **fields: Any) -> bool:
    """Note that it left; False when another process has taken it over meanwhile."""
    return _mark(row, state=SendState.SENT, sent_at=clock.now(), last_error="", **fields)


@transaction.atomic
def mark_sent_after_all(row: Outgoing, **fields: Any) -> bool:
    """Note that it left although it was given up; False when it was tried again meanwhile."""
    again = type(row)._default_manager.filter(
        pk=row.pk, state=SendState.DUE, attempts=row.attempts + 1
    )
    sent = {"state": SendState.SENT, "sent_at": clock.now(), "last_error": ""}
    return bool(again.update(**sent, **fields))


@transaction.atomic
def mark_failed(
    row: Outgoing,
    error: str,
    *,
    longest: timedelta,
    at_least: timedelta = timedelta(0),
    **fields: Any,
) -> bool:
    """Note the failure and owe the next attempt, 5 s to `longest` from now, or `at_least`."""
    wait = max(min(timedelta(seconds=5 * 2 ** min(row.attempts, 12)), longest), at_least)
    return _mark(
        row,
        state=SendState.DUE,
        due_at=clock.now() + wait,
        last_error=error[:1000],
        **fields,
    )


@transaction.atomic
def give_up(row: Outgoing, reason: str, *, state: SendState = SendState.FAILED) -> bool:
    """End it without sending, and say why."""
    return _mark(row, state=state, last_error=reason[:1000])


def _mark(row: Outgoing, **fields: Any) -> bool:
    mine = type(row)._default_manager.filter(
        pk=row.pk, state=SendState.CLAIMED, claim=row.claim
    )
    return bool(mine.update(attempts=row.attempts + 1, lease_until=None, claim="", **fields))
