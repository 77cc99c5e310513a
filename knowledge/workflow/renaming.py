"""A document's address: where it moves, the old one leads to it for good."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from knowledge.models import Document, DocumentRedirect
from knowledge.workflow.document_saving import locked_document, record_document, set_document
from knowledge.workflow.linking import follow
from portal import clock
from portal.errors import DomainError, Refusal, TransitionNotAllowed, refuse
from portal.models import User

RESERVED_SLUGS = {"new"}  # words that our own addresses use
LONGEST_SLUG = 180  # leaves room for a number behind it


@transaction.atomic
def rename(document: Document, *, slug: str, actor: User | None) -> Document:
    """Give the document another address; every address that it had leads there in one step."""
    locked = locked_document(document)
    if reasons := why_not_rename(locked, slug):
        raise TransitionNotAllowed(reasons)
    before = locked.slug
    DocumentRedirect.objects.filter(slug=slug, document=locked).delete()
    try:
        with transaction.atomic():
            set_document(locked, actor, slug=slug)
    except IntegrityError:  # somebody took it just now
        raise _taken() from None
    DocumentRedirect.objects.create(slug=before, document=locked, created_at=clock.now())
    follow(locked)
    record_document("document.renamed", locked, actor, before=before, after=slug)
    return locked


def why_not_rename(document: Document, slug: str) -> list[Refusal]:
    reasons = []
    if document.archived_at:
        reasons.append(Refusal("document_archived", _("This document is archived.")))
    if not _is_slug(slug):
        sentence = _("An address has letters, digits, hyphens and underscores, at most %(n)d.")
        reasons.append(Refusal("slug_invalid", sentence % {"n": LONGEST_SLUG}))
    elif slug == document.slug:
        reasons.append(Refusal("same_slug", _("This is its address already.")))
    elif slug in RESERVED_SLUGS or _is_anothers(slug, document):
        reasons += _taken().refusals
    return reasons


def _is_slug(slug: str) -> bool:
    try:
        validate_slug(slug)
    except ValidationError:
        return False
    return len(slug) <= LONGEST_SLUG


def _is_anothers(slug: str, document: Document) -> bool:
    """An address that another has, or had: old links must not lead to the wrong text."""
    return (
        Document.objects.filter(slug=slug).exists()
        or DocumentRedirect.objects.filter(slug=slug).exclude(document=document).exists()
    )


def _taken() -> DomainError:
    return refuse(
        "slug_taken",
        _("Another document has this address, or had it."),
        _("Choose another one."),
    )
