"""The words in which pages and messages say what states and lengths of time are."""

from datetime import timedelta

from django.utils.translation import gettext as _

from incidents.models import IncidentState, ReportState, Review, ReviewState

STATE_TONES = {
    IncidentState.TRIGGERED: "bad",
    IncidentState.ACKNOWLEDGED: "busy",
    IncidentState.MITIGATED: "info",
    IncidentState.RESOLVED: "good",
    IncidentState.CLOSED: "neutral",
    IncidentState.MERGED: "neutral",
}

REVIEW_TONES = {
    ReviewState.DRAFT: "busy",
    ReviewState.IN_REVIEW: "info",
    ReviewState.PUBLISHED: "good",
    ReviewState.NOT_NEEDED: "neutral",
}


REPORT_TONES = {
    ReportState.NEW: "bad",
    ReportState.JOINED: "busy",
    ReportState.DECLARED: "busy",
    ReportState.ANSWERED: "good",
    ReportState.NOT_A_PROBLEM: "neutral",
    ReportState.SPAM: "neutral",
}


def tone_of(state: str) -> str:
    return STATE_TONES[IncidentState(state)]


def tone_of_report(state: str) -> str:
    return REPORT_TONES[ReportState(state)]


def tone_of_review(review: Review) -> str:
    return REVIEW_TONES[ReviewState(review.state)]


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
