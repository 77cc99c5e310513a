"""Drafts on the server: one for each person and document, private, and never a revision."""

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import Document, DocumentDraft
from portal import clock
from portal.errors import refuse
from portal.models import User


@transaction.atomic
def keep_draft(
    document: Document, *, base_number: int, title: str, body: str, actor: User
) -> DocumentDraft:
    """Keep what the person has typed in place of what they had; it is no event."""
    if document.archived_at:
        sentence = _("This document is archived.")
        raise refuse("document_archived", sentence)
    now = clock.now()
    kept = {"base_number": base_number, "title": title[:200], "body": body, "changed_at": now}
    return DocumentDraft.objects.update_or_create(
        document=document,
        author=actor,
        defaults=kept,
        create_defaults={**kept, "started_at": now},
    )[0]


def discard_draft(document: Document, *, actor: User) -> None:
    DocumentDraft.objects.filter(document=document, author=actor).delete()
