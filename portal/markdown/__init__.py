"""
The one function that returns safe HTML from what people write, for every place it shows.

The text goes through a child process: our own walk for the blocks, Python-Markdown for what
is inline, nh3 at the end. Raw HTML is text. Nothing here raises for a reader: what cannot be
drawn is shown as it was written, with a notice.
"""

import hashlib
import logging
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .addresses import Address, Wired, addresses_of, filled, renamed, rewired
from .children import RenderingFailed, ask
from .engine.clean import Options, marker
from .engine.outline import anchor_of
from .steps import Branch, Part, Step, find_parts, find_steps

__all__ = [
    "COMMENT_LIMIT",
    "DOCUMENT_LIMIT",
    "RENDERER_VERSION",
    "Address",
    "Branch",
    "Heading",
    "MarkdownRefused",
    "Part",
    "Rendered",
    "Step",
    "Wired",
    "addresses_of",
    "anchor_of",
    "filled",
    "find_parts",
    "find_steps",
    "plain_text",
    "renamed",
    "render",
    "render_or_refuse",
    "render_result",
    "rewired",
    "with_marks",
]

log = logging.getLogger(__name__)

RENDERER_VERSION = "4"  # raise it with any change to what comes out; kept HTML is drawn again
DOCUMENT_LIMIT = 100_000  # bytes
COMMENT_LIMIT = 10_000
REMEMBERED = 256  # short texts
PREFIX = re.compile(r"[a-z][a-z0-9-]{0,30}", re.ASCII)
# Words and inner punctuation that mean nothing to Markdown; drawn here at once.
HARMLESS = re.compile(r"[^\W\d_](?:[^\W_]|[ ,;?'\"().-]){0,199}")

SENTENCES: Mapping[str, Any] = {
    "too_long": gettext_lazy(
        "The text is too long: %(size)s bytes, and %(limit)s are the limit."
    ),
    "block": gettext_lazy("The paragraph or table is too long. Part it by blank lines."),
    "blocks": gettext_lazy("There are too many headings, items and paragraphs in one text."),
    "brackets": gettext_lazy("There are too many brackets here that do not close."),
    "backticks": gettext_lazy("There are too many backticks in a row."),
    "cells": gettext_lazy("The tables have too many cells."),
    "headings": gettext_lazy("There are too many headings without a blank line."),
    "quote_depth": gettext_lazy("The quotes are nested too deeply."),
    "list_indent": gettext_lazy("The list is indented too far."),
    "nesting": gettext_lazy("The text is nested too deeply."),
    "memory": gettext_lazy("The text takes too much memory to draw."),
    "output": gettext_lazy("The text takes too much memory to draw."),
    "over_budget": gettext_lazy("The text takes too long to draw. Make it simpler or shorter."),
    "busy": gettext_lazy("Too many texts are being drawn at the moment. Try again soon."),
    "crashed": gettext_lazy("The text could not be drawn."),
}


class Heading(NamedTuple):
    level: int  # 1 to 6
    anchor: str  # the id of the heading
    text: str


class Rendered(NamedTuple):
    """
    A text as HTML, with its headings for a table of contents and its words for a search.

    When `ok` is false, `html` shows the source with a notice and `problem` says why.
    """

    html: SafeString
    headings: list[Heading]
    words: str
    ok: bool = True
    problem: str | None = None


class MarkdownRefused(Exception):
    """
    The text cannot be drawn as it is; `str()` is a sentence for the person who wrote it.

    `line` counts from 1, or is 0 when no line is to blame. With `passing`, the same text may
    well be drawn a moment later.
    """

    def __init__(self, code: str, line: int = 0, **figures: int) -> None:
        self.code = code
        self.line = line
        self.passing = code in {"busy", "crashed"}
        sentence = str(SENTENCES[code]) % figures if figures else str(SENTENCES[code])
        if line:
            sentence = _("Line %(line)s: %(sentence)s") % {"line": line, "sentence": sentence}
        super().__init__(sentence)


