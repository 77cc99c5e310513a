"""The threads about a document, as its pages show them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import quote as quoted

from django.utils.safestring import SafeString

from knowledge.access import may_change_document
from knowledge.comment_forms import CommentForm, CommentWordsForm
from knowledge.models import Document, DocumentComment, Revision
from knowledge.texts import kept_html, sections_of, squeezed
from portal import events
from portal.models import User

SHOWN = 20  # open threads below a document; all of them have a page of their own


class Said(NamedTuple):
    """One comment and what its reader may do with it."""

    comment: DocumentComment
    html: SafeString
    may_edit: bool
    may_remove: bool


class Place(NamedTuple):
    """Where in the shown revision a thread belongs: `state` is whole, found or changed."""

    state: str
    quote: str = ""
    heading: str = ""
    anchor: str = ""  # behind the address of the text


class Thread(NamedTuple):
    said: Said
    answers: list[Said]
    place: Place
    may_settle: bool
    answer_form: CommentWordsForm | None

    @property
    def comment(self) -> DocumentComment:
        return self.said.comment


class Words:
    """The words of a revision, in which what was quoted from another one is looked for."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._sections = {heading.anchor: heading.text for heading in sections_of(html)}
        self._squeezed: str | None = None

    def place_of(self, comment: DocumentComment) -> Place:
        section = self._sections.get(comment.heading, "")
        if comment.quote:
            if self._has(comment.quote):
                return Place("found", comment.quote, section, _fragment(comment.quote))
            anchor = f"#{comment.heading}" if section else ""
            return Place("changed", comment.quote, section, anchor)
        if not comment.heading:
            return Place("whole")
        if section:
            return Place("found", "", section, f"#{comment.heading}")
        return Place("changed")

    def _has(self, quote: str) -> bool:
        if self._squeezed is None:
            self._squeezed = squeezed(self._html)
        return "".join(quote.split()) in self._squeezed


def comments_of(
    user: User, document: Document, revision: Revision, *, form: CommentForm | None = None
) -> dict[str, Any]:
    """Return the open threads below a revision, and what is needed to begin one."""
    html = html_of(revision)
    rows = list(document.comments.threads().open().with_line_columns().order_by("-pk")[:SHOWN])
    may_comment = user.may_work
    open_count = document.comments.threads().open().count()
    return {
        "document": document,
        "revision": revision,
        "threads": threads_of(user, document, rows[::-1], html),
        "open_count": open_count,
        "older_count": open_count - len(rows),
        "settled_count": document.comments.threads().filter(resolved_at__isnull=False).count(),
        "may_comment": may_comment,
        "form": (form or CommentForm(html=html)) if may_comment else None,
        "newest": newest_of(document),
    }


def threads_of(
    user: User, document: Document, rows: Iterable[DocumentComment], html: str
) -> list[Thread]:
    """Return these threads with their answers, each with its place in the words of `html`."""
    roots = list(rows)
    answers: dict[int, list[DocumentComment]] = defaultdict(list)
    told = DocumentComment.objects.filter(parent__in=roots, removed_at=None)
    for answer in told.with_line_columns().order_by("pk") if roots else ():
        answers[answer.parent_id or 0].append(answer)
    may_change = may_change_document(user, document)
    words = Words(html)
    return [
        Thread(
            _said(root, user),
            [_said(answer, user) for answer in answers[root.pk]],
            words.place_of(root),
            may_settle=may_change or (user.may_work and root.author_id == user.pk),
            answer_form=CommentWordsForm(auto_id=f"answer_{root.pk}_%s")
            if user.may_work
            else None,
        )
        for root in roots
    ]


def html_of(revision: Revision) -> SafeString:
    return kept_html(revision.html, revision.renderer, revision.body)


def newest_of(document: Document) -> int:
    """A number that grows with everything that happens to the document."""
    newest = events.about(document).select_related(None).order_by("-pk")
    return newest.values_list("pk", flat=True).first() or 0


def _said(comment: DocumentComment, user: User) -> Said:
    is_own = user.may_work and comment.author_id == user.pk and comment.removed_at is None
    html = kept_html(comment.html, comment.renderer, comment.text)
    may_remove = is_own or (user.is_administrator and comment.removed_at is None)
    return Said(comment, html, may_edit=is_own, may_remove=may_remove)


def _fragment(quote: str) -> str:
    """The browser's own way to show words of a page."""
    words = quoted(" ".join(quote.split()), safe="").replace("-", "%2D")
    return f"#:~:text={words}"
