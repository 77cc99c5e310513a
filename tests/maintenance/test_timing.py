"""When production may be touched: spans, codes, recurrence and the next time that fits."""

import os
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maintenance.timing import (
    Blocker,
    Code,
    Frequency,
    Need,
    Recurrence,
    Span,
    covered,
    effective,
    judge,
    merged,
    next_slots,
    without,
)

CASES = int(os.environ.get("INTERVAL_CASES", "400"))
BASE = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]


def span(start: int, end: int) -> Span:
    """Minutes after the base."""
    return Span(BASE + start * MINUTE, BASE + end * MINUTE)


def mask(*spans: Span) -> int:
    """The minutes that spans hold, one bit each: what the oracle thinks in."""
    bits = 0
    for each in spans:
        start, end = ((moment - BASE) // MINUTE for moment in each)
        bits |= ((1 << (end - start)) - 1) << start
    return bits


def some_spans(random: Random, most: int = 5) -> list[Span]:
    starts = [random.randrange(300) for _ in range(random.randrange(most + 1))]
    return [span(start, start + random.randrange(1, 60)) for start in starts]


def runs(bits: int) -> list[int]:
    """Each unbroken run of minutes, as a mask."""
    found = []
    while bits:
        low = bits & -bits
        run = bits & ~(bits + low)
        found.append(run)
        bits &= ~run
    return found


def test_random_spans_are_judged_as_a_count_of_minutes_judges_them() -> None:
    random = Random(2026)
    for _ in range(CASES):
        change = some_spans(random, 1) or [span(10, 20)]
        asked, freezes, windows = change[0], some_spans(random, 3), some_spans(random)
        wanted = mask(asked)
        if wanted & mask(*freezes):
            expected = Code.FREEZE
        elif not wanted & mask(*windows):
            expected = Code.MISSES
        else:
            held = any(wanted & run == wanted for run in runs(mask(*windows)))
            expected = Code.FITS if held else Code.EXCEEDS
        found = judge(asked, freezes=freezes, windows=windows)
        assert found.code == expected, (asked, freezes, windows)
        assert found.freezes == tuple(
            at for at, freeze in enumerate(freezes) if mask(freeze) & wanted
        )
        anywhere = judge(asked, freezes=freezes, windows=None)
        assert anywhere.code == (Code.FREEZE if found.freezes else Code.FITS)


def test_random_spans_are_joined_and_cut_as_a_count_of_minutes_does() -> None:
    random = Random(7)
    for _ in range(CASES):
        ours, taken = some_spans(random), some_spans(random)
        together = merged(ours)
        assert mask(*together) == mask(*ours)
        assert all(left.end < right.start for left, right in pairwise(together))
        assert covered(ours) == mask(*ours).bit_count() * MINUTE
        left = list(without(ours, taken))
        assert mask(*left) == mask(*ours) & ~mask(*taken)
        assert left == merged(left)


def test_what_only_touches_a_freeze_does_not_overlap_it() -> None:
    assert judge(span(0, 60), freezes=[span(60, 90)], windows=None).code == Code.FITS
    assert judge(span(0, 61), freezes=[span(60, 90)], windows=None).code == Code.FREEZE


def test_the_rollback_needs_its_runway_before_a_freeze() -> None:
    change = effective(BASE, BASE + HOUR, rollback=30 * MINUTE)
    freeze = span(75, 200)
    assert judge(change, freezes=[freeze], windows=None).code == Code.FREEZE
    shorter = effective(BASE, BASE + HOUR, rollback=15 * MINUTE)
    assert judge(shorter, freezes=[freeze], windows=None).code == Code.FITS


def test_two_windows_that_touch_hold_a_change_that_neither_holds_alone() -> None:
    windows = [span(60, 120), span(0, 60)]
    assert judge(span(30, 90), freezes=[], windows=windows).code == Code.FITS
    assert judge(span(30, 130), freezes=[], windows=windows).code == Code.EXCEEDS
    assert judge(span(200, 230), freezes=[], windows=windows).code == Code.MISSES


def test_no_permitted_window_is_not_the_same_as_no_restriction() -> None:
    assert judge(span(0, 10), freezes=[], windows=[]).code == Code.MISSES
    assert judge(span(0, 10), freezes=[], windows=None).code == Code.FITS


MONTHLY = Recurrence(
    frequency=Frequency.MONTHLY,
    starts_on=date(2026, 1, 1),
    at=time(22),
    zone="Europe/Berlin",
    length=4 * HOUR,
    nth=1,
    weekdays=frozenset({0}),
)


def days_of(rule: Recurrence, first: date, last: date) -> list[str]:
    return [day.isoformat() for day in rule.days(first, last)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["2026-01-05", "2026-02-02", "2026-03-02"]),
        ({"nth": -1}, ["2026-01-26", "2026-02-23", "2026-03-30"]),
        (
            {"nth": 0, "day_of_month": -1, "weekdays": frozenset()},
            ["2026-01-31", "2026-02-28", "2026-03-31"],
        ),
        (
            {"nth": 0, "day_of_month": 30, "weekdays": frozenset()},
            ["2026-01-30", "2026-02-28", "2026-03-30"],
        ),
        ({"interval": 2}, ["2026-01-05", "2026-03-02"]),
        ({"until": date(2026, 2, 28)}, ["2026-01-05", "2026-02-02"]),
    ],
)
def test_a_monthly_rule_names_its_days(changes: dict[str, object], expected: list[str]) -> None:
    rule = Recurrence(**{**MONTHLY.__dict__, **changes})
    assert days_of(rule, date(2026, 1, 1), date(2026, 3, 31)) == expected


