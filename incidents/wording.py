"""The words in which pages and messages say what clocks and states are."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from incidents.clocks import Clock
from incidents.models import IncidentState, Review, ReviewState

STATE_TONES = {
    IncidentState.TRIGGERED: "bad",
    IncidentState.ACKNOWLEDGED: "busy",
    IncidentState.RESOLVED: "good",
    IncidentState.CLOSED: "neutral",
}


def tone_of(state: str) -> str:
    return STATE_TONES[IncidentState(state)]


def tone_of_review(review: Review) -> str:
    return "good" if review.state == ReviewState.PUBLISHED else "busy"


def length(span: timedelta) -> str:
    """Return "4 min", "1 h 12 min" or "2 d 3 h"."""
    minutes = max(span, timedelta(0)) // timedelta(minutes=1)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": minutes}
    if hours < 48:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    days, hours = divmod(hours, 24)
    return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}


def shown(clock: Clock) -> dict[str, Any]:
    """Return what `incidents/clock.html` shows of a clock: running ones count down."""
    return {
        "state": clock.state,
        "is_running": clock.is_running,
        "due": clock.due_at,
        "label": _label(clock),
        "text": _said(clock),
    }


def _label(clock: Clock) -> str:
    return {
        "response": _("Acknowledge by"),
        "resolution": _("Resolve by"),
        "review": _("Review by"),
    }[clock.key]


def _said(clock: Clock) -> str:
    """What a clock says that does not run: how long it took, or what was asked for."""
    if clock.state == "not_needed":
        return _("Over before anybody answered")
    if clock.taken is None:
        name = {"response": _("Response"), "resolution": _("Resolution")}
        return f"{name.get(clock.key, _('Review'))}: {clock.target.lower() or _('no due time')}"
    done = {
        "response": _("Acknowledged after %(length)s"),
        "resolution": _("Resolved after %(length)s"),
        "review": _("Review published after %(length)s"),
    }[clock.key] % {"length": length(clock.taken)}
    if clock.state == "breached" and clock.done_at and clock.due_at:
        late = length(clock.done_at - clock.due_at)
        return _("%(done)s, %(late)s late") % {"done": done, "late": late}
    return done
