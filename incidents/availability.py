"""
How much of the time services were up, with planned work left out and with it counted.

A service is down from when users felt a P0 or P1 incident on it (where that was not said, from
when it was detected) until they no longer did (else: until it was mitigated, or resolved).
What overlaps counts once. Planned time is left out of the first figure, both of the outage and
of the time that it is a share of, and counts as down in the second. Before a service was
entered, and after it was retired, it is neither up nor down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Min, Q
from django.utils import timezone

from incidents.figures import GRAVE, PERIOD
from incidents.intervals import Interval, clipped, length, without
from incidents.models import Incident, IncidentState, PublicMaintenance
from incidents.planned import Told, announced_time
from maintenance.models import MaintenanceWindow
from portal.models import Service

MICROSECOND = timedelta(microseconds=1)
THOUSANDTH = Decimal("0.001")


class Period(NamedTuple):
    """A month by the reader's clock (`key` such as "2026-11"), or the last 90 days (empty)."""

    key: str
    first: date
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Impact:
    """How long an incident was felt on one service; no end: its moments are out of order."""

    incident: Incident
    start: datetime
    end: datetime | None
    is_over: bool

    @property
    def intervals(self) -> list[Interval]:
        return [] if self.end is None else [(self.start, self.end)]


@dataclass(frozen=True)
class Planned:
    window: MaintenanceWindow
    intervals: list[Interval]


@dataclass(frozen=True)
class Availability:
    """
    Of one service over one period.

    `unplanned` lies outside of `planned`; `invalid` counts the incidents that could not be
    counted; `is_running`: the period is not over.
    """

    observed: timedelta
    planned: timedelta
    unplanned: timedelta
    invalid: int = 0
    is_running: bool = False

    @property
    def share(self) -> Fraction | None:
        """Of the time without planned work, exactly; None where there was no such time."""
        return _up(self.unplanned, self.observed - self.planned)

    @property
    def full_share(self) -> Fraction | None:
        return _up(self.unplanned + self.planned, self.observed)

    @property
    def value(self) -> Decimal | None:
        """Per cent, cut and never rounded up, so that 100 means no outage at all."""
        return per_cent(self.share)

    @property
    def with_planned(self) -> Decimal | None:
        return per_cent(self.full_share)

    @property
    def state(self) -> str:
        if self.share is None:
            return "not_applicable"
        if self.invalid:
            return "invalid"
        return "pending" if self.is_running else "recorded"

    def is_met(self, objective: Decimal) -> bool | None:
        """Whether it reached the target; None where that is not known, or not yet."""
        if self.share is None or self.state != "recorded":
            return None
        return 100 * self.share >= Fraction(objective)


@dataclass(frozen=True)
class Facts:
    """What is known of some services, by their keys."""

    now: datetime
    known_since: dict[int, datetime]
    impacts: dict[int, list[Impact]]
    planned: dict[int, list[Planned]]

    def observed(self, service: Service, period: Period) -> list[Interval]:
        since = self.known_since.get(service.pk, period.start)
        ends = [period.end, self.now, *([service.retired_at] if service.retired_at else [])]
        interval = (max(since, period.start), min(ends))
        return [interval] if interval[1] > interval[0] else []

    def of(self, service: Service, period: Period) -> Availability:
        observed = self.observed(service, period)
        impacts = self.impacts.get(service.pk, [])
        down = (part for each in impacts for part in each.intervals)
        planned = (part for each in self.planned.get(service.pk, []) for part in each.intervals)
        return Availability(
            *measured(observed, down=down, planned=planned),
            invalid=sum(
                each.end is None and period.start <= each.incident.detected_at < period.end
                for each in impacts
            ),
            is_running=bool(period.key) and period.end > self.now,
        )


def measured(
    observed: Iterable[Interval], *, down: Iterable[Interval], planned: Iterable[Interval]
) -> tuple[timedelta, timedelta, timedelta]:
    """Return how long it was observed, of that under planned work, and of the rest down."""
    observed = list(observed)
    work = clipped(planned, observed)
    return length(observed), length(work), length(without(clipped(down, observed), work))


def read(
    services: Sequence[Service], since: datetime, until: datetime, *, now: datetime
) -> Facts:
    """Read all that is needed of these services over `[since, until)`; six queries."""
    keys = [service.pk for service in services]
    versions = Service.history.filter(id__in=keys).order_by().values_list("id")
    return Facts(
        now=now,
        known_since=dict(versions.annotate(Min("history_date"))),
        impacts=_impacts(set(keys), since, until, now),
        planned=_planned(keys, since, until),
    )


