"""
What a component showed, day by day, and its uptime; no database.

Uptime is the share of the known time without a partial or major outage; degraded performance
counts as up. Time under planned maintenance is left out of the first figure and counts as
down in the second, `with_maintenance`. Time before the component was known counts in neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from incidents.component_states import MAINTENANCE, RANKS
from incidents.models import ComponentState

DAYS = 90
DOWN = {ComponentState.PARTIAL_OUTAGE, ComponentState.MAJOR_OUTAGE}
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Stretch:
    """`[starts, ends)` in one state."""

    state: ComponentState
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class DayOf:
    """One day of a component; without a state nobody knows how it was."""

    on: date
    state: ComponentState | None
    down: timedelta = NOTHING
    degraded: timedelta = NOTHING
    maintenance: timedelta = NOTHING


@dataclass(frozen=True)
class History:
    days: list[DayOf]
    known: timedelta
    down: timedelta
    maintenance: timedelta

    @property
    def uptime(self) -> float | None:
        """Per cent without planned maintenance; None where nothing is known."""
        return _share(self.down, self.known - self.maintenance)

    @property
    def with_maintenance(self) -> float | None:
        """Per cent where planned maintenance counts as down."""
        return _share(self.down + self.maintenance, self.known)


def history(
    stretches: Sequence[Stretch], *, now: datetime, zone: ZoneInfo, days: int = DAYS
) -> History:
    """Return the last `days` days of stretches that do not overlap, today included."""
    today = now.astimezone(zone).date()
    shown = [
        _day(today - timedelta(days=ago), stretches, now, zone)
        for ago in range(days - 1, -1, -1)
    ]
    begins = _midnight(today - timedelta(days=days - 1), zone)
    return History(
        days=shown,
        known=_length(stretches, begins, now),
        down=sum((day.down for day in shown), NOTHING),
        maintenance=sum((day.maintenance for day in shown), NOTHING),
    )


def _day(on: date, stretches: Sequence[Stretch], now: datetime, zone: ZoneInfo) -> DayOf:
    begins = _midnight(on, zone)
    ends = min(_midnight(on + timedelta(days=1), zone), now)
    here = [each for each in stretches if each.starts < ends and each.ends > begins]
    if not here:
        return DayOf(on, None)
    return DayOf(
        on,
        max((each.state for each in here), key=RANKS.__getitem__),
        down=_length((each for each in here if each.state in DOWN), begins, ends),
        degraded=_length(
            (each for each in here if each.state == ComponentState.DEGRADED), begins, ends
        ),
        maintenance=_length((each for each in here if each.state == MAINTENANCE), begins, ends),
    )


def _length(stretches: Iterable[Stretch], begins: datetime, ends: datetime) -> timedelta:
    """Return how much of `[begins, ends)` these cover."""
    parts = (min(each.ends, ends) - max(each.starts, begins) for each in stretches)
    return sum((max(part, NOTHING) for part in parts), NOTHING)


def _share(lost: timedelta, of: timedelta) -> float | None:
    return 100 * (1 - lost / of) if of > NOTHING else None


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(0), zone)


def laid_flat(causes: Iterable[Stretch], *, begins: datetime, ends: datetime) -> list[Stretch]:
    """
    Return what is shown over `[begins, ends)`: at each moment the worst of the causes.

    The result has no gaps and no overlaps; neighbours differ in state.
    """
    inside = [each for each in causes if each.starts < ends and each.ends > begins]
    edges = {begins, ends}
    edges.update(max(each.starts, begins) for each in inside)
    edges.update(min(each.ends, ends) for each in inside)
    ordered = sorted(edges)
    flat: list[Stretch] = []
    for start, end in pairwise(ordered):
        here = [each.state for each in inside if each.starts <= start and each.ends >= end]
        state = max(here, key=RANKS.__getitem__, default=ComponentState.OPERATIONAL)
        if flat and flat[-1].state == state:
            flat[-1] = Stretch(state, flat[-1].starts, end)
        else:
            flat.append(Stretch(state, start, end))
    return flat
