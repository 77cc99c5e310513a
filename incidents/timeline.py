"""What happened to an incident, in order: events, notes and public updates as one line each."""

from collections.abc import Callable
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import Incident, Phase, Review, Source, StatusUpdate, TimelineNote
from operations.models import Severity
from portal import events
from portal.models import Event
from portal.timeline import words as words_of_kind

Data = dict[str, Any]
Words = Callable[[Data], str]

SHOWN = 100  # lines, before somebody asks for all
WRITTEN = [
    "incident.noted",
    "incident.update_posted",
    "incident.acknowledgement_noted",
]  # shown by what was written


class Kind(NamedTuple):
    """How a kind of event looks, and what it says after its actor's name, or by itself."""

    icon: str
    tone: str
    words: Words


class Timeline(NamedTuple):
    """`lines` as `components/timeline.html` shows them, the newest first."""

    lines: list[dict[str, Any]]
    has_more: bool


def _name(severity: Any) -> str:
    return Severity(int(severity)).name if severity is not None else ""


def _because(data: Data) -> str:
    return f": {data['because']}" if data.get("because") else ""


def _opened(data: Data) -> str:
    severity = {"severity": _name(data.get("severity"))}
    if data.get("source") == Source.ALERT:
        return _("an alert opened it as %(severity)s") % severity
    return (
        (_("opened it as %(severity)s") % severity) if severity["severity"] else _("opened it")
    )


def _paged(data: Data) -> str:
    people = ", ".join(data.get("people", []))
    return _("paged %(people)s. %(reason)s") % {
        "people": people,
        "reason": data.get("reason", ""),
    }


def _person_paged(data: Data) -> str:
    reason = f": {data['reason']}" if data.get("reason") else ""
    return _("paged %(person)s") % {"person": data.get("person", "")} + reason


def _waits(data: Data) -> str:
    until = timezone.localtime(datetime.fromisoformat(data["until"]))
    return _("paging waits for the business hours, until %(until)s") % {
        "until": f"{until:%a %H:%M %Z}"
    }


def _snoozed(data: Data) -> str:
    until = timezone.localtime(datetime.fromisoformat(data["until"]))
    return _("put it off until %(until)s") % {"until": f"{until:%a %H:%M %Z}"}


def _severity_changed(data: Data) -> str:
    change = _("changed the severity from %(before)s to %(after)s") % {
        "before": _name(data.get("before")),
        "after": _name(data.get("after")),
    }
    return change + _because(data)


def _resolved(data: Data) -> str:
    text = _("resolved it: %(summary)s") % {"summary": data.get("summary", "")}
    firing = data.get("still_firing", 0)
    if not firing:
        return text
    count = ngettext("%(n)d alert was still firing", "%(n)d alerts were still firing", firing)
    return f"{text} ({count % {'n': firing}})"


def _of(sentence: str, *names: str) -> Words:
    """Words that name these values of the event's data; the sentence is a message id."""
    return lambda data: _(sentence) % {name: data.get(name, "") for name in names}