def months(count: int, now: datetime) -> list[Period]:
    """The last so many months, the one that runs included, the newest first."""
    zone = timezone.get_current_timezone()
    first = now.astimezone(zone).date().replace(day=1)
    found = []
    for _number in range(count):
        found.append(month(first))
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def month(first: date) -> Period:
    zone = timezone.get_current_timezone()
    following = (first + timedelta(days=31)).replace(day=1)
    start, end = (datetime.combine(day, time(), tzinfo=zone) for day in (first, following))
    return Period(f"{first:%Y-%m}", first, start, end)


def lately(now: datetime) -> Period:
    start = now - PERIOD
    return Period("", start.date(), start, now)


def mean_of(figures: Iterable[Availability]) -> tuple[Decimal | None, Decimal | None]:
    """The mean over services without and with planned work; of those that have a figure."""
    known = [each for each in figures if each.share is not None]
    plain = [each.share for each in known if each.share is not None]
    full = [each.full_share for each in known if each.full_share is not None]
    return (
        per_cent(sum(plain, Fraction()) / len(plain) if plain else None),
        per_cent(sum(full, Fraction()) / len(full) if full else None),
    )


def per_cent(share: Fraction | None) -> Decimal | None:
    if share is None:
        return None
    scaled = 100_000 * share
    whole = Decimal(scaled.numerator // scaled.denominator)
    return (whole / 1000).quantize(THOUSANDTH, rounding=ROUND_FLOOR)


def _up(lost: timedelta, of: timedelta) -> Fraction | None:
    return 1 - Fraction(lost // MICROSECOND, of // MICROSECOND) if of else None


def _impacts(
    keys: set[int], since: datetime, until: datetime, now: datetime
) -> dict[int, list[Impact]]:
    """What was merged is felt where its target is."""
    still = Q(resolved_at=None) | Q(resolved_at__gt=since) | Q(impact_ended_at__gt=since)
    found: dict[int, list[Impact]] = defaultdict(list)
    rows = Incident.objects.filter(still, severity__in=GRAVE, detected_at__lt=until)
    rows = rows.exclude(state=IncidentState.MERGED).order_by("detected_at", "pk")
    for incident in rows.prefetch_related("affected"):
        found[incident.service_id].append(impact_of(incident, now))
        for reached in incident.affected.all():
            felt = impact_of(incident, now, since=reached.started_at, until=reached.ended_at)
            found[reached.service_id].append(felt)
    return {key: found[key] for key in keys & found.keys()}


def impact_of(
    incident: Incident,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Impact:
    """The impact on its own service, or, from `since` and to `until`, on a further one."""
    start = since or incident.impact_started_at or incident.detected_at
    end = until or incident.impact_ended_at or incident.mitigated_at or incident.resolved_at
    is_late = since is None and start > incident.detected_at
    is_wrong = is_late or (end is not None and end < start)
    return Impact(incident, start, None if is_wrong else end or now, end is not None)


def _planned(keys: list[int], since: datetime, until: datetime) -> dict[int, list[Planned]]:
    """By what was said of each window and when; work that was done early is over then."""
    touching = MaintenanceWindow.history.filter(starts_at__lt=until, ends_at__gt=since)
    pairs = list(
        MaintenanceWindow.services.through.objects.filter(
            service__in=keys, maintenancewindow__in=touching.order_by().values("id")
        ).select_related("maintenancewindow")
    )
    windows = {pair.maintenancewindow_id for pair in pairs}
    told: dict[int, list[Told]] = defaultdict(list)
    versions = MaintenanceWindow.history.filter(id__in=windows)
    for pk, at, starts, ends, off, kind in versions.order_by(
        "history_date", "history_id"
    ).values_list("id", "history_date", "starts_at", "ends_at", "cancelled_at", "history_type"):
        told[pk].append(Told(at, starts, ends, off is not None or kind == "-"))
    over = PublicMaintenance.objects.filter(window__in=windows, ended_at__isnull=False)
    done = {each.window_id: each.ended_at for each in over}
    found: dict[int, list[Planned]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda pair: pair.maintenancewindow.starts_at):
        window = pair.maintenancewindow
        time_of_it = announced_time(told[window.pk])
        ended_at = done.get(window.pk)
        if time_of_it and ended_at is not None:
            time_of_it = clipped(time_of_it, [(time_of_it[0][0], ended_at)])
        found[pair.service_id].append(Planned(window, time_of_it))
    return found
