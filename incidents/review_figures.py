"""
What reviews tell when read together: which factors come back, and how long reviews take.

The learning page shows these; every figure names its period and leads to its rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q

from incidents.models import Factor, FactorCategory, Review, ReviewState

PERIOD = timedelta(days=90)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class FactorRow:
    """One word: how often it was found within the period, and within the one before."""

    factor: Factor
    category: str
    count: int
    before: int
    service_count: int
    last_at: datetime | None
    total: int

    @property
    def trend(self) -> str:
        """`up`, `down` or `flat`; `unknown` where there is nothing to compare."""
        if not self.count and not self.before:
            return "unknown"
        return (
            "up" if self.count > self.before else "down" if self.count < self.before else "flat"
        )


class CycleTimes(NamedTuple):
    """Hours from resolution to publication; None where nothing was published."""

    n: int
    median: float | None
    p90: float | None
    on_time_share: int | None  # per cent of those that had a due time
    overdue_count: int


def factor_rows(now: datetime, *, with_retired: bool = False) -> list[FactorRow]:
    """Return the vocabulary with its counts, what was found most often first; one query."""
    at = "found__review__incident__detected_at"
    recent = Q(**{f"{at}__gte": now - PERIOD})
    earlier = Q(**{f"{at}__gte": now - 2 * PERIOD, f"{at}__lt": now - PERIOD})
    words = Factor.objects.all() if with_retired else Factor.objects.current()
    counted = words.annotate(
        recent=Count("found", filter=recent),
        earlier=Count("found", filter=earlier),
        services=Count("found__review__incident__service", filter=recent, distinct=True),
        last_at=Max(at),
        total=Count("found"),
    )
    rows_of: Iterable[Any] = counted.select_related("merged_into")
    rows = [
        FactorRow(
            factor,
            str(FactorCategory(factor.category).label),
            factor.recent,
            factor.earlier,
            factor.services,
            factor.last_at,
            factor.total,
        )
        for factor in rows_of
    ]
    return sorted(rows, key=lambda row: (-row.count, -row.total, row.category, row.factor.name))


def cycle_times(now: datetime, *, since: datetime | None = None) -> CycleTimes:
    """Over the reviews that were published within the period, and those overdue now."""
    published = Review.objects.filter(
        state=ReviewState.PUBLISHED,
        published_at__gte=since or now - PERIOD,
        incident__resolved_at__isnull=False,
    )
    rows: Iterable[tuple[Any, Any, Any]] = published.values_list(
        "incident__resolved_at", "published_at", "due_at"
    )
    known = list(rows)
    hours = sorted((end - start) / HOUR for start, end, _due in known)
    kept = [end <= due for _start, end, due in known if due is not None]
    return CycleTimes(
        n=len(known),
        median=median(hours) if hours else None,
        p90=_p90(hours) if hours else None,
        on_time_share=round(100 * sum(kept) / len(kept)) if kept else None,
        overdue_count=Review.objects.overdue_at(now).count(),
    )


def _p90(hours: list[float]) -> float:
    return quantiles(hours, n=10, method="inclusive")[-1] if len(hours) > 1 else hours[0]
