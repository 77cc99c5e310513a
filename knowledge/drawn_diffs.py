"""
What changed between two drawn texts: the blocks put side by side, the words in them marked.

Only tags that our renderer wrote go in, and `portal.markdown` cleans once more what comes out.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from knowledge.drawn import VOID, Block, NotOurs, Word, Words, taken_apart
from knowledge.matching import Budget, Change, changes
from portal.markdown import with_marks

LONGEST = 1_000_000  # characters of HTML of both texts
MOST_WORDS = 50_000  # words and signs of the blocks that changed: about a second
ALIKE = 0.35  # blocks less alike than this are not the same block changed
FEW = 3  # words; so short a block says too little to be told apart by its words
FAINT = 0.01
AROUND = 2  # unchanged blocks shown around a change
MOST_PAIRED = 900  # blocks before times blocks behind; more are paired by their order
CELLS = {"td", "th"}
REMOVED, ADDED = "removed", "added"

Part = Block | Words


class DrawnDiff(NamedTuple):
    """Safe HTML of both texts in one, and how many words went and came."""

    html: SafeString
    removed: int
    added: int


def compare_drawn(old: str, new: str) -> DrawnDiff | None:
    """Return the difference as readers see it, or None where that would take too long."""
    if len(old) + len(new) > LONGEST:
        return None
    try:
        before, behind = taken_apart(old), taken_apart(new)
        writer = _Writer()
        writer.text(before.children, behind.children)
    except (NotOurs, _TooMuch):
        return None
    html = with_marks("".join(writer.pieces))
    return DrawnDiff(html, writer.removed, writer.added)


class _TooMuch(Exception):
    """So much changed that it takes too long to be compared word by word."""


class _Writer:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.removed = 0
        self.added = 0
        self.budget = Budget()

    def text(self, old: list[Part], new: list[Part]) -> None:
        """Write all of it; what is far from every change is folded."""
        found = self.aligned(old, new)
        if _words_changed(old, new, found) > MOST_WORDS:
            raise _TooMuch
        for number, change in enumerate(found):
            if not change.same:
                self.changed(old, new, change)
                continue
            parts = new[change.j1 : change.j2]
            head = AROUND if number else 0
            tail = len(parts) - (AROUND if number < len(found) - 1 else 0)
            if tail - head <= AROUND or len(found) == 1:
                head = tail = len(parts)
            self.all(parts[:head])
            self.folded(parts[head:tail])
            self.all(parts[tail:])

    def folded(self, parts: list[Part]) -> None:
        if not parts:
            return
        words = ngettext("%(n)s unchanged part", "%(n)s unchanged parts", len(parts))
        summary = escape(words % {"n": len(parts)})
        self.pieces.append(f'<details data-change="same"><summary>{summary}</summary>')
        self.all(parts)
        self.pieces.append("</details>")

    def children(self, old: list[Part], new: list[Part]) -> None:
        for change in self.aligned(old, new):
            if change.same:
                self.all(new[change.j1 : change.j2])
            else:
                self.changed(old, new, change)

    def aligned(self, old: list[Part], new: list[Part]) -> list[Change]:
        was, now = [part.html for part in old], [part.html for part in new]
        return list(changes(was, now, self.budget))

    def changed(self, old: list[Part], new: list[Part], change: Change) -> None:
        pairs = _paired(old[change.i1 : change.i2], new[change.j1 : change.j2])
        for before, behind in pairs:
            self.pair(before, behind)

    def all(self, parts: list[Part]) -> None:
        for part in parts:
            self.whole(part)

    def pair(self, old: Part | None, new: Part | None) -> None:
        if old is None or new is None:
            if old:
                self.whole(old, REMOVED)
            if new:
                self.whole(new, ADDED)
        elif isinstance(old, Block) and isinstance(new, Block):
            self.pieces.append(new.opening)
            self.children(old.children, new.children)
            self.close(new)
        elif isinstance(old, Words) and isinstance(new, Words):
            self.words(old.words, new.words)

    def whole(self, part: Part, mark: str = "") -> None:
        if isinstance(part, Words):
            self.run([(word, mark) for word in part.words])
            return
        self.pieces.append(_marked(part.opening, mark))
        for child in part.children:
            self.whole(child, mark)
        self.close(part)

    def close(self, block: Block) -> None:
        if block.tag not in VOID:
            self.pieces.append(f"</{block.tag}>")

    def words(self, old: list[Word], new: list[Word]) -> None:
        was, now = [word.key for word in old], [word.key for word in new]
        run: list[tuple[Word, str]] = []
        for change in changes(was, now, self.budget):
            if change.same:
                run += [(word, "") for word in new[change.j1 : change.j2]]
                continue
            came = new[change.j1 : change.j2]
            gone = (
                _without_space(old[change.i1 : change.i2])
                if came
                else old[change.i1 : change.i2]
            )
            run += [(word, REMOVED) for word in gone]
            run += [(word, ADDED) for word in came]
        self.run(run)

    def run(self, words: list[tuple[Word, str]]) -> None:
        """Write words with the tags around them; a mark stands innermost, so that all nest."""
        opened: list[str] = []
        for word, mark in words:
            self.count(word, mark)
            wanted = [*word.around, *([_MARKS[mark]] if mark else [])]
            shared = _shared(opened, wanted)
            self.pieces += [f"</{_name(tag)}>" for tag in reversed(opened[shared:])]
            self.pieces += wanted[shared:]
            self.pieces.append(word.html)
            opened = wanted
        self.pieces += [f"</{_name(tag)}>" for tag in reversed(opened)]

    def count(self, word: Word, mark: str) -> None:
        if mark and any(letter.isalnum() for letter in word.html):
            self.removed += mark == REMOVED
            self.added += mark == ADDED


_MARKS = {REMOVED: '<del data-change="removed">', ADDED: '<ins data-change="added">'}


def _words_changed(old: list[Part], new: list[Part], found: list[Change]) -> int:
    return sum(
        part.bag.total()
        for change in found
        if not change.same
        for part in (*old[change.i1 : change.i2], *new[change.j1 : change.j2])
    )


def _without_space(words: list[Word]) -> list[Word]:
    """The space behind words that were replaced stands behind those in their place."""
    if not words:
        return []
    last = replace(words[-1], html=words[-1].html.rstrip())
    return [*words[:-1], *([last] if last.html else [])]


def _shared(opened: list[str], wanted: list[str]) -> int:
    """How many tags stay open."""
    pairs = zip(opened, wanted, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _marked(opening: str, mark: str) -> str:
    return f'{opening[:-1]} data-change="{mark}">' if mark else opening


def _name(opening: str) -> str:
    return opening[1:-1].partition(" ")[0]


def _paired(old: list[Part], new: list[Part]) -> Iterator[tuple[Part | None, Part | None]]:
    """What became what, in order: such pairs that as much as possible stays alike."""
    in_row = all(part.tag in CELLS for part in (*old, *new))
    if in_row or len(old) * len(new) > MOST_PAIRED:
        yield from _in_order(old, new)
        return
    gain = _gains(old, new)
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new):
            together = _likeness(old[i], new[j])
            if together and gain[i][j] == together + gain[i + 1][j + 1]:
                yield old[i], new[j]
                i, j = i + 1, j + 1
                continue
        if i < len(old) and (j == len(new) or gain[i][j] == gain[i + 1][j]):
            yield old[i], None
            i += 1
        else:
            yield None, new[j]
            j += 1


def _gains(old: list[Part], new: list[Part]) -> list[list[float]]:
    """For each place in both, how alike the rest can be at best."""
    gain = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            together = _likeness(old[i], new[j])
            paired = together + gain[i + 1][j + 1] if together else 0.0
            gain[i][j] = max(paired, gain[i + 1][j], gain[i][j + 1])
    return gain


def _in_order(old: list[Part], new: list[Part]) -> Iterator[tuple[Part | None, Part | None]]:
    both = min(len(old), len(new))
    for before, behind in zip(old, new, strict=False):
        if _likeness(before, behind) or before.tag in CELLS:
            yield before, behind
        else:
            yield before, None
            yield None, behind
    yield from ((part, None) for part in old[both:])
    yield from ((None, part) for part in new[both:])


def _likeness(old: Part, new: Part) -> float:
    """From 0, another thing, to 1, the same; only what has the same tag can be alike."""
    if old.tag != new.tag:
        return 0.0
    both = old.bag.total() + new.bag.total()
    if not both:
        return 1.0
    shared = sum(min(count, new.bag[word]) for word, count in old.bag.items())
    ratio = 2 * shared / both
    if both <= 2 * FEW:
        return max(ratio, FAINT)
    return ratio if ratio >= ALIKE else 0.0
