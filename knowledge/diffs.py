"""What changed between two texts: by line, with the changed words marked, as plain data."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest

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


def compare(old: str, new: str) -> list[Line]:
    """Return the lines of the difference; an empty list says that the texts are alike."""
    a, b = old.splitlines(), new.splitlines()
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    lines: list[Line] = []
    for group in matcher.get_grouped_opcodes(AROUND):
        if lines:
            lines.append(Line("gap"))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [
                    Line("same", i + 1, j + 1, [(a[i], False)])
                    for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
                ]
            else:
                lines += _changed(a[i1:i2], b[j1:j2], i1, j1)
    return lines


def _changed(old: list[str], new: list[str], i: int, j: int) -> Iterator[Line]:
    """What went, then what came; lines that stand opposite each other have words marked."""
    pairs = [_marked(was or "", now or "") for was, now in zip_longest(old, new)]
    for number in range(len(old)):
        yield Line("removed", old=i + number + 1, parts=pairs[number][0])
    for number in range(len(new)):
        yield Line("added", new=j + number + 1, parts=pairs[number][1])


def _marked(old: str, new: str) -> tuple[list[Part], list[Part]]:
    plain: tuple[list[Part], list[Part]] = [(old, False)], [(new, False)]
    if not old or not new or len(old) + len(new) > LONGEST_MARKED:
        return plain
    a, b = WORDS.findall(old), WORDS.findall(new)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < ALIKE:
        return plain
    was: list[Part] = []
    now: list[Part] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        is_change = tag != "equal"
        was.append(("".join(a[i1:i2]), is_change))
        now.append(("".join(b[j1:j2]), is_change))
    return [part for part in was if part[0]], [part for part in now if part[0]]
