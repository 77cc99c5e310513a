"""
Sweeps: what the pager does again and again, with nothing but the database.

Each app names its own in `sweeps.py`. A sweep finds what is due, does a bounded part of it
and returns how much that was; it may run in several processes at once.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError

log = logging.getLogger(__name__)

Run = Callable[[datetime], int]
Ending = Callable[[float], None]
Due = TypeVar("Due")


@dataclass(frozen=True)
class Sweep:
    name: str
    every: float  # seconds
    order: int
    run: Run


_sweeps: dict[str, Sweep] = {}
_endings: dict[str, Ending] = {}


def sweep(name: str, *, every: float, order: int = 100) -> Callable[[Run], Run]:
    """Have the pager run this function about `every` seconds, lower `order` first."""

    def register(run: Run) -> Run:
        _sweeps[name] = Sweep(name, every, order, run)
        return run

    return register


def before_the_end(name: str, finish: Ending) -> None:
    """Have the pager call `finish` with the seconds that are left, before it ends."""
    _endings[name] = finish


def finish_all(patience: float) -> None:
    """
    Let everything that is in flight end and be written down, within so many seconds.

    What was sent and is not marked would be sent again by the next pager (RELIABILITY R3).
    """
    ends_at = time.monotonic() + patience
    for name, finish in _endings.items():
        try:
            finish(max(0.0, ends_at - time.monotonic()))
        except Exception:
            log.exception("“%s” could not be finished; the others are.", name)


def each(due: Iterable[Due], do: Callable[[Due], int | None], *, what: str) -> int:
    """
    Do it for one after the other; return how much was done, by the word of `do`, or else 1.

    What is wrong with one must not stop the others (RELIABILITY F36): it is logged by its key
    and `what` it is, and stays due. Only a database that is away ends the round.
    """
    done = 0
    for one in due:
        try:
            much = do(one)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("%s %s could not be looked at; the others go on.", what, one)
        else:
            done += 1 if much is None else much
    return done


def sweeps() -> list[Sweep]:
    return sorted(_sweeps.values(), key=lambda sweep: sweep.order)


def run_all(now: datetime) -> int:
    """Run every sweep once, as tests and commands want it; return how much was done."""
    return sum(sweep.run(now) for sweep in sweeps())
