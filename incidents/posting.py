"""
A desk sends the rows of one table on lanes of its own, beside the pages and never before them.

A row is claimed, sent and marked as pages are (`portal.leases`, RELIABILITY R3), in the same
process and yet apart: an own table, own lanes with few slots, no waiting for what is in
flight. A thousand letters, or a mail server that hangs on them, hold up no page (R12).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from portal import leases
from portal.lanes import DEADLINE, Job, Lanes
from portal.models import OWED, Outgoing

log = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Outgoing)

PATIENCE = 0.05  # seconds to wait for what was begun
MOMENT = 0.2  # seconds of a round; what pages people comes before, and again after it
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class Outcome:
    """
    What came of one attempt; no error: it was taken.

    `is_lasting`: trying again will hardly help. `is_unwanted`: nobody wants it any more.
    `answers`: what the other side said, where that matters.
    """

    error: str = ""
    is_lasting: bool = False
    is_unwanted: bool = False
    retry_after: timedelta = timedelta(0)
    status: int | None = None
    answers: str = ""


TOO_LATE = Outcome(error="It did not answer within ten seconds.")


class Desk(Generic[Row]):
    """
    Sends what is due of one table, lane by lane.

    `send` runs in a thread of its own and never touches the database; `settle` writes down
    what came of it. The table's rows have a `lane`.
    """

    def __init__(
        self,
        name: str,
        *,
        rows: Callable[[], QuerySet[Row]],
        send: Callable[[Row], Outcome],
        settle: Callable[[Row, Outcome], None],
        slots: int,
    ) -> None:
        self._rows = rows
        self._send = send
        self._settle = settle
        self._lanes: Lanes[Row, Outcome] = Lanes(name, too_late=TOO_LATE, slots_of_a_lane=slots)
        self._unmarked: list[tuple[Job[Row, Outcome], Outcome]] = []

    def send_due(self, now: datetime) -> int:
        """
        Begin what is due and has room, mark what has ended; return how many were begun.

        Again and again for a moment, since a round of the pager is long where little is quick.
        """
        ends_at = time.monotonic() + MOMENT
        count = 0
        while begun := self._begin_all(now):
            count += len(begun)
            self._lanes.wait(begun, PATIENCE)
            self.mark_ended()
            if time.monotonic() >= ends_at:
                return count
        self.mark_ended()
        return count

    def _begin_all(self, now: datetime) -> list[Job[Row, Outcome]]:
        due = self._rows().filter(OWED, due_at__lte=now).order_by()
        lanes = sorted(due.values_list("lane", flat=True).distinct())
        return [job for lane in lanes for job in self._begin(lane, now)]

    def _begin(self, lane: str, now: datetime) -> list[Job[Row, Outcome]]:
        owed = self._rows().filter(lane=lane)
        claimed = leases.claim(owed, now, limit=self._lanes.free(lane))
        return [self._lanes.start(lane, row, self._try) for row in claimed]

    def _try(self, row: Row) -> Outcome:
        try:
            return self._send(row)
        except Exception as error:  # what is wrong with one must not stop the others
            log.exception("A letter failed in a way it should not.")
            return Outcome(error=type(error).__name__)

    def mark_ended(self) -> None:
        """Write down together what came of each; what the database does not take is kept."""
        self._unmarked.extend(self._lanes.collect())
        if not self._unmarked:
            return
        with transaction.atomic():
            for job, outcome in self._unmarked:
                self._mark(job, outcome)
        self._unmarked.clear()

    def finish(self, patience: float = DEADLINE) -> None:
        """Wait for what is in flight and mark it."""
        self._lanes.wait(self._lanes.running(), patience)
        self.mark_ended()

    def _mark(self, job: Job[Row, Outcome], outcome: Outcome) -> None:
        try:
            with transaction.atomic():
                if not job.was_given_up or outcome is TOO_LATE:
                    self._settle(job.row, outcome)
                elif not outcome.error:
                    leases.mark_sent_after_all(job.row)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one strange row must not keep the others from being marked
            log.exception("What came of letter %s could not be written down.", job.row.pk)


def try_again(row: Outgoing, outcome: Outcome) -> None:
    """Owe the next attempt, seconds to an hour from now."""
    leases.mark_failed(row, outcome.error, longest=LONGEST_WAIT, at_least=outcome.retry_after)
