"""
Every write of documents: a text grows by revisions, and readers get the published one.

A revision is never changed once it is saved. Its number is allotted by one statement that
also decides who was first, so numbers are dense and nobody overwrites anybody.
"""

import hashlib
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from knowledge.models import (
    Document,
    DocumentDraft,
    DocumentKind,
    DocumentRedirect,
    Revision,
    Space,
    Tag,
    first_space,
)
from knowledge.texts import draw_or_refuse, normalised
from knowledge.workflow.document_saving import locked_document, record_document, set_document
from knowledge.workflow.linking import follow, relink
from knowledge.workflow.renaming import LONGEST_SLUG, RESERVED_SLUGS
from portal import clock
from portal.errors import DomainError, Refusal, TransitionNotAllowed, refuse
from portal.markdown import RENDERER_VERSION
from portal.models import Service, Team, User

LONGEST_TAG = 50


class EditConflict(DomainError):
    """Somebody saved a newer revision than the one that this text was built on."""

    def __init__(self, newest: Revision) -> None:
        self.newest = newest
        sentence = _("Revision %(number)s was saved while you were writing.")
        super().__init__(
            [
                Refusal(
                    "newer_revision",
                    sentence % {"number": newest.number},
                    _("Bring your change into the newest text and save again."),
                )
            ]
        )


@transaction.atomic
def create_document(
    *,
    kind: str,
    title: str,
    body: str,
    team: Team | None,
    actor: User | None,
    services: Iterable[Service] = (),
    alert_names: Iterable[str] = (),
    message: str = "",
    slug: str = "",
    space: Space | None = None,
    owner: User | None = None,
    is_team_only: bool = False,
    tags: Iterable[str] = (),
    path: str = "",
) -> Document:
    """
    Begin a document with revision 1, a draft; without a space it lies in the first one.

    Raises `portal.markdown.MarkdownRefused` for a text that cannot be rendered.
    """
    names = _clean(alert_names)
    document = Document(
        space=space or first_space(),
        kind=DocumentKind(kind),
        title=title,
        team=team,
        owner=owner,
        is_team_only=is_team_only and team is not None,
        path=path,
        alert_names=names,
        alert_words=alert_words(names),
        latest_number=1,
    )
    _save_under_free_slug(document, slug or slugify(title) or kind, actor)
    document.services.set(services)
    set_tags(document, tags)
    revision = _revision(document, number=1, title=title, body=body, message=message)
    _keep(revision, actor, "document.created")
    relink(document)
    follow(document)
    return document


@transaction.atomic
def save_revision(
    document: Document,
    *,
    base_number: int,
    title: str,
    body: str,
    actor: User | None,
    message: str = "",
    restored_from: int | None = None,
) -> Revision:
    """
    Add a draft built on revision `base_number`; an unchanged text adds nothing.

    Raises `EditConflict` if `base_number` is not the newest any more, and
    `portal.markdown.MarkdownRefused` for a text that cannot be rendered.
    """
    revision = _revision(
        document, number=base_number + 1, title=title, body=body, message=message
    )
    revision.restored_from = restored_from
    base = document.revisions.filter(number=base_number).first()
    if base and _same_words(base, revision):
        return base
    # One statement decides who is first; it also holds the row until we are done.
    is_first = Document.objects.filter(
        pk=document.pk, latest_number=base_number, archived_at=None
    ).update(latest_number=base_number + 1)
    if not is_first:
        return _sent_twice_or_late(document, revision, actor)
    document.refresh_from_db()
    if document.published_id is None and document.title != title:
        set_document(document, actor, title=title)
    _keep(revision, actor, "document.revised")
    relink(document)
    if actor and restored_from is None:
        DocumentDraft.objects.filter(document=document, author=actor).delete()
    return revision


@transaction.atomic
def restore_revision(revision: Revision, *, actor: User | None) -> Revision:
    """Add a new draft with the words of an old revision; numbers never go back."""
    document = locked_document(revision.document)
    newest = document.latest_number
    message = _("Restored from revision %(number)s") % {"number": revision.number}
    restored = save_revision(
        document,
        base_number=newest,
        title=revision.title,
        body=revision.body,
        message=message,
        restored_from=revision.number,
        actor=actor,
    )
    if restored.number == newest:
        raise refuse("same_words", _("The newest revision already has exactly these words."))
    return restored


