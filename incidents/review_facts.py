"""
What is known of an incident before anybody writes: line by line, each with where it is from.

Pinned entries of the timeline make the review's; while nothing is pinned, all of them do. What
people did by a runbook comes from its run.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.models import Incident
from incidents.timeline import timeline
from knowledge.models import RunStep
from operations.models import Severity

SOURCES = {
    "incident": gettext_lazy("Incident"),
    "alert": gettext_lazy("Alert"),
    "page": gettext_lazy("Page"),
    "note": gettext_lazy("Note"),
    "update": gettext_lazy("Status update"),
    "run": gettext_lazy("Runbook run"),
    "clock": gettext_lazy("Clock"),
}
# What an entry of the timeline is, by the picture that it carries.
_BY_ICON = {
    "alert": "alert",
    "bell": "page",
    "note": "note",
    "megaphone": "update",
    "runbook": "run",
    "clock": "clock",
}
_ABOUT_THE_REVIEW = {"review", "action"}
_ALWAYS = {"incident", "state-good", "undo"}  # beginning and ends stand there pinned or not
MOST_STEPS = 200


class Fact(TypedDict):
    """One line of a section: its words, what it is from (a key of `SOURCES`), and where."""

    text: str
    source: str
    url: str


def facts_of(incident: Incident) -> dict[str, list[Fact]]:
    """Return what is known by section; times in the owner team's zone, named."""
    zone = ZoneInfo(incident.service.team.time_zone)
    began = timezone.localtime(incident.detected_at, zone)
    known = {
        "date": [_fact(f"{began:%Y-%m-%d}", "clock")],
        "severity": [_fact(str(Severity(incident.severity).label), "incident")],
        "duration": [_fact(duration(incident, zone), "clock")],
        "impact": [_fact(incident.impact, "incident")],
        "timeline": list(_timeline(incident, zone)),
        "resolution": [
            _fact(line, "incident") for line in (incident.resolution or "").splitlines()
        ],
    }
    told = {
        key: [line for line in lines if line["text"].strip()] for key, lines in known.items()
    }
    return {key: lines for key, lines in told.items() if lines}


def texts(facts: dict[str, list[Fact]]) -> dict[str, str]:
    return {key: "\n".join(line["text"] for line in lines) for key, lines in facts.items()}


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


def _timeline(incident: Incident, zone: ZoneInfo) -> Iterator[Fact]:
    entries = [*_entries(incident), *_steps(incident)]
    for entry in sorted(entries, key=itemgetter("at", "order")):
        said = " ".join(str(entry.get("words", "")).split())
        text = f"{entry['actor']} {entry['text']}".strip()
        line = f"- {_moment(entry['at'], zone)} - {text}{': ' + said if said else ''}"
        source = _BY_ICON.get(entry["icon"], "incident")
        yield _fact(line, source, entry.get("url", "") or incident.get_absolute_url())


def _entries(incident: Incident) -> list[dict[str, Any]]:
    """The timeline without what is about the review; of one with pins, those and the ends."""
    lines = [
        line
        for line in timeline(incident, limit=None).lines
        if line["icon"] not in _ABOUT_THE_REVIEW and not _stands_elsewhere(line)
    ]
    if any(line.get("pinned") for line in lines):
        lines = [line for line in lines if line.get("pinned") or line["icon"] in _ALWAYS]
    return lines


def _stands_elsewhere(line: dict[str, Any]) -> bool:
    """Steps are named with their words below, and what was struck out is not said again."""
    return bool(line.get("removed_at")) or str(line.get("kind", "")).startswith("run.")


def _steps(incident: Incident) -> Iterator[dict[str, Any]]:
    steps = RunStep.objects.filter(
        run__reference=incident.reference, answered_at__isnull=False
    ).select_related("answered_by", "run__revision__document")
    for step in steps.order_by("answered_at", "pk")[:MOST_STEPS]:
        yield {
            "at": step.answered_at,
            "order": step.pk,
            "icon": "runbook",
            "actor": step.answered_by.name if step.answered_by else "",
            "text": _("step %(n)d of “%(runbook)s”, %(state)s")
            % {
                "n": step.order,
                "runbook": step.run.revision.title,
                "state": step.get_state_display().lower(),
            },
            "words": step.text.splitlines()[0] if step.text else "",
            "url": step.run.get_absolute_url(),
        }


def _fact(text: str, source: str, url: str = "") -> Fact:
    return {"text": " ".join(text.split()), "source": source, "url": url}


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{timezone.localtime(at, zone):%H:%M %Z}"
