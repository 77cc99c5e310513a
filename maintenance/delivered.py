"""
What `maintenance.delivery` asks of the database: the deployments of services in a period.

A change counts for the deployment with which it reached production first, also if that was
before the period. Of rework, a rollback and a request that carries out an incident's action
are inferred, and no more, until somebody says so with the deployment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from operator import itemgetter

from django.db.models import Min, QuerySet, prefetch_related_objects
from django.utils.timezone import get_current_timezone

from maintenance.delivery import Arrival, Change, Figures, Known, figures_of, without_rollbacks
from maintenance.models import (
    PRODUCTION,
    TOUCHED,
    Attribution,
    Deployment,
    DeploymentCommit,
    DeploymentQuerySet,
    Rework,
)
from portal.models import Service

FOR_INCIDENT = {Rework.INCIDENT, Rework.BOTH}
FOR_BUG = {Rework.BUG, Rework.BOTH}
AT_ONCE = 1000  # deployments read at once, with their commits
READ = [
    *("service_id", "finished_at", "rolls_back_id", "failed_at", "attribution"),
    *("recovered_at", "rework", "request__action_item__reference"),
]


@dataclass(frozen=True)
class Period:
    """Whole days in the reader's zone, the first and the last among them."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, get_current_timezone())

    @property
    def end(self) -> datetime:
        after = self.last + timedelta(days=1)
        return datetime.combine(after, time.min, get_current_timezone())

    @property
    def before(self) -> Period:
        """The period of the same length that ended when this one began."""
        days = (self.last - self.first).days + 1
        return Period(self.first - timedelta(days=days), self.first - timedelta(days=1))


def delivered(
    deployments: DeploymentQuerySet, services: Iterable[Service], period: Period
) -> DeploymentQuerySet:
    """Return D of these services: what finished in production in the period."""
    rows = deployments.in_production_between(period.start, period.end)
    return rows.filter(service__in=list(services)).order_by("finished_at", "pk")


def arrivals_of(rows: QuerySet[Deployment]) -> Iterator[tuple[int, list[Arrival]]]:
    """
    Return D service by service, by its key; no more than one service's is held at once.

    Statements come per `AT_ONCE` deployments, not per service.
    """
    for service, found in groupby(_arrivals(rows), key=itemgetter(0)):
        yield service, [arrival for _service, arrival in found]


def _arrivals(rows: QuerySet[Deployment]) -> Iterator[tuple[int, Arrival]]:
    rows = rows.select_related("request__action_item").only(*READ)
    ordered = rows.order_by("service_id", "finished_at", "pk").iterator(chunk_size=AT_ONCE)
    while chunk := list(islice(ordered, AT_ONCE)):
        prefetch_related_objects(chunk, "commits")
        firsts = _first_arrivals(chunk)
        for row in chunk:
            yield row.service_id, _arrival(row, firsts)


def figures_by_service(
    deployments: DeploymentQuerySet,
    services: Iterable[Service],
    period: Period,
    *,
    now: datetime,
    rollbacks: bool = True,
) -> dict[int, Figures]:
    """Return the figures of each service, also of those without a deployment."""
    services = list(services)

    def figures(arrivals: list[Arrival]) -> Figures:
        return figures_of(arrivals, start=period.start, end=period.end, now=now)

    found = {
        service: figures(arrivals if rollbacks else without_rollbacks(arrivals))
        for service, arrivals in arrivals_of(delivered(deployments, services, period))
    }
    return {service.pk: found.get(service.pk) or figures([]) for service in services}


Firsts = dict[tuple[int, str], datetime]


def changes_in(arrivals: Iterable[Arrival]) -> Iterator[tuple[Arrival, Change]]:
    """Each change with the deployment by which it reached production first."""
    for arrival in arrivals:
        for change in arrival.changes:
            yield arrival, change


def _first_arrivals(found: list[Deployment]) -> Firsts:
    """When each change of these deployments reached production for the first time."""
    shas = {commit.sha for row in found for commit in row.commits.all()}
    if not shas:
        return {}
    theirs = DeploymentCommit.objects.filter(deployment__in=[row.pk for row in found])
    arrived = Deployment.objects.filter(
        TOUCHED,
        environment=PRODUCTION,
        finished_at__isnull=False,
        service__in={row.service_id for row in found},
    )
    brought = DeploymentCommit.objects.filter(
        sha__in=theirs.values("sha"), deployment__in=arrived
    )
    rows = brought.order_by().values_list("deployment__service", "sha")
    firsts = rows.annotate(first=Min("deployment__finished_at"))
    return {(service, sha): first for service, sha, first in firsts}


def _arrival(row: Deployment, firsts: Firsts) -> Arrival:
    assert row.finished_at is not None
    changes = tuple(
        Change(commit.sha, commit.committed_at)
        for commit in row.commits.all()
        if firsts.get((row.service_id, commit.sha)) == row.finished_at
    )
    hints = _hints_at_rework(row)
    return Arrival(
        number=row.pk,
        finished_at=row.finished_at,
        is_rollback=row.rolls_back_id is not None,
        failed=_failed(row),
        recovered_at=row.recovered_at,
        for_incident=_rework(row, {str(each) for each in FOR_INCIDENT}, hints=hints),
        for_bug=_rework(row, {str(each) for each in FOR_BUG}, hints=hints),
        changes=changes,
    )


def _failed(row: Deployment) -> Known:
    if row.failed_at is None:
        return Known.NO
    is_declared = row.attribution == Attribution.DECLARED
    return Known.DECLARED if is_declared else Known.INFERRED


def _rework(row: Deployment, causes: set[str], *, hints: bool) -> Known:
    if row.rework in causes:
        return Known.DECLARED
    return Known.INFERRED if hints and not row.rework else Known.NO


def _hints_at_rework(row: Deployment) -> bool:
    if row.rolls_back_id is not None:
        return True
    action = row.request.action_item if row.request else None
    return action is not None and action.reference.startswith("incident:")
