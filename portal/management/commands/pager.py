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

from portal import clock, fit, heartbeats
from portal.lanes import DEADLINE
from portal.sweeping import Sweep, finish_all, sweeps

log = logging.getLogger(__name__)

ASK_AGAIN_AFTER = 5.0  # seconds, while the database lacks migrations that this code needs
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
            finish_all(DEADLINE)
            return
        log.info("The pager looks after %d things.", len(sweeps()))
        while rounds.goes_on:
            busy = rounds.go_round()
            spread = random.uniform(0.8, 1.2)  # noqa: S311 (so that several take turns)
            time.sleep((BREATH if busy else 0.5) * spread)
        finish_all(DEADLINE)


class Rounds:
    """Runs each sweep when its time has come; one that fails stops no other."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.goes_on = True
        self._next: dict[str, float] = {}
        self._fits = False
        self._ask_again_at = 0.0

    def stop(self, *_: Any) -> None:
        self.goes_on = False

    def go_round(self) -> bool:
        """Run what is due; return whether there may be more to do at once."""
        close_old_connections()
        self._look_at_the_clock()
        if not self._fits and not self._look_whether_it_fits():
            return False
        done = 0
        for sweep in sweeps():
            if self.goes_on and time.monotonic() >= self._next.get(sweep.name, 0):
                done += self._run(sweep)
        return done > 0

    def _look_at_the_clock(self) -> None:
        """Before anything is found due or late: a clock may have been set meanwhile."""
        try:
            clock.follow_the_database()
        except DatabaseError as error:
            log.warning("The database did not say what time it is: %s", error)

    def _look_whether_it_fits(self) -> bool:
        """
        Claim nothing before the database is what this code was made for.

        No sign of life is given meanwhile, so that the band says that no pager runs.
        """
        if time.monotonic() < self._ask_again_at:
            return False
        self._ask_again_at = time.monotonic() + ASK_AGAIN_AFTER
        try:
            missing = fit.missing_migrations()
        except DatabaseError as error:
            log.warning("The database did not say which migrations it has: %s", error)
            return False
        if missing:
            log.error(
                "The database lacks %d migrations that this pager needs (%s); nothing is "
                "sent until they have run.",
                len(missing),
                ", ".join(missing[:3]),
            )
        self._fits = not missing
        return self._fits

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