def test_a_weekly_rule_counts_its_weeks_from_the_first() -> None:
    rule = Recurrence(
        Frequency.WEEKLY,
        date(2026, 1, 7),
        time(6),
        "UTC",
        HOUR,
        interval=2,
        weekdays=frozenset({0, 2}),
    )
    found = days_of(rule, date(2026, 1, 1), date(2026, 2, 5))
    assert found == ["2026-01-07", "2026-01-19", "2026-01-21", "2026-02-02", "2026-02-04"]


def test_four_hours_are_four_hours_in_the_nights_that_the_clock_changes() -> None:
    nightly = Recurrence(Frequency.DAILY, date(2026, 1, 1), time(1), "Europe/Berlin", 4 * HOUR)
    for night in (
        datetime(2026, 3, 28, 12, tzinfo=UTC),
        datetime(2026, 10, 24, 12, tzinfo=UTC),
    ):
        ((_day, found),) = nightly.between(night, night + 24 * HOUR)
        assert found.length == 4 * HOUR


def test_a_start_that_the_clock_skips_is_the_first_instant_after_the_gap() -> None:
    rule = Recurrence(Frequency.ONCE, date(2026, 3, 29), time(2, 30), "Europe/Berlin", 2 * HOUR)
    ((_day, found),) = rule.between(BASE, BASE + timedelta(days=60))
    assert found.start == datetime(2026, 3, 29, 1, tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    frequency=st.sampled_from(list(Frequency)),
    interval=st.integers(1, 4),
    weekdays=st.frozensets(st.integers(0, 6), max_size=3),
    starts_on=st.dates(date(2024, 1, 1), date(2026, 6, 1)),
    minute=st.integers(0, 24 * 60 - 1),
    hours=st.integers(1, 30),
    at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 (made aware below)
    days=st.integers(1, 40),
)
def test_a_window_of_time_shows_what_a_longer_one_shows_there(
    zone: str,
    frequency: Frequency,
    interval: int,
    weekdays: frozenset[int],
    starts_on: date,
    minute: int,
    hours: int,
    at: datetime,
    days: int,
) -> None:
    rule = Recurrence(
        frequency,
        starts_on,
        time(minute // 60, minute % 60),
        zone,
        hours * HOUR,
        interval=interval,
        weekdays=weekdays,
    )
    start = at.replace(tzinfo=UTC)
    end = start + timedelta(days=days)
    short = list(rule.between(start, end))
    longer = rule.between(start - timedelta(days=100), end + timedelta(days=50))
    asked = Span(start, end)
    assert short == [(day, found) for day, found in longer if found.overlaps(asked)]
    assert all(found.length == hours * HOUR for _day, found in short)


@given(st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.times(), st.sampled_from(ZONES))
def test_a_clock_shows_the_time_of_the_rule_or_the_end_of_its_gap(
    day: date, at: time, zone: str
) -> None:
    rule = Recurrence(Frequency.ONCE, day, at.replace(second=0, microsecond=0), zone, HOUR)
    around = datetime.combine(day, time(), UTC)
    ((_day, found),) = rule.between(around - 2 * 24 * HOUR, around + 3 * 24 * HOUR)
    shown = found.start.astimezone(ZoneInfo(zone))
    if shown.replace(tzinfo=None) != datetime.combine(day, rule.at):
        assert (
            shown.utcoffset()
            != (shown - MINUTE).astimezone(UTC).astimezone(ZoneInfo(zone)).utcoffset()
        )


def test_the_next_slot_is_the_first_that_minutes_allow() -> None:
    random = Random(11)
    need = Need(lasts=20 * MINUTE, prepare=10 * MINUTE, rollback=15 * MINUTE)
    for _ in range(CASES // 4):
        blockers = [Blocker(each, str(at)) for at, each in enumerate(some_spans(random))]
        windows = [span(0, 400)] if random.random() < 0.3 else some_spans(random, 8)
        found = next_slots(
            need, after=BASE, blockers=blockers, windows=windows, horizon=400 * MINUTE
        )
        free = mask(*windows) & ~mask(*(blocker.span for blocker in blockers))
        whole = (1 << 45) - 1
        fits = [
            minute
            for minute in range(0, 400, 5)
            if free >> minute & whole == whole and minute + 45 <= 400
        ]
        starts = [(slot.start - 10 * MINUTE - BASE) // MINUTE for slot in found]
        assert starts[:1] == fits[:1]
        assert set(starts) <= set(fits)


def test_a_slot_says_what_kept_it_from_being_earlier() -> None:
    blockers = [Blocker(span(0, 60), "CHG-1"), Blocker(span(50, 90), "freeze 2")]
    (first, *_rest) = next_slots(
        Need(HOUR), after=BASE, blockers=blockers, windows=None, horizon=300 * MINUTE
    )
    assert (first.start, first.because) == (BASE + 90 * MINUTE, ("CHG-1", "freeze 2"))
    assert not first.outside_windows


def test_a_slot_says_that_windows_kept_it_from_being_earlier() -> None:
    (first,) = next_slots(
        Need(HOUR), after=BASE, blockers=[], windows=[span(120, 180)], horizon=300 * MINUTE
    )
    assert (first.start, first.because, first.outside_windows) == (
        BASE + 120 * MINUTE,
        (),
        True,
    )


def test_a_long_free_time_is_proposed_once_a_day_and_never_more_than_asked_for() -> None:
    found = next_slots(Need(HOUR), after=BASE, blockers=[], windows=None, most=3)
    assert [slot.start for slot in found] == [BASE + timedelta(days=day) for day in range(3)]


def test_where_nothing_fits_nothing_is_proposed() -> None:
    assert next_slots(Need(HOUR), after=BASE, blockers=[], windows=[]) == []
