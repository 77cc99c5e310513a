"""Name the headings, show no picture from elsewhere, and read the words off a finished tree."""

import html
import re
import unicodedata
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
ENDS_A_LINE = {*HEADINGS, "p", "li", "pre", "tr", "div", "br", "hr", "ul", "ol", "blockquote"}
LONGEST_ANCHOR = 60
NOT_IN_ANCHORS = re.compile(r"[^\w\s-]")
BETWEEN_WORDS = re.compile(r"[\s_-]+")


class Outline(Treeprocessor):
    """Give every heading an id of its own; keep `headings` and `words` for the caller."""

    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.headings: list[tuple[int, str, str]] = []
        self.words = ""

    def run(self, root: Element) -> None:
        anchors = Anchors()
        for element in root.iter():
            if element.tag in HEADINGS:
                text = " ".join(words_of(element).split())
                anchor = anchors.take(text)
                element.set("id", anchor)
                self.headings.append((int(element.tag[1]), anchor, text))
        lines = (" ".join(line.split()) for line in words_of(root).split("\n"))
        self.words = "\n".join(line for line in lines if line)


class Anchors:
    """Short names out of text, each given once."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.counts: dict[str, int] = {}

    def take(self, text: str, *, otherwise: str = "section") -> str:
        name = anchor_of(text) or otherwise
        found = name
        while found in self.taken:
            self.counts[name] = self.counts.get(name, 0) + 1
            found = f"{name}-{self.counts[name]}"
        self.taken.add(found)
        return found


def anchor_of(text: str) -> str:
    plain = NOT_IN_ANCHORS.sub("", unicodedata.normalize("NFKC", text).lower())
    return BETWEEN_WORDS.sub("-", plain)[:LONGEST_ANCHOR].strip("-")


def words_of(root: Element) -> str:
    """Return the text of a tree, with a line for every block."""
    return html.unescape("".join(_pieces(root)))


def _pieces(root: Element) -> Iterator[str]:
    waiting: list[Element | str] = [root]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, str):
            yield piece
            continue
        if piece.tag == "sup":  # the mark of a footnote, not a word
            yield piece.tail or ""
            continue
        yield piece.get("alt") or piece.text or ""
        if piece is not root:
            waiting.append(_behind(piece))
        waiting.extend(reversed(piece))
        if piece.tag in {"ul", "ol", "pre", "blockquote"}:
            waiting.append("\n")


def _behind(element: Element) -> str:
    if element.tag in {"td", "th"}:
        return " "
    return ("\n" if element.tag in ENDS_A_LINE else "") + (element.tail or "")
