"""
What a text may cost. Python-Markdown's inline patterns are quadratic in one block.

The limits were measured with hostile texts: behind them no family passes the time budget,
and nothing that people write by hand is refused. Blocks of code are free.
"""

import re
from collections.abc import Iterator

from .blocks import Block, Leaf, List, Refused

LONGEST_BLOCK = 20_000  # characters
MOST_BRACKETS = 300_000  # characters between the brackets and their partners, together
LONGEST_BACKTICKS = 20
MOST_CELLS = 15_000  # of all tables together
MOST_BLOCKS = 10_000  # an honest document of the longest kind has a quarter of that
BACKTICKS = re.compile("`" * (LONGEST_BACKTICKS + 1))
BRACKETS = re.compile(r"[][()]")


def check(blocks: list[Block]) -> None:
    """Raise `Refused` for the first line from which the text costs too much."""
    brackets = cells = 0
    for count, leaf in enumerate(leaves(blocks), start=1):
        if count > MOST_BLOCKS:
            raise Refused("blocks", leaf.line)
        if leaf.kind not in {"paragraph", "heading", "table"}:
            continue
        if sum(map(len, leaf.lines)) > LONGEST_BLOCK:
            raise Refused("block", leaf.line)
        if any(BACKTICKS.search(line) for line in leaf.lines):
            raise Refused("backticks", leaf.line)
        cells += _cells(leaf)
        if cells > MOST_CELLS:
            raise Refused("cells", leaf.line)
        brackets += _brackets(leaf)
        if brackets > MOST_BRACKETS:
            raise Refused("brackets", leaf.line)


def leaves(blocks: list[Block]) -> Iterator[Leaf]:
    """Yield every leaf, in the order of the text."""
    for block in blocks:
        if isinstance(block, Leaf):
            yield block
        elif isinstance(block, List):
            for item in block.items:
                yield from leaves(item.children)
        else:
            yield from leaves(block.children)


def _cells(leaf: Leaf) -> int:
    if leaf.kind != "table":
        return 0
    return (leaf.lines[0].count("|") + 1) * len(leaf.lines)


def _brackets(leaf: Leaf) -> int:
    # A cell of a table is read by itself, other text as a whole.
    texts = leaf.lines if leaf.kind == "table" else [leaf.text]
    return sum(map(_distance, texts))


def _distance(text: str) -> int:
    """Return the sum of the distances from each bracket to its partner, or to the end."""
    waiting: dict[str, list[int]] = {"[": [], "(": []}
    partner = {"]": "[", ")": "("}
    distance = 0
    for found in BRACKETS.finditer(text):
        if found[0] in waiting:
            waiting[found[0]].append(found.start())
        elif opened := waiting[partner[found[0]]]:
            distance += found.start() - opened.pop()
    return distance + sum(len(text) - start for starts in waiting.values() for start in starts)
