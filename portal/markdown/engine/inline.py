"""Inline marks that Python-Markdown leaves out; every pattern is linear in the text."""

import re
import string
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
    patterns.register(_Mail(MAIL, md), "automail", 110)
    patterns.register(_BareUrl(URL, md), "bare_url", 105)
    # Before escapes, which would take the backslash.
    patterns.register(SubstituteTagInlineProcessor(HARD_BREAK, "br"), "hard_break", 185)
    patterns.register(_Strike(STRIKE, md), "strike", 65)


class _Strike(InlineProcessor):
    def handleMatch(  # noqa: N802 (their name)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        element = Element("del")
        element.text = m[1]
        return element, m.start(), m.end()


class _BareUrl(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(  # noqa: N802 (their name)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        url = without_sentence_end(m[0])
        return _link(url, url), m.start(), m.start() + len(url)


class _Mail(InlineProcessor):
    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(  # noqa: N802 (their name)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        return _link(f"mailto:{m[1]}", m[1]), m.start(), m.end()


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
