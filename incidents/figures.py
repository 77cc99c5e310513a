"""
How fast we notice, answer and end incidents, and how much of the time services were up.

Times are means with the median and the 90th percentile beside them. A moment that was not
recorded is not a zero: it is counted apart, and so is one that is out of order.
Availability is the part of the period in which no P0 or P1 incident was open on a service,
the mean over the services in use; overlapping incidents count once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import mean, median, quantiles

from django.db.models import Q, QuerySet

from incidents.models import Incident
from operations.models import Severity

PERIOD = timedelta(days=90)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GRAVE = [Severity.P0, Severity.P1]

Span = Callable[[Incident], timedelta | None]
Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class Figure:
    """A mean with what stands beside it, in units of `unit`; None without any value."""

    mean: Decimal | None
    median: Decimal | None
    p90: Decimal | None
    n: int
    pending: int
    invalid: int

    @property
    def state(self) -> str:
        if self.n:
            return "recorded"
        if self.invalid:
            return "invalid"
        return "pending" if self.pending else "not_applicable"


def to_detect(incident: Incident) -> timedelta | None:
    began = incident.impact_started_at
    return incident.detected_at - began if began else None


def to_acknowledge(incident: Incident) -> timedelta | None:
    return incident.time_to_acknowledge


def to_resolve(incident: Incident) -> timedelta | None:
    return incident.time_to_resolve


def figure(incidents: Iterable[Incident], span: Span, *, unit: timedelta) -> Figure:
    """Return the figure of one length of time over these incidents."""
    spans = [span(incident) for incident in incidents]
    recorded = [each for each in spans if each is not None]
    values = sorted(each / unit for each in recorded if each >= timedelta(0))
    return Figure(
        mean=_number(mean(values)) if values else None,
        median=_number(median(values)) if values else None,
        p90=_number(_p90(values)) if values else None,
        n=len(values),
        pending=len(spans) - len(recorded),
        invalid=len(recorded) - len(values),
    )


def detected_since(incidents: QuerySet[Incident], start: datetime) -> QuerySet[Incident]:
    return incidents.filter(detected_at__gte=start)


def availability(
    incidents: QuerySet[Incident], services: Iterable[int], now: datetime
) -> Decimal | None:
    """Return per cent of the last 90 days, the mean over these services; None without any."""
    start = now - PERIOD
    down: dict[int, list[Interval]] = defaultdict(list)
    open_since = Q(resolved_at=None) | Q(resolved_at__gt=start)
    for incident in incidents.filter(open_since, severity__in=GRAVE, detected_at__lt=now):
        began = min(incident.impact_started_at or incident.detected_at, incident.detected_at)
        interval = (max(began, start), min(incident.resolved_at or now, now))
        down[incident.service_id].append(interval)
    up = [1 - covered(down[service]) / PERIOD for service in services]
    return Decimal(100 * mean(up)).quantize(Decimal("0.001")) if up else None


def covered(intervals: Iterable[Interval]) -> timedelta:
    """Return the length of the union of these intervals."""
    total, reached = timedelta(0), None
    for start, end in sorted(intervals):
        begin = start if reached is None else max(start, reached)
        if end > begin:
            total += end - begin
            reached = end
    return total


def _p90(values: list[float]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else values[0]


def _number(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.1"))
