"""Two revisions of a document beside each other: as readers see them, and as written."""

from dataclasses import dataclass
from functools import cached_property

from knowledge.diffs import Line, Pair, compare, side_by_side
from knowledge.drawn_diffs import DrawnDiff, compare_drawn
from knowledge.models import Document, Revision
from knowledge.showing import show
from portal.models import User

MOST_LINES = 5_000  # of a difference on one page or in one answer


@dataclass(frozen=True)
class Comparison:
    """What became of `old` in `new` for a reader; each part is worked out when asked for."""

    old: Revision
    new: Revision
    reader: User

    @property
    def title_changed(self) -> bool:
        return self.old.title != self.new.title

    @property
    def is_same(self) -> bool:
        return not self.title_changed and self.old.body_hash == self.new.body_hash

    @cached_property
    def drawn(self) -> DrawnDiff | None:
        """None for texts that are too large to be compared as they are drawn."""
        return compare_drawn(show(self.old, self.reader), show(self.new, self.reader))

    @property
    def lines(self) -> list[Line]:
        return self._all_lines[:MOST_LINES]

    @property
    def pairs(self) -> list[Pair]:
        return side_by_side(self.lines)

    @property
    def left_out(self) -> int:
        """Lines beyond what one page holds."""
        return max(0, len(self._all_lines) - MOST_LINES)

    @cached_property
    def _all_lines(self) -> list[Line]:
        return compare(self.old.body, self.new.body)


def usual_numbers(document: Document) -> tuple[int, int]:
    """What is compared when nobody says what: the newest with what readers get, or had."""
    newest = document.latest_number
    published = document.published.number if document.published else newest
    return (published if published < newest else max(1, newest - 1)), newest
