"""What knowledge shows on the pages of others: runbooks, actions, and the lines of a thread."""

from collections.abc import Iterator
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from knowledge import action_figures, document_panels, runbook_panels
from knowledge.access import action_for, comment_for, document_for, retrospective_for
from knowledge.alert_runbooks import Asked, Shelf, answer_for
from knowledge.hidden_runs import runs_hidden_from
from knowledge.known_values import values_of_alert
from knowledge.models import (
    ActionItem,
    ActionState,
    Document,
    DocumentComment,
    DocumentImport,
    Reading,
    Repair,
    Retrospective,
    RunbookRun,
    RunbookRunState,
    Space,
)
from knowledge.suggestions import runbooks_of, suggested_runbooks
from operations.models import Alert
from operations.workflow import Leaving
from portal import clock
from portal.hidden_events import hides_events
from portal.models import Service, User
from portal.search.answering import Help
from portal.slots import contribution, panel
from portal.versions import readable

__all__ = ["document_panels", "runbook_panels"]  # they fill slots, too
DUE_SOON = timedelta(days=7)
MOST_FOUND = 8
TONE_OF_ACTION = {
    ActionState.OPEN: "info",
    ActionState.IN_PROGRESS: "busy",
    ActionState.DONE: "good",
    ActionState.DROPPED: "neutral",
}


@panel("service.detail", "knowledge/panels/runbooks.html", order=60)
def runbooks_of_service(user: User, service: Service) -> dict[str, Any]:
    return {"runbooks": runbooks_of(user, service), "may_work": user.may_work}


@panel("space.detail", "knowledge/panels/take_out.html", order=80)
def ways_to_take_out(_user: User, space: Space) -> dict[str, Any]:
    address = f"{settings.SITE_URL}{reverse('git-refs', args=[space.slug])}"
    return {"space": space, "address": address.removesuffix("/info/refs")}


@panel("alert.detail", "knowledge/panels/suggested.html", order=20)
def runbooks_for_alert(user: User, alert: Alert) -> dict[str, Any]:
    runs = RunbookRun.objects.visible_to(user).with_list_columns()
    answer = answer_for(alert, user)
    found = suggested_runbooks(user, alert.name, alert.service)
    return {
        "alert": alert,
        "answer": answer,
        "runbooks": [each for each in found if not answer or each.pk != answer.document.pk],
        "runs": runs.filter(reference=f"alert:{alert.pk}"),
        "may_work": user.may_work,
    }


@panel("home.today", "knowledge/panels/today.html", order=30)
def actions_of_today(user: User, _subject: object) -> dict[str, Any] | None:
    """The reader's own that are overdue or due within a week; nothing to do, no panel."""
    today = timezone.localdate()
    due = ActionItem.objects.visible_to(user).unfinished().with_list_columns()
    actions = list(due.filter(owner=user, due_on__lte=today + DUE_SOON)[:MOST_FOUND])
    return {"actions": actions, "today": today} if actions else None


@panel("improve.board", "knowledge/panels/improve.html", order=40)
def how_promises_are_kept(user: User, _subject: object) -> dict[str, Any]:
    """The share done on time, and how long the open ones have waited."""
    actions = ActionItem.objects.visible_to(user)
    return {"figures": action_figures.figures(actions, clock.now())}


@contribution("shift.handover")
def actions_to_hand_over(user: User, leaving: Leaving) -> Iterator[dict[str, Any]]:
    """What is overdue, or due within a week, for the team's services or from the leaver."""
    soon = (leaving.at + DUE_SOON).date()
    actions = ActionItem.objects.visible_to(user).unfinished().filter(due_on__lte=soon)
    theirs = Q(service__team=leaving.schedule.team_id) | Q(owner=user)
    for action in actions.filter(theirs).select_related("owner").order_by("due_on", "pk"):
        yield {
            "kind": "action",
            "reference": f"action:{action.pk}",
            "text": action.title,
            "note": _("%(owner)s, due %(day)s") % {"owner": action.owner, "day": action.due_on},
            "url": action.get_absolute_url(),
            "order": 40,
        }


@contribution("search.help")
def runbooks_of_found_alerts(user: User, found: list[tuple[str, int]]) -> Iterator[Help]:
    """The runbook of each alert that was found, as by the words that it came with."""
    wanted = [pk for source, pk in found if source == "operations.alert"]
    if not wanted:
        return
    alerts = Alert.objects.visible_to(user).select_related("service").in_bulk(wanted)
    asked = [Asked.by(alerts[pk]) for pk in wanted if pk in alerts]
    shelf = Shelf(asked, user)
    for one in asked:
        if answer := shelf.answer(one):
            document = answer.document
            yield Help(document.title, document.get_absolute_url(), answer.because)


