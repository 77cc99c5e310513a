"""Spans of time, half open: `[start, end)`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """From an instant up to, and without, another; never empty."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def holds(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return what they cover together, in order; what touches is joined."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def without(spans: Iterable[Span], taken: Iterable[Span]) -> Iterator[Span]:
    """Yield what is left of spans, in order and apart, when `taken` is cut out of them."""
    rest = merged(taken)
    at = 0
    for span in merged(spans):
        begin = span.start
        while at < len(rest) and rest[at].end <= begin:
            at += 1
        for cut in rest[at:]:
            if cut.start >= span.end:
                break
            if cut.start > begin:
                yield Span(begin, cut.start)
            begin = max(begin, cut.end)
        if begin < span.end:
            yield Span(begin, span.end)


def common(first: Iterable[Span], second: Iterable[Span]) -> list[Span]:
    """Return what lies in both, in order and apart."""
    found: list[Span] = []
    left, right = merged(first), merged(second)
    at = to = 0
    while at < len(left) and to < len(right):
        start = max(left[at].start, right[to].start)
        end = min(left[at].end, right[to].end)
        if start < end:
            found.append(Span(start, end))
        if left[at].end < right[to].end:
            at += 1
        else:
            to += 1
    return found


def covered(spans: Iterable[Span]) -> timedelta:
    """Return how long their union is."""
    return sum((span.length for span in merged(spans)), timedelta(0))
