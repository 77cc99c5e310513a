"""The metrics themselves; see the package for what is counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from maintenance.delivery.arrivals import Arrival, Known
from maintenance.delivery.statistics import median, percentile, wilson

DAY, WEEK = timedelta(days=1), timedelta(days=7)
NONE = timedelta(0)


@dataclass(frozen=True)
class LeadTime:
    """From commit to production, over changes that reached it for the first time."""

    p50: timedelta | None
    p90: timedelta | None
    n: int
    # Committed after it finished, by clocks that disagree: counted, and not used.
    negative: int
    # Deployments of which no commit is known.
    unknown: int


@dataclass(frozen=True)
class Week:
    """Seven days; `days` are those of them that saw a deployment."""

    starts_at: datetime
    deployments: int
    failed: int
    days: int
    lead_time: timedelta | None


@dataclass(frozen=True)
class Frequency:
    n: int
    days: float
    # Days with a deployment in the median week; None for less than a week.
    days_a_week: float | None
    weeks: tuple[Week, ...]

    @property
    def a_day(self) -> float:
        return self.n / self.days

    @property
    def a_week(self) -> float:
        return 7 * self.n / self.days


@dataclass(frozen=True)
class Recovery:
    """From the end of a failed deployment to the recovery; what has not yet, counts so far."""

    p50: timedelta | None
    n: int
    # Not recovered yet; while there are any, the figure is a lower bound.
    open: int
    negative: int

    @property
    def is_at_least(self) -> bool:
        return self.open > 0


@dataclass(frozen=True)
class Rate:
    """`part` of `whole` are declared, `at_most` counts what is only inferred as well."""

    part: int
    at_most: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def share_at_most(self) -> float | None:
        return self.at_most / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.part, self.whole)


@dataclass(frozen=True)
class Figures:
    """The five, with the second wording of rework and the rate of rollbacks beside them."""

    lead_time: LeadTime
    frequency: Frequency
    recovery: Recovery
    fail_rate: Rate
    # “As a result of an incident in production”, and “to address a user-facing bug”.
    rework_incident: Rate
    rework_bug: Rate
    rollbacks: Rate


def figures_of(
    arrivals: Iterable[Arrival], *, start: datetime, end: datetime, now: datetime
) -> Figures:
    """Return the figures over what finished in `[start, end)`."""
    found = [arrival for arrival in arrivals if start <= arrival.finished_at < end]
    return Figures(
        lead_time=_lead_time(found),
        frequency=_frequency(found, start, end),
        recovery=_recovery(found, now),
        fail_rate=_rate([arrival.failed for arrival in found]),
        rework_incident=_rate([arrival.for_incident for arrival in found]),
        rework_bug=_rate([arrival.for_bug for arrival in found]),
        rollbacks=_rate(
            [Known.DECLARED if arrival.is_rollback else Known.NO for arrival in found]
        ),
    )


def lead_times(arrivals: Iterable[Arrival]) -> list[timedelta]:
    return [
        arrival.finished_at - change.committed_at
        for arrival in arrivals
        for change in arrival.changes
    ]


def _lead_time(found: Sequence[Arrival]) -> LeadTime:
    told = lead_times(found)
    used = [each for each in told if each >= NONE]
    unknown = sum(1 for arrival in found if not arrival.changes and not arrival.is_rollback)
    return LeadTime(
        median(used), percentile(used, 90), len(used), len(told) - len(used), unknown
    )


def _frequency(found: Sequence[Arrival], start: datetime, end: datetime) -> Frequency:
    """Whole weeks are counted back from the end; a week without any counts as 0."""
    weeks = []
    at = end
    while at - WEEK >= start:
        at -= WEEK
        weeks.append(_week(found, at))
    weeks.reverse()
    days = sorted(week.days for week in weeks)
    middle = len(days) // 2
    usual = None
    if days:
        usual = days[middle] if len(days) % 2 else (days[middle - 1] + days[middle]) / 2
    return Frequency(len(found), (end - start) / DAY, usual, tuple(weeks))


def _week(found: Sequence[Arrival], starts_at: datetime) -> Week:
    within = [each for each in found if starts_at <= each.finished_at < starts_at + WEEK]
    used = [each for each in lead_times(within) if each >= NONE]
    return Week(
        starts_at=starts_at,
        deployments=len(within),
        failed=sum(1 for each in within if each.failed == Known.DECLARED),
        days=len({_day(each.finished_at, starts_at) for each in within}),
        lead_time=median(used),
    )


def _day(moment: datetime, starts_at: datetime) -> int:
    """Return which day of the week it is by the reader's clock, also when that is changed."""
    return (moment.astimezone(starts_at.tzinfo) - starts_at) // DAY


def _recovery(found: Sequence[Arrival], now: datetime) -> Recovery:
    failed = [arrival for arrival in found if arrival.failed == Known.DECLARED]
    still = [now - arrival.finished_at for arrival in failed if arrival.recovered_at is None]
    took = [
        arrival.recovered_at - arrival.finished_at
        for arrival in failed
        if arrival.recovered_at is not None
    ]
    used = [each for each in took if each >= NONE]
    return Recovery(
        p50=median([*used, *still]),
        n=len(used),
        open=len(still),
        negative=len(took) - len(used),
    )


def _rate(known: Sequence[Known]) -> Rate:
    declared = sum(1 for each in known if each == Known.DECLARED)
    return Rate(declared, sum(1 for each in known if each != Known.NO), len(known))
