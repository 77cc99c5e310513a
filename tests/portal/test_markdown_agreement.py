"""
Blocks are what a reference says they are: markdown-it-py with GitHub's tables.

Compared are headings, lists, items, blocks of code and tables, each with the containers it
stands in and its words. HTML is text with us, so the reference's blocks of HTML are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from portal.markdown.engine.clean import Options
from portal.markdown.engine.render import render
from tests.portal.markdown_bodies import documents

LEAST = 0.97
REFERENCE = MarkdownIt("commonmark").enable(["table", "strikethrough"])
DOCS = sorted((Path(__file__).parents[2] / "docs").rglob("*.md"))
CONTAINERS = {"ul", "ol", "li", "blockquote"}
COMPARED = {
    *(f"h{level}" for level in range(1, 7)),
    "ul",
    "ol",
    "li",
    "pre",
    "table",
    "th",
    "td",
}
NOT_WORDS = re.compile(r"[\W_]+|☐|☑")
BOX = re.compile(r"\[[ xX]\][ \t]")
CALLOUT = re.compile(r"\[!\w+\]\n?")
Part = tuple[str, str]  # where it stands, and its words


class Builder:
    """Puts together what stands where: the words of a part are those not in a part inside."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.path: list[str] = []
        self.words: list[list[str]] = [[]]

    def begin(self, tag: str) -> None:
        self.path.append(tag)
        self.words.append([])

    def end(self) -> None:
        tag = self.path[-1]
        words = NOT_WORDS.sub("", "".join(self.words.pop()))
        if tag.partition(" ")[0] in COMPARED:
            self.parts.append(("/".join(self.path), words))
        else:
            self.words[-1].append(words)
        self.path.pop()


class Ours(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.builder = Builder()
        self.open: list[bool] = []  # whether each open element is one of the builder's

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if tag in {"br", "hr", "img"}:
            self.builder.words[-1].append(given.get("alt") or "")
            return
        if "callout" in classes:
            tag = "blockquote"
        kept = tag in COMPARED or tag in CONTAINERS or "callout-title" in classes
        if kept:
            name = "callout-title" if "callout-title" in classes else tag
            self.builder.begin(f"ol {given.get('start') or 1}" if tag == "ol" else name)
        self.open.append(kept)

    def handle_endtag(self, tag: str) -> None:
        if self.open.pop():
            if self.builder.path[-1] == "callout-title":
                self.builder.words[-1].clear()
            self.builder.end()

    def handle_data(self, data: str) -> None:
        self.builder.words[-1].append(data)


def ours(source: str) -> Counter[Part]:
    reader = Ours()
    reader.feed(render(source, Options())["html"])
    reader.close()
    return Counter(reader.builder.parts)


def theirs(source: str) -> Counter[Part]:
    builder = Builder()
    for token in REFERENCE.parse(source):
        _read(token, builder)
    return Counter(builder.parts)


def _read(token: Token, builder: Builder) -> None:
    if token.type in {"fence", "code_block"}:
        builder.begin("pre")
        builder.words[-1].append(token.content)
        builder.end()
    elif token.type == "html_block":
        builder.words[-1].append(token.content)
    elif token.type == "inline":
        builder.words[-1].extend(_words(token, builder))
    elif token.tag in COMPARED or token.tag in CONTAINERS:
        if token.nesting < 0:
            builder.end()
        elif token.tag == "ol":
            builder.begin(f"ol {token.attrs.get('start', 1)}")
        else:
            builder.begin(token.tag)


def _words(inline: Token, builder: Builder) -> Iterator[str]:
    for number, child in enumerate(inline.children or []):
        content = child.content
        if number == 0 and builder.path[-1:] == ["li"]:
            content = BOX.sub("", content)
        if number == 0 and builder.path[-1:] == ["blockquote"]:
            content = CALLOUT.sub("", content)
        yield content


def agreement(sources: Iterator[str]) -> float:
    """Return the share of parts on which both agree, of all that either of them finds."""
    same = found = 0
    for source in sources:
        mine, reference = ours(source), theirs(source)
        same += (mine & reference).total()
        found += (mine | reference).total()
    assert found, "nothing was compared"
    return same / found


def test_a_large_mixed_body_has_the_structure_of_the_reference() -> None:
    assert agreement(documents(100)) >= LEAST


def test_so_have_our_own_documents() -> None:
    assert agreement(path.read_text() for path in DOCS) >= LEAST


def test_the_comparison_would_see_a_difference() -> None:
    assert theirs("- a\n  - b") != theirs("- a\n- b")
    assert theirs("## a") != theirs("# a")
    assert theirs("3. a") != theirs("1. a")
    assert ours("- [x] a\n\n  ```\n  b\n  ```") == theirs("- [x] a\n\n  ```\n  b\n  ```")


@pytest.mark.parametrize("source", ["> [!NOTE]\n> - a", "| a | b |\n|---|---|\n| 1 |", "1) a"])
def test_what_only_looks_different_is_alike(source: str) -> None:
    assert ours(source) == theirs(source)
