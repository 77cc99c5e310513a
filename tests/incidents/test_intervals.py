"""Arithmetic of time: each rule against a count of single minutes."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from incidents.availability import Availability, measured
from incidents.intervals import Interval, clipped, length, union, without
from incidents.planned import Told, announced_time

START = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPANS = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), max_size=8)
TOLD = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 30), st.booleans()),
    max_size=5,
)


def at(minutes: int) -> datetime:
    return START + minutes * MINUTE


def made(spans: list[tuple[int, int]]) -> list[Interval]:
    return [(at(start), at(end)) for start, end in spans]


def minutes(spans: list[tuple[int, int]]) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def minutes_of(intervals: list[Interval]) -> set[int]:
    return {
        minute for minute in range(-1, 200) if any(s <= at(minute) < e for s, e in intervals)
    }


@given(SPANS, SPANS)
def test_they_are_joined_cut_and_taken_apart(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    assert minutes_of(union(made(one))) == minutes(one)
    assert minutes_of(clipped(made(one), made(other))) == minutes(one) & minutes(other)
    assert minutes_of(without(made(one), made(other))) == minutes(one) - minutes(other)
    assert length(made(one)) == len(minutes(one)) * MINUTE
    joined = union(made(one))
    assert all(before[1] < after[0] for before, after in pairwise(joined))


@given(st.integers(0, 90), st.integers(0, 90), SPANS, SPANS)
def test_planned_time_is_clipped_and_counted_apart(
    first: int, last: int, down: list[tuple[int, int]], planned: list[tuple[int, int]]
) -> None:
    seen = minutes([(first, last)])
    found = Availability(
        *measured(made([(first, last)]), down=made(down), planned=made(planned))
    )
    work = minutes(planned) & seen
    lost = (minutes(down) & seen) - work
    assert found.observed == len(seen) * MINUTE
    assert (found.planned, found.unplanned) == (len(work) * MINUTE, len(lost) * MINUTE)
    if seen - work:
        assert found.share == 1 - Fraction(len(lost), len(seen - work))
        assert found.value is not None
        assert 0 <= found.value <= 100 * found.share
        assert (found.value == 100) == (not lost)
    else:
        assert (found.value, found.state) == (None, "not_applicable")
    if found.share is not None and found.full_share is not None:
        assert found.full_share <= found.share


def told(rows: list[tuple[int, int, int, bool]]) -> list[Told]:
    ordered = sorted(rows, key=lambda row: row[0])
    return [Told(at(said), at(start), at(start + n), off) for said, start, n, off in ordered]


def is_planned(rows: list[Told], minute: int) -> bool:
    """What was said last by then covers it, and came before that began or while it ran."""
    current = [each for each in rows if each.said_at <= at(minute)]
    if not current:
        return False
    *earlier, last = current
    covers = not last.is_off and last.starts_at <= at(minute) < last.ends_at
    said = (last.said_at - START) // MINUTE
    return covers and (last.said_at <= last.starts_at or is_planned(earlier, said))


@given(TOLD)
def test_only_what_was_announced_before_is_planned(
    rows: list[tuple[int, int, int, bool]],
) -> None:
    found = minutes_of(announced_time(told(rows)))
    assert found == {minute for minute in range(200) if is_planned(told(rows), minute)}


def test_a_window_is_worth_what_was_said_of_it_in_time() -> None:
    def worth(*rows: tuple[int, int, int, bool]) -> set[int]:
        return minutes_of(announced_time(told(list(rows))))

    assert worth((0, 10, 5, False)) == set(range(10, 15))
    assert worth((11, 10, 5, False)) == set()
    assert worth((0, 10, 5, False), (12, 10, 8, False)) == set(range(10, 18))
    assert worth((0, 10, 5, False), (16, 10, 20, False)) == set(range(10, 15))
    assert worth((0, 30, 5, False), (20, 10, 25, False)) == set()
    assert worth((0, 10, 5, False), (12, 10, 5, True)) == set(range(10, 12))
