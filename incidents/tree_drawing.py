"""
Where the boxes of a causal tree stand, in the units of an SVG picture; no library, no pixels.

The effect stands on top and each level of causes in a row below. Every leaf has a column of its
own and what has causes stands in the middle above them, so boxes never meet and lines never
cross. A picture is as wide as it must be; the page scales it or lets it scroll.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from incidents.causal_tree import Branch

WIDTH = 168  # of a box
GAP = 20  # between columns
RISE = 36  # between rows, for the lines
MARGIN = 8
LINE = 17  # height of a line of text
PADDING = 10
LETTERS = 24  # that fit into a line
MOST_LINES = 5


@dataclass(frozen=True)
class Line:
    """One line of words in a box; `y` is its base line."""

    text: str
    y: float


@dataclass(frozen=True)
class Box:
    pk: int
    x: float
    y: float
    width: float
    height: float
    middle: float
    lines: tuple[Line, ...]
    is_top: bool
    is_leaf: bool


@dataclass(frozen=True)
class Edge:
    """From the bottom of what was caused to the top of its cause, as the `d` of a path."""

    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]


def draw(top: Branch) -> Drawing:
    """Return where everything stands; the same tree is always drawn alike."""
    columns = _columns(top)
    tops = _rows(top)
    boxes = {branch.node.pk: _box(branch, columns, tops) for branch in top}
    edges = [
        _edge(boxes[branch.node.pk], boxes[cause.node.pk])
        for branch in top
        for cause in branch.causes
    ]
    return Drawing(
        width=max(box.x + box.width for box in boxes.values()) + MARGIN,
        height=max(box.y + box.height for box in boxes.values()) + MARGIN,
        boxes=tuple(boxes.values()),
        edges=tuple(edges),
    )


def wrapped(text: str) -> list[str]:
    """Return the words in lines that fit a box; what is too long ends in an ellipsis."""
    lines = textwrap.wrap(text, LETTERS, break_long_words=True) or [""]
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES]
        lines[-1] = lines[-1][: LETTERS - 1].rstrip() + "…"
    return lines


def _columns(top: Branch) -> dict[int, float]:
    """The middle of each box: leaves side by side, the others above their first and last."""
    middles: dict[int, float] = {}
    next_free = MARGIN + WIDTH / 2
    for branch in reversed(list(_causes_first(top))):
        if not branch.causes:
            middles[branch.node.pk] = next_free
            next_free += WIDTH + GAP
    for branch in _causes_first(top):
        if branch.causes:
            first, last = branch.causes[0], branch.causes[-1]
            middles[branch.node.pk] = (middles[first.node.pk] + middles[last.node.pk]) / 2
    return middles


def _causes_first(top: Branch) -> list[Branch]:
    """Every branch after all that is below it."""
    return list(reversed(list(top)))


def _rows(top: Branch) -> list[float]:
    """The upper edge of each level; a row is as high as its highest box."""
    heights: list[float] = []
    for branch in top:
        height = _height(wrapped(branch.node.text))
        if branch.depth == len(heights):
            heights.append(height)
        heights[branch.depth] = max(heights[branch.depth], height)
    tops = [float(MARGIN)]
    for height in heights[:-1]:
        tops.append(tops[-1] + height + RISE)
    return tops


def _height(lines: list[str]) -> float:
    return 2 * PADDING + LINE * len(lines)


def _box(branch: Branch, columns: dict[int, float], tops: list[float]) -> Box:
    words = wrapped(branch.node.text)
    middle, y = columns[branch.node.pk], tops[branch.depth]
    return Box(
        pk=branch.node.pk,
        x=middle - WIDTH / 2,
        y=y,
        width=WIDTH,
        height=_height(words),
        middle=middle,
        lines=tuple(
            Line(text, y + PADDING + LINE * (n + 0.75)) for n, text in enumerate(words)
        ),
        is_top=branch.depth == 0,
        is_leaf=not branch.causes,
    )


def _edge(effect: Box, cause: Box) -> Edge:
    begin, end = effect.y + effect.height, cause.y
    bend = end - RISE / 2
    path = f"M{effect.middle:g} {begin:g}V{bend:g}H{cause.middle:g}V{end:g}"
    return Edge(path, cause.middle, end)