@contribution("action.proof")
def drills_that_succeeded(user: User, action: ActionItem) -> Iterator[dict[str, Any]]:
    """Runs of the service's runbooks that came to a good end since it was promised."""
    if action.service is None:
        return
    runs = RunbookRun.objects.visible_to(user).with_list_columns()
    good = runs.filter(
        service=action.service,
        state=RunbookRunState.SUCCEEDED,
        finished_at__gte=action.created_at,
    )
    for run in good.order_by("-finished_at")[:MOST_FOUND]:
        yield {
            "reference": f"run:{run.pk}",
            "kind": "drill",
            "label": _("“%(runbook)s” was run through") % {"runbook": run.revision.title},
            "url": run.get_absolute_url(),
        }


@contribution("run.subject")
def alert_that_is_worked_on(user: User, reference: str) -> Iterator[dict[str, Any]]:
    kind, _colon, key = reference.partition(":")
    if kind == "alert" and key.isdecimal():
        alerts = Alert.objects.visible_to(user).select_related("service")
        for alert in alerts.filter(pk=key):
            yield {
                "reference_label": str(alert),
                "reference_url": alert.get_absolute_url(),
                "service": alert.service,
            }


@contribution("run.values")
def values_of_an_alert(user: User, reference: str) -> Iterator[dict[str, str]]:
    """What the commands of a run may be filled with that was started from an alert."""
    kind, _colon, key = reference.partition(":")
    if kind == "alert" and key.isdecimal():
        alert = Alert.objects.visible_to(user).filter(pk=key).first()
        if alert is not None:
            yield values_of_alert(alert)


@contribution("thread")
def thread(user: User, subject: Model) -> Iterator[dict[str, Any]]:
    """
    The documents, runs' runbooks and action items that hang together with anything.

    Whatever stands above is known here only by a reference such as "incident:7".
    """
    if isinstance(subject, Document):
        yield _document(subject, current=True)
        return
    if isinstance(subject, ActionItem):
        yield _action(subject, current=True)
        return
    reference = f"{subject._meta.model_name}:{subject.pk}"
    actions = ActionItem.objects.visible_to(user).filter(reference=reference)
    yield from (_action(action) for action in actions)
    runs = RunbookRun.objects.visible_to(user).filter(reference=reference)
    ran = Document.objects.visible_to(user).filter(revisions__runs__in=runs).distinct()
    yield from (_document(document) for document in ran)


@hides_events
def events_of_narrow_documents(user: User | None) -> Q | None:
    """
    What happened to a space or a document is for those who may read it.

    So is what tells of them: the runs and the repairs of the one, the imports into the other.
    """
    if user is not None and user.is_administrator:
        return None
    if user is None:
        spaces = Space.objects.filter(reading=Reading.EVERYONE)
        seen = Document.objects.open_to_all()
    else:
        spaces = Space.objects.visible_to(user)
        seen = Document.objects.visible_to(user)
    hidden = Document.objects.exclude(pk__in=seen.values("pk")).values("pk")
    closed = Space.objects.exclude(pk__in=spaces.values("pk")).values("pk")
    narrow = reduce(or_, runs_hidden_from(user), Q(revision__document__in=hidden))
    about: dict[type[Model], QuerySet[Any, Any]] = {
        Space: closed,
        DocumentImport: DocumentImport.objects.filter(space__in=closed).values("pk"),
        Document: hidden,
        RunbookRun: RunbookRun.objects.filter(narrow).values("pk"),
        Repair: Repair.objects.filter(document__in=hidden).values("pk"),
    }
    kinds = ContentType.objects.get_for_models(*about)
    told = (Q(content_type=kinds[model], object_id__in=rows) for model, rows in about.items())
    return reduce(or_, told)


@readable("knowledge.space")
def versions_of_space(user: User, pk: int) -> Space:
    return get_object_or_404(Space.objects.visible_to(user), pk=pk)


@readable("knowledge.document")
def versions_of_document(user: User, pk: int) -> Document:
    return document_for(user, pk=pk)


@readable("knowledge.documentcomment")
def versions_of_comment(user: User, pk: int) -> DocumentComment:
    """Its wordings are for whoever reads it."""
    comment = get_object_or_404(DocumentComment.objects.visible_to(user), pk=pk)
    return comment_for(user, pk, document=document_for(user, pk=comment.document_id))


@readable("knowledge.actionitem")
def versions_of_action(user: User, pk: int) -> ActionItem:
    return action_for(user, pk)


@readable("knowledge.retrospective")
def versions_of_retrospective(user: User, pk: int) -> Retrospective:
    return retrospective_for(user, pk)


def _document(document: Document, *, current: bool = False) -> dict[str, Any]:
    return {
        "kind": "document",
        "label": document.title,
        "url": document.get_absolute_url(),
        "status": document.get_kind_display(),
        "tone": "neutral",
        "at": None,
        "missing": False,
        "current": current,
        "order": 70,
    }


def _action(action: ActionItem, *, current: bool = False) -> dict[str, Any]:
    return {
        "kind": "action",
        "label": action.title,
        "url": action.get_absolute_url(),
        "status": action.get_state_display(),
        "tone": TONE_OF_ACTION[ActionState(action.state)],
        "at": action.created_at,
        "missing": False,
        "current": current,
        "order": 40,
    }
