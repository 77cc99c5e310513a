"""May a change be made then? One code, found from freezes and permitted windows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from maintenance.timing.spans import Span, merged


class Code(IntEnum):
    """What was found; that nothing was computed yet is None, and never a code."""

    FITS = 0
    FREEZE = 1
    MISSES = 2
    EXCEEDS = 3


class Verdict(NamedTuple):
    """The code, and which of the freezes (by position) stand in the way."""

    code: Code
    freezes: tuple[int, ...] = ()


def effective(
    start: datetime,
    end: datetime,
    *,
    prepare: timedelta = timedelta(0),
    rollback: timedelta = timedelta(0),
) -> Span:
    """Return the whole time that a change may need: `[start - prepare, end + rollback)`."""
    return Span(start - prepare, end + rollback)


def judge(span: Span, *, freezes: Sequence[Span], windows: Sequence[Span] | None) -> Verdict:
    """
    Judge the effective span of a change.

    `windows` are the permitted times; None where nothing restricts them, which is not the
    same as none at all. Windows that touch or overlap count as one. A freeze outranks both
    other faults: a window does not open what is frozen.
    """
    frozen = tuple(at for at, freeze in enumerate(freezes) if freeze.overlaps(span))
    if frozen:
        return Verdict(Code.FREEZE, frozen)
    if windows is None:
        return Verdict(Code.FITS)
    touched = [window for window in merged(windows) if window.overlaps(span)]
    if not touched:
        return Verdict(Code.MISSES)
    return Verdict(Code.FITS if touched[0].holds(span) else Code.EXCEEDS)
