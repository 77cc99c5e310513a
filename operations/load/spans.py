"""Half-open intervals `[starts_at, ends_at)`, and sets of them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

HOUR = timedelta(hours=1)


class Span(NamedTuple):
    """An interval of real time, in UTC."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at


def span(starts_at: datetime, ends_at: datetime) -> Span:
    """In UTC, where subtracting gives the time that really passes."""
    return Span(starts_at.astimezone(UTC), ends_at.astimezone(UTC))


def clipped(given: Span, within: Span) -> Span | None:
    """The part within, or None where there is none."""
    found = Span(max(given.starts_at, within.starts_at), min(given.ends_at, within.ends_at))
    return found if found.starts_at < found.ends_at else None


def union(given: Iterable[Span]) -> list[Span]:
    """The same time, once: sorted, apart from each other."""
    found: list[Span] = []
    for each in sorted(row for row in given if row.starts_at < row.ends_at):
        if found and each.starts_at <= found[-1].ends_at:
            last = found.pop()
            each = Span(last.starts_at, max(last.ends_at, each.ends_at))
        found.append(each)
    return found


def without(given: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of the first when the second is taken away."""
    left = union(given)
    for hole in union(taken):
        left = [
            part
            for each in left
            for part in (
                Span(each.starts_at, min(each.ends_at, hole.starts_at)),
                Span(max(each.starts_at, hole.ends_at), each.ends_at),
            )
            if part.starts_at < part.ends_at
        ]
    return left


def total(given: Iterable[Span]) -> timedelta:
    """How long it is, each moment counted once."""
    return sum((each.length for each in union(given)), timedelta(0))


def hours(length: timedelta) -> float:
    return round(length / HOUR, 2)
