"""
What people say about documents: said, answered, edited, deleted, settled and opened again.

Nothing is lost: an edit keeps the old words (its history), and what is deleted leaves its
mark where somebody has answered. Who is told of it, `knowledge.handlers` says.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.models import Document, DocumentComment, Revision
from knowledge.texts import drawn_comment
from knowledge.workflow.document_saving import locked_document, record_document
from portal import clock
from portal.errors import refuse
from portal.markdown import RENDERER_VERSION
from portal.models import User


@transaction.atomic
def comment_on(
    revision: Revision,
    *,
    text: str,
    quote: str = "",
    heading: str = "",
    is_blocking: bool = False,
    actor: User,
) -> DocumentComment:
    """
    Begin a thread about a revision: about the whole, or about the words of `quote`.

    Raises `portal.markdown.MarkdownRefused` for a text that cannot be drawn.
    """
    document = locked_document(revision.document)
    comment = DocumentComment(
        document=document,
        revision=revision,
        quote=" ".join(quote.split())[:500].strip(),
        heading=heading,
        is_blocking=is_blocking,
        author=actor,
    )
    return _say(comment, text, actor)


@transaction.atomic
def answer_comment(comment: DocumentComment, *, text: str, actor: User) -> DocumentComment:
    """Say something more in the thread of this comment; a settled one stays settled."""
    document = locked_document(comment.document)
    root = comment.parent or comment
    newest = document.revisions.get(number=document.latest_number)
    answer = DocumentComment(document=document, revision=newest, parent=root, author=actor)
    return _say(answer, text, actor)


@transaction.atomic
def edit_comment(comment: DocumentComment, *, text: str, actor: User) -> DocumentComment:
    """Put it into other words; the old ones are kept."""
    locked = _locked(comment)
    words = _words(text)
    if words == locked.text:
        return locked
    locked.edited_at = clock.now()
    _draw(locked, words)
    fields = ["text", "html", "renderer", "edited_at"]
    return _save(locked, actor, fields, "document.comment_edited")


@transaction.atomic
def remove_comment(comment: DocumentComment, *, actor: User) -> DocumentComment:
    """Delete it: nobody reads it any more, and answers to it stay."""
    locked = _locked(comment)
    locked.removed_at = clock.now()
    removed = _save(locked, actor, ["removed_at"], "document.comment_removed")
    _settle_what_nobody_says(locked.parent or locked, actor)
    return removed


@transaction.atomic
def resolve_comment(comment: DocumentComment, *, actor: User) -> DocumentComment:
    """Say that it is settled, in the newest revision."""
    root = _root(comment)
    if root.resolved_at:
        raise refuse("already_resolved", _("This comment is settled already."))
    return _settle(root, actor, "document.comment_resolved")


@transaction.atomic
def reopen_comment(comment: DocumentComment, *, actor: User) -> DocumentComment:
    """Say that it is not settled after all."""
    root = _root(comment)
    if not root.resolved_at:
        raise refuse("already_open", _("This comment is open."))
    root.resolved_at = root.resolved_by = root.resolved_in = None
    fields = ["resolved_at", "resolved_by", "resolved_in"]
    return _save(root, actor, fields, "document.comment_reopened")


@transaction.atomic
def set_blocking(
    comment: DocumentComment, *, is_blocking: bool, actor: User
) -> DocumentComment:
    """Say whether it has to be settled before an approval; twice is as once."""
    root = _root(comment)
    if root.is_blocking == is_blocking:
        return root
    root.is_blocking = is_blocking
    return _save(root, actor, ["is_blocking"], "document.comment_weighed", blocks=is_blocking)


def _say(comment: DocumentComment, text: str, actor: User) -> DocumentComment:
    _draw(comment, _words(text))
    comment.created_at = clock.now()
    comment.is_demo = comment.document.is_demo
    comment.changed_by = actor
    comment.save()
    _record("document.commented", comment, actor)
    return comment


def _words(text: str) -> str:
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise refuse("text_missing", _("Write what you want to say."))
    return words


def _draw(comment: DocumentComment, words: str) -> None:
    comment.text = words
    comment.html, comment.renderer = drawn_comment(words), RENDERER_VERSION


def _root(comment: DocumentComment) -> DocumentComment:
    rows = DocumentComment.objects.select_for_update(of=("self",))
    return rows.select_related("document").get(pk=comment.parent_id or comment.pk)


def _locked(comment: DocumentComment) -> DocumentComment:
    rows = DocumentComment.objects.select_for_update(of=("self",))
    locked = rows.select_related("document", "parent").get(pk=comment.pk)
    if locked.removed_at:
        raise refuse("comment_removed", _("This comment was deleted."))
    return locked


def _settle(root: DocumentComment, actor: User, kind: str) -> DocumentComment:
    document = root.document
    root.resolved_at, root.resolved_by = clock.now(), actor
    root.resolved_in = document.revisions.get(number=document.latest_number)
    fields = ["resolved_at", "resolved_by", "resolved_in"]
    return _save(root, actor, fields, kind)


def _settle_what_nobody_says(root: DocumentComment, actor: User) -> None:
    """A thread of which nothing is left waits for nobody."""
    root = _root(root)
    if root.removed_at and not root.resolved_at and not root.replies.filter(removed_at=None):
        _settle(root, actor, "document.comment_resolved")


def _save(
    comment: DocumentComment, actor: User, fields: list[str], kind: str, **told: Any
) -> DocumentComment:
    comment.changed_by = actor
    comment.save(update_fields=fields)
    _record(kind, comment, actor, **told)
    return comment


def _record(kind: str, comment: DocumentComment, actor: User, **told: Any) -> None:
    document: Document = comment.document
    thread = comment.parent_id or comment.pk
    record_document(kind, document, actor, comment=comment.pk, thread=thread, **told)
