"""All that is known of the clocks of one incident, for its page and the API alike."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incidents.clock_words import STATE_WORDS, label, shown
from incidents.models import ClockChange, ClockKind, ClockPause, Incident, IncidentClock
from incidents.wording import length

ZERO = timedelta(0)
ORDER = list(ClockKind)


@dataclass(frozen=True)
class Sheet:
    """One clock with what has counted of it, what is left, and all that moved it."""

    clock: IncidentClock
    state: str
    elapsed: timedelta
    remaining: timedelta | None
    hours: str
    pauses: list[ClockPause] = field(default_factory=list)
    changes: list[ClockChange] = field(default_factory=list)
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return label(self.clock)

    @property
    def state_word(self) -> str:
        return str(STATE_WORDS[self.state])

    @property
    def target_words(self) -> str:
        return length(self.clock.target) if self.clock.target is not None else ""

    @property
    def elapsed_words(self) -> str:
        return length(self.elapsed)

    @property
    def remaining_words(self) -> str:
        return "" if self.remaining is None else length(self.remaining)

    @property
    def wall_words(self) -> str:
        """By a clock on the wall, where less than that counted."""
        taken = self.clock.taken
        if taken is None or taken - self.elapsed < timedelta(minutes=1):
            return ""
        return length(taken)


def sheets(incident: Incident, now: datetime) -> list[Sheet]:
    """Return the clocks of an incident in the order of the work, in three queries."""
    clocks = list(incident.clocks.all())
    pauses: dict[int, list[ClockPause]] = defaultdict(list)
    changes: dict[int, list[ClockChange]] = defaultdict(list)
    for pause in ClockPause.objects.filter(clock__in=clocks).select_related("started_by"):
        pauses[pause.clock_id].append(pause)
    for change in ClockChange.objects.filter(clock__in=clocks).select_related("actor"):
        changes[change.clock_id].append(change)
    ordered = sorted(clocks, key=lambda row: (ORDER.index(ClockKind(row.kind)), row.number))
    return [_sheet(clock, pauses[clock.pk], changes[clock.pk], now) for clock in ordered]


def _sheet(
    clock: IncidentClock, pauses: list[ClockPause], changes: list[ClockChange], now: datetime
) -> Sheet:
    at = clock.stopped_at or clock.frozen_at or now
    elapsed = clock.terms(pauses).elapsed(at)
    left = None if clock.target is None or clock.stopped_at else clock.target - elapsed
    calendar = clock.segments[-1].calendar if clock.segments else None
    return Sheet(
        clock=clock,
        state=clock.state_at(now),
        elapsed=elapsed,
        remaining=None if left is None else max(left, ZERO),
        hours=calendar.zone if calendar else "",
        pauses=pauses,
        changes=changes,
        shown=shown(clock, now),
    )
