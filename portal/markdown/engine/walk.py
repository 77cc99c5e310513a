"""
Find the blocks of a text: one pass over the lines with a stack of open containers.

It follows the GitHub Flavored Markdown specification (0.29) in what a runbook needs: nested
and loose lists, fences inside items and quotes, lazy continuation, what may interrupt a
paragraph, task items, tables. The same walk draws a document and finds its steps, so that
what is shown is what is run. The work is linear in the text: no pattern here can backtrack.
"""

import re

from .blocks import (
    DONE,
    OPEN,
    TAB,
    Block,
    Container,
    Cursor,
    Item,
    Leaf,
    List,
    Note,
    Quote,
    Refused,
)
from .html_blocks import BLANK, begun_by, ends
from .tables import cells

DEEPEST_QUOTE = 10
WIDEST_INDENT = 40  # columns before a list mark
MOST_HEADINGS = 150  # headings and rules between two blank lines

FENCE = re.compile(r"(`{3,})([^`]*)\Z|(~{3,})(.*)\Z")
MARK = re.compile(r"(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|\Z)")
NOTE = re.compile(r"\[\^([^\]\s]{1,60})\]:[ \t]*")
TASK = re.compile(r"\[([ xX])\](?:[ \t]+|\Z)")
SETEXT = re.compile(r"(?:=+|-+)[ \t]*\Z")
CELL = r"[ \t]*:?-+:?[ \t]*"
DELIMITER = re.compile(rf"\|?{CELL}(?:\|{CELL})*\|?\Z")
FRONT_MATTER_KEY = re.compile(r"[A-Za-z_][\w-]*[ \t]*:")


def walk(source: str) -> list[Block]:
    """
    Return the blocks of a text, each with the number of its first line.

    Front matter is left out. Raises `Refused` for nesting that nobody writes by hand.
    """
    lines = source.split("\n")
    walker = _Walker()
    for number in range(_front_matter(lines) + 1, len(lines) + 1):
        walker.read(lines[number - 1], number)
    return walker.blocks


def _front_matter(lines: list[str]) -> int:
    """Return how many lines of settings stand before the text."""
    if lines[0].rstrip() != "---" or not FRONT_MATTER_KEY.match("".join(lines[1:2])):
        return 0
    for count, line in enumerate(lines[1:], start=2):
        if line.rstrip() in {"---", "..."}:
            return count
    return 0