KINDS: dict[str, Kind] = {
    "incident.opened": Kind("incident", "bad", _opened),
    "incident.alert_joined": Kind("alert", "bad", _of("alert joined: %(title)s", "title")),
    "incident.alert_attached": Kind(
        "alert", "neutral", _of("alert kept with it, held back: %(title)s", "title")
    ),
    "incident.paging_held": Kind(
        "pause", "busy", _of("wakes nobody while its alerts are held. %(because)s", "because")
    ),
    "incident.alert_cleared": Kind("alert", "good", _of("alert cleared: %(title)s", "title")),
    "incident.all_alerts_cleared": Kind(
        "state-good",
        "good",
        _of("all alerts cleared; it stays open until somebody resolves it"),
    ),
    "incident.paged": Kind("bell", "info", _paged),
    "incident.paged_nobody": Kind("bell", "bad", _of("nobody to page. %(reason)s", "reason")),
    "incident.paged_again": Kind("bell", "busy", _of("pages again. %(because)s", "because")),
    "incident.not_reached": Kind(
        "bell", "bad", _of("no way of reaching %(whom)s takes its pages", "whom")
    ),
    "incident.step_skipped": Kind(
        "bell", "neutral", _of("skipped a step. %(reason)s", "reason")
    ),
    "incident.paging_waits": Kind("clock", "neutral", _waits),
    "incident.everybody_was_told": Kind(
        "bell", "bad", _of("everybody on the ladder was told, and nobody has answered")
    ),
    "incident.escalated": Kind("bell", "busy", _of("escalated it now")),
    "incident.person_paged": Kind("bell", "info", _person_paged),
    "incident.policy_applied": Kind("bell", "info", _of("applied the edited policy")),
    "incident.snoozed": Kind("clock", "busy", _snoozed),
    "incident.snooze_ended": Kind("bell", "bad", _of("pages again. %(because)s", "because")),
    "incident.acknowledgement_lapsed": Kind(
        "bell", "bad", _of("pages again. %(because)s", "because")
    ),
    "incident.acknowledgement_transferred": Kind(
        "check", "busy", _of("took it over from %(leaver)s with the shift", "leaver")
    ),
    "incident.acknowledged": Kind("check", "busy", _of("acknowledged it")),
    "incident.unacknowledged": Kind("undo", "bad", _of("gave it back")),
    "incident.severity_changed": Kind("flag", "busy", _severity_changed),
    "incident.resolved": Kind("state-good", "good", _resolved),
    "incident.reopened": Kind("undo", "bad", _of("reopened it: %(reason)s", "reason")),
    "incident.closed": Kind("check", "good", _of("closed it")),
    "incident.runbook_started": Kind(
        "runbook",
        "info",
        _of("started the runbook “%(title)s”, revision %(revision)s", "title", "revision"),
    ),
    "review.drafted": Kind("review", "info", _of("made a draft of the review")),
    "review.saved": Kind("review", "neutral", _of("worked on the review")),
    "review.action_added": Kind(
        "action", "neutral", _of("added an action: %(title)s", "title")
    ),
    "review.published": Kind("review", "good", _of("published the review")),
    "review.reopened": Kind("review", "busy", _of("the review is a draft again")),
}


def timeline(incident: Incident, *, limit: int | None = SHOWN) -> Timeline:
    """Return the newest `limit` lines, or all, in three queries whatever their number."""
    subjects = [incident, *_review_of(incident)]
    told = events.about(*subjects).exclude(kind__in=WRITTEN).order_by("-pk")
    notes = incident.notes.select_related("author").order_by("-happened_at", "-pk")
    updates = incident.updates.select_related("author")
    asked = None if limit is None else limit + 1
    lines = chain(
        (_event_line(event) for event in told[:asked]),
        (_note_line(note) for note in notes[:asked]),
        (_update_line(update) for update in updates[:asked]),
    )
    ordered = sorted(lines, key=itemgetter("at", "order"), reverse=True)
    return Timeline(ordered[:limit], limit is not None and len(ordered) > limit)


def newest_event(incident: Incident) -> int:
    """Return a number that grows with everything that happens to the incident; one query."""
    newest = events.about(incident, *_review_of(incident)).order_by("-pk")
    return newest.values_list("pk", flat=True).first() or 0


def _review_of(incident: Incident) -> list[Review]:
    review = getattr(incident, "review", None)
    return [review] if review is not None else []


def _event_line(event: Event) -> dict[str, Any]:
    kind = KINDS.get(event.kind) or Kind(
        "history", "neutral", lambda _data: words_of_kind(event.kind)
    )
    text = kind.words(event.data)
    return {
        "at": event.happened_at,
        "order": event.pk,
        "icon": kind.icon,
        "tone": kind.tone,
        "actor": event.actor_label,
        "text": text if event.actor_label else capfirst(text),
        "url": event.data.get("url", ""),
    }


def _note_line(note: TimelineNote) -> dict[str, Any]:
    is_late = note.recorded_at > note.happened_at
    text = _("noted, written down later") if is_late else _("noted")
    if note.is_acknowledgement:
        text = _("acknowledged it without being entitled to; paging goes on")
    return {
        "at": note.happened_at,
        "order": 0,
        "icon": "flag" if note.is_acknowledgement else "note",
        "tone": "busy" if note.is_acknowledgement else "neutral",
        "actor": note.author.name if note.author else "",
        "text": text,
        "words": note.text,
    }


def _update_line(update: StatusUpdate) -> dict[str, Any]:
    return {
        "at": update.posted_at,
        "order": 0,
        "icon": "megaphone",
        "tone": "info",
        "actor": update.author.name if update.author else "",
        "text": _("told the public: %(phase)s") % {"phase": Phase(update.phase).label},
        "words": update.text,
    }
