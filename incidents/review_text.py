"""The words of a review: what is known is filled in, and what is published is put together."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import Incident, Review, ReviewTemplate
from incidents.seeds import REVIEW_SECTIONS
from incidents.timeline import timeline
from knowledge.models import ActionItem
from operations.models import Severity

NO_ACTION = "no_action_because"
REQUIRED = ["root_cause", "resolution", "went_well", "went_wrong", "prevention"]
SHORT = {"date", "severity", "duration"}  # one line each
LONGEST = 20_000  # characters of a section
LAST = "prevention"  # comes after the actions


class Section(TypedDict):
    key: str
    title: str
    hint: str


def outline() -> list[Section]:
    """Return the sections of a new review, as the template says them now."""
    template = ReviewTemplate.objects.order_by("pk").first()
    rows = template.sections if template else REVIEW_SECTIONS
    return [Section(key=row["key"], title=row["title"], hint=row["hint"]) for row in rows]


def first_words(incident: Incident) -> dict[str, str]:
    """Return what is known already, by section; times in the owner team's zone, named."""
    zone = ZoneInfo(incident.service.team.time_zone)
    began = timezone.localtime(incident.detected_at, zone)
    return {
        "date": f"{began:%Y-%m-%d}",
        "severity": str(Severity(incident.severity).label),
        "duration": duration(incident, zone),
        "impact": incident.impact,
        "timeline": _timeline(incident, zone),
        "resolution": incident.resolution,
    }


def duration(incident: Incident, zone: ZoneInfo) -> str:
    """Name the length and both of its ends: "45 minutes, from detection (14:32 UTC) to ..."."""
    if incident.resolved_at is None:
        return ""
    minutes = (incident.resolved_at - incident.detected_at) // timedelta(minutes=1)
    length = ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    ends = _("from detection (%(start)s) to resolution (%(end)s)") % {
        "start": _moment(incident.detected_at, zone),
        "end": _moment(incident.resolved_at, zone),
    }
    return f"{length}, {ends}"


def body(review: Review, actions: Iterable[ActionItem]) -> str:
    """Return the review as one Markdown document, in the order of its outline."""
    parts = []
    for section in review.outline:
        if section["key"] == LAST:
            parts.append(f"## {_('Action items')}\n\n{_actions(review, actions)}")
        text = review.sections.get(section["key"], "").strip()
        parts.append(f"## {section['title']}\n\n{text or _('Nothing was written here.')}")
    return "\n\n".join(parts)


def _actions(review: Review, actions: Iterable[ActionItem]) -> str:
    lines = [
        f"- [{action.title}]({action.get_absolute_url()}) "
        f"({action.owner.name}, {action.due_on:%Y-%m-%d})"
        for action in actions
    ]
    if lines:
        return "\n".join(lines)
    return _("None: %(reason)s") % {"reason": review.sections.get(NO_ACTION, "").strip()}


def _timeline(incident: Incident, zone: ZoneInfo) -> str:
    lines = reversed(timeline(incident, limit=None).lines)
    text = "\n".join(_line(line, zone) for line in lines)
    return text[:LONGEST]


def _line(line: dict[str, object], zone: ZoneInfo) -> str:
    at = line["at"]
    assert isinstance(at, datetime)
    said = " ".join(str(line.get("words", "")).split())
    text = f"{line['actor']} {line['text']}".strip()
    return f"- {_moment(at, zone)} - {text}{': ' + said if said else ''}"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{timezone.localtime(at, zone):%H:%M %Z}"