class _Walker:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.open: list[Container] = []
        self.leaf: Leaf | None = None  # the last child of the innermost container, if open
        self.after_blank = False
        self.headings = 0

    def read(self, line: str, number: int) -> None:
        cursor = Cursor(line)
        depth = self._match(cursor)
        if depth == len(self.open) and (self._is_code(cursor) or self._is_html(cursor)):
            return
        depth = self._open_containers(cursor, depth, number)
        if cursor.is_blank:
            self._end_paragraph(depth)
        elif not self._is_more_of_paragraph(cursor, depth):
            self._close(depth)
            self._begin_leaf(cursor, number)

    def _match(self, cursor: Cursor) -> int:
        """Take the marks of the open containers off the line; return how many go on."""
        for depth, container in enumerate(self.open):
            if not container.goes_on(cursor):
                return depth
            if depth == 0 and isinstance(container, Item):
                container.source.append(cursor.text)
        return len(self.open)

    def _is_code(self, cursor: Cursor) -> bool:
        """Add the line to an open block of code, if it belongs there."""
        leaf = self.leaf
        if leaf is None or leaf.kind != "code":
            return False
        if leaf.fence:
            self._read_fenced(cursor, leaf)
            return True
        if cursor.is_blank or cursor.indent >= TAB:
            cursor.take(TAB)
            leaf.lines.append(cursor.text)
            return True
        self._end_indented(leaf)
        return False

    def _read_fenced(self, cursor: Cursor, leaf: Leaf) -> None:
        text = cursor.text.strip(" \t")
        closes = text.startswith(leaf.fence) and not text.strip(leaf.fence[0])
        if closes and cursor.indent < TAB:
            self.leaf = None
        else:
            cursor.take(leaf.indent)
            leaf.lines.append(cursor.text)

    def _is_html(self, cursor: Cursor) -> bool:
        """Add the line to open HTML, if it belongs there."""
        leaf = self.leaf
        if leaf is None or leaf.kind != "html" or (leaf.fence == BLANK and cursor.is_blank):
            return False
        leaf.lines.append(cursor.text)
        if ends(leaf.fence, cursor.text):
            self.leaf = None
        return True

    def _end_indented(self, leaf: Leaf) -> None:
        while not leaf.lines[-1].strip():
            leaf.lines.pop()
            self.after_blank = True
        self.leaf = None

    def _close(self, depth: int) -> None:
        """Close the containers that do not go on, and the leaf inside them."""
        if depth == len(self.open):
            return
        if self.leaf and self.leaf.kind == "code" and not self.leaf.fence:
            self._end_indented(self.leaf)
        self.leaf = None
        for closed in self.open[depth:]:
            if isinstance(closed, Quote):
                self.after_blank = False  # the blank line was inside, and parts nothing here
        del self.open[depth:]

    def _open_containers(self, cursor: Cursor, depth: int, number: int) -> int:
        while cursor.indent < TAB:
            text = cursor.text.lstrip(" \t")
            if text.startswith(">"):
                self._open_quote(cursor, depth, number)
            elif mark := self._item_mark(text, depth):
                self._open_item(cursor, depth, number, mark)
            elif depth == 0 and (mark := NOTE.match(text)):
                self._open_note(cursor, number, mark)
            else:
                break
            depth = len(self.open)
        return depth

    def _open_quote(self, cursor: Cursor, depth: int, number: int) -> None:
        self._close(depth)
        quote = Quote(number)
        quote.goes_on(cursor)
        self._add(quote)
        self.open.append(quote)
        self.leaf = None
        if sum(isinstance(container, Quote) for container in self.open) > DEEPEST_QUOTE:
            raise Refused("quote_depth", number)

    def _open_note(self, cursor: Cursor, number: int, mark: re.Match[str]) -> None:
        self._close(0)
        cursor.take(TAB)
        cursor.skip(mark.end())
        note = Note(number, mark[1])
        self._add(note)
        self.open.append(note)
        self.leaf = None

    def _item_mark(self, text: str, depth: int) -> re.Match[str] | None:
        mark = MARK.match(text)
        if not mark or _is_rule(text):
            return None
        if self._in_paragraph(depth):
            interrupts = (mark[1] or int(mark[2]) == 1) and text[mark.end() :].strip()
            return mark if interrupts else None
        return mark

    def _in_paragraph(self, depth: int) -> bool:
        return (
            self.leaf is not None and self.leaf.kind == "paragraph" and depth == len(self.open)
        )

    def _open_item(self, cursor: Cursor, depth: int, number: int, mark: re.Match[str]) -> None:
        self._close(depth)
        offset = cursor.indent + mark.end()
        cursor.take(TAB)
        if cursor.column > WIDEST_INDENT:
            raise Refused("list_indent", number)
        cursor.skip(mark.end())
        # Five spaces and more are a block of code behind one space.
        gap = 1 if cursor.is_blank or cursor.indent > TAB else cursor.indent
        cursor.take(gap)
        within = self._list_for(mark, number)
        item = Item(number, offset + gap, within, task=_task(cursor))
        if not self.open:
            item.source.append(cursor.text)
        within.items.append(item)
        self.open.append(item)
        self.leaf = None

    def _list_for(self, mark: re.Match[str], number: int) -> List:
        """Return the list that a new item goes on with, or else a new one."""
        sign = mark[1] or mark[3]
        children = self.open[-1].children if self.open else self.blocks
        last = children[-1] if children else None
        if isinstance(last, List) and last.mark == sign:
            last.is_loose = last.is_loose or self.after_blank
            self.after_blank = False
            return last
        begun = List(number, sign, int(mark[2]) if mark[2] else None)
        self._add(begun)
        return begun

    def _add(self, block: Block) -> None:
        parent = self.open[-1] if self.open else None
        if isinstance(parent, Item) and parent.children and self.after_blank:
            parent.within.is_loose = True
        (parent.children if parent else self.blocks).append(block)
        self.after_blank = False

    def _end_paragraph(self, depth: int) -> None:
        self._close(depth)
        self.leaf = None
        self.after_blank = True
        self.headings = 0

    def _is_more_of_paragraph(self, cursor: Cursor, depth: int) -> bool:
        """Add the line to an open paragraph or table, if it belongs there."""
        leaf = self.leaf
        if leaf is None or leaf.kind not in {"paragraph", "table"}:
            return False
        is_inside = depth == len(self.open)
        if leaf.kind == "table":
            belongs = is_inside and not _begins_leaf(cursor)
        else:
            if is_inside and self._reshapes(cursor, leaf):
                return True
            belongs = not _begins_leaf(cursor)
        if belongs:
            self._append(cursor, leaf, is_lazy=depth == 0)
        return belongs

    def _append(self, cursor: Cursor, leaf: Leaf, *, is_lazy: bool) -> None:
        text = cursor.text.lstrip(" \t")
        leaf.lines.append(text)
        first = self.open[0] if self.open else None
        if is_lazy and isinstance(first, Item):
            first.source.append(text)

    def _reshapes(self, cursor: Cursor, leaf: Leaf) -> bool:
        """Make the paragraph a heading or a table, if this line says it is one."""
        text = cursor.text.strip(" \t")
        if cursor.indent >= TAB:
            return False
        if SETEXT.match(text):
            leaf.kind, leaf.level = "heading", 1 if text.startswith("=") else 2
            self._count_heading(leaf.line)
            self.leaf = None
            return True
        header = leaf.lines[-1]
        is_wide = "|" in text and "|" in header and DELIMITER.match(text)
        if is_wide and len(cells(header)) == len(cells(text)):
            self._begin_table(leaf, text)
            return True
        return False

    def _begin_table(self, paragraph: Leaf, delimiter: str) -> None:
        header = paragraph.lines.pop()
        if paragraph.lines:
            self.leaf = Leaf("table", paragraph.line + len(paragraph.lines))
            self._add(self.leaf)
        else:
            self.leaf, paragraph.kind = paragraph, "table"
        self.leaf.lines = [header, delimiter]

    def _begin_leaf(self, cursor: Cursor, number: int) -> None:
        leaf = _leaf_in(cursor, number)
        self._add(leaf)
        if leaf.kind in {"heading", "rule"}:
            self._count_heading(number)
            self.leaf = None
        elif leaf.kind == "html" and ends(leaf.fence, leaf.lines[0]):
            self.leaf = None
        else:
            self.leaf = leaf

    def _count_heading(self, number: int) -> None:
        self.headings += 1
        if self.headings > MOST_HEADINGS:
            raise Refused("headings", number)


