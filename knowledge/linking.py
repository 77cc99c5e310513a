"""What a text can be linked to: documents by their titles, and parts of them by headings."""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from django.db.models import Case, IntegerField, QuerySet, Value, When

from knowledge.models import Document
from knowledge.texts import sections_of
from portal.models import User
from portal.text_search import matching, terms_of

MOST = 8  # of either
MOST_READ = 40  # texts in which headings are looked for


class Target(NamedTuple):
    """A place that a link can lead to; `heading` is empty for a whole document."""

    title: str
    heading: str
    kind: str
    slug: str
    url: str


def targets(user: User, text: str, kind: str = "") -> list[Target]:
    """Return the documents and headings that this person may read and may well mean."""
    readable = Document.objects.visible_to(user).current()
    if kind:
        return list(_titles(readable.filter(kind=kind, published__isnull=False), text))
    if not terms_of(text):
        return []
    return [*_titles(readable, text), *islice(_headings(readable, text), MOST)]


def _titles(readable: QuerySet[Document], text: str) -> Iterator[Target]:
    begins = Case(
        When(title__istartswith=text.strip(), then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    found = matching(readable, text, "title").annotate(order=begins)
    for document in found.order_by("order", "title", "pk")[:MOST]:
        yield _target(document)


def _headings(readable: QuerySet[Document], text: str) -> Iterator[Target]:
    """The headings in what readers get; only texts that hold the words are looked through."""
    words = [word.casefold() for word in terms_of(text)]
    holding = matching(readable, text, "published__body").select_related("published")
    for document in holding.order_by("title", "pk")[:MOST_READ]:
        assert document.published  # it holds the words
        for heading in sections_of(document.published.html):
            if all(word in heading.text.casefold() for word in words):
                yield _target(document, heading.text, f"#{heading.anchor}")


def _target(document: Document, heading: str = "", anchor: str = "") -> Target:
    kind, url = document.get_kind_display(), document.get_absolute_url()
    return Target(document.title, heading, kind, document.slug, url + anchor)
