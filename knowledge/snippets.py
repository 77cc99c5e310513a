"""
Words shared between documents: a line that is only `![[slug]]` shows a snippet there.

What is shown is the published revision, read when it is looked at and only by whom it may be
read by; nothing is copied, so a newer revision is everywhere at once. A run, which must not
change under anybody's hands, takes the words over when it starts (`expanded`): those that
everybody may read who may read its runbook, as everybody who reads that sees them then.
"""

import re
from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from knowledge.models import Document, DocumentKind
from knowledge.models.documents import DocumentQuerySet
from knowledge.texts import kept_html
from portal.markdown import DOCUMENT_LIMIT, filled, renamed
from portal.models import User

# A person; all who may read a document, together; None is the system, which reads everything.
Reader = User | Document | None

DEEPEST = 3  # snippets within snippets
MOST = 50  # in one text, with those inside of others
SHOWN = re.compile(r"<p>!\[\[([-\w]{1,200})\]\]</p>")
LINE = re.compile(r"(?P<indent>[ \t]*(?:>[ \t]?)*)!\[\[(?P<slug>[-\w]{1,200})\]\][ \t]*\Z")
FENCE = re.compile(r"[ \t]*(?:>[ \t]?)*(?:[-*+]|\d+[.)])?[ \t]*(`{3,}|~{3,})")


def named_in(html: str) -> list[str]:
    """Return the snippets that a drawn text asks for, in order."""
    return SHOWN.findall(html)


def found(slugs: Iterable[str], reader: Reader) -> dict[str, Document]:
    """
    Return the published snippets that this reader gets, by the address that was asked.

    A past address finds its snippet.
    """
    wanted = set(slugs)
    snippets = (
        _readable(reader).current().filter(kind=DocumentKind.SNIPPET, published__isnull=False)
    )
    by_slug = {
        snippet.slug: snippet
        for snippet in snippets.filter(slug__in=wanted).select_related("published")
    }
    if missing := wanted - set(by_slug):
        moved = snippets.filter(redirects__slug__in=missing).select_related("published")
        for snippet in moved.prefetch_related("redirects"):
            for redirect in snippet.redirects.all():
                by_slug.setdefault(redirect.slug, snippet)
    return by_slug


def _readable(reader: Reader) -> DocumentQuerySet:
    if reader is None:
        return Document.objects.all()
    if isinstance(reader, Document):
        return Document.objects.shared_with(reader)
    return Document.objects.visible_to(reader)


class Composer:
    """Puts snippets into drawn texts for one reader."""

    def __init__(self, user: User | None) -> None:
        self.user = user
        self.count = 0

    def compose(
        self, html: SafeString, wire: "Wire", within: tuple[str, ...] = ()
    ) -> SafeString:
        """Return the text with its snippets; `wire` leads each by its own document's place."""
        slugs = named_in(html)
        if not slugs:
            return html
        snippets = found(slugs, self.user)

        def put(mark: re.Match[str]) -> SafeString:
            self.count += 1
            return self._one(mark[1], snippets.get(mark[1]), wire, within)

        return filled(html, SHOWN, put)

    def _one(
        self, slug: str, snippet: Document | None, wire: "Wire", within: tuple[str, ...]
    ) -> SafeString:
        if snippet is None or snippet.published is None:
            return _instead(
                _("There is no snippet “%(slug)s” that you can read.") % {"slug": slug}
            )
        if snippet.slug in within:
            return _instead(_("The snippet “%(slug)s” contains itself.") % {"slug": slug})
        if len(within) >= DEEPEST or self.count > MOST:
            return _instead(_("Too many snippets stand inside of each other here."))
        words = snippet.published
        drawn = kept_html(words.html, words.renderer, words.body)
        own = renamed(drawn, "s-", f"s-{self.count}-")
        inner = self.compose(wire(own, snippet), wire, (*within, snippet.slug))
        return format_html('<div class="snippet">{}</div>', inner)


class Wire:
    """Leads the addresses of a drawn text where they go, from the place of its document."""

    def __call__(self, html: SafeString, document: Document) -> SafeString:
        raise NotImplementedError


def expanded(body: str, reader: Reader) -> str:
    """
    Return the source with the source of its snippets in it, as a run takes it over.

    It never comes to more than a document may hold: the mark of what is too much is left.
    """
    return "\n".join(_Expansion(reader, len(body.encode())).lines(body))


class _Expansion:
    """One text with its snippets, each looked up once."""

    def __init__(self, reader: Reader, size: int) -> None:
        self.reader = reader
        self.count, self.size = 0, size
        self.known: dict[str, Document | None] = {}

    def lines(self, body: str, indent: str = "", within: tuple[str, ...] = ()) -> list[str]:
        lines = body.rstrip("\n").split("\n")
        marks = _marks(lines)
        if self.count < MOST and len(within) < DEEPEST:
            self._look_up(mark["slug"] for mark in marks.values())
        out: list[str] = []
        for number, line in enumerate(lines):
            mark = marks.get(number)
            inner = self._source(mark, indent, within) if mark else None
            out += [f"{indent}{line}" if line else line] if inner is None else inner
        return out

    def _look_up(self, slugs: Iterable[str]) -> None:
        new = [slug for slug in dict.fromkeys(slugs) if slug not in self.known][:MOST]
        if new:
            self.known |= dict.fromkeys(new) | found(new, self.reader)

    def _source(
        self, mark: re.Match[str], indent: str, within: tuple[str, ...]
    ) -> list[str] | None:
        snippet = self.known.get(mark["slug"])
        if snippet is None or snippet.published is None or snippet.slug in within:
            return None
        indent, words = f"{indent}{mark['indent']}", snippet.published.body
        size = len(words.encode()) + len(indent) * (words.count("\n") + 1)
        is_too_much = self.count >= MOST or self.size + size > DOCUMENT_LIMIT
        if is_too_much or len(within) >= DEEPEST:
            return None
        self.count, self.size = self.count + 1, self.size + size
        return self.lines(words, indent, (*within, snippet.slug))


def _marks(lines: list[str]) -> dict[int, re.Match[str]]:
    """Return the lines that are nothing but a snippet's name, outside of blocks of code."""
    marks = {}
    fence = ""
    for number, line in enumerate(lines):
        opened = FENCE.match(line)
        if fence:
            fence = "" if line.strip().startswith(fence) else fence
        elif opened:
            fence = opened[1]
        elif mark := LINE.match(line):
            marks[number] = mark
    return marks


def _instead(sentence: str) -> SafeString:
    return format_html('<p class="snippet-missing">{}</p>', sentence)
