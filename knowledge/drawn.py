"""
A drawn text taken apart again: its blocks, and in each the words with the marks around them.

It reads what our own renderer wrote and nothing else: every tag closes, every attribute is
quoted. What looks otherwise is refused.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

INLINE = {"a", "strong", "em", "del", "code", "br", "img", "span", "sup"}
VOID = {"br", "hr", "img"}
DEEPEST = 60
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*) ?/?>')
ID = re.compile(r' id="[^"]*"')
HIGHLIGHT = re.compile(r'<span class="hl-[a-z0-9]+">')
WORDS = re.compile(r"&[#\w]+;|\w+\s*|\s+|[^\w\s&]\s*|&")


class NotOurs(ValueError):
    """The HTML is not of our renderer."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with the space behind it, or a picture; `around` are the tags it stands in."""

    html: str
    around: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it the same word: the colours of code do not."""
        marks = [tag for tag in self.around if not HIGHLIGHT.fullmatch(tag)]
        return (" ".join(self.html.split()) or " ", *marks)


@dataclass
class Words:
    """A run of text inside a block."""

    words: list[Word]

    tag = ""

    @cached_property
    def html(self) -> str:
        return "".join(f"{word.html}{word.around}" for word in self.words)

    @cached_property
    def bag(self) -> Counter[str]:
        return Counter(word.html.strip() for word in self.words)


@dataclass
class Block:
    """A paragraph, list, item, table, row and so on: `opening` is its tag as written."""

    tag: str
    opening: str
    children: "list[Block | Words]" = field(default_factory=list)

    @cached_property
    def html(self) -> str:
        """Its identity: two blocks with the same are the same."""
        return self.opening + "".join(child.html for child in self.children) + f"</{self.tag}>"

    @cached_property
    def bag(self) -> Counter[str]:
        """Its words, for telling what it is like."""
        found: Counter[str] = Counter()
        for child in self.children:
            found.update(child.bag)
        return found


def taken_apart(html: str) -> Block:
    """Return the blocks of a drawn text under one root; raise `NotOurs` for anything else."""
    root = Block("", "")
    open_blocks = [root]
    around: list[tuple[str, str]] = []  # tag and opening of the inline marks
    at = 0
    while at < len(html):
        if html[at] != "<":
            end = html.find("<", at)
            end = len(html) if end < 0 else end
            _add_text(open_blocks[-1], html[at:end], around)
            at = end
            continue
        found = TAG.match(html, at)
        if not found:
            raise NotOurs(html[at : at + 80])
        _take_tag(found, open_blocks, around)
        at = found.end()
    if len(open_blocks) > 1 or around:
        raise NotOurs("a tag does not close")
    return root


def _take_tag(
    found: re.Match[str], open_blocks: list[Block], around: list[tuple[str, str]]
) -> None:
    closes, tag, attributes = found.groups()
    opening = f"<{tag}{ID.sub('', attributes)}>"
    if closes:
        _close(tag, open_blocks, around)
    elif tag not in INLINE:
        _open_block(Block(tag, opening), open_blocks)
    elif tag in VOID:
        _add_word(open_blocks[-1], Word(opening, tuple(mark for _, mark in around)))
    else:
        around.append((tag, opening))


def _close(tag: str, open_blocks: list[Block], around: list[tuple[str, str]]) -> None:
    innermost = around.pop()[0] if around else open_blocks.pop().tag
    if innermost != tag:
        raise NotOurs(tag)


def _open_block(block: Block, open_blocks: list[Block]) -> None:
    open_blocks[-1].children.append(block)
    if block.tag not in VOID:
        open_blocks.append(block)
    if len(open_blocks) > DEEPEST:
        raise NotOurs("nested too deeply")


def _add_text(block: Block, text: str, around: list[tuple[str, str]]) -> None:
    if not around and not text.strip() and not _goes_on(block):
        return  # the line ends between blocks
    marks = tuple(mark for _, mark in around)
    for word in WORDS.findall(text):
        _add_word(block, Word(word, marks))


def _add_word(block: Block, word: Word) -> None:
    if not _goes_on(block):
        block.children.append(Words([]))
    last = block.children[-1]
    assert isinstance(last, Words)
    last.words.append(word)


def _goes_on(block: Block) -> bool:
    return bool(block.children) and isinstance(block.children[-1], Words)
