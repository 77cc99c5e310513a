"""The five metrics, by worked examples and by rules; no database is asked."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.delivery import (
    Arrival,
    Change,
    Known,
    figures_of,
    median,
    percentile,
    wilson,
    without_rollbacks,
)

START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=28)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def hours(*numbers: float) -> list[timedelta]:
    return [timedelta(hours=number) for number in numbers]


def arrival(day: float, number: int = 0, **told: object) -> Arrival:
    return Arrival(number, START + timedelta(days=day), **told)  # type: ignore[arg-type]  # named by the tests


def change(day: float, before: timedelta) -> Change:
    return Change("4f2a", START + timedelta(days=day) - before)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (hours(3), 3),
        (hours(1, 9), 5),
        (hours(9, 1, 2), 2),
        (hours(1, 2, 4, 100), 3),
    ],
)
def test_the_median_of_an_even_count_is_the_mean_of_the_two_middle_ones(
    values: list[timedelta], expected: float
) -> None:
    assert median(values) == timedelta(hours=expected)


def test_p90_is_a_value_that_occurred() -> None:
    assert percentile(hours(*range(1, 11)), 90) == 9 * HOUR
    assert percentile(hours(*range(1, 12)), 90) == 10 * HOUR
    assert percentile(hours(5), 90) == 5 * HOUR
    assert percentile([], 90) is None


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Worked by hand: p = 0.1, z² = 3.841459.
        (10, 100, 0.05523, 0.17437),
        (0, 3, 0.0, 0.56150),
        (3, 3, 0.43850, 1.0),
        (1, 1, 0.20654, 1.0),
    ],
)
def test_wilson(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_lies_around_the_share_within_0_and_1(part: int, more: int) -> None:
    whole = part + more
    found = wilson(part, whole)
    assert found is not None
    assert 0 <= found[0] <= part / whole + 1e-12
    assert part / whole - 1e-12 <= found[1] <= 1


class TestLeadTime:
    def test_a_worked_example(self) -> None:
        found = figures_of(
            [
                arrival(1, changes=(change(1, 2 * HOUR), change(1, 10 * HOUR))),
                arrival(2, changes=(change(2, 4 * HOUR),)),
                arrival(3, changes=(change(3, 30 * HOUR),)),
            ],
            start=START,
            end=END,
            now=END,
        ).lead_time

        assert (found.p50, found.p90, found.n) == (7 * HOUR, 30 * HOUR, 4)

    def test_what_was_committed_after_it_arrived_is_counted_and_not_used(self) -> None:
        rows = [arrival(1, changes=(change(1, -HOUR), change(1, 2 * HOUR)))]

        found = figures_of(rows, start=START, end=END, now=END).lead_time

        assert (found.p50, found.n, found.negative) == (2 * HOUR, 1, 1)

    def test_what_brought_no_known_commit_is_counted_too_but_no_rollback(self) -> None:
        rows = [arrival(1), arrival(2, is_rollback=True)]

        found = figures_of(rows, start=START, end=END, now=END).lead_time

        assert (found.p50, found.n, found.unknown) == (None, 0, 1)


class TestFrequency:
    def test_a_worked_example(self) -> None:
        rows = [arrival(day) for day in (0, 0.5, 1, 8, 22, 23, 24)]

        found = figures_of(rows, start=START, end=END, now=END).frequency

        assert (found.n, found.days, found.a_day, found.a_week) == (7, 28, 0.25, 1.75)
        assert [week.deployments for week in found.weeks] == [3, 1, 0, 3]
        assert [week.days for week in found.weeks] == [2, 1, 0, 3]
        assert found.days_a_week == 1.5

    def test_weeks_are_counted_back_from_the_end(self) -> None:
        rows = [arrival(0.5)]

        found = figures_of(rows, start=START, end=START + 10 * DAY, now=END).frequency

        assert [week.starts_at for week in found.weeks] == [START + 3 * DAY]
        assert (found.n, found.days_a_week) == (1, 0)

    def test_in_the_week_of_a_change_of_clocks_days_are_the_readers(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        start = datetime(2026, 10, 24, tzinfo=berlin)  # on the 25th an hour comes twice
        late = [datetime(2026, 10, 26, hour, 30, tzinfo=berlin) for hour in (0, 23)]
        found = [Arrival(number, at.astimezone(UTC)) for number, at in enumerate(late)]

        told = figures_of(found, start=start, end=start + timedelta(days=7), now=END)

        assert [week.days for week in told.frequency.weeks] == [1]

    def test_less_than_a_week_has_no_usual_week(self) -> None:
        found = figures_of([], start=START, end=START + 6 * DAY, now=END).frequency

        assert (found.days_a_week, found.weeks) == (None, ())


class TestRecovery:
    def test_a_worked_example(self) -> None:
        rows = [
            arrival(1, failed=Known.DECLARED, recovered_at=START + DAY + HOUR),
            arrival(2, failed=Known.DECLARED, recovered_at=START + 2 * DAY + 3 * HOUR),
            arrival(3, failed=Known.INFERRED, recovered_at=START + 9 * DAY),
            arrival(4),
        ]

        found = figures_of(rows, start=START, end=END, now=END).recovery

        assert (found.p50, found.n, found.open, found.is_at_least) == (2 * HOUR, 2, 0, False)

    def test_what_has_not_recovered_makes_it_a_lower_bound(self) -> None:
        rows = [
            arrival(1, failed=Known.DECLARED, recovered_at=START + DAY + HOUR),
            arrival(27, failed=Known.DECLARED),
            arrival(27.5, failed=Known.DECLARED),
        ]

        found = figures_of(rows, start=START, end=END, now=END).recovery

        assert (found.p50, found.n, found.open, found.is_at_least) == (12 * HOUR, 1, 2, True)

    @given(st.lists(st.tuples(st.integers(1, 72), st.booleans()), min_size=1, max_size=9))
    def test_the_lower_bound_never_exceeds_what_it_comes_to(
        self, failures: list[tuple[int, bool]]
    ) -> None:
        """Once all have recovered, each no sooner than now, the median is not lower."""
        now = START + timedelta(days=1)

        def rows(is_over: bool) -> list[Arrival]:
            return [
                Arrival(
                    number,
                    now - timedelta(hours=took),
                    failed=Known.DECLARED,
                    recovered_at=now + timedelta(hours=number) if is_over or closed else None,
                )
                for number, (took, closed) in enumerate(failures)
            ]

        early = START - 30 * DAY
        then = figures_of(rows(False), start=early, end=END, now=now).recovery.p50
        later = figures_of(rows(True), start=early, end=END, now=END).recovery.p50
        assert then is not None
        assert later is not None
        assert then <= later


class TestRates:
    def test_a_worked_example(self) -> None:
        rows = [
            arrival(1, failed=Known.DECLARED),
            arrival(2, failed=Known.INFERRED),
            arrival(3, for_incident=Known.DECLARED, for_bug=Known.DECLARED),
            arrival(4, for_bug=Known.DECLARED),
            arrival(5, is_rollback=True, for_incident=Known.INFERRED),
        ]

        found = figures_of(rows, start=START, end=END, now=END)

        assert (found.fail_rate.share, found.fail_rate.share_at_most) == (0.2, 0.4)
        assert found.fail_rate.interval == pytest.approx((0.0362, 0.6245), abs=1e-3)
        assert (found.rework_incident.share, found.rework_incident.share_at_most) == (0.2, 0.4)
        assert (found.rework_bug.share, found.rework_bug.share_at_most) == (0.4, 0.4)
        assert found.rollbacks.share == 0.2

    def test_without_rollbacks_the_whole_is_less(self) -> None:
        rows = [arrival(1, failed=Known.DECLARED), arrival(2, is_rollback=True)]

        found = figures_of(without_rollbacks(rows), start=START, end=END, now=END)

        assert (found.fail_rate.share, found.frequency.n) == (1.0, 1)

    def test_of_no_deployments_there_is_no_rate(self) -> None:
        found = figures_of([], start=START, end=END, now=END)

        assert found.fail_rate.share is None
        assert found.fail_rate.interval is None
        assert found.recovery.p50 is None
        assert found.frequency.n == 0


@given(
    st.lists(
        st.builds(
            Arrival,
            st.integers(),
            st.integers(-40, 40).map(lambda day: START + timedelta(days=day)),
            st.booleans(),
            st.sampled_from(Known),
            st.none() | st.integers(-40, 60).map(lambda day: START + timedelta(days=day)),
            st.sampled_from(Known),
            st.sampled_from(Known),
        ),
        max_size=30,
    )
)
def test_what_holds_for_any_deployments(rows: list[Arrival]) -> None:
    found = figures_of(rows, start=START, end=END, now=END)

    within = [each for each in rows if START <= each.finished_at < END]
    assert found.frequency.n == len(within)
    assert sum(week.deployments for week in found.frequency.weeks) == len(within)
    for rate in (found.fail_rate, found.rework_incident, found.rework_bug, found.rollbacks):
        assert rate.whole == len(within)
        assert 0 <= rate.part <= rate.at_most <= rate.whole
    shuffled = figures_of(reversed(rows), start=START, end=END, now=END)
    assert shuffled == found
