"""What follows when documents change: who watches from now on, and who is told."""

from knowledge.models import Document, DocumentComment, ReadingDuty, RevisionReview, WatchReason
from knowledge.workflow import telling
from knowledge.workflow.reading import tell_to_read
from knowledge.workflow.watching import watch_by_itself
from portal.models import Event
from portal.subscribers import on

REASONS = {
    "document.created": WatchReason.AUTHOR,
    "document.revised": WatchReason.AUTHOR,
    "document.commented": WatchReason.COMMENT,
    "document.approved": WatchReason.REVIEW,
    "document.changes_asked": WatchReason.REVIEW,
}


@on(*REASONS)
def watch_what_one_works_at(event: Event) -> None:
    document = Document.objects.filter(pk=event.object_id).first()
    if document is not None and event.actor is not None:
        watch_by_itself(document, event.actor, REASONS[event.kind])


@on("document.published", "document.archived", "document.brought_back")
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
