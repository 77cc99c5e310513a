"""The next time at which a change would fit, and what stood in the way of any earlier one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from maintenance.timing.spans import Span, without

HORIZON = timedelta(days=90)
MOST = 100  # proposals
STEP = timedelta(minutes=5)  # proposals start on such minutes
APART = timedelta(days=1)  # of two proposals in one stretch of free time


class Blocker(NamedTuple):
    """What takes a time: a freeze, another change, a person, a resource; `key` names it."""

    span: Span
    key: str


class Need(NamedTuple):
    """How long a change takes, with what it needs before and, if it goes wrong, after."""

    lasts: timedelta
    prepare: timedelta = timedelta(0)
    rollback: timedelta = timedelta(0)

    @property
    def whole(self) -> timedelta:
        return self.prepare + self.lasts + self.rollback


class Slot(NamedTuple):
    """A time that fits: of the change itself, with all that kept it from being earlier."""

    start: datetime
    end: datetime
    because: tuple[str, ...]  # keys of blockers, the earliest first
    outside_windows: bool  # whether permitted windows kept it from being earlier, too


def next_slots(
    need: Need,
    *,
    after: datetime,
    blockers: Sequence[Blocker],
    windows: Sequence[Span] | None,
    horizon: timedelta = HORIZON,
    most: int = MOST,
) -> list[Slot]:
    """
    Return the times that fit from `after` on, the earliest first, at most `most`.

    A slot's effective span lies within permitted windows (None: any time is) and overlaps no
    blocker. A long free stretch is proposed once for each day of it.
    """
    whole = Span(after, after + horizon)
    permitted = [whole] if windows is None else _cut(windows, whole)
    ordered = sorted(blockers)
    free = list(without(permitted, (blocker.span for blocker in ordered)))
    found: list[Slot] = []
    reached = after
    for start in islice(_starts(free, need), most):
        waited = [Span(reached, start)] if start > reached else []
        found.append(
            Slot(
                start + need.prepare,
                start + need.prepare + need.lasts,
                because=_within(waited, ordered),
                outside_windows=any(without(waited, permitted)),
            )
        )
        reached = start
    return found


def _starts(free: Sequence[Span], need: Need) -> Iterator[datetime]:
    """Yield when the effective span of a change could begin."""
    for span in free:
        start = _rounded_up(span.start + need.prepare) - need.prepare
        while start + need.whole <= span.end:
            yield start
            start += APART


def _rounded_up(at: datetime) -> datetime:
    at = at.astimezone(UTC)
    over = (at - at.min.replace(tzinfo=UTC)) % STEP
    return at if not over else at - over + STEP


def _cut(windows: Sequence[Span], whole: Span) -> list[Span]:
    return [
        Span(max(window.start, whole.start), min(window.end, whole.end))
        for window in windows
        if window.overlaps(whole)
    ]


def _within(waited: Sequence[Span], ordered: Sequence[Blocker]) -> tuple[str, ...]:
    """Return the keys of what takes some of the time waited; `ordered` is by start."""
    if not waited:
        return ()
    upto = bisect_left(ordered, waited[0].end, key=lambda blocker: blocker.span.start)
    keys = (blocker.key for blocker in ordered[:upto] if blocker.span.overlaps(waited[0]))
    return tuple(dict.fromkeys(keys))
