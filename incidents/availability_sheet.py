"""Services by months with their availability, how often targets were missed, and the rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q, QuerySet

from incidents import availability
from incidents.availability import Availability, Impact, Period, Planned
from incidents.intervals import clipped, length
from incidents.models import Incident
from portal.models import Service, User


class Cell(NamedTuple):
    service: Service
    period: Period
    figure: Availability

    @property
    def is_met(self) -> bool | None:
        return self.figure.is_met(self.service.availability_objective)


class Line(NamedTuple):
    service: Service
    cells: list[Cell]

    @property
    def was_missed(self) -> bool:
        return any(cell.is_met is False for cell in self.cells if cell.period.key)


class Sheet(NamedTuple):
    """
    Services against periods: the last 90 days, then months, the newest first.

    `means` has for each period the mean over services, without and with planned work. Of
    `judged` full months of services, `missed` fell short of their target.
    """

    periods: list[Period]
    lines: list[Line]
    means: list[tuple[Decimal | None, Decimal | None]]
    missed: int
    judged: int


class ImpactRow(NamedTuple):
    """
    An impact, and how much of it fell into the period: outside of planned work, and within.

    Without an incident it is a private one of which the reader may not know more.
    """

    incident: Incident | None
    impact: Impact
    counted: timedelta
    planned: timedelta


class PlannedRow(NamedTuple):
    planned: Planned
    counted: timedelta


def services_in(services: QuerySet[Service], since: datetime) -> list[Service]:
    """Those that were in use at some time since."""
    used = Q(retired_at=None) | Q(retired_at__gt=since)
    return list(services.filter(used).select_related("team").order_by("name"))


def sheet(services: QuerySet[Service], *, months: int, now: datetime) -> Sheet:
    """Work out the last so many full months, the one that runs, and the last 90 days."""
    periods = [availability.lately(now), *availability.months(months + 1, now)]
    since = min(period.start for period in periods)
    rows = services_in(services, since)
    facts = availability.read(rows, since, now, now=now)
    lines = [
        Line(each, [Cell(each, period, facts.of(each, period)) for period in periods])
        for each in rows
    ]
    columns = [[line.cells[n].figure for line in lines] for n in range(len(periods))]
    known = [cell.is_met for line in lines for cell in line.cells if cell.period.key]
    return Sheet(
        periods,
        lines,
        [availability.mean_of(column) for column in columns],
        missed=known.count(False),
        judged=known.count(False) + known.count(True),
    )


def behind(
    service: Service, period: Period, user: User, *, now: datetime
) -> tuple[Cell, list[ImpactRow], list[PlannedRow]]:
    """Return a figure with the impacts and the planned work that it is made of."""
    facts = availability.read([service], period.start, period.end, now=now)
    cell = Cell(service, period, facts.of(service, period))
    observed = facts.observed(service, period)
    planned = [
        PlannedRow(each, length(clipped(each.intervals, observed)))
        for each in facts.planned.get(service.pk, [])
    ]
    work = [part for row in planned for part in row.planned.intervals]
    impacts = facts.impacts.get(service.pk, [])
    seen = _seen(impacts, user)
    rows = []
    for each in impacts:
        inside = clipped(each.intervals, observed)
        within = length(clipped(inside, work))
        is_wrong = each.end is None and period.start <= each.incident.detected_at < period.end
        if inside or is_wrong:
            known = each.incident if each.incident.pk in seen else None
            rows.append(ImpactRow(known, each, length(inside) - within, within))
    return cell, rows, [row for row in planned if row.counted or _touches(row.planned, period)]


def _touches(planned: Planned, period: Period) -> bool:
    """Windows that were not announced in time are shown too, with nothing left out for them."""
    window = planned.window
    return window.starts_at < period.end and window.ends_at > period.start


def _seen(impacts: Sequence[Impact], user: User) -> set[int]:
    keys = [each.incident.pk for each in impacts]
    visible = Incident.objects.visible_to(user).filter(pk__in=keys)
    return set(visible.values_list("pk", flat=True))
