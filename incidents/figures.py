"""
How fast we notice, answer and end incidents.

Times are means with the median and the 90th percentile beside them. A moment that was not
recorded is not a zero: it is counted apart, and so is one that is out of order.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import mean, median, quantiles

from django.db.models import QuerySet

from incidents.milestones import Measure, Value, measured
from incidents.models import Incident, IncidentState
from operations.models import Severity

PERIOD = timedelta(days=90)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
GRAVE = [Severity.P0, Severity.P1]


@dataclass(frozen=True)
class Figure:
    """A mean with what stands beside it, in units of `unit`; None without any value."""

    mean: Decimal | None
    median: Decimal | None
    p90: Decimal | None
    n: int
    pending: int
    invalid: int

    not_applicable: int = 0

    @property
    def state(self) -> str:
        if self.n:
            return "recorded"
        if self.invalid:
            return "invalid"
        return "pending" if self.pending else "not_applicable"


def of_measure(incidents: Iterable[Incident], measure: Measure, *, unit: timedelta) -> Figure:
    """Return the figure of one measure; each incident counts as what is known of it."""
    known = [measured(incident, measure) for incident in incidents]
    values = sorted(span / unit for _value, span in known if span is not None)
    counts = Counter(value for value, _span in known)
    return Figure(
        mean=_number(mean(values)) if values else None,
        median=_number(median(values)) if values else None,
        p90=_number(_p90(values)) if values else None,
        n=len(values),
        pending=counts[Value.PENDING],
        invalid=counts[Value.INVALID],
        not_applicable=counts[Value.NOT_APPLICABLE],
    )


def of_spans(spans: Iterable[timedelta], *, unit: timedelta) -> Figure:
    """Return the figure of lengths of time that are all known."""
    values = sorted(span / unit for span in spans)
    return Figure(
        mean=_number(mean(values)) if values else None,
        median=_number(median(values)) if values else None,
        p90=_number(_p90(values)) if values else None,
        n=len(values),
        pending=0,
        invalid=0,
    )


def detected_since(incidents: QuerySet[Incident], start: datetime) -> QuerySet[Incident]:
    """Those that stand for themselves: what was merged is counted with its target."""
    return incidents.filter(detected_at__gte=start).exclude(state=IncidentState.MERGED)


def _p90(values: list[float]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else values[0]


def _number(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.1"))
