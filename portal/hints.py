"""
Hints: a message that makes happen sooner what a committed row makes happen anyway.

Publishing never delays the request that hints: a bounded queue on its own thread talks to
the broker, a full queue drops the hint and counts it, and after two failures the broker is
left alone for a while (RELIABILITY R5, R6).
"""

import logging
import queue
import threading
import time
from typing import Any

from celery import current_app
from django.db import transaction

from portal.metrics import HINTS

log = logging.getLogger(__name__)

QUEUE_LENGTH = 1000
FAILURES_BEFORE_A_REST = 2
REST = 30.0  # seconds
GAP = 0.1  # seconds between two hints that say the same: one look finds all there is

Hint = tuple[str, tuple[Any, ...]]


class Publisher:
    """Sends hints from a thread of its own; one for each process, made when first needed."""

    def __init__(self) -> None:
        self._hints: queue.Queue[Hint] = queue.Queue(QUEUE_LENGTH)
        self._failures = 0
        self._rests_until = 0.0
        self._lock = threading.Lock()
        self._waiting: set[Hint] = set()
        self._sent_at: dict[Hint, float] = {}
        self._thread: threading.Thread | None = None

    def publish(self, hint: Hint) -> None:
        """Queue the hint, unless the same one waits already."""
        self._start()
        with self._lock:
            if hint in self._waiting:
                HINTS.labels("merged").inc()
                return
            try:
                self._hints.put_nowait(hint)
            except queue.Full:
                HINTS.labels("dropped").inc()
            else:
                self._waiting.add(hint)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():  # also after a fork
                self._thread = threading.Thread(target=self._run, daemon=True, name="hints")
                self._thread.start()

    def _run(self) -> None:
        while True:
            hint = self._hints.get()
            self._keep_the_gap(hint)
            with self._lock:
                self._waiting.discard(hint)
            if time.monotonic() < self._rests_until:
                HINTS.labels("dropped").inc()
                continue
            self._send(*hint)

    def _keep_the_gap(self, hint: Hint) -> None:
        if hint[1]:  # one about a certain row is sent once anyway
            return
        time.sleep(max(0.0, self._sent_at.get(hint, 0.0) + GAP - time.monotonic()))
        self._sent_at[hint] = time.monotonic()

    def _send(self, task: str, args: tuple[Any, ...]) -> None:
        try:
            current_app.send_task(task, args, retry=False, ignore_result=True)
        except Exception as error:  # whatever a broker's client raises: the row is committed
            HINTS.labels("failed").inc()
            self._failures += 1
            if self._failures >= FAILURES_BEFORE_A_REST:
                self._rests_until = time.monotonic() + REST
                self._failures = 0
            log.warning("The broker did not take a hint: %s", error)
        else:
            self._failures = 0
            HINTS.labels("sent").inc()


_publisher = Publisher()


def later(task: str, *args: Any) -> None:
    """Once the current transaction commits, ask a worker to run `task`; promises nothing."""

    def hint() -> None:
        _publisher.publish((task, args))

    transaction.on_commit(hint, robust=True)
