"""
What a component shows: the worst of what people declared and what monitoring knows.

No database. A resolved incident is not among the causes, so that its end works out anew what
is left, and says "operational" of nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.models import ComponentState, Impact
from operations.models import Severity

OPERATIONAL = ComponentState.OPERATIONAL
MAINTENANCE = ComponentState.UNDER_MAINTENANCE
RANKS = {state: rank for rank, state in enumerate(ComponentState)}
STATE_OF_SEVERITY = {
    Severity.P0: ComponentState.MAJOR_OUTAGE,
    Severity.P1: ComponentState.PARTIAL_OUTAGE,
    Severity.P2: ComponentState.DEGRADED,
    Severity.P3: ComponentState.OPERATIONAL,
}
IMPACT_OF_STATE = {
    ComponentState.OPERATIONAL: Impact.NONE,
    ComponentState.UNDER_MAINTENANCE: Impact.NONE,
    ComponentState.DEGRADED: Impact.MINOR,
    ComponentState.PARTIAL_OUTAGE: Impact.MAJOR,
    ComponentState.MAJOR_OUTAGE: Impact.CRITICAL,
}


@dataclass(frozen=True)
class Cause:
    """Why a component may show a state, and since when that holds."""

    state: ComponentState
    since: datetime


def worst(states: Iterable[str]) -> ComponentState:
    """Return the worst of them; operational if there is none."""
    known = [ComponentState(state) for state in states]
    return max(known, key=RANKS.__getitem__, default=OPERATIONAL)


def shown(causes: Iterable[Cause]) -> Cause | None:
    """Return the worst cause, the earliest of several that are as bad; None: operational."""
    bad = [cause for cause in causes if cause.state != OPERATIONAL]
    return min(bad, key=lambda cause: (-RANKS[cause.state], cause.since), default=None)


def impact_of(states: Iterable[str]) -> Impact:
    """Return how bad an incident is whose components are, or were, in these states."""
    return IMPACT_OF_STATE[worst(states)]
