"""The figures by name, each with its limit and the intervals it was counted from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from operations.load.buckets import Bucket
from operations.load.duties import Duty
from operations.load.figures import Figures
from operations.load.spans import Span, clipped, hours, total

OFF = (Bucket.OFF, Bucket.WEEKEND)
HOURS, PERCENT, COUNT = "h", "%", ""


class Line(NamedTuple):
    """One interval, or a moment where `ends_at` is None; `subject` is for the person alone."""

    starts_at: datetime
    ends_at: datetime | None = None
    schedules: tuple[int, ...] = ()
    mark: str = ""  # a bucket, "not_on_call" or a number of hours
    subject: str = ""


@dataclass(frozen=True)
class Figure:
    """A value, which is None where nothing is known, and what stands behind it."""

    key: str
    value: float | None
    unit: str
    lines: tuple[Line, ...]
    limit: float | None = None

    @property
    def is_over(self) -> bool:
        return self.limit is not None and self.value is not None and self.value > self.limit


def listed(its: Figures) -> dict[str, Figure]:
    found = [*_on_call(its), *_by_bucket(its), *_disturbed(its), *_shares(its), *_weeks(its)]
    return {figure.key: figure for figure in found}


def _on_call(its: Figures) -> Iterable[Figure]:
    spent = its.hours
    yield _time("on_call", spent.all, its.duties)
    yield Figure("planned", hours(total(its.planned)), HOURS, _lines(its.planned, ()))
    yield _time("primary", spent.primary, its.duties)
    yield _time("secondary", spent.secondary, its.duties)
    yield _time("by_rotation", spent.by_rotation, its.duties)
    yield _time("by_override", spent.by_override, its.duties)


def _by_bucket(its: Figures) -> Iterable[Figure]:
    for bucket in Bucket:
        yield _time(bucket.value, its.in_bucket(bucket), its.duties)


def _disturbed(its: Figures) -> Iterable[Figure]:
    lines = tuple(
        Line(
            each.at,
            None,
            mark=each.bucket.value if each.is_on_call else "not_on_call",
            subject=each.pages[0].subject,
        )
        for each in its.interruptions
    )
    yield Figure("interruptions", len(lines), COUNT, lines)
    for bucket in Bucket:
        mine = tuple(
            line
            for line, each in zip(lines, its.interruptions, strict=True)
            if each.bucket == bucket
        )
        yield Figure(f"interruptions_{bucket.value}", len(mine), COUNT, mine)
    disrupted = tuple(Line(each.at) for each in its.disrupted_hours)
    yield Figure("disrupted_hours", len(disrupted), COUNT, disrupted)
    begun = tuple(Line(each.at, subject=each.reference) for each in its.incidents)
    yield Figure("incidents", len(begun), COUNT, begun)
    yield _busiest_shift(its)
    rests = tuple(
        Line(*each.rest, schedules=tuple(sorted({duty.schedule for duty in each.duties})))
        for each in its.rests
    )
    yield Figure("nights", len(rests), COUNT, rests)


def _busiest_shift(its: Figures) -> Figure:
    loads = [each for each in its.shifts if each.incidents]
    lines = tuple(
        Line(*each.shift.span, schedules=(each.shift.schedule,), mark=str(len(each.busiest)))
        for each in loads
    )
    most = max((len(each.busiest) for each in loads), default=0)
    return Figure("shift_incidents", most, COUNT, lines, its.limits.incidents)


def _shares(its: Figures) -> Iterable[Figure]:
    lines = _lines(its.hours.all, its.duties)
    share = its.on_call_share
    yield Figure("on_call_share", _rounded(share), PERCENT, lines, its.limits.on_call_percent)
    share = its.operational_share
    limit = its.limits.operational_percent
    yield Figure("operational_share", _rounded(share), PERCENT, _worked(its), limit)


def _weeks(its: Figures) -> Iterable[Figure]:
    run = tuple(Line(week.on_call[0].starts_at, week.on_call[-1].ends_at) for week in its.run)
    yield Figure("weeks_running", len(run), COUNT, run, its.limits.weeks_running)
    worked = [week.hours for week in its.weeks_worked]
    mean = round(sum(worked) / len(worked), 2) if worked else None
    yield Figure("week_hours", mean, HOURS, _worked(its), its.limits.target_hours)


def _worked(its: Figures) -> tuple[Line, ...]:
    clock = its.rows.clock
    return tuple(
        Line(clock.midnight(week.monday), None, mark=f"{week.hours:g}")
        for week in its.weeks_worked
    )


def _time(key: str, spans: list[Span], duties: Iterable[Duty]) -> Figure:
    return Figure(key, hours(total(spans)), HOURS, _lines(spans, duties))


def _lines(spans: Iterable[Span], duties: Iterable[Duty]) -> tuple[Line, ...]:
    """Each interval with the schedules that had the person on call in it."""
    rows = list(duties)
    return tuple(
        Line(
            *each,
            schedules=tuple(sorted({row.schedule for row in rows if clipped(row.span, each)})),
        )
        for each in spans
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 1)
