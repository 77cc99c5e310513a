"""
Reads what waits, many calls in one transaction: a commit costs as much as reading a call.

A batch is small enough for its locks to be held for a moment only. When it fails, as when one
of its calls cannot be read, each is read by itself (`workflow.reading`), so that none of them
holds the others up. So is what is read again, after a failure or on a person's word.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Length

from operations.formats import Incoming, Told
from operations.models import Integration, IntegrationMapping, Receipt, ReceiptState
from operations.routing import Router
from operations.workflow.applying import apply_all
from operations.workflow.known import Known
from operations.workflow.occurrences import Reading
from operations.workflow.reading import (
    CONCLUSION,
    IN_ORDER,
    conclude,
    read_receipt,
    rules_in_force,
    understand,
)

log = logging.getLogger(__name__)

TOGETHER = 100  # calls
LONGEST = 256 * 1024  # bytes of their bodies


class Waiting(NamedTuple):
    """A receipt that waits; calls of one `turn` are read one after the other."""

    pk: int
    turn: int | None
    size: int
    is_new: bool


def read_all_due(now: datetime, *, limit: int = 200) -> int:
    """Read what waits, the oldest first; return how many receipts were tried."""
    due = Receipt.objects.filter(state=ReceiptState.RECEIVED, due_at__lte=now)
    rows = due.order_by("due_at", "pk").values_list(
        *("pk", "integration_id", "integration__kind", Length("body"), "attempts", "is_replay")
    )[:limit]
    waiting = [
        Waiting(pk, integration if kind in IN_ORDER else None, size, not (tried or is_replay))
        for pk, integration, kind, size, tried, is_replay in rows
    ]
    for some in _batches(waiting):
        _read_together(some, now)
    return len(waiting)


def _batches(waiting: list[Waiting]) -> Iterator[list[Waiting]]:
    """Part them: by turn, by number and by size; what is tried again stays alone."""
    open_ones: dict[int | None, list[Waiting]] = defaultdict(list)
    for each in waiting:
        mine = open_ones[each.turn]
        is_full = len(mine) == TOGETHER or sum(one.size for one in mine) + each.size > LONGEST
        if mine and (is_full or not each.is_new):
            yield mine
            mine = open_ones[each.turn] = []
        if each.is_new:
            mine.append(each)
        else:
            yield [each]
    yield from (mine for mine in open_ones.values() if mine)


def _read_together(some: list[Waiting], now: datetime) -> None:
    if len(some) > 1:
        try:
            _read(some, now)
        except Exception:
            log.exception("%d calls could not be read together; each is by itself.", len(some))
        else:
            return
    for each in some:
        read_receipt(each.pk, now=now)


@transaction.atomic
def _read(some: list[Waiting], now: datetime) -> None:
    turn = some[0].turn
    waiting = Receipt.objects.filter(state=ReceiptState.RECEIVED, attempts=0, is_replay=False)
    if turn is not None:
        Integration.objects.select_for_update().get(pk=turn)
        # With those before the last of them that are not due by this process's clock.
        mine = waiting.filter(integration=turn, pk__lte=max(each.pk for each in some))
        _apply(mine.order_by("pk")[: len(some)], now)
    else:
        _apply(waiting.filter(pk__in=[each.pk for each in some]).order_by("pk"), now)


def _apply(waiting: QuerySet[Receipt], now: datetime) -> None:
    locked = waiting.select_for_update(skip_locked=True, of=("self",))
    receipts = list(locked.select_related("integration__service"))
    known = Known()
    world = World(receipts)
    readings = [
        Reading(receipt, world.router(receipt), world.told[receipt.pk].alerts, known)
        for receipt in receipts
    ]
    apply_all(readings, known)
    for reading in readings:
        receipt = reading.receipt
        conclude(reading, world.told[receipt.pk], world.mapping(receipt), now)
    _save(receipts)


class World:
    """What calls tell, with all that is the same for the calls of one integration."""

    def __init__(self, receipts: list[Receipt]) -> None:
        self._integrations: dict[int, Integration] = {}
        self._rules: dict[int, tuple[IntegrationMapping | None, dict[str, Any]]] = {}
        self.told: dict[int, Told] = {}
        heard: dict[int, list[Incoming]] = defaultdict(list)
        for receipt in receipts:
            pk = receipt.integration_id
            receipt.integration = self._integrations.setdefault(pk, receipt.integration)
            if pk not in self._rules:
                self._rules[pk] = rules_in_force(receipt.integration)
            self.told[receipt.pk] = told = understand(receipt, self._rules[pk][1])
            heard[pk] += told.alerts
        self._routers = {
            pk: Router(self._integrations[pk], incoming) for pk, incoming in heard.items()
        }

    def router(self, receipt: Receipt) -> Router:
        return self._routers[receipt.integration_id]

    def mapping(self, receipt: Receipt) -> IntegrationMapping | None:
        return self._rules[receipt.integration_id][0]


def _save(receipts: Iterable[Receipt]) -> None:
    """Save their conclusions, with one statement for all that came to the same."""
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for receipt in receipts:
        alike[tuple(getattr(receipt, name) for name in CONCLUSION)].append(receipt.pk)
    for values, pks in alike.items():
        said = dict(zip(CONCLUSION, values, strict=True))
        Receipt.objects.filter(pk__in=pks).update(**said)
