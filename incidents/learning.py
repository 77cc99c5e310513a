"""
What the incidents of a time teach: how fast, how much in time, what comes back.

Every figure is worked out from rows that can be shown (`rows_of`), and says how many of them
had nothing to say. Incidents belong to the time in which they were detected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from incidents.figures import HOUR, MINUTE, Figure, of_measure, of_spans
from incidents.milestones import MEASURES, Measure, measured
from incidents.models import (
    ClockKind,
    Incident,
    IncidentClock,
    Outcome,
    Review,
    ReviewFactor,
)
from incidents.workflow.review_saving import rules
from operations.models import Severity
from portal.models import ImprovementTarget, Service

MOST = 20_000  # incidents that figures are worked out from
UNITS = {"mttd": MINUTE, "mtta": MINUTE, "mttm": HOUR, "mttr": HOUR}
IS_BREACHED = Q(breached_at__isnull=False)
# What a clock came to; those that ran out of need, and those that run, are not judged.
OUTCOMES: dict[str, Q] = {
    "met": Q(outcome=Outcome.MET),
    "breached": IS_BREACHED,
    "judged": Q(outcome=Outcome.MET) | IS_BREACHED,
    "running": Q(outcome="") & ~IS_BREACHED,
    "not_needed": Q(outcome=Outcome.NOT_NEEDED) & ~IS_BREACHED,
}
COUNTED = ["met", "breached", "running", "not_needed"]
WEEKLY_UP_TO = timedelta(days=100)  # longer times are shown by months
# Which target of the playbook a measure has, by severity; None stands for all.
TARGETS = {("mttd", None): "mttd", ("mttr", 0): "mttr-p0", ("mttr", 1): "mttr-p1"}


class Group(NamedTuple):
    """Incidents that are looked at together; `query` is what leads to their rows."""

    name: str
    severity: int | None
    query: str
    figures: dict[str, Figure]
    n: int


@dataclass(frozen=True)
class Bucket:
    """A week or a month of the trend, with the incidents detected in it."""

    starts_on: date
    incidents: list[Incident]


class Kept(NamedTuple):
    """How often the clocks of one kind were kept; those that ran out of need count apart."""

    kind: str
    label: str
    severity: int | None
    met: int
    breached: int
    running: int
    not_needed: int

    @property
    def judged(self) -> int:
        return self.met + self.breached

    @property
    def per_cent(self) -> int | None:
        """Of those that are judged, rounded down; None without any."""
        return 100 * self.met // self.judged if self.judged else None


class Returned(NamedTuple):
    """A factor, how often it was named in the time, and how often it had come back."""

    factor: Any
    named: int
    recurred: int


class Named(NamedTuple):
    """A factor of one review, and whether it had come back."""

    row: ReviewFactor
    came_back: bool


def read(rows: QuerySet[Incident], since: datetime, until: datetime) -> list[Incident]:
    """Return the incidents detected in `[since, until)`, the newest first, in one query."""
    inside = rows.filter(detected_at__gte=since, detected_at__lt=until)
    return list(inside.select_related("service").order_by("-detected_at", "-pk")[:MOST])


def figures_of(incidents: list[Incident]) -> dict[str, Figure]:
    return {
        key: of_measure(incidents, measure, unit=UNITS[key])
        for key, measure in MEASURES.items()
    }


def by_severity(incidents: list[Incident]) -> list[Group]:
    """One group for each severity, then all of them."""
    groups = []
    for severity in Severity:
        own = [each for each in incidents if each.severity == severity]
        query = f"severity={severity.value}"
        name = str(severity.label)
        groups.append(Group(name, severity.value, query, figures_of(own), len(own)))
    return [*groups, Group("", None, "", figures_of(incidents), len(incidents))]


def by_service(incidents: list[Incident]) -> list[Group]:
    """One group for each service with incidents, the most first."""
    own: dict[Service, list[Incident]] = defaultdict(list)
    for each in incidents:
        own[each.service].append(each)
    groups = [
        Group(service.name, None, f"service={service.slug}", figures_of(rows), len(rows))
        for service, rows in own.items()
    ]
    return sorted(groups, key=lambda group: (-group.n, group.name))


def trend(incidents: Iterable[Incident], since: datetime, until: datetime) -> list[Bucket]:
    """Part the time into weeks, or months where it is long, by the reader's clock."""
    zone = timezone.get_current_timezone()
    weekly = until - since <= WEEKLY_UP_TO
    first = _begin(since.astimezone(zone).date(), weekly=weekly)
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    buckets: dict[date, list[Incident]] = {}
    while first <= last:
        buckets[first] = []
        first = _begin(first + timedelta(days=7 if weekly else 31), weekly=weekly)
    for each in incidents:
        buckets[_begin(each.detected_at.astimezone(zone).date(), weekly=weekly)].append(each)
    return [Bucket(day, rows) for day, rows in buckets.items()]


