"""
The backlog: what waits to be done, as people ranked it, and the rest by a proposed score.

The score is weighted shortest job first: what it is worth, divided by what it takes.

    (priority + cost of leaving it + weeks it has waited) / days of effort

P0 to P3 count 20, 13, 8 and 3; leaving it costs 1, 5 or 13, and 3 while nobody has said; a
week counts one, ten at most. Effort is hours by eight, or points, half a day at least, and
three days while nobody has said.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, QuerySet

from maintenance.models import WAITING, MaintenanceRequest, analysis_of
from operations.models import Severity

MOST = 300  # rows of the backlog
PRIORITY = {Severity.P0: 20, Severity.P1: 13, Severity.P2: 8, Severity.P3: 3}
DELAY = {1: 1, 2: 5, 3: 13}
UNSAID_DELAY = 3
LONGEST_WAIT = 10  # weeks that count
UNSAID_EFFORT = Decimal(3)  # days
LEAST_EFFORT = Decimal("0.5")
HOURS = 8  # of a day


@dataclass(frozen=True)
class Row:
    """One request of the backlog; `place` is where it stands, `rank` what people said."""

    request: MaintenanceRequest
    place: int
    rank: int | None
    score: Decimal


def score_of(request: MaintenanceRequest, now: datetime) -> Decimal:
    found = analysis_of(request)
    delay = DELAY.get(found.delay_cost or 0, UNSAID_DELAY)
    waited = min(LONGEST_WAIT, max(0, (now - request.created_at).days // 7))
    worth = PRIORITY[Severity(request.priority)] + delay + waited
    return (worth / days_of(request)).quantize(Decimal("0.1"))


def days_of(request: MaintenanceRequest) -> Decimal:
    found = analysis_of(request)
    if found.effort_hours is not None:
        return max(LEAST_EFFORT, found.effort_hours / HOURS)
    if found.effort_points is not None:
        return Decimal(found.effort_points)
    return UNSAID_EFFORT


def waiting(requests: QuerySet[MaintenanceRequest]) -> QuerySet[MaintenanceRequest]:
    """Those of the requests that wait, as many as a page shows, in one query."""
    rows = requests.filter(state__in=WAITING).select_related(
        "service", "requester", "implementer", "analysis", "place"
    )
    order = (F("place__rank").asc(nulls_last=True), "priority", "created_at", "pk")
    return rows.order_by(*order)[:MOST]


def in_order(requests: QuerySet[MaintenanceRequest], now: datetime) -> list[Row]:
    """Return the backlog: ranked ones first, the rest by their score, the oldest of equals."""
    scored = [
        (getattr(request, "place", None), score_of(request, now), request)
        for request in waiting(requests)
    ]
    scored.sort(
        key=lambda row: (
            row[0] is None,
            row[0].rank if row[0] else 0,
            -row[1],
            row[2].created_at,
            row[2].pk,
        )
    )
    return [
        Row(request, place, known.rank if known else None, score)
        for place, (known, score, request) in enumerate(scored, start=1)
    ]
