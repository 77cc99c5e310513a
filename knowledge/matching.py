"""
What two sequences have in common, in order, in bounded time.

What stands once on either side anchors the rest, as people read it (the "patience" of diffs);
between two anchors the shortest way is sought, unless it would be long: then nothing there is
alike, and the whole stretch was replaced.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

FARTHEST = 400  # changes between two anchors; the cost grows with their square
STEPS = 3_000_000  # for one pair of texts, about a second


class Run(NamedTuple):
    """Where both are alike: from `old` and from `new` on, for `size` items."""

    old: int
    new: int
    size: int


class Change(NamedTuple):
    """What stands between: `old[i1:i2]` became `new[j1:j2]`; `same` says that it stayed."""

    same: bool
    i1: int
    i2: int
    j1: int
    j2: int


class Budget:
    """Steps that may still be taken; what cannot be afforded counts as replaced."""

    def __init__(self, steps: int = STEPS) -> None:
        self.left = steps

    def takes(self, steps: int) -> bool:
        self.left -= steps
        return self.left > 0


def changes(
    old: Sequence[Hashable], new: Sequence[Hashable], budget: Budget | None = None
) -> Iterator[Change]:
    """Yield the stretches that make both sequences, in order; none is empty on both sides."""
    i = j = 0
    for run in [*runs(old, new, budget), Run(len(old), len(new), 0)]:
        if run.old > i or run.new > j:
            yield Change(same=False, i1=i, i2=run.old, j1=j, j2=run.new)
        i, j = run.old + run.size, run.new + run.size
        if run.size:
            yield Change(same=True, i1=run.old, i2=i, j1=run.new, j2=j)


def runs(
    old: Sequence[Hashable], new: Sequence[Hashable], budget: Budget | None = None
) -> list[Run]:
    """Return the runs that both have in common, in order, the neighbouring ones joined."""
    budget = budget or Budget()
    found: list[Run] = []
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        i1, i2, j1, j2 = waiting.pop()
        head = _alike_ahead(old, new, (i1, i2, j1, j2))
        tail = _alike_behind(old, new, (i1 + head, i2, j1 + head, j2))
        found += [Run(i1, j1, head), Run(i2 - tail, j2 - tail, tail)]
        inner = (i1 + head, i2 - tail, j1 + head, j2 - tail)
        if inner[0] == inner[1] or inner[2] == inner[3]:
            continue
        if not budget.takes(inner[1] - inner[0] + inner[3] - inner[2]):
            continue
        anchors = _anchors(old, new, inner)
        if anchors:
            waiting += _between(anchors, inner)
            found += [Run(i, j, 1) for i, j in anchors]
        else:
            found += _shortest(old, new, inner, budget)
    return _joined(found)


Stretch = tuple[int, int, int, int]


def _alike_ahead(old: Sequence[Hashable], new: Sequence[Hashable], stretch: Stretch) -> int:
    i1, i2, j1, j2 = stretch
    size = 0
    while i1 + size < i2 and j1 + size < j2 and old[i1 + size] == new[j1 + size]:
        size += 1
    return size


def _alike_behind(old: Sequence[Hashable], new: Sequence[Hashable], stretch: Stretch) -> int:
    i1, i2, j1, j2 = stretch
    size = 0
    while i2 - size > i1 and j2 - size > j1 and old[i2 - size - 1] == new[j2 - size - 1]:
        size += 1
    return size


def _anchors(
    old: Sequence[Hashable], new: Sequence[Hashable], stretch: Stretch
) -> list[tuple[int, int]]:
    """Items that stand once on either side, as many as keep their order."""
    i1, i2, j1, j2 = stretch
    once_in_old = _places_of_single(old, i1, i2)
    once_in_new = _places_of_single(new, j1, j2)
    pairs = sorted(
        (i, once_in_new[item]) for item, i in once_in_old.items() if item in once_in_new
    )
    return _longest_rising(pairs)


def _places_of_single(items: Sequence[Hashable], start: int, end: int) -> dict[Hashable, int]:
    counts = Counter(items[start:end])
    return {items[n]: n for n in range(start, end) if counts[items[n]] == 1}


def _longest_rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of pairs, sorted by the first, whose second rises too."""
    ends: list[int] = []  # the smallest second with which a choice of each length ends
    last: list[int] = []  # the pair it belongs to
    before: list[int | None] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else None)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    chosen: list[tuple[int, int]] = []
    at = last[-1] if last else None
    while at is not None:
        chosen.append(pairs[at])
        at = before[at]
    return chosen[::-1]


def _between(anchors: list[tuple[int, int]], stretch: Stretch) -> list[Stretch]:
    i, i2, j, j2 = stretch
    found: list[Stretch] = []
    for a, b in [*anchors, (i2, j2)]:
        if a > i and b > j:
            found.append((i, a, j, b))
        i, j = a + 1, b + 1
    return found


def _shortest(
    old: Sequence[Hashable], new: Sequence[Hashable], stretch: Stretch, budget: Budget
) -> list[Run]:
    """The shortest way (Myers), or nothing in common where that is far."""
    i1, i2, j1, j2 = stretch
    wide, high = i2 - i1, j2 - j1
    reach = {1: 0}  # on each diagonal, how far along the old
    trail: list[dict[int, int]] = []
    for far in range(min(wide + high, FARTHEST) + 1):
        trail.append(dict(reach))
        if not budget.takes(2 * far + 1):
            break
        for diagonal in range(-far, far + 1, 2):
            down = diagonal == -far or (
                diagonal != far and reach[diagonal - 1] < reach[diagonal + 1]
            )
            x = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            y = x - diagonal
            if x <= wide and 0 <= y <= high:
                slid = _alike_ahead(old, new, (i1 + x, i2, j1 + y, j2))
                budget.left -= slid
                x, y = x + slid, y + slid
            reach[diagonal] = x
            if x >= wide and y >= high:
                return _way_back(trail, (wide, high), (i1, j1))
    return []


def _way_back(
    trail: list[dict[int, int]], end: tuple[int, int], start: tuple[int, int]
) -> list[Run]:
    x, y = end
    found: list[Run] = []
    for far in range(len(trail) - 1, -1, -1):
        reach, diagonal = trail[far], x - y
        down = diagonal == -far or (
            diagonal != far and reach[diagonal - 1] < reach[diagonal + 1]
        )
        before = diagonal + 1 if down else diagonal - 1
        from_x = reach[before] if far else 0
        from_y = from_x - before if far else 0
        turn_x = from_x + (0 if down or not far else 1)
        turn_y = turn_x - diagonal
        if x > turn_x:
            found.append(Run(start[0] + turn_x, start[1] + turn_y, x - turn_x))
        x, y = from_x, from_y
    return found


def _joined(found: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for run in sorted(run for run in found if run.size):
        last = joined[-1] if joined else None
        if last and last.old + last.size == run.old and last.new + last.size == run.new:
            joined[-1] = Run(last.old, last.new, last.size + run.size)
        else:
            joined.append(run)
    return joined
