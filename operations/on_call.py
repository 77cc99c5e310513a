"""
Who is on call, and why: schedules as they are kept, asked through `operations.rota`.

The past is answered from what was written down then; the present and what comes from the
schedule as it is now. Who cannot be reached for work any more is passed over, and the answer
says so; nobody at all is an answer, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from operations import rota
from operations.models import (
    IN_USE,
    CalendarImport,
    ImportedShift,
    Layer,
    Override,
    Participant,
    PastShift,
    Schedule,
    TemporarySchedule,
    TemporaryShift,
)
from operations.rota import Answer, Fixed, LayerPlan, OverridePlan, Plan, TemporaryPlan
from portal.brief import Brief
from portal.memo import once
from portal.models import Team, User

_shown: Brief[list[Schedule]] = Brief(2)


class OnCall(NamedTuple):
    """Who it is, first the one to be called, nobody being an answer; and why in sentences."""

    people: tuple[User, ...]
    reason: str

    @property
    def person(self) -> User | None:
        return self.people[0] if self.people else None


class Shift(NamedTuple):
    """
    The same answer for all of `[starts_at, ends_at)`.

    `source` names the row that decided ("layer:5", "override:7", "temporary:3", "" for none);
    `slot` stays the same for a turn and differs from the next one's.
    """

    starts_at: datetime
    ends_at: datetime
    people: tuple[User, ...]
    reason: str
    source: str = ""
    layer_id: int | None = None
    slot: str = ""

    @property
    def person(self) -> User | None:
        return self.people[0] if self.people else None

    @property
    def is_override(self) -> bool:
        return self.source.startswith("override")


class Duty(NamedTuple):
    """Who is on call in one schedule."""

    team: Team
    schedule: Schedule
    on_call: OnCall


def who_is_on_call(
    team: Team, at: datetime, *, among: Iterable[Schedule] | None = None
) -> OnCall:
    """Who it is for a team; `among` are schedules with their people that were read already."""
    if among is None:
        among = schedules_with_people(after=at).filter(team=team, is_default=True)[:1]
    own = (each for each in among if each.team_id == team.pk and each.is_default)
    schedule = next(own, None)
    if schedule is None:
        return OnCall((), _("This team has no on-call schedule."))
    return schedule_on_call(schedule, at)


def schedule_on_call(schedule: Schedule, at: datetime) -> OnCall:
    if schedule.frozen_until is not None and at < schedule.frozen_until:
        rows = PastShift.objects.filter(schedule=schedule, starts_at__lte=at, ends_at__gt=at)
        return next((_past(shift) for shift in _shifts_of(rows)), _nothing_known())
    if schedule.retired_at is not None:
        return OnCall((), _("This schedule is not used any more."))
    return _told(plan_of(schedule).at(at))


def shown_schedules(at: datetime) -> list[Schedule]:
    """
    The schedules in use with their people, for pages to show who is on call from `at` on.

    A request reads them once, and a process remembers them for a moment. Whoever is woken
    is looked up anew.
    """
    return once("schedules", lambda: _shown.get("all", lambda: _read_few(at)))


def everybody_on_call(at: datetime, *, among: list[Schedule] | None = None) -> list[Duty]:
    """Who is on call in each schedule, in a fixed number of queries."""
    schedules = list(schedules_with_people(after=at)) if among is None else among
    frozen = [s.pk for s in schedules if s.frozen_until is not None and at < s.frozen_until]
    past = _past_answers(frozen, at)
    return [
        Duty(
            schedule.team,
            schedule,
            past[schedule.pk] if schedule.pk in past else _told(plan_of(schedule).at(at)),
        )
        for schedule in schedules
    ]


def shifts(subject: Schedule | Team, start: datetime, end: datetime) -> list[Shift]:
    """Return who is on call from `start` to `end`, without a gap between the shifts."""
    schedule = default_schedule(subject) if isinstance(subject, Team) else subject
    if schedule is None or end <= start:
        return []
    edge = max(start, min(end, schedule.frozen_until or start))
    found = _past_between(schedule, start, edge) if start < edge else []
    if edge < end:
        found += _ahead(schedule, edge, end)
    return _joined(found)


def default_schedule(team: Team) -> Schedule | None:
    """The schedule that answers where only the team is named."""
    return schedules_with_people().filter(team=team, is_default=True).first()


def schedules_with_people(*, after: datetime | None = None) -> QuerySet[Schedule]:
    """Schedules in use with all that `plan_of` asks, but for what is over before `after`."""
    parts = [each for prefetches in _parts(after).values() for each in prefetches]
    return _in_use().prefetch_related(*parts)


def _read_few(after: datetime) -> list[Schedule]:
    """The same rows, without asking for what no schedule has: most have layers alone."""
    parts = _parts(after)
    rows = {name: prefetches[0].queryset for name, prefetches in parts.items()}
    has_any = {
        f"has_{name}": Exists(found.filter(schedule=OuterRef("pk")))
        for name, found in rows.items()
        if found is not None
    }
    schedules = list(_in_use().annotate(**has_any))
    for name, prefetches in parts.items():
        if any(getattr(schedule, f"has_{name}") for schedule in schedules):
            prefetch_related_objects(schedules, *prefetches)
        else:
            for schedule in schedules:
                known = schedule.__dict__.setdefault("_prefetched_objects_cache", {})
                known[name] = []
    return schedules


def _in_use() -> QuerySet[Schedule]:
    rows = Schedule.objects.filter(IN_USE).select_related("team")
    return rows.order_by("team__name", "-is_default", "name", "pk")


def _parts(after: datetime | None) -> dict[str, list[Prefetch[Any]]]:
    """What belongs to a schedule, and what belongs to that."""
    later = Q(ends_at__gt=after) if after is not None else Q()
    overrides = Override.objects.filter(later).select_related("person", "replaces")
    temporary_shifts = TemporaryShift.objects.select_related("person").order_by("starts_at")
    imported = ImportedShift.objects.filter(later).select_related("person")
    participants = Participant.objects.select_related("person").order_by("order", "pk")
    return {
        "layers": [
            Prefetch("layers", Layer.objects.order_by("-priority", "pk")),
            Prefetch("layers__participants", participants),
        ],
        "overrides": [Prefetch("overrides", overrides.order_by("pk"))],
        "temporaries": [
            Prefetch("temporaries", TemporarySchedule.objects.filter(later).order_by("pk")),
            Prefetch("temporaries__shifts", temporary_shifts),
        ],
        "calendars": [
            Prefetch("calendars", CalendarImport.objects.only("schedule", "layer")),
            Prefetch("calendars__shifts", imported),
        ],
    }


def plan_of(schedule: Schedule) -> Plan:
    """Return the schedule as a plan; a schedule from `schedules_with_people` costs no query."""
    known = schedule if _is_loaded(schedule) else _load(schedule)
    fixed = {calendar.layer_id: calendar.shifts.all() for calendar in known.calendars.all()}
    return Plan(
        layers=tuple(
            layer_plan(layer, known.time_zone, _groups(layer), fixed.get(layer.pk, ()))
            for layer in known.layers.all()
        ),
        overrides=tuple(_override_plan(row) for row in known.overrides.all()),
        temporaries=tuple(_temporary_plan(row) for row in known.temporaries.all()),
    )


def layer_plan(
    layer: Layer,
    time_zone: str,
    groups: Iterable[Iterable[User]],
    imported: Iterable[ImportedShift] = (),
) -> LayerPlan:
    """Return a layer, saved or not, as a plan."""
    return LayerPlan(
        id=layer.pk,
        name=layer.name,
        priority=layer.priority,
        rule=rota.rule_of(layer, time_zone),
        groups=tuple(tuple(group) for group in groups),
        valid_from=layer.valid_from,
        valid_until=layer.valid_until,
        fixed=tuple(
            Fixed(
                shift.starts_at,
                shift.ends_at,
                shift.person,
                shift.uid,
                shift.priority,
                shift.unmatched_name,
            )
            for shift in imported
        ),
    )


def told_shifts(found: Iterable[rota.Shift]) -> list[Shift]:
    """Return shifts of a plan that was made from rows as those of people."""
    return [Shift(*shift) for shift in found]  # type: ignore[arg-type]  # keys are people here


def _groups(layer: Layer) -> list[list[User]]:
    places: dict[int, list[User]] = {}
    for row in layer.participants.all():
        places.setdefault(row.order, []).append(row.person)
    return list(places.values())


def _override_plan(row: Override) -> OverridePlan:
    return OverridePlan(
        row.pk,
        row.kind,
        row.starts_at,
        row.ends_at,
        row.person,
        row.replaces,
        row.layer_id,
        row.reason,
    )


def _temporary_plan(row: TemporarySchedule) -> TemporaryPlan:
    inside = tuple((s.person, s.starts_at, s.ends_at) for s in row.shifts.all())
    return TemporaryPlan(row.pk, row.starts_at, row.ends_at, row.reason, inside)


def _is_loaded(schedule: Schedule) -> bool:
    return "temporaries" in getattr(schedule, "_prefetched_objects_cache", {})


def _load(schedule: Schedule) -> Schedule:
    found = schedules_with_people().filter(pk=schedule.pk).first()
    return found or Schedule(time_zone=schedule.time_zone, pk=schedule.pk)


def _ahead(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    if schedule.retired_at is not None:
        return [Shift(start, end, (), _("This schedule is not used any more."))]
    return told_shifts(plan_of(schedule).between(start, end))


def _told(answer: Answer) -> OnCall:
    return OnCall(answer.people, answer.reason)  # type: ignore[arg-type]  # keys are people here


def _past(shift: Shift) -> OnCall:
    return OnCall(shift.people, shift.reason)


def _nothing_known() -> OnCall:
    return OnCall((), _("Nothing is kept from that time."))


def _past_answers(schedules: list[int], at: datetime) -> dict[int, OnCall]:
    if not schedules:
        return {}
    rows = list(
        PastShift.objects.filter(schedule__in=schedules, starts_at__lte=at, ends_at__gt=at)
    )
    found = {row.schedule_id: _past(s) for row, s in zip(rows, _shifts_of(rows), strict=True)}
    return {pk: found.get(pk, _nothing_known()) for pk in schedules}


def _past_between(schedule: Schedule, start: datetime, end: datetime) -> list[Shift]:
    """Return what is written down of a window, with a gap wherever nothing is."""
    rows = PastShift.objects.filter(schedule=schedule, ends_at__gt=start, starts_at__lt=end)
    found, edge = [], start
    for shift in _shifts_of(rows.order_by("starts_at")):
        if shift.starts_at > edge:
            found.append(Shift(edge, shift.starts_at, *_nothing_known()))
        edge = min(shift.ends_at, end)
        found.append(shift._replace(starts_at=max(shift.starts_at, start), ends_at=edge))
    if edge < end:
        found.append(Shift(edge, end, *_nothing_known()))
    return found


def _shifts_of(rows: Iterable[PastShift]) -> list[Shift]:
    written = list(rows)
    people = User.objects.in_bulk({pk for row in written for pk in row.people})
    return [
        Shift(
            row.starts_at,
            row.ends_at,
            tuple(people[pk] for pk in row.people if pk in people),
            row.reason,
            row.source,
            row.layer_id,
            row.slot,
        )
        for row in written
    ]


def _joined(found: list[Shift]) -> list[Shift]:
    """Join a shift that began in the past and goes on."""
    joined: list[Shift] = []
    for shift in found:
        if joined and joined[-1].ends_at == shift.starts_at and joined[-1][2:] == shift[2:]:
            joined.append(shift._replace(starts_at=joined.pop().starts_at))
        else:
            joined.append(shift)
    return joined
