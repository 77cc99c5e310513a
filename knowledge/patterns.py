"""
The patterns of variables: what authors write to say which values they let in.

They are the part of regular expressions that is read in one pass, whatever the value: letters
and classes, each with at most one repetition, one after the other, and `|` between whole
alternatives. There are no groups, so nothing that repeats is ever repeated.
"""

import re
from typing import NamedTuple

ATOM = re.compile(
    r"(\[\^?\]?(?:\\.|[^\\\]\[])*\]|\\[dDwWsS]|\\[^\sA-Za-z0-9]|[^\\\[\](){}|*+?^$])"
    r"(?:([*+?])|\{(\d{1,3})\}|\{(\d{0,3}),(\d{0,3})\})?",
    re.DOTALL,
)
SETS = re.compile(r"--|&&|~~|\|\|")  # what may come to mean more within a class
TIMES: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class Atom(NamedTuple):
    """One sign, how often at the least, and at the most (None for any number)."""

    one: re.Pattern[str]
    least: int
    most: int | None


class PatternRefused(ValueError):
    """This is no pattern that we read."""


def matches(pattern: str, value: str) -> bool:
    """Tell whether the whole value is what the pattern says; nothing is, without a pattern."""
    try:
        return any(_fits(atoms, value) for atoms in parsed(pattern))
    except PatternRefused:
        return False


def parsed(pattern: str) -> list[list[Atom]]:
    """Return the alternatives of a pattern, or raise `PatternRefused`."""
    pattern = pattern.removeprefix("^")
    if pattern.endswith("$") and not pattern.endswith("\\$"):
        pattern = pattern[:-1]
    alternatives: list[list[Atom]] = [[]]
    at = 0
    while at < len(pattern):
        if pattern[at] == "|":
            alternatives.append([])
            at += 1
        elif found := ATOM.match(pattern, at):
            alternatives[-1].append(_atom(found))
            at = found.end()
        else:
            raise PatternRefused(pattern[at:])
    return alternatives


def _atom(found: re.Match[str]) -> Atom:
    sign, times, exactly, least, most = found.groups()
    if SETS.search(sign):
        raise PatternRefused(sign)
    try:
        one = re.compile(sign, re.ASCII)
    except re.error as error:
        raise PatternRefused(sign) from error
    if times:
        return Atom(one, *TIMES[times])
    if exactly:
        return Atom(one, int(exactly), int(exactly))
    if least is None:
        return Atom(one, 1, 1)
    if most and int(most) < int(least or 0):
        raise PatternRefused(found[0])
    return Atom(one, int(least or 0), int(most) if most else None)


def _fits(atoms: list[Atom], value: str) -> bool:
    """Follow all ways at once: `ways` are the places up to which the value is read."""
    ways = {0}
    for atom in atoms:
        ways = _behind(atom, ways, value)
    return len(value) in ways


def _behind(atom: Atom, ways: set[int], value: str) -> set[int]:
    reached: set[int] = set()
    runs = _runs(atom.one, value)
    furthest = -1  # everything up to here was looked at, from an earlier way
    for way in sorted(ways):
        most = runs[way] if atom.most is None else min(atom.most, runs[way])
        begin = max(way + atom.least, furthest + 1)
        reached.update(range(begin, way + most + 1))
        furthest = max(furthest, way + most) if most >= atom.least else furthest
    return reached


def _runs(one: re.Pattern[str], value: str) -> list[int]:
    """Return for each place of the value how many signs of this kind follow."""
    runs = [0]
    for sign in reversed(value):
        runs.append(runs[-1] + 1 if one.fullmatch(sign) else 0)
    return runs[::-1]
