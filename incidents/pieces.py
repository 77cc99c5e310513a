"""
Cutting a stretch of time exactly where an answer changes, without asking at each minute of it.

Whoever answers also says until when the answer holds; the next question is asked then. So a
month costs as many questions as it has changes, and no hole between two samples is missed.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Look(NamedTuple, Generic[T]):
    """An answer, and the first instant at which it may be another; None is never."""

    answer: T
    holds_until: datetime | None


class Piece(NamedTuple, Generic[T]):
    """The same answer for all of `[starts_at, ends_at)`."""

    starts_at: datetime
    ends_at: datetime
    answer: T


class Cut(NamedTuple, Generic[T]):
    """The pieces, without a gap between them, and whether they reach to the end."""

    pieces: list[Piece[T]]
    is_complete: bool


def cut(
    look: Callable[[datetime], Look[T]], start: datetime, end: datetime, *, at_most: int
) -> Cut[T]:
    """Cut `[start, end)` where the answer changes; stop, and say so, after `at_most` looks."""
    found: list[Piece[T]] = []
    at = start
    for _question in range(at_most):
        if at >= end:
            break
        answer, holds_until = look(at)
        until = min(end, holds_until or end)
        assert until > at, "an answer must hold for a while"
        found.append(Piece(at, until, answer))
        at = until
    return Cut(list(merged(found)), at >= end)


def merged(pieces: Iterable[Piece[T]]) -> Iterator[Piece[T]]:
    """Join neighbours that say the same."""
    current: Piece[T] | None = None
    for piece in pieces:
        if current is None:
            current = piece
        elif current.ends_at == piece.starts_at and current.answer == piece.answer:
            current = current._replace(ends_at=piece.ends_at)
        else:
            yield current
            current = piece
    if current is not None:
        yield current
