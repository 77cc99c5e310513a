"""Which documents lead to one, as the reader may know them."""

from django.db.models import Max

from knowledge.models import Document, DocumentLink, LinkKind
from portal.models import User

SHOWN = 50


def linked_from(user: User, document: Document) -> list[Document]:
    """
    Return the documents whose readers are led to this one, or shown its words as a snippet.

    Each has `is_shown_in`: whether it shows them.
    """
    links = DocumentLink.objects.visible_to(user).read().to(document)
    kinds = dict(links.values_list("document").annotate(kind=Max("kind")).order_by())
    found = list(Document.objects.filter(pk__in=kinds).order_by("title", "pk")[:SHOWN])
    for one in found:
        one.is_shown_in = kinds[one.pk] == LinkKind.SNIPPET  # type: ignore[attr-defined]
    return found
