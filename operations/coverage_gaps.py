"""
What is wrong with the shifts to come: nobody on call, one person twice, somebody away.

Pure: it is given shifts and leave, and gives findings; `workflow.findings` keeps them.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from operations.models import FindingKind, Leave, Schedule
from operations.on_call import Shift
from portal.models import User

HORIZON = timedelta(days=60)


class Found(NamedTuple):
    """One finding; `other_id` names the second schedule of a double booking."""

    kind: str
    schedule_id: int
    other_id: int | None
    person_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str = ""

    @property
    def identity(self) -> tuple[str, int, int | None, int | None]:
        return self.kind, self.schedule_id, self.other_id, self.person_id


class _Duty(NamedTuple):
    schedule_id: int
    person: User
    starts_at: datetime
    ends_at: datetime


def findings(shifts: Mapping[Schedule, Iterable[Shift]], leave: Iterable[Leave]) -> list[Found]:
    """Return all findings, those that touch each other as one."""
    found: list[Found] = []
    duties: list[_Duty] = []
    for schedule, its in shifts.items():
        its = list(its)
        found += _gaps(schedule, its)
        duties += [
            _Duty(schedule.pk, person, shift.starts_at, shift.ends_at)
            for shift in its
            for person in shift.people
        ]
    found += [*_double(duties), *_on_leave(duties, leave)]
    return sorted(_joined(found), key=lambda each: (each.starts_at, each.identity[:2]))


def _gaps(schedule: Schedule, shifts: Iterable[Shift]) -> Iterator[Found]:
    for shift in shifts:
        if not shift.people:
            span = shift.starts_at, shift.ends_at
            yield Found(FindingKind.GAP, schedule.pk, None, None, *span, shift.reason[:300])


def _double(duties: Iterable[_Duty]) -> Iterator[Found]:
    """Compare each duty of a person only with those that begin before it ends."""
    by_person: dict[int, list[_Duty]] = defaultdict(list)
    for duty in duties:
        by_person[duty.person.pk].append(duty)
    for person_id, own in by_person.items():
        own.sort(key=lambda duty: duty.starts_at)
        for place, first in enumerate(own):
            rest = itertools.islice(own, place + 1, None)
            for second in itertools.takewhile(lambda d: d.starts_at < first.ends_at, rest):  # noqa: B023 (used at once)
                if first.schedule_id != second.schedule_id:
                    one, two = sorted([first.schedule_id, second.schedule_id])
                    span = second.starts_at, min(first.ends_at, second.ends_at)
                    yield Found(FindingKind.DOUBLE, one, two, person_id, *span)


def _on_leave(duties: Iterable[_Duty], leave: Iterable[Leave]) -> Iterator[Found]:
    away: dict[int, list[Leave]] = defaultdict(list)
    for row in leave:
        away[row.person_id].append(row)
    for duty in duties:
        for row in away[duty.person.pk]:
            start = max(row.starts_at, duty.starts_at)
            end = min(row.ends_at, duty.ends_at)
            if start < end:
                ids = duty.schedule_id, None, duty.person.pk
                yield Found(FindingKind.ON_LEAVE, *ids, start, end)


def _joined(found: Iterable[Found]) -> list[Found]:
    joined: dict[tuple[object, ...], list[Found]] = defaultdict(list)
    for each in sorted(found, key=lambda each: each.starts_at):
        same = joined[each.identity]
        if same and each.starts_at <= same[-1].ends_at:
            last = same.pop()
            each = last._replace(ends_at=max(last.ends_at, each.ends_at))
        same.append(each)
    return [each for same in joined.values() for each in same]
