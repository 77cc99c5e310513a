"""
The clocks of an incident: what is due when, and whether it was kept.

Worked out from the stored times and the due times that the verbs store, so a clock reads the
same on the page, in the API and in a test. A clock that was kept stays kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from incidents.models import Incident, Review, ReviewState, SeverityPolicy

AT_RISK_FROM = 0.8  # of the time that is allowed

State = Literal["on_time", "at_risk", "breached", "met", "unlimited", "not_needed"]


@dataclass(frozen=True)
class Clock:
    """
    One thing that is due.

    `state` is `on_time`, `at_risk` or `breached` while it runs, `met` or `breached` once it
    is done, `unlimited` where the target is no length of time ("next sprint"), `not_needed`
    when it ended before anybody had to do it.
    """

    key: Literal["response", "resolution", "review"]
    state: State
    start: datetime
    due_at: datetime | None
    done_at: datetime | None
    target: str = ""

    @property
    def is_running(self) -> bool:
        return self.done_at is None and self.state in {"on_time", "at_risk", "breached"}

    @property
    def taken(self) -> timedelta | None:
        return self.done_at - self.start if self.done_at else None


def due_times(
    policy: SeverityPolicy, detected_at: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return when the response and the resolution are due; None where nothing is measured."""
    return (
        _after(detected_at, policy.response_minutes),
        _after(detected_at, policy.resolution_minutes),
    )


def state_at(
    now: datetime, *, start: datetime, due_at: datetime | None, done_at: datetime | None
) -> State:
    """Return what a clock says at `now`."""
    if due_at is None:
        return "unlimited" if done_at is None else "met"
    if done_at is not None:
        return "met" if done_at <= due_at else "breached"
    if now >= due_at:
        return "breached"
    return "at_risk" if now >= start + AT_RISK_FROM * (due_at - start) else "on_time"


def response(incident: Incident, now: datetime, target: str = "") -> Clock:
    """The time until somebody answers; over when it ends before anybody did."""
    done_at, start = incident.acknowledged_at, incident.detected_at
    state = state_at(now, start=start, due_at=incident.response_due_at, done_at=done_at)
    if done_at is None and incident.resolved_at is not None:
        state = "not_needed"
    return Clock("response", state, start, incident.response_due_at, done_at, target)


def resolution(incident: Incident, now: datetime, target: str = "") -> Clock:
    done_at, start = incident.resolved_at, incident.detected_at
    state = state_at(now, start=start, due_at=incident.resolution_due_at, done_at=done_at)
    return Clock("resolution", state, start, incident.resolution_due_at, done_at, target)


def review(review: Review, now: datetime) -> Clock:
    is_published = review.state == ReviewState.PUBLISHED
    done_at = review.published_at if is_published else None
    start = review.incident.resolved_at or review.created_at
    state = state_at(now, start=start, due_at=review.due_at, done_at=done_at)
    return Clock("review", state, start, review.due_at, done_at)


def clocks_of(incident: Incident, policy: SeverityPolicy, now: datetime) -> list[Clock]:
    """Return the clocks that matter: response, resolution, and the review once it is owed."""
    clocks = [
        response(incident, now, policy.response_target),
        resolution(incident, now, policy.resolution_target),
    ]
    owed = getattr(incident, "review", None)
    if owed is not None and incident.resolved_at is not None:
        clocks.append(review(owed, now))
    return clocks


def _after(start: datetime, minutes: int | None) -> datetime | None:
    return None if minutes is None else start + timedelta(minutes=minutes)
