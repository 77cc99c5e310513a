"""The lines of a thread around incidents: alerts, incident, review, and what came of them."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from incidents.models import Incident, IncidentAlert, Review
from incidents.policies import policies
from incidents.wording import tone_of, tone_of_review
from knowledge.models import ActionItem, Document, Revision, RunbookRun
from maintenance.models import Deployment, MaintenanceRequest
from maintenance.thread import around
from operations import tones
from operations.models import Alert, AlertState
from portal.models import User

Line = dict[str, Any]
MOST = 5  # incidents around an alert or a document
MOST_ALERTS = 10
WHOLE = (Alert, Incident, Review)  # pages that show what came of it, too


def thread_of(user: User, subject: Model) -> Iterator[Line]:
    """Return the lines of the incidents that hang together with any object of the loop."""
    found = _incidents_of(subject)
    if found is None:
        return
    seen = Incident.objects.visible_to(user).filter(pk__in=found)
    incidents = list(seen.select_related("service", "review").order_by("-pk")[:MOST])
    if not incidents:
        return
    yield from _alerts(incidents, subject)
    for incident in incidents:
        yield _line("incident", incident, _state(incident), incident.detected_at, 20, subject)
        yield from _review(incident, subject)
    if isinstance(subject, WHOLE):
        yield from _what_came_of(user, incidents, subject)


def _incidents_of(subject: Model) -> list[int] | None:
    """The keys of the incidents that the subject belongs to; None for other kinds of things."""
    if isinstance(subject, Incident):
        return [subject.pk]
    if isinstance(subject, Review):
        return [subject.incident_id]
    if isinstance(subject, Alert):
        rows = IncidentAlert.objects.filter(alert=subject).order_by("-incident_id")
        return list(rows.values_list("incident_id", flat=True)[:MOST])
    if isinstance(subject, Document | Revision):
        return _of_document(subject if isinstance(subject, Document) else subject.document)
    return _of_reference(_references_of(subject))


def _references_of(subject: Model) -> list[str]:
    if isinstance(subject, ActionItem | RunbookRun):
        return [subject.reference]
    if isinstance(subject, MaintenanceRequest):
        action = subject.action_item
        return [subject.origin_reference, *([action.reference] if action else [])]
    if isinstance(subject, Deployment):
        own = [subject.failed_reference, subject.caused_by_incident]
        asked = _references_of(subject.request) if subject.request else []
        return [*(reference for reference in own if reference), *asked]
    return []


def _of_document(document: Document) -> list[int]:
    """Those that it was run for, that it is the review of, and that led to its revisions."""
    runs = RunbookRun.objects.filter(revision__document=document)
    requests = MaintenanceRequest.objects.filter(runbook=document, action_item__isnull=False)
    references = [
        *runs.values_list("reference", flat=True)[: 4 * MOST],
        *requests.values_list("action_item__reference", flat=True)[: 4 * MOST],
    ]
    reviewed = Review.objects.filter(document=document).values_list("incident_id", flat=True)
    return sorted({*_of_reference(references), *reviewed}, reverse=True)[:MOST]


def _of_reference(references: list[str]) -> list[int]:
    pairs = (reference.partition(":") for reference in references)
    return [int(pk) for kind, _colon, pk in pairs if kind == "incident" and pk.isdecimal()]


def _alerts(incidents: list[Incident], subject: Model) -> Iterator[Line]:
    rows = IncidentAlert.objects.filter(incident__in=incidents).select_related("alert")
    for row in rows[:MOST_ALERTS]:
        state = AlertState(row.alert.state)
        shown = str(state.label), tones.ALERTS[state]
        yield _line("alert", row.alert, shown, row.started_at, 10, subject)


def _review(incident: Incident, subject: Model) -> Iterator[Line]:
    review = getattr(incident, "review", None)
    if review is not None:
        shown = str(review.get_state_display()), tone_of_review(review)
        at = review.published_at or review.created_at
        line = _line("review", review, shown, at, 30, subject)
        yield {**line, "label": _("Review of %(number)s") % {"number": incident.number}}
    elif policies()[incident.severity].demands_review:
        yield _missing("review", _("Review owed once it is resolved"), 30)


def _what_came_of(user: User, incidents: list[Incident], subject: Model) -> Iterator[Line]:
    references = [incident.reference for incident in incidents]
    visible = ActionItem.objects.visible_to(user)
    actions = visible.filter(reference__in=references)
    yield from _actions(incidents, actions, subject)
    requests = MaintenanceRequest.objects.visible_to(user)
    asked = Q(action_item__in=actions) | Q(origin_reference__in=references)
    yield from around(user, requests.filter(asked), subject=subject)
    ran = Q(revisions__runs__reference__in=references)
    for document in Document.objects.visible_to(user).filter(ran).distinct()[:MOST_ALERTS]:
        shown = str(document.get_kind_display()), "neutral"
        yield _line("document", document, shown, None, 70, subject)


def _actions(
    incidents: list[Incident], actions: QuerySet[ActionItem], subject: Model
) -> Iterator[Line]:
    found = list(actions)
    for action in found:
        tone = "good" if action.closed_at else "busy"
        shown = str(action.get_state_display()), tone
        yield _line("action", action, shown, action.created_at, 40, subject)
    if not found and any(hasattr(incident, "review") for incident in incidents):
        yield _missing("action", _("No action item yet"), 40)


def _state(incident: Incident) -> tuple[str, str]:
    return str(incident.get_state_display()), tone_of(incident.state)


def _line(
    kind: str, thing: Any, shown: tuple[str, str], at: Any, order: int, subject: Model
) -> Line:
    status, tone = shown
    return {
        "kind": kind,
        "label": str(thing),
        "url": thing.get_absolute_url(),
        "status": status,
        "tone": tone,
        "at": at,
        "missing": False,
        "current": thing == subject,
        "order": order,
    }


def _missing(kind: str, label: str, order: int) -> Line:
    return {
        "kind": kind,
        "label": label,
        "url": f"#no-{kind}",
        "status": "",
        "tone": "neutral",
        "at": None,
        "missing": True,
        "current": False,
        "order": order,
    }
