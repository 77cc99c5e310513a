"""Find the steps of a runbook, by the walk that also draws the document."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .engine.blocks import Block, Item, Leaf, List, Refused
from .engine.outline import Anchors
from .engine.render import normalised
from .engine.walk import walk

STEPS = {"steps"}
OTHERWISE = {
    f"{name}{more}"
    for name in ("investigation", "resolution", "verification")
    for more in ("", " steps")
}
KINDS = ("check", "decide", "wait", "approve")
KIND = re.compile(rf"({'|'.join(KINDS)}):[ \t]*", re.IGNORECASE)
# What stands around a word in a heading or a bold line: "**Resolution**:", "2. Steps".
AROUND = re.compile(r"^[\W\d_]+|[\W_]+$")
MARKS = re.compile(r"[`*~\\]|\]\([^)]*\)|[\[\]]")


class Step(NamedTuple):
    """
    One step: its place from 1, a name that survives renumbering, and its Markdown text.

    `kind` is `do`, `check`, `decide`, `wait` or `approve`.
    """

    number: int
    anchor: str
    kind: str
    text: str


def find_steps(source: str) -> list[Step]:
    """
    Return the items of the lists under "Steps", in order, with nested ones inside their step.

    Without such a heading the lists under Investigation, Resolution and Verification count;
    a paragraph that is nothing but the word in bold is as good as a heading. A text that is
    too costly to draw has no steps.
    """
    try:
        blocks = walk(normalised(source))
    except Refused:
        return []
    items = list(_items_under(blocks, STEPS)) or list(_items_under(blocks, OTHERWISE))
    anchors = Anchors()
    return [_step(number, item, anchors) for number, item in enumerate(items, start=1)]


def _items_under(blocks: list[Block], names: set[str]) -> Iterator[Item]:
    level = 0  # of the heading we are under; 0 is none
    for block in blocks:
        found = _heading_level(block)
        if found and _name(block) in names:
            level = found
        elif found and found <= level:
            level = 0
        elif level and isinstance(block, List):
            yield from block.items


def _heading_level(block: Block) -> int:
    """Return 1 to 6 for a heading, 7 for a bold line that serves as one, or else 0."""
    if not isinstance(block, Leaf):
        return 0
    if block.kind == "heading":
        return block.level
    text = block.text
    is_label = block.kind == "paragraph" and text.startswith("**") and len(block.lines) == 1
    return 7 if is_label and text.rstrip(": ").endswith("**") else 0


def _name(block: Block) -> str:
    return AROUND.sub("", block.text).lower() if isinstance(block, Leaf) else ""


def _step(number: int, item: Item, anchors: Anchors) -> Step:
    text = "\n".join(item.source).strip()
    kind = KIND.match(text)
    if kind:
        text = text[kind.end() :]
    words = MARKS.sub("", text.partition("\n")[0])
    return Step(
        number,
        anchors.take(words, otherwise="step"),
        kind[1].lower() if kind else "do",
        text,
    )
