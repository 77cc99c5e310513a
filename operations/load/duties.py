"""Times on call, as they were written down, and the shifts that they make."""

from collections.abc import Iterable
from typing import NamedTuple

from operations.load.spans import Span, clipped, union, without


class Duty(NamedTuple):
    """A person's time in one row of a schedule's past; who is called first is primary."""

    span: Span
    schedule: int
    is_primary: bool = True
    is_override: bool = False
    slot: str = ""
    row: int = 0


class Hours(NamedTuple):
    """Each moment once, whatever the number of schedules; the parts of each pair add up."""

    all: list[Span]
    primary: list[Span]
    secondary: list[Span]
    by_rotation: list[Span]
    by_override: list[Span]


class ShiftWorked(NamedTuple):
    """What follows on without a break in one turn of one schedule."""

    span: Span
    schedule: int


def duties_within(duties: Iterable[Duty], within: Span) -> list[Duty]:
    """Split at the edges, so that no moment is in two periods."""
    parts = ((duty, clipped(duty.span, within)) for duty in duties)
    return sorted(duty._replace(span=part) for duty, part in parts if part is not None)


def hours_on_call(duties: Iterable[Duty]) -> Hours:
    rows = list(duties)
    everything = union(row.span for row in rows)
    primary = union(row.span for row in rows if row.is_primary)
    rotation = union(row.span for row in rows if not row.is_override)
    return Hours(
        everything,
        primary,
        without(everything, primary),
        rotation,
        without(everything, rotation),
    )


def shifts_worked(duties: Iterable[Duty]) -> list[ShiftWorked]:
    found: dict[tuple[int, str], list[Span]] = {}
    for duty in duties:
        found.setdefault((duty.schedule, duty.slot), []).append(duty.span)
    shifts = [
        ShiftWorked(span, schedule)
        for (schedule, _slot), spans in found.items()
        for span in union(spans)
    ]
    return sorted(shifts)
