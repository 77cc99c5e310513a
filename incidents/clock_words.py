"""The words in which pages and messages say what a clock says."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import (
    ClockKind,
    IncidentClock,
    Outcome,
    PauseReason,
    Review,
    ReviewState,
)
from incidents.wording import length

COUNTING = {"on_time", "at_risk", "breached"}
LABELS = {
    ClockKind.RESPONSE: gettext_lazy("Acknowledge by"),
    ClockKind.RESOLUTION: gettext_lazy("Resolve by"),
    ClockKind.COMMUNICATION: gettext_lazy("Next update by"),
    ClockKind.REVIEW: gettext_lazy("Review by"),
}
# As they stand in a sentence: "... is due at noon".
COMMITMENTS = {
    ClockKind.RESPONSE: gettext_lazy("the acknowledgement"),
    ClockKind.RESOLUTION: gettext_lazy("the resolution"),
    ClockKind.COMMUNICATION: gettext_lazy("the next update"),
    ClockKind.REVIEW: gettext_lazy("the review"),
}
FIRST_UPDATE = gettext_lazy("First update by")
STATE_WORDS = {
    "on_time": gettext_lazy("On time"),
    "at_risk": gettext_lazy("At risk"),
    "breached": gettext_lazy("Breached"),
    "met": gettext_lazy("Met"),
    "paused": gettext_lazy("Paused"),
    "frozen": gettext_lazy("Kept with the merged incident"),
    "unlimited": gettext_lazy("Not measured"),
    "not_needed": gettext_lazy("Not needed"),
}
ORDER = list(ClockKind)
AT_RISK_FROM = 0.8  # of the time for a review, where no clock of it is kept


def shown(clock: IncidentClock, now: datetime) -> dict[str, Any]:
    """Return what `incidents/clock.html` shows of a clock: running ones count down."""
    state = clock.state_at(now)
    return {
        "kind": clock.kind,
        "state": state,
        "state_word": STATE_WORDS[state],
        "is_running": clock.is_running and state in COUNTING and clock.due_at is not None,
        "due": clock.due_at,
        "label": label(clock),
        "text": _said(clock, state),
    }


def shown_all(clocks: Iterable[IncidentClock], now: datetime) -> list[dict[str, Any]]:
    """The clocks that say something, of each kind the newest, in the order of the work."""
    newest: dict[str, IncidentClock] = {}
    for clock in clocks:
        kept = newest.get(clock.kind)
        if kept is None or kept.number < clock.number:
            newest[clock.kind] = clock
    ordered = sorted(newest.values(), key=lambda clock: ORDER.index(ClockKind(clock.kind)))
    return [shown(clock, now) for clock in ordered if _says_something(clock)]


def shown_first(clocks: Iterable[IncidentClock], now: datetime) -> dict[str, Any] | None:
    """Of the clocks of an incident the one that matters most in a list; None without any."""
    known = [clock for clock in clocks if clock.kind != ClockKind.REVIEW]
    by_kind = {clock.kind: clock for clock in known}
    response = by_kind.get(ClockKind.RESPONSE)
    if response is not None and response.is_running and response.target is not None:
        return shown(response, now)
    running = [clock for clock in known if clock.is_running and clock.due_at is not None]
    nearest = min(running, key=lambda clock: (clock.due_at, clock.pk), default=None)
    clock = nearest or by_kind.get(ClockKind.RESOLUTION)
    return shown(clock, now) if clock else None


def shown_review(review: Review, now: datetime) -> dict[str, Any]:
    """The clock of a review, from the review itself: a list of many need not fetch more."""
    start = review.incident.resolved_at or review.created_at
    clock = IncidentClock(kind=ClockKind.REVIEW, started_at=start, due_at=review.due_at)
    if review.due_at is not None:
        clock.target = review.due_at - start
        clock.at_risk_at = start + AT_RISK_FROM * clock.target
    if review.state == ReviewState.PUBLISHED and review.published_at is not None:
        clock.stopped_at = review.published_at
        is_late = review.due_at is not None and review.due_at <= review.published_at
        clock.outcome = Outcome.BREACHED if is_late else Outcome.MET
    return shown(clock, now)


def label(clock: IncidentClock) -> str:
    is_first = clock.kind == ClockKind.COMMUNICATION and clock.number == 1
    return str(FIRST_UPDATE if is_first else LABELS[ClockKind(clock.kind)])


def _says_something(clock: IncidentClock) -> bool:
    """Nobody waits for a first update that is not demanded."""
    return clock.kind != ClockKind.COMMUNICATION or clock.target is not None


def _said(clock: IncidentClock, state: str) -> str:
    """What a clock says that does not count down: how it went, or why it stands still."""
    name = ClockKind(clock.kind).label
    if state == "not_needed":
        return _not_needed(clock)
    if state == "paused":
        reason = str(PauseReason(clock.paused_for).label)
        return _("%(clock)s paused: %(reason)s") % {
            "clock": name,
            "reason": reason[:1].lower() + reason[1:],
        }
    if clock.taken is None:
        if state == "unlimited":
            wanted = clock.target_text.lower() or _("no due time")
            return f"{name}: {wanted}"
        return f"{name}: {STATE_WORDS[state]}"
    return _done(clock)


def _not_needed(clock: IncidentClock) -> str:
    if clock.kind == ClockKind.RESPONSE:
        return _("Resolved before response")
    return _("%(clock)s: not needed any more") % {"clock": ClockKind(clock.kind).label}


def _done(clock: IncidentClock) -> str:
    """How long it took by a clock on the wall, and what of that counted where they differ."""
    assert clock.taken is not None
    done = {
        ClockKind.RESPONSE: _("Acknowledged after %(length)s"),
        ClockKind.RESOLUTION: _("Resolved after %(length)s"),
        ClockKind.COMMUNICATION: _("Told after %(length)s"),
        ClockKind.REVIEW: _("Review published after %(length)s"),
    }[ClockKind(clock.kind)] % {"length": length(clock.taken)}
    if clock.elapsed is not None and clock.taken - clock.elapsed >= timedelta(minutes=1):
        counted = {"done": done, "length": length(clock.elapsed)}
        done = _("%(done)s, %(length)s of it counted") % counted
    if clock.outcome == Outcome.BREACHED and clock.stopped_at and clock.due_at:
        late = length(clock.stopped_at - clock.due_at)
        return _("%(done)s, %(late)s late") % {"done": done, "late": late}
    return done