def render(source: str, *, limit: int = DOCUMENT_LIMIT, prefix: str = "s-") -> SafeString:
    """
    Return safe HTML for any text.

    `limit` is in bytes of UTF-8. `prefix` stands before the ids of headings; give another
    where several texts share a page.
    """
    return render_result(source, limit=limit, prefix=prefix).html


def render_result(source: str, *, limit: int = DOCUMENT_LIMIT, prefix: str = "s-") -> Rendered:
    """Return safe HTML and what else is known about a text, whatever happens."""
    try:
        return render_or_refuse(source, limit=limit, prefix=prefix)
    except MarkdownRefused as refused:
        digest = hashlib.sha256(source.encode(errors="replace")).hexdigest()
        log.warning("A text is shown as written (%s, sha256 %s).", refused.code, digest)
        return Rendered(
            _as_written(source, str(refused)), [], source, ok=False, problem=str(refused)
        )


def render_or_refuse(
    source: str, *, limit: int = DOCUMENT_LIMIT, prefix: str = "s-", relative: bool = False
) -> Rendered:
    """
    Do the same, or raise `MarkdownRefused`: for the moment when somebody saves the text.

    With `relative`, pictures beside the text are kept for `rewired` to say where they lie.
    """
    if not PREFIX.fullmatch(prefix):
        raise ValueError(prefix)
    source = source.encode(errors="replace").decode()  # no lone surrogates
    size = len(source.encode())
    if size > limit:
        raise MarkdownRefused("too_long", size=size, limit=limit)
    harmless = source.strip()
    if HARMLESS.fullmatch(harmless) and unicodedata.is_normalized("NFC", harmless):
        words = " ".join(harmless.split())
        return Rendered(mark_safe(f"<p>{harmless}</p>"), [], words)  # noqa: S308 (no marks)
    options = (*_options(prefix), relative)
    if size <= COMMENT_LIMIT:
        return _remembered(source, *options)
    return _drawn(source, *options)


def plain_text(source: str) -> str:
    """Return the words of a text without its marks, a line for each block; never HTML."""
    return render_result(source).words


def with_marks(html: str) -> SafeString:
    """
    Return safe HTML of drawn texts that were put together, with `ins` and `del` around words.

    It is cleaned once more by the same list, which has those two besides and no ids.
    """
    _, attachments, image_hosts = _options("")
    options = Options("", attachments, image_hosts)
    return mark_safe(marker(options).clean(html))  # noqa: S308 (nh3)


def _options(prefix: str) -> tuple[str, str, tuple[str, ...]]:
    return (
        prefix,
        getattr(settings, "ATTACHMENT_URL", "/attachments/"),
        tuple(getattr(settings, "MARKDOWN_IMAGE_HOSTS", ())),
    )


def _drawn(
    source: str,
    prefix: str,
    attachments: str,
    image_hosts: tuple[str, ...],
    relative: bool,  # noqa: FBT001 (remembered by place)
) -> Rendered:
    options = {
        "prefix": prefix,
        "attachments": attachments,
        "image_hosts": image_hosts,
        "relative": relative,
    }
    try:
        answer = ask({"source": source, "options": options})
    except RenderingFailed as failed:
        raise MarkdownRefused(failed.code) from failed
    if "refused" in answer:
        raise MarkdownRefused(answer["refused"], answer["line"])
    if "failed" in answer:
        log.error("The renderer failed: %s", answer["failed"])
        raise MarkdownRefused("crashed")
    headings = [Heading(*heading) for heading in answer["headings"]]
    return Rendered(mark_safe(answer["html"]), headings, answer["words"])  # noqa: S308 (nh3)


_remembered = lru_cache(REMEMBERED)(_drawn)  # an error is not remembered


def _as_written(source: str, problem: str) -> SafeString:
    return format_html(
        '<div class="callout callout-warning"><div class="callout-title">{}</div>'
        "<p>{}</p></div><pre><code>{}</code></pre>",
        _("Shown as it was written"),
        problem,
        source.replace("\0", "\ufffd").encode(errors="replace").decode(),
    )
