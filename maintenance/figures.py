"""
How often we deploy, how often that goes wrong, and how often we take it back.

Each figure is a pure function of counts over deployments that finished in production in a
period; see DORA's guide to its metrics (2026-01-05). A deployment has failed or has not: two
incidents after one deployment are one failure. Without deployments there is no figure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from maintenance.models import DECLARED_FAILURE, Deployment

PERIOD = timedelta(days=90)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Counts:
    deployments: int
    failed: int
    rollbacks: int
    period: timedelta = PERIOD


def counts(
    deployments: QuerySet[Deployment], now: datetime, period: timedelta = PERIOD
) -> Counts:
    """Count what finished in production in `[now - period, now)`; rollbacks are among them."""
    found = Deployment.objects.filter(pk__in=deployments.order_by().values("pk"))
    totals = found.in_production_between(now - period, now).aggregate(
        deployments=Count("pk"),
        failed=Count("pk", filter=DECLARED_FAILURE),
        rollbacks=Count("pk", filter=Q(rolls_back__isnull=False)),
    )
    return Counts(**totals, period=period)


def deployment_frequency(told: Counts) -> Decimal | None:
    """Return deployments per week."""
    if told.deployments == 0:
        return None
    weeks = Decimal(told.period / WEEK)
    return (told.deployments / weeks).quantize(Decimal("0.1"))


def change_failure_rate(told: Counts) -> Decimal | None:
    """Return how many per cent of the deployments failed."""
    return _per_cent(told.failed, told.deployments)


def rollback_rate(told: Counts) -> Decimal | None:
    """Return how many per cent of the deployments took another one back."""
    return _per_cent(told.rollbacks, told.deployments)


def _per_cent(part: int, whole: int) -> Decimal | None:
    if whole == 0:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"))
