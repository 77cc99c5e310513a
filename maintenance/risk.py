"""
How risky a change is: impact times likelihood, each from 1 to 3, by several engines.

1 and 2 are low, 3 and 4 moderate, 6 high, 9 very high. The people's own estimate is one
engine. Another raises their likelihood by what became of the service's changes lately. The
highest wins, and each says from which rows it comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from maintenance.models import (
    PRODUCTION,
    TOUCHED,
    Deployment,
    MaintenanceRequest,
    Outcome,
    RiskLevel,
)

LOOKS_BACK = timedelta(days=180)
SOME_FAILED = 0.05  # the reference's target of the change failure rate
MANY_FAILED = 0.15
SHOWN = 10  # rows of the history

BY_PRODUCT = {
    1: RiskLevel.LOW,
    2: RiskLevel.LOW,
    3: RiskLevel.MODERATE,
    4: RiskLevel.MODERATE,
    6: RiskLevel.HIGH,
    9: RiskLevel.VERY_HIGH,
}
ORDER = list(RiskLevel)
WENT_WRONG = [Outcome.FAILED, Outcome.ROLLED_BACK]


def level_of(impact: int, likelihood: int) -> RiskLevel:
    return BY_PRODUCT[impact * likelihood]


def shift_of(failed: int, total: int) -> int:
    """By how much the likelihood is raised when so many of so many changes failed."""
    if not failed:
        return 0
    share = failed / total
    if failed >= 3 and share >= MANY_FAILED:
        return 2
    return 1 if share >= SOME_FAILED else 0


@dataclass(frozen=True)
class History:
    """What became of a service's changes within `LOOKS_BACK`; a change counts once."""

    total: int
    failed: int
    rows: Sequence[Any]  # the newest failed deployments and requests

    @property
    def shift(self) -> int:
        return shift_of(self.failed, self.total)


@dataclass(frozen=True)
class Engine:
    """One way to the risk, and how it came to it, in words."""

    name: str
    level: RiskLevel
    words: str


@dataclass(frozen=True)
class Risk:
    """Nothing is known before somebody said impact and likelihood; that is not a low risk."""

    engines: Sequence[Engine]
    history: History

    @property
    def level(self) -> RiskLevel | None:
        return max((engine.level for engine in self.engines), key=ORDER.index, default=None)


def risk_of(request: MaintenanceRequest, now: datetime) -> Risk:
    history = history_of(request.service_id, now, leaving_out=request.pk)
    impact, likelihood = request.risk_impact, request.risk_likelihood
    if impact is None or likelihood is None:
        return Risk([], history)
    raised = min(3, likelihood + history.shift)
    words = _("impact %(impact)s x likelihood %(likelihood)s")
    own = {"impact": impact, "likelihood": likelihood}
    after = {"impact": impact, "likelihood": raised}
    return Risk(
        [
            Engine(_("Estimate"), level_of(impact, likelihood), words % own),
            Engine(_("With the service's history"), level_of(impact, raised), words % after),
        ],
        history,
    )


def level_for(request: MaintenanceRequest, now: datetime) -> str:
    """Return what `risk_level` is to say; empty while nobody has estimated it."""
    if request.risk_impact is None or request.risk_likelihood is None:
        return ""
    return str(risk_of(request, now).level)


def history_of(service: int, now: datetime, *, leaving_out: int | None = None) -> History:
    """Count deployments to production, and the closed requests that deployed nothing."""
    since = now - LOOKS_BACK
    deployments = Deployment.objects.filter(
        TOUCHED,
        service=service,
        environment=PRODUCTION,
        finished_at__gte=since,
        finished_at__lte=now,
    ).exclude(Q(request=leaving_out, request__isnull=False))
    closed = MaintenanceRequest.objects.filter(
        service=service, closed_at__gte=since, closed_at__lte=now, deployments__isnull=True
    ).exclude(pk=leaving_out or 0)
    broken = deployments.filter(failed_at__isnull=False)
    wrong = closed.filter(outcome__in=WENT_WRONG)
    failed = broken.count() + wrong.count()
    rows = [*broken.select_related("service").order_by("-finished_at")[:SHOWN]]
    rows += [*wrong.order_by("-closed_at")[:SHOWN]] if failed else []
    return History(deployments.count() + closed.count(), failed, rows[:SHOWN])
