"""What follows when documents change: who watches from now on, and who is told."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from knowledge import workflow
from knowledge.alert_runbooks import documents_for_alerts_named, documents_for_alerts_of
from knowledge.models import (
    AlertRule,
    Document,
    DocumentComment,
    ReadingDuty,
    RevisionReview,
    RunbookRunState,
    WatchReason,
)
from knowledge.workflow import telling
from knowledge.workflow.reading import tell_to_read
from knowledge.workflow.watching import watch_by_itself
from portal.models import Event
from portal.subscribers import on

REASONS = {
    "document.created": WatchReason.AUTHOR,
    "document.revised": WatchReason.AUTHOR,
    "document.commented": WatchReason.COMMENT,
    "document.approval_given": WatchReason.REVIEW,
    "document.approved": WatchReason.REVIEW,
    "document.changes_asked": WatchReason.REVIEW,
}


@on(*REASONS)
def watch_what_one_works_at(event: Event) -> None:
    document = Document.objects.filter(pk=event.object_id).first()
    if document is not None and event.actor is not None:
        watch_by_itself(document, event.actor, REASONS[event.kind])


@on(*telling.SUBJECTS)
def tell_of_document(event: Event) -> None:
    documents = Document.objects.select_related("space", "published")
    if document := documents.filter(pk=event.object_id).first():
        telling.tell_of_change(document, event)


@on("document.commented", "document.comment_edited")
def tell_of_comment(event: Event) -> None:
    comments = DocumentComment.objects.filter(pk=event.data["comment"], removed_at=None)
    if comment := comments.select_related("document__space").first():
        is_new = event.kind == "document.commented"
        telling.tell_of_comment(comment, event, is_new=is_new)


@on(
    "document.review_asked",
    "document.published_urgently",
    "document.approved",
    "document.changes_asked",
)
def tell_named_in_review(event: Event) -> None:
    reviews = RevisionReview.objects.filter(
        revision__document=event.object_id, revision__number=event.data["number"]
    ).select_related("revision__document__space")
    if review := reviews.order_by("-pk").first():
        telling.tell_named_in_review(review, event)


@on("document.reading_asked")
def tell_who_is_asked_to_read(event: Event) -> None:
    duties = ReadingDuty.objects.owed().filter(request=event.data["request"])
    for duty in duties.select_related("person", "request__document", "request__revision"):
        tell_to_read(duty, key=f"reading:{duty.pk}")


@on("run.finished")
def see_what_the_run_shows(event: Event) -> None:
    if event.object_id and event.data.get("state") != RunbookRunState.ABANDONED:
        workflow.judge_run(event.object_id)


@on("service.changed", "service.dependency_added", "service.retired")
def look_again_at_what_is_about_a_service(event: Event) -> None:
    reason = _("%(service)s changed.") % {"service": event.subject_label}
    _make_due(Document.objects.filter(services=event.object_id), event, reason)


@on("integration.changed", "integration.mapped")
def look_again_at_what_answers_its_alerts(event: Event) -> None:
    reason = _("What %(monitor)s watches changed.") % {"monitor": event.subject_label}
    _make_due(documents_for_alerts_of(event.object_id), event, reason)


@on("rules.uploaded")
def look_again_at_what_answers_changed_rules(event: Event) -> None:
    for name in event.data.get("changed", []):
        rules = AlertRule.objects.filter(file=event.object_id, name=name)
        urls = set(rules.exclude(runbook_url="").values_list("runbook_url", flat=True))
        words = {"rule": name, "file": event.subject_label}
        reason = _("The alert rule %(rule)s changed in %(file)s.") % words
        _make_due(documents_for_alerts_named([name], urls), event, reason)


@on("person.deactivated")
def look_again_at_what_somebody_kept(event: Event) -> None:
    reason = _("%(owner)s, who kept it, has left.") % {"owner": event.subject_label}
    _make_due(Document.objects.filter(owner=event.object_id), event, reason)


def _make_due(documents: QuerySet[Document], event: Event, reason: str) -> None:
    """Those that were looked at before it happened."""
    before = documents.current().filter(freshness__reviewed_at__lt=event.happened_at)  # type: ignore[attr-defined]  # our own query set
    for document in before:
        workflow.make_due(document, reason=reason, actor=event.actor)
