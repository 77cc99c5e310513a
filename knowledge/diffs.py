"""What changed between two texts: by line, with the changed words marked, as plain data."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from knowledge.matching import Budget, Change, changes

AROUND = 3  # unchanged lines shown around a change
LONGEST_MARKED = 2000  # characters; in longer lines the words are not compared
ALIKE = 0.4  # lines less alike than this are shown as replaced, without marks
WORDS = re.compile(r"\w+|\s+|[^\w\s]")

Part = tuple[str, bool]  # some text, and whether it is what changed


@dataclass(frozen=True)
class Line:
    """One line of a diff: `kind` is same, added, removed, or gap for what is left out."""

    kind: str
    old: int | None = None
    new: int | None = None
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Pair:
    """Two lines that stand opposite each other; either may be missing."""

    left: Line | None
    right: Line | None

    @property
    def is_gap(self) -> bool:
        return self.left is not None and self.left.kind == "gap"


def compare(old: str, new: str) -> list[Line]:
    """Return the lines of the difference; an empty list says that the texts are alike."""
    a, b = old.splitlines(), new.splitlines()
    budget = Budget()
    lines: list[Line] = []
    for change in _near_changes(list(changes(a, b, budget))):
        if change is None:
            lines.append(Line("gap"))
            continue
        _, i1, i2, j1, j2 = change
        if change.same:
            lines += [
                Line("same", i + 1, j + 1, [(a[i], False)])
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
            ]
        else:
            lines += _changed(a[i1:i2], b[j1:j2], (i1, j1), budget)
    return lines


def side_by_side(lines: list[Line]) -> list[Pair]:
    """The same lines in two columns: what was removed beside what was added in its place."""
    pairs: list[Pair] = []
    removed: list[Line] = []
    added: list[Line] = []
    for line in [*lines, Line("end")]:
        if line.kind == "removed" and not added:
            removed.append(line)
        elif line.kind == "added":
            added.append(line)
        else:
            pairs += [Pair(left, right) for left, right in zip_longest(removed, added)]
            removed, added = ([line] if line.kind == "removed" else []), []
            if line.kind in {"same", "gap"}:
                pairs.append(Pair(line, line))
    return pairs


def _near_changes(all_changes: list[Change]) -> Iterator[Change | None]:
    """Leave out what is far from every change; None stands for what is left out between two."""
    if not any(not change.same for change in all_changes):
        return
    last = len(all_changes) - 1
    for number, change in enumerate(all_changes):
        size = change.i2 - change.i1
        before = AROUND if number else 0
        behind = AROUND if number < last else 0
        if not change.same or size <= before + behind:
            yield change
            continue
        if before:
            yield change._replace(i2=change.i1 + before, j2=change.j1 + before)
        if before and behind:
            yield None
        if behind:
            yield change._replace(i1=change.i2 - behind, j1=change.j2 - behind)


def _changed(
    old: list[str], new: list[str], at: tuple[int, int], budget: Budget
) -> Iterator[Line]:
    """What went, then what came; lines that stand opposite each other have words marked."""
    i, j = at
    pairs = [_marked(was or "", now or "", budget) for was, now in zip_longest(old, new)]
    for number in range(len(old)):
        yield Line("removed", old=i + number + 1, parts=pairs[number][0])
    for number in range(len(new)):
        yield Line("added", new=j + number + 1, parts=pairs[number][1])


def _marked(old: str, new: str, budget: Budget) -> tuple[list[Part], list[Part]]:
    plain: tuple[list[Part], list[Part]] = [(old, False)], [(new, False)]
    if not old or not new or len(old) + len(new) > LONGEST_MARKED:
        return plain
    a, b = WORDS.findall(old), WORDS.findall(new)
    found = list(changes(a, b, budget))
    kept = sum(change.i2 - change.i1 for change in found if change.same)
    if 2 * kept < ALIKE * (len(a) + len(b)):
        return plain
    was = [("".join(a[change.i1 : change.i2]), not change.same) for change in found]
    now = [("".join(b[change.j1 : change.j2]), not change.same) for change in found]
    return [part for part in was if part[0]], [part for part in now if part[0]]
