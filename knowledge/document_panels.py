"""What stands below and beside a document: what people say about it."""

from typing import Any

from knowledge.comment_page import comments_of
from knowledge.models import Document, Revision, Watch
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
def watching(user: User, document: Document) -> dict[str, Any]:
    """Whether the reader is told of it, and the other way round."""
    watches = Watch.objects.about(document).filter(person=user)
    return {"document": document, "is_watching": watches.exists()}
