"""
Sweeps: what the pager does again and again, with nothing but the database.

Each app names its own in `sweeps.py`. A sweep finds what is due, does a bounded part of it
and returns how much that was; it may run in several processes at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

Run = Callable[[datetime], int]


@dataclass(frozen=True)
class Sweep:
    name: str
    every: float  # seconds
    order: int
    run: Run


_sweeps: dict[str, Sweep] = {}


def sweep(name: str, *, every: float, order: int = 100) -> Callable[[Run], Run]:
    """Have the pager run this function about `every` seconds, lower `order` first."""

    def register(run: Run) -> Run:
        _sweeps[name] = Sweep(name, every, order, run)
        return run

    return register


def sweeps() -> list[Sweep]:
    return sorted(_sweeps.values(), key=lambda sweep: sweep.order)


def run_all(now: datetime) -> int:
    """Run every sweep once, as tests and commands want it; return how much was done."""
    return sum(sweep.run(now) for sweep in sweeps())
