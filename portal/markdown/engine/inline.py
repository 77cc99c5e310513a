"""Inline marks that Python-Markdown leaves out; every pattern is linear in the text."""

import re
import string
from collections.abc import Callable
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor, SubstituteTagInlineProcessor
from markdown.util import AtomicString

STRIKE = r"(?<!~)~~(?!~)([^~]+)~~(?!~)"
URL = r"(?<!\w)https?://[^\s<>\"\x02\x03]+"  # not into a mark that is already found
MAIL = r"<([\w.+-]+@[\w.-]+)>"
HARD_BREAK = r"\\\n"
SENTENCE_ENDS = "?!.,:;*_~'"
PARTNERS = {")": "(", "]": "[", "}": "{"}


def extend(md: Markdown) -> None:
    """Add strikethrough, bare addresses and hard breaks; take raw HTML out."""
    # ASCII punctuation can be escaped, and nothing else.
    md.ESCAPED_CHARS[:] = list(string.punctuation)
    patterns = md.inlinePatterns
    patterns.deregister("html")
    patterns.deregister("entity")  # the serializer knows them, and the cleaner reads them
    patterns.register(_LinkMark(MAIL, md, _mail), "automail", 110)
    patterns.register(_LinkMark(URL, md, _bare_url), "bare_url", 105)
    # Before escapes, which would take the backslash.
    patterns.register(SubstituteTagInlineProcessor(HARD_BREAK, "br"), "hard_break", 185)
    patterns.register(_Mark(STRIKE, md, _strike), "strike", 65)


class _Mark(InlineProcessor):
    """Draws what a pattern finds; `draw` returns the element and how much text it takes."""

    def __init__(
        self,
        pattern: str,
        md: Markdown,
        draw: Callable[[re.Match[str]], tuple[Element, int]],
    ) -> None:
        super().__init__(pattern, md)
        self.draw = draw

    def handleMatch(  # type: ignore[override]  # noqa: N802 (their name)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        element, length = self.draw(m)
        return element, m.start(), m.start() + length


class _LinkMark(_Mark):
    """A mark that is none inside a link."""

    ANCESTOR_EXCLUDES = ("a",)


def _strike(m: re.Match[str]) -> tuple[Element, int]:
    element = Element("del")
    element.text = m[1]
    return element, len(m[0])


def _bare_url(m: re.Match[str]) -> tuple[Element, int]:
    url = without_sentence_end(m[0])
    return _link(url, url), len(url)


def _mail(m: re.Match[str]) -> tuple[Element, int]:
    return _link(f"mailto:{m[1]}", m[1]), len(m[0])


def _link(href: str, text: str) -> Element:
    element = Element("a", href=href)
    element.text = AtomicString(text)
    return element


def without_sentence_end(url: str) -> str:
    """Leave out what belongs to the sentence around a bare address."""
    end = len(url)
    surplus = {
        closing: url.count(closing) - url.count(opening)
        for closing, opening in PARTNERS.items()
    }
    while end:
        last = url[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in SENTENCE_ENDS:
            break
        end -= 1
    return url[:end]
