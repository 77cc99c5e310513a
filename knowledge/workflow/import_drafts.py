"""The drafts that an import made, given to readers or to reviewers: each by its own verb."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _

from knowledge.access import may_change_document
from knowledge.models import Document, DocumentImport, Revision
from knowledge.workflow.reviewing import ask_for_review, publish
from portal.errors import DomainError, Refusal
from portal.models import User

AT_ONCE = 50  # documents that are done while one waits


class Refused(NamedTuple):
    document: Document
    reasons: list[Refusal]


class Bulk(NamedTuple):
    """How many were done, which were not and why; `left` are to be tried, after that path."""

    changed: int
    refused: list[Refused]
    left: int
    after: str


def publish_drafts(coming: DocumentImport, *, actor: User, after: str = "") -> Bulk:
    """Give the newest words of its drafts to readers; of one that is refused, say why."""
    return _each(coming, lambda draft: publish(draft, actor=actor), actor, after)


def ask_for_reviews(coming: DocumentImport, *, actor: User, after: str = "") -> Bulk:
    """Ask the owner teams about its drafts; of one that is refused, say why."""
    return _each(coming, lambda draft: ask_for_review(draft, actor=actor), actor, after)


def _each(
    coming: DocumentImport, verb: Callable[[Revision], object], actor: User, after: str
) -> Bulk:
    """Do it in the order of the paths, each document in a transaction of its own."""
    visible = Document.objects.visible_to(actor).values("pk")
    drafts = coming.files.drafts().filter(document__in=visible)
    rows = drafts.filter(path__gt=after).select_related("document__space", "document__team")
    changed, refused = 0, []
    for file in rows.order_by("path")[:AT_ONCE]:
        assert file.document is not None
        after = file.path
        if reasons := _why_not(verb, file.document, actor):
            refused.append(Refused(file.document, reasons))
        else:
            changed += 1
    return Bulk(changed, refused, drafts.filter(path__gt=after).count(), after)


def _why_not(
    verb: Callable[[Revision], object], document: Document, actor: User
) -> list[Refusal]:
    if not may_change_document(actor, document):
        return [Refusal("not_yours", _("You may not change this document."))]
    try:
        verb(document.revisions.get(number=document.latest_number))
    except DomainError as error:
        return error.refusals
    return []
