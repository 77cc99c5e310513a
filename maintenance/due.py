"""
By when a repair is due: P0 within an hour, P1 within four, P2 within a day, P3 next sprint.

The clock runs from when the request was sent, and stands still while it is on hold. A team
without sprints has no date for P3; that is said, and not guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from maintenance.models import ENDED, Category, MaintenanceRequest, RequestState
from operations.models import Severity, SprintCalendar

TARGETS = {
    Severity.P0: timedelta(hours=1),
    Severity.P1: timedelta(hours=4),
    Severity.P2: timedelta(hours=24),
}
AT_RISK_FROM = 0.8  # of the time that there is

GIVEN_UP = ENDED - {RequestState.CLOSED}

State = Literal["on_time", "at_risk", "breached", "paused", "met"]
Calendars = Mapping[int, SprintCalendar]  # by team


@dataclass(frozen=True)
class Due:
    """When it is due and how that stands; the words of the clock component."""

    due: datetime
    state: State

    @property
    def is_pressing(self) -> bool:
        return self.state in {"at_risk", "breached"}


def calendars() -> Calendars:
    """Return the sprints of all teams, in one query."""
    rows = SprintCalendar.objects.select_related("team")
    return {row.team_id: row for row in rows}


def due_of(request: MaintenanceRequest, now: datetime, sprints: Calendars) -> Due | None:
    """Return the clock of a repair that was sent; None for all else."""
    begun = request.submitted_at
    if request.category != Category.CORRECTIVE or begun is None or request.state in GIVEN_UP:
        return None
    due = _due_at(request, begun, now, sprints)
    return Due(due, _state(request, begun, due, now)) if due else None


def _due_at(
    request: MaintenanceRequest, begun: datetime, now: datetime, sprints: Calendars
) -> datetime | None:
    if request.priority in TARGETS:
        return begun + TARGETS[Severity(request.priority)] + rested(request, now)
    calendar = sprints.get(request.service.team_id)
    return calendar.sprints.end_of_next(begun) if calendar else None


def rested(request: MaintenanceRequest, now: datetime) -> timedelta:
    """For how long its clock has stood still, until `now` if it still does."""
    before = timedelta(seconds=request.held_seconds)
    return before + (now - request.held_at) if request.held_at else before


def _state(request: MaintenanceRequest, begun: datetime, due: datetime, now: datetime) -> State:
    ended = request.closed_at
    if ended is not None:
        return "met" if ended <= due else "breached"
    if request.held_at is not None:
        return "paused"
    if now >= due:
        return "breached"
    return "at_risk" if now >= due - (1 - AT_RISK_FROM) * (due - begun) else "on_time"