def target_of(measure: str, severity: int | None) -> ImprovementTarget | None:
    key = TARGETS.get((measure, severity))
    return ImprovementTarget.objects.filter(key=key).first() if key else None


def rows_of(
    incidents: Iterable[Incident], measure: Measure, value: str = ""
) -> Iterator[tuple[Incident, str, timedelta | None]]:
    """The rows behind a figure, with what is known of each; `value` keeps only such."""
    for incident in incidents:
        known, span = measured(incident, measure)
        if not value or known.value == value:
            yield incident, known.value, span


def kept(incidents: QuerySet[Incident], since: datetime, until: datetime) -> list[Kept]:
    """Count the clocks of the incidents detected in this time, by kind and severity."""
    counted = (
        _clocks(incidents, since, until)
        .order_by()
        .values_list("kind", "severity")
        .annotate(**{name: Count("pk", filter=OUTCOMES[name]) for name in COUNTED})
    )
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for row in counted:
        by_kind[row[0]].append(row[1:])
    found = []
    for kind in ClockKind:
        rows = sorted(by_kind[kind])
        found += [Kept(kind.value, str(kind.label), *row) for row in rows]
        total = [sum(row[n] for row in rows) for n in (1, 2, 3, 4)]
        found.append(Kept(kind.value, str(kind.label), None, *total))
    return found


def clocks_behind(
    incidents: QuerySet[Incident],
    since: datetime,
    until: datetime,
    *,
    kind: str,
    outcome: str = "",
    severity: int | None = None,
) -> QuerySet[IncidentClock]:
    """The clocks behind a figure of `kept`, of the newest incidents first."""
    rows = _clocks(incidents, since, until).filter(kind=kind)
    if outcome:
        rows = rows.filter(OUTCOMES[outcome])
    if severity is not None:
        rows = rows.filter(severity=severity)
    rows = rows.select_related("incident__service")
    return rows.order_by("-incident__detected_at", "-incident", "number")


def _clocks(
    incidents: QuerySet[Incident], since: datetime, until: datetime
) -> QuerySet[IncidentClock]:
    """Those with a target, of the incidents detected in this time."""
    inside = incidents.filter(detected_at__gte=since, detected_at__lt=until)
    return IncidentClock.objects.filter(incident__in=inside.values("pk"), target__isnull=False)


def review_cycle(incidents: QuerySet[Incident], since: datetime, until: datetime) -> Figure:
    """From the end of an incident to its published review, in hours."""
    done = Review.objects.filter(
        incident__in=incidents.values("pk"),
        published_at__gte=since,
        published_at__lt=until,
        incident__resolved_at__isnull=False,
    )
    pairs = done.values_list("incident__resolved_at", "published_at")[:MOST]
    spans = (end - start for start, end in pairs if start is not None and end is not None)
    return of_spans((max(span, timedelta(0)) for span in spans), unit=HOUR)


def returned(incidents: QuerySet[Incident], since: datetime, until: datetime) -> list[Returned]:
    """Return the factors that reviews named in this time, those that came back most first."""
    found: dict[int, list[Named]] = defaultdict(list)
    for each in named(incidents, since, until):
        found[each.row.factor_id].append(each)
    rows = [
        Returned(own[0].row.factor, len(own), sum(each.came_back for each in own))
        for own in found.values()
    ]
    return sorted(rows, key=lambda each: (-each.recurred, -each.named, each.factor.name))


def named(
    incidents: QuerySet[Incident], since: datetime, until: datetime, factor: Any = None
) -> list[Named]:
    """
    Return where reviews of this time name a factor, the oldest incident first.

    It has come back where an earlier incident of the same service had it within the
    organisation's days.
    """
    within = timedelta(days=rules().recurrence_days)
    rows = ReviewFactor.objects.filter(
        review__incident__in=incidents.values("pk"),
        review__incident__detected_at__gte=since - within,
        review__incident__detected_at__lt=until,
    ).select_related("factor", "review__incident__service")
    if factor is not None:
        rows = rows.filter(factor=factor)
    last: dict[tuple[int, int], datetime] = {}
    found = []
    for row in rows.order_by("review__incident__detected_at", "pk")[:MOST]:
        incident = row.review.incident
        key, at = (row.factor_id, incident.service_id), incident.detected_at
        if at >= since:
            found.append(Named(row, key in last and at - last[key] <= within))
        last[key] = at
    return found


def start_of(days: int, now: datetime) -> datetime:
    """The midnight, by the reader's clock, with which the last so many days begin."""
    zone = timezone.get_current_timezone()
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(), tzinfo=zone)


def _begin(day: date, *, weekly: bool) -> date:
    return day - timedelta(days=day.weekday()) if weekly else day.replace(day=1)
