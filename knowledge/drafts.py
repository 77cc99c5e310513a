"""Who is writing at a document now."""

from knowledge.models import Document, DocumentDraft
from portal import clock
from portal.models import User


def writers_of(document: Document, *, besides: User) -> list[DocumentDraft]:
    """The drafts of others who are at it; their words stay their own."""
    writing = DocumentDraft.objects.being_written(clock.now()).filter(document=document)
    return list(writing.exclude(author=besides).defer("body", "title").order_by("started_at"))
