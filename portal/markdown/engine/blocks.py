"""What a text is made of: leaves that hold lines, and containers that hold blocks."""

from dataclasses import dataclass, field

TAB = 4  # columns
OPEN, DONE = "open", "done"


class Refused(Exception):
    """The text costs more than we give; `code` says why, `line` where, counted from 1."""

    def __init__(self, code: str, line: int) -> None:
        self.code = code
        self.line = line
        super().__init__(f"{code} in line {line}")


class Cursor:
    """What is left of a line, and the column where that begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.column = 0

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()

    @property
    def indent(self) -> int:
        """Return the width of the leading white space, in columns."""
        width = 0
        for character in self.text:
            if character not in " \t":
                break
            width += _width(character, self.column + width)
        return width

    def take(self, width: int) -> None:
        """Remove white space up to `width` columns; a tab that is wider leaves spaces."""
        taken = 0
        for index, character in enumerate(self.text):
            if taken >= width or character not in " \t":
                self.text = self.text[index:]
                break
            taken += _width(character, self.column + taken)
        else:
            self.text = ""
        self.text = " " * (taken - width) + self.text
        self.column += min(taken, width)

    def skip(self, count: int) -> None:
        """Remove a mark of `count` characters."""
        self.text = self.text[count:]
        self.column += count


def _width(character: str, column: int) -> int:
    return TAB - column % TAB if character == "\t" else 1


@dataclass(slots=True)
class Leaf:
    """
    Lines of one kind: `paragraph`, `heading`, `rule`, `code`, `html` or `table`.

    `fence` is the mark that closes a fenced block or HTML (empty for an indented block and for
    HTML up to a blank line), `indent` the columns that its lines lose, `info` the words behind
    the opening mark.
    """

    kind: str
    line: int
    lines: list[str] = field(default_factory=list)
    level: int = 0
    fence: str = ""
    indent: int = 0
    info: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


@dataclass(slots=True)
class Quote:
    line: int
    children: "list[Block]" = field(default_factory=list)

    def goes_on(self, cursor: Cursor) -> bool:
        """Take this container's mark off the line, if the line has it."""
        if cursor.indent >= TAB or not cursor.text.lstrip(" \t").startswith(">"):
            return False
        cursor.take(TAB)
        cursor.skip(1)
        cursor.take(1)
        return True


@dataclass(slots=True)
class Item:
    """
    One entry of a list; `offset` is where its content begins, in columns.

    `task` is "open", "done" or empty. `source` is its own text without the indentation, kept
    only for items that stand in no other container.
    """

    line: int
    offset: int
    within: "List"
    task: str = ""
    children: "list[Block]" = field(default_factory=list)
    source: list[str] = field(default_factory=list)

    def goes_on(self, cursor: Cursor) -> bool:
        """Take this container's indentation off the line, if the line has it."""
        if cursor.is_blank:
            cursor.take(self.offset)
            return bool(self.children)  # an item may begin with one blank line, not more
        if cursor.indent < self.offset:
            return False
        cursor.take(self.offset)
        return True


@dataclass(slots=True)
class List:
    """Items with one kind of mark: a bullet, or the sign behind a number."""

    line: int
    mark: str
    start: int | None
    is_loose: bool = False
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Note:
    """A footnote, to stand at the end; `label` is what calls for it."""

    line: int
    label: str
    children: "list[Block]" = field(default_factory=list)

    def goes_on(self, cursor: Cursor) -> bool:
        """Take this container's indentation off the line, if the line has it."""
        if not cursor.is_blank and cursor.indent < TAB:
            return False
        cursor.take(TAB)
        return True


Block = Leaf | Quote | List | Note
Container = Quote | Item | Note
