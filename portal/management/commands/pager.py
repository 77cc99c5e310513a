"""The pager: a plain loop over the database that keeps every promise to reach somebody."""

import logging
import os
import random
import signal
import socket
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections

from portal import clock, heartbeats, outbox
from portal.sweeping import Sweep, sweeps

log = logging.getLogger(__name__)

PAUSE_AFTER_A_FAILURE = 2.0  # seconds; the database may be away
# Seconds between two busy rounds. Meanwhile others write, which the embedded database lets only
# one do at a time, and what comes in is done together in the next round, which costs less.
BREATH = 0.1


class Command(BaseCommand):
    help = (
        "Read what monitors sent, escalate and send what is due, again and again. Needs only "
        "the database; run as many as you like, one is enough. Stop it with Ctrl-C or SIGTERM."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep once and stop")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        name = f"pager {socket.gethostname()} {os.getpid()}"
        rounds = Rounds(name)
        signal.signal(signal.SIGTERM, rounds.stop)
        signal.signal(signal.SIGINT, rounds.stop)
        if once:
            rounds.go_round()
            outbox.finish()
            return
        log.info("The pager looks after %d things.", len(sweeps()))
        while rounds.goes_on:
            busy = rounds.go_round()
            spread = random.uniform(0.8, 1.2)  # noqa: S311 (so that several take turns)
            time.sleep((BREATH if busy else 0.5) * spread)
        outbox.finish()


class Rounds:
    """Runs each sweep when its time has come; one that fails stops no other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.goes_on = True
        self._next: dict[str, float] = {}

    def stop(self, *_: Any) -> None:
        self.goes_on = False

    def go_round(self) -> bool:
        """Run what is due; return whether there may be more to do at once."""
        close_old_connections()
        done = 0
        for sweep in sweeps():
            if self.goes_on and time.monotonic() >= self._next.get(sweep.name, 0):
                done += self._run(sweep)
        return done > 0

    def _run(self, sweep: Sweep) -> int:
        try:
            done = sweep.run(clock.now())
        except DatabaseError as error:
            log.warning("The database did not answer for “%s”: %s", sweep.name, error)
            done, pause = 0, PAUSE_AFTER_A_FAILURE
        except Exception:
            log.exception("The sweep “%s” failed; the others go on.", sweep.name)
            done, pause = 0, PAUSE_AFTER_A_FAILURE
        else:
            pause = 0 if done else sweep.every
            heartbeats.beat(self.name, "pager")
        self._next[sweep.name] = time.monotonic() + pause
        return done
