"""
Every write of attachments: a file beside a document, put there, described, replaced, removed.

A picture is written anew (`portal.pictures`); any other file is kept as it came, and only ever
downloaded. A file is never changed: another of its name takes its place, and what was pinned
to the old one keeps it. Its path is what Markdown calls it, so that a text reads well anywhere.
"""

import hashlib
import posixpath
import re
import secrets
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import Attachment, Document, DocumentLink, Revision
from knowledge.workflow.document_saving import locked_document, record_document
from knowledge.workflow.linking import follow_files
from portal import clock
from portal.errors import DomainError, Refusal, TransitionNotAllowed, refuse
from portal.models import User
from portal.pictures import MOST_BYTES, Cleaned, cleaned

MOST_FILES = 300  # beside one document
FOLDER = "attachments"
UNKNOWN_FOR = timedelta(days=1)  # a file that no row knows is left alone so long
# What a picture of one of the kinds that we read begins with.
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
NOT_IN_NAMES = re.compile(r"[^\w.-]+")
LONGEST_NAME = 100


@transaction.atomic
def attach(
    document: Document,
    sent: bytes,
    *,
    name: str,
    actor: User | None,
    description: str = "",
    path: str = "",
) -> Attachment:
    """
    Put a file beside a document; the same one under the same name is given back.

    Another under a name that is taken gets the next free name. With `path`, the file lies
    there in the folder that is imported, and takes the place of what lay there.
    """
    _require_size(sent)
    locked = locked_document(document)
    if locked.archived_at:
        raise refuse("document_archived", _("This document is archived."))
    found = _current(locked)
    if len(found) >= MOST_FILES:
        sentence = _("A document has at most %(n)d attachments.")
        raise refuse("too_many_attachments", sentence % {"n": MOST_FILES})
    wanted = clean_name(name)
    kept_path = path or _free_path(locked, wanted, sent, found)
    before = found.get(kept_path)
    if before is not None and _is_same(before, sent):
        return before
    return _keep(locked, sent, kept_path, actor, description=description, instead_of=before)


@transaction.atomic
def replace_attachment(
    attachment: Attachment, sent: bytes, *, actor: User | None
) -> Attachment:
    """Put another file in its place: every text that shows it shows the new one."""
    _require_size(sent)
    locked = locked_document(attachment.document)
    before = Attachment.objects.current().get(pk=attachment.pk)
    if _is_same(before, sent):
        return before
    return _keep(
        locked, sent, before.path, actor, description=before.description, instead_of=before
    )


@transaction.atomic
def describe_attachment(
    attachment: Attachment, *, description: str, actor: User | None
) -> Attachment:
    """Say what a file shows: the words that its Markdown begins with."""
    fresh = Attachment.objects.select_for_update().get(pk=attachment.pk)
    fresh.description = description.strip()[:300]
    fresh.save(update_fields=["description"])
    record_document("document.attachment_described", fresh.document, actor, name=fresh.name)
    return fresh


@transaction.atomic
def remove_attachment(attachment: Attachment, *, actor: User | None) -> None:
    """Remove a file that no text shows; one that only old revisions name is kept for them."""
    document = locked_document(attachment.document)
    if reasons := why_not_remove(attachment):
        raise TransitionNotAllowed(reasons)
    record_document("document.attachment_removed", document, actor, name=attachment.name)
    row = Attachment.objects.filter(pk=attachment.pk)
    if Revision.objects.filter(document=document, body__contains=attachment.name).exists():
        row.update(superseded_at=clock.now())
    else:
        row.delete()  # its file is swept later: a transaction may still be undone
    follow_files(document)


def why_not_remove(attachment: Attachment) -> list[Refusal]:
    if not DocumentLink.objects.filter(attachment=attachment).exists():
        return []
    sentence = _("The published or the newest revision shows this file.")
    return [Refusal("attachment_shown", sentence, _("Take it out of the text first."))]


def clean_name(name: str) -> str:
    """Return a name that needs no quoting in Markdown, in a path or in an address."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    stem, suffix = posixpath.splitext(NOT_IN_NAMES.sub("-", last).strip("-._"))
    stem = stem[: LONGEST_NAME - 20].strip("-._") or "file"
    return f"{stem}{suffix.lower()[:20]}"


def sweep_attachments(now: datetime) -> int:
    """Remove files that no row knows: those of a request that failed after it wrote them."""
    gone = 0
    for path in _old_files(now):
        if not Attachment.objects.filter(key=path.rpartition("/")[2]).exists():
            default_storage.delete(path)
            gone += 1
    return gone


def _require_size(sent: bytes) -> None:
    if len(sent) > MOST_BYTES:
        raise too_large()
    if not sent:
        raise refuse("attachment_empty", _("This file is empty."))


def too_large() -> DomainError:
    sentence = _("This file is larger than %(limit)s MB.")
    return refuse("attachment_too_large", sentence % {"limit": MOST_BYTES // 1_000_000})


def _current(document: Document) -> dict[str, Attachment]:
    return {file.path: file for file in document.attachments.filter(superseded_at=None)}


def _is_same(attachment: Attachment, sent: bytes) -> bool:
    return hashlib.sha256(sent).hexdigest() in {attachment.sha256, attachment.sent_sha256}


def _free_path(document: Document, name: str, sent: bytes, found: dict[str, Attachment]) -> str:
    folder = posixpath.join(posixpath.dirname(document.path), FOLDER, str(document.pk))
    stem, suffix = posixpath.splitext(name)
    number = 1
    while True:
        numbered = name if number == 1 else f"{stem}-{number}{suffix}"
        path = posixpath.join(folder, numbered)
        if path not in found or _is_same(found[path], sent):
            return path
        number += 1


def _keep(
    document: Document,
    sent: bytes,
    path: str,
    actor: User | None,
    *,
    description: str,
    instead_of: Attachment | None,
) -> Attachment:
    picture = _as_picture(sent)
    content = picture.content if picture else sent
    file = Attachment(
        document=document,
        key=secrets.token_hex(20),
        name=posixpath.basename(path)[:120],
        path=path,
        description=description.strip()[:300],
        media_type=picture.media_type if picture else "",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sent_sha256=hashlib.sha256(sent).hexdigest(),
        uploaded_by=actor,
        created_at=clock.now(),
    )
    # First the file: a row without one shows a hole, a file without a row is swept.
    default_storage.save(file.file_path, ContentFile(content))
    if instead_of is not None:
        Attachment.objects.filter(pk=instead_of.pk).update(superseded_at=clock.now())
    file.save(force_insert=True)
    follow_files(document)
    kind = "document.attachment_replaced" if instead_of else "document.attachment_added"
    record_document(kind, document, actor, name=file.name, sha256=file.sha256, size=file.size)
    return file


def _as_picture(sent: bytes) -> Cleaned | None:
    """What looks like a picture and cannot be read as one is refused; the rest is a file."""
    is_webp = sent[:4] == b"RIFF" and sent[8:12] == b"WEBP"
    if not (is_webp or sent.startswith(PICTURES)):
        return None
    return cleaned(sent)


def _old_files(now: datetime) -> Iterator[str]:
    if not default_storage.exists(FOLDER):
        return
    for folder in default_storage.listdir(FOLDER)[0]:
        for name in default_storage.listdir(f"{FOLDER}/{folder}")[1]:
            path = f"{FOLDER}/{folder}/{name}"
            if default_storage.get_modified_time(path) < now - UNKNOWN_FOR:
                yield path