@transaction.atomic
def change_document(
    document: Document,
    *,
    team: Team | None,
    services: Iterable[Service],
    alert_names: Iterable[str],
    actor: User | None,
    space: Space | None = None,
    owner: User | None = None,
    is_team_only: bool | None = None,
    tags: Iterable[str] | None = None,
) -> Document:
    """
    Change where the document lies, who owns it and what it is about; its words are left alone.

    `None` for the space, the restriction or the tags leaves them as they are.
    """
    locked = locked_document(document)
    if locked.archived_at:
        raise TransitionNotAllowed([_archived()])
    names = _clean(alert_names)
    locked.services.set(services)
    if tags is not None:
        set_tags(locked, tags)
    only_team = locked.is_team_only if is_team_only is None else is_team_only
    before, after = locked.space, space or locked.space
    set_document(
        locked,
        actor,
        space=after,
        team=team,
        owner=owner,
        is_team_only=only_team and team is not None,
        alert_names=names,
        alert_words=alert_words(names),
    )
    record_document("document.changed", locked, actor, alert_names=names)
    if before != after:
        record_document("document.moved", locked, actor, before=before.slug, after=after.slug)
    return locked


def set_tags(document: Document, names: Iterable[str]) -> None:
    """Give the document exactly these tags; new words become tags."""
    wanted = list(dict.fromkeys(_tag(name) for name in names if _tag(name)))
    Tag.objects.bulk_create([Tag(name=name) for name in wanted], ignore_conflicts=True)
    document.tags.set(Tag.objects.filter(name__in=wanted))


def _tag(name: str) -> str:
    return " ".join(name.lower().split())[:LONGEST_TAG]


@transaction.atomic
def archive(document: Document, *, actor: User | None) -> Document:
    """Take the document away from readers; what cites it keeps its words."""
    locked = locked_document(document)
    if locked.archived_at:
        raise TransitionNotAllowed([_archived()])
    set_document(locked, actor, archived_at=clock.now())
    follow(locked)
    record_document("document.archived", locked, actor)
    return locked


@transaction.atomic
def bring_back(document: Document, *, actor: User | None) -> Document:
    """Give an archived document back to its readers."""
    locked = locked_document(document)
    if not locked.archived_at:
        raise refuse("not_archived", _("This document is not archived."))
    set_document(locked, actor, archived_at=None)
    follow(locked)
    record_document("document.brought_back", locked, actor)
    return locked


def alert_words(names: Iterable[str]) -> str:
    """Return the names so that one of them can be found whole: each between newlines."""
    joined = "\n".join(names)
    return f"\n{joined}\n" if joined else ""


def _clean(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))


def _archived() -> Refusal:
    return Refusal("document_archived", _("This document is archived."))


def _save_under_free_slug(document: Document, wanted: str, actor: User | None) -> None:
    """Save with `wanted` as address, or with the first number behind it that is free."""
    wanted = wanted[:LONGEST_SLUG]
    taken = set(Document.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    past = DocumentRedirect.objects.filter(slug__startswith=wanted)
    taken |= RESERVED_SLUGS | set(past.values_list("slug", flat=True))
    number = 1
    while True:
        document.slug = wanted if number == 1 else f"{wanted}-{number}"
        number += 1
        if document.slug in taken:
            continue
        try:
            with transaction.atomic():
                document.changed_by = actor
                document.save()
        except IntegrityError:  # somebody took it just now
            taken.add(document.slug)
        else:
            return


def _revision(
    document: Document, *, number: int, title: str, body: str, message: str
) -> Revision:
    text = normalised(body)
    return Revision(
        document=document,
        number=number,
        title=title,
        body=text,
        html=draw_or_refuse(text),
        renderer=RENDERER_VERSION,
        body_hash=hashlib.sha256(text.encode()).hexdigest(),
        message=message,
        created_at=clock.now(),
        is_demo=document.is_demo,
    )


def _keep(revision: Revision, actor: User | None, kind: str) -> None:
    revision.author = actor
    revision.save(force_insert=True)
    record_document(
        kind,
        revision.document,
        actor,
        number=revision.number,
        message=revision.message,
        restored_from=revision.restored_from,
    )


def _same_words(one: Revision, other: Revision) -> bool:
    return (one.title, one.body_hash) == (other.title, other.body_hash)


def _sent_twice_or_late(document: Document, revision: Revision, actor: User | None) -> Revision:
    """Answer a form that was sent twice with what it saved; refuse everybody else."""
    document.refresh_from_db()
    if document.archived_at:
        raise TransitionNotAllowed([_archived()])
    newest = document.revisions.select_related("author").get(number=document.latest_number)
    is_ours = actor is not None and newest.author == actor
    if newest.number == revision.number and is_ours and _same_words(newest, revision):
        return newest
    raise EditConflict(newest)
