"""Stretches of time, each `[start, end)`: joined, cut, taken apart; no database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same moments in order, without overlaps, gaps of no length or empty ones."""
    joined: list[Interval] = []
    for start, end in sorted(each for each in intervals if each[1] > each[0]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def clipped(intervals: Iterable[Interval], within: Iterable[Interval]) -> list[Interval]:
    """Return the moments that both have."""
    frames = union(within)
    return union(
        (max(start, frame[0]), min(end, frame[1]))
        for start, end in intervals
        for frame in frames
    )


def without(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return the moments of the first that the second do not have."""
    left = union(intervals)
    for begin, finish in union(taken):
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, begin)), (max(start, finish), end))
            if piece[1] > piece[0]
        ]
    return left


def length(intervals: Iterable[Interval]) -> timedelta:
    """Return how long they are together; what overlaps counts once."""
    return sum((end - start for start, end in union(intervals)), timedelta(0))