def _task(cursor: Cursor) -> str:
    box = TASK.match(cursor.text)
    if not box:
        return ""
    cursor.skip(box.end())
    return OPEN if box[1] == " " else DONE


def _leaf_in(cursor: Cursor, number: int) -> Leaf:
    indent = cursor.indent
    if indent >= TAB:
        cursor.take(TAB)
        return Leaf("code", number, [cursor.text])
    text = cursor.text.strip(" \t")
    if fence := FENCE.match(text):
        mark, info = fence[1] or fence[3], fence[2] or fence[4] or ""
        return Leaf("code", number, fence=mark, indent=indent, info=info.strip())
    if _is_rule(text):
        return Leaf("rule", number)
    if level := _heading_level(text):
        return Leaf("heading", number, [_heading_text(text, level)], level)
    if html := begun_by(text, in_paragraph=False):
        return Leaf("html", number, [cursor.text], fence=html.ends)
    return Leaf("paragraph", number, [cursor.text.lstrip(" \t")])


def _begins_leaf(cursor: Cursor) -> bool:
    """Tell whether the line ends a paragraph; indented code never does."""
    if cursor.indent >= TAB:
        return False
    text = cursor.text.strip(" \t")
    if FENCE.match(text) or _is_rule(text) or _heading_level(text):
        return True
    return begun_by(text, in_paragraph=True) is not None


def _is_rule(text: str) -> bool:
    if text[:1] not in {"-", "_", "*"}:
        return False
    signs = text.replace(" ", "").replace("\t", "")
    return len(signs) >= 3 and not signs.strip(signs[0])


def _heading_level(text: str) -> int:
    level = len(text) - len(text.lstrip("#"))
    is_heading = 1 <= level <= 6 and text[level : level + 1] in {"", " ", "\t"}
    return level if is_heading else 0


def _heading_text(text: str, level: int) -> str:
    content = text[level:].strip()
    bare = content.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else content
