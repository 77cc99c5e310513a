"""Tables: cells are parted by every pipe that no backslash stands before, as on GitHub."""

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from .blocks import Leaf

CELL = re.compile(r"(?:\\.|[^\\|]|\\\Z)*")


def draw_table(parent: Element, leaf: Leaf) -> None:
    """Add a table of the leaf's lines: the header, the delimiters, and what follows."""
    header, delimiters, *rows = leaf.lines
    sides = [_side(cell) for cell in cells(delimiters)]
    table = SubElement(parent, "table")
    _row(SubElement(table, "thead"), "th", cells(header), sides)
    if rows:
        body = SubElement(table, "tbody")
        for row in rows:
            _row(body, "td", cells(row), sides)


def cells(line: str) -> list[str]:
    """Return the words of each cell, without the pipes at either end."""
    text = line.strip().removeprefix("|")
    found, place = [], 0
    while place < len(text):
        cell = CELL.match(text, place)
        assert cell
        found.append(cell[0].strip().replace("\\|", "|"))
        place = cell.end() + 1
    return found or [""]


def _side(delimiter: str) -> str:
    left, right = delimiter.startswith(":"), delimiter.endswith(":")
    if left and right:
        return "center"
    return "left" if left else "right" if right else ""


def _row(parent: Element, tag: str, texts: Iterable[str], sides: list[str]) -> None:
    """Add a row as wide as the header: what is missing is empty, what is over is left out."""
    row = SubElement(parent, "tr")
    texts = [*texts, *[""] * len(sides)]
    for text, side in zip(texts, sides, strict=False):
        cell = SubElement(row, tag)
        cell.text = text
        if side:
            cell.set("align", side)
