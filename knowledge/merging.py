"""
Two people changed one text: what each did to it, side by side, by lines.

The same walk as `diff3`: stretches that both left alone anchor the text, and what lies between
them was changed by one, by both alike, or by both differently. Only the last is an overlap.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.matching import runs


@dataclass(frozen=True)
class Stretch:
    """Lines of the base, and what became of them: same, mine, theirs, both or overlap."""

    kind: str
    base: list[str]
    mine: list[str]
    theirs: list[str]


def three_way(base: str, mine: str, theirs: str) -> list[Stretch]:
    """Return the whole text as stretches, in order; nothing of the three is left out."""
    a, m, t = base.splitlines(), mine.splitlines(), theirs.splitlines()
    found: list[Stretch] = []
    i = j = k = 0
    for start, in_mine, in_theirs, length in _anchors(a, m, t):
        between = (a[i:start], m[j:in_mine], t[k:in_theirs])
        if any(between):
            found.append(Stretch(_kind(*between), *between))
        i, j, k = start + length, in_mine + length, in_theirs + length
        if length:
            same = a[start:i]
            found.append(Stretch("same", same, same, same))
    return found


def merged(stretches: list[Stretch]) -> str | None:
    """Return the text with both changes, or None where they overlap."""
    if any(stretch.kind == "overlap" for stretch in stretches):
        return None
    lines: list[str] = []
    for stretch in stretches:
        lines += stretch.theirs if stretch.kind == "theirs" else stretch.mine
    return "\n".join(lines) + "\n"


def _anchors(a: list[str], m: list[str], t: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where all three are alike: (in base, in mine, in theirs, lines); the end is one, too."""
    in_mine, in_theirs = _kept(a, m), _kept(a, t)
    number = 0
    while number < len(a):
        if number not in in_mine or number not in in_theirs:
            number += 1
            continue
        length = 1
        while (
            in_mine.get(number + length) == in_mine[number] + length
            and in_theirs.get(number + length) == in_theirs[number] + length
        ):
            length += 1
        yield number, in_mine[number], in_theirs[number], length
        number += length
    yield len(a), len(m), len(t), 0


def _kept(old: list[str], new: list[str]) -> dict[int, int]:
    return {run.old + n: run.new + n for run in runs(old, new) for n in range(run.size)}


def _kind(base: list[str], mine: list[str], theirs: list[str]) -> str:
    if mine == theirs:
        return "both"
    if mine == base:
        return "theirs"
    return "mine" if theirs == base else "overlap"
