"""What stands below and beside a document: what people say about it."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from knowledge.access import may_change_document
from knowledge.comment_page import comments_of
from knowledge.models import Document, ReadingDuty, Revision, Space, Watch
from knowledge.reading_page import read_before, readers_in_numbers
from portal.models import User
from portal.slots import panel


@panel("document.detail", "knowledge/comment_part.html", order=50)
def comments_on_document(user: User, document: Document) -> dict[str, Any] | None:
    """The open threads about what readers get."""
    if document.published is None:
        return None
    return comments_of(user, document, document.published)


@panel("revision.detail", "knowledge/comment_part.html", order=50)
def comments_on_revision(user: User, revision: Revision) -> dict[str, Any]:
    """The open threads, with the places that they have in this revision."""
    return comments_of(user, revision.document, revision)


@panel("document.facts", "knowledge/comment_count.html", order=50)
def open_comments(_user: User, document: Document) -> dict[str, Any] | None:
    """How many threads are open, in the row of the title."""
    threads = document.comments.threads().open()
    return {"document": document, "count": count} if (count := threads.count()) else None


@panel("document.actions", "knowledge/watch.html", order=50)
def watching_document(user: User, document: Document) -> dict[str, Any]:
    """Whether the reader is told of it, and the other way round."""
    watches = Watch.objects.about(document).filter(person=user)
    return _watching("document", document.slug, is_watching=watches.exists())


@panel("space.actions", "knowledge/watch.html", order=50)
def watching_space(user: User, space: Space) -> dict[str, Any]:
    """The same for all that lies in a space."""
    watches = space.watches.on().filter(person=user)
    return _watching("space", space.slug, is_watching=watches.exists())


def _watching(what: str, slug: str, *, is_watching: bool) -> dict[str, Any]:
    return {
        "is_watching": is_watching,
        "watch_url": reverse(f"knowledge:{what}-watch", args=[slug]),
        "unwatch_url": reverse(f"knowledge:{what}-unwatch", args=[slug]),
    }


@panel("document.top", "knowledge/reading_notices.html", order=50)
def what_its_reader_should_know(user: User, document: Document) -> dict[str, Any] | None:
    """That they are asked to read it, and that it changed since they did."""
    duties = list(ReadingDuty.objects.owed_by(user).filter(request__document=document))
    before = read_before(user, document)
    if not duties and before is None:
        return None
    address = reverse("knowledge:document-diff", args=[document.slug])
    if before is not None and document.published is not None:
        address += f"?from={before.number}&to={document.published.number}"
    return {"duties": duties, "before": before, "diff_url": address}


@panel("document.side", "knowledge/readers_figure.html", order=50)
def readers_of_document(user: User, document: Document) -> dict[str, Any] | None:
    """By how many it was read: for those who may change it."""
    if document.published is None or not may_change_document(user, document):
        return None
    return {"document": document, **readers_in_numbers(document)}


@panel("home.today", "knowledge/panels/to_read.html", order=31)
@panel("learn.news", "knowledge/panels/to_read.html")
def to_read(user: User, _subject: object) -> dict[str, Any] | None:
    """What the reader is asked to read; nothing, no panel."""
    duties = list(ReadingDuty.objects.owed_by(user)[:20])
    return {"duties": duties, "today": timezone.localdate()} if duties else None
