"""What an exported schedule would say here, beside what the other program says."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from operations import on_call
from operations.calendar_bounds import read_bounded
from operations.calendar_people import Directory
from operations.calendar_reading import Reading, Unreadable
from operations.importers.shape import Export, Rendered, ScheduleShape
from operations.models import ImportedShift, Layer, RotationKind
from operations.rota import LayerPlan, OverridePlan, Plan
from portal.models import Team, User

AHEAD = timedelta(days=90)
People = Mapping[str, User | None]


class Piece(NamedTuple):
    """A time of which both answers hold throughout; `differs` if they are not the same."""

    starts_at: datetime
    ends_at: datetime
    theirs: str
    ours: str
    differs: bool


class Comparison(NamedTuple):
    """`pieces` is empty where the export has no answers of its own to compare with."""

    shape: ScheduleShape
    pieces: list[Piece]
    differing: timedelta
    compared: timedelta
    ours: list[on_call.Shift]


def compare(
    shape: ScheduleShape, export: Export, people: People, team: Team, now: datetime
) -> Comparison:
    """Compare the next 90 days, as far as the export covers them."""
    plan = plan_of(shape, people, team, now)
    start, end = now, now + AHEAD
    ours = on_call.told_shifts(plan.between(start, end))
    theirs = [row for row in shape.rendered if row.ends_at > start and row.starts_at < end]
    if not theirs:
        return Comparison(shape, [], timedelta(0), timedelta(0), ours)
    first = max(start, min(row.starts_at for row in shape.rendered))
    last = min(end, max(row.ends_at for row in shape.rendered))
    pieces = _joined(_pieces(theirs, ours, export, people, first, last))
    differing = sum((p.ends_at - p.starts_at for p in pieces if p.differs), timedelta(0))
    return Comparison(shape, pieces, differing, last - first, ours)


def plan_of(shape: ScheduleShape, people: People, team: Team, now: datetime) -> Plan:
    """Return the schedule as it would be here, without saving anything."""
    if shape.calendar:
        return Plan(layers=(_calendar_layer(shape, team, now),))
    return Plan(
        layers=tuple(
            on_call.layer_plan(
                Layer(pk=-number, **layer.fields()),
                shape.time_zone,
                mapped(layer.groups, people),
            )
            for number, layer in enumerate(shape.layers, start=1)
        ),
        overrides=tuple(
            OverridePlan(None, said.kind, said.starts_at, said.ends_at, person)
            for said in shape.overrides
            if (person := people.get(said.key)) is not None
        ),
    )


def mapped(groups: Iterable[Iterable[str]], people: People) -> list[list[User]]:
    """Return the groups as our people; one of whom nobody is known keeps no place."""
    found = [[person for key in group if (person := people.get(key))] for group in groups]
    return [group for group in found if group]


def _calendar_layer(shape: ScheduleShape, team: Team, now: datetime) -> LayerPlan:
    directory = Directory(team)
    span = {"start": now, "end": now + AHEAD}
    try:
        reading = read_bounded(shape.calendar.encode(), zone=shape.zone, **span)
    except Unreadable as error:
        reading = Reading([], [error.sentence])
    shape.notes += reading.notes
    rows = []
    for each in reading.instances:
        matched: list[User | None] = [*directory.match(each.title, each.attendees).people]
        rows += [
            ImportedShift(
                person=person,
                uid=each.uid,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                priority=each.priority,
                unmatched_name=each.title if person is None else "",
            )
            for person in (matched or [None])
        ]
    layer = Layer(pk=-1, rotation=RotationKind.CALENDAR, starts_on=now.date())
    return on_call.layer_plan(layer, shape.time_zone, [], rows)


def _pieces(
    theirs: list[Rendered],
    ours: list[on_call.Shift],
    export: Export,
    people: People,
    first: datetime,
    last: datetime,
) -> Iterable[Piece]:
    edges = {at for row in theirs for at in (row.starts_at, row.ends_at)}
    edges |= {at for shift in ours for at in (shift.starts_at, shift.ends_at)}
    cuts = sorted({first, last, *(at for at in edges if first < at < last)})
    for start, end in itertools.pairwise(cuts):
        keys = sorted({row.key for row in theirs if row.starts_at <= start < row.ends_at})
        here = next(row.people for row in ours if row.starts_at <= start < row.ends_at)
        meant = {people.get(key) for key in keys}
        names = ", ".join(export.people[key].name for key in keys)
        own = ", ".join(str(person) for person in here)
        yield Piece(start, end, names, own, meant != set(here))


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1][2:] == piece[2:]:
            piece = piece._replace(starts_at=joined.pop().starts_at)
        joined.append(piece)
    return joined
