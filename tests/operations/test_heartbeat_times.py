"""Heartbeats and the clock: by table, and against an oracle that looks at every minute."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.cron_times import BadCron, check_cron, times_of
from operations.heartbeat_times import (
    Heard,
    Rhythm,
    Standing,
    paused,
    reckoned_anew,
    resumed,
)
from operations.models import (
    HEARTBEAT_TRANSITIONS,
    DownReason,
    HeartbeatState,
    PingKind,
)
from tests.operations.make import MINUTE, NOON

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOURLY = Rhythm(period=HOUR, grace=10 * MINUTE)
S = HeartbeatState
SUCCESS, START, FAIL, LOG = PingKind.SUCCESS, PingKind.START, PingKind.FAIL, PingKind.LOG

# Nights on which a clock changes: forward and back, by an hour, by half, at midnight, a day.
NIGHTS = {
    "Europe/Berlin": [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)],
    "America/New_York": [
        datetime(2026, 3, 8, 6, tzinfo=UTC),
        datetime(2026, 11, 1, 5, tzinfo=UTC),
    ],
    "Australia/Lord_Howe": [
        datetime(2026, 4, 4, 14, tzinfo=UTC),
        datetime(2026, 10, 3, 15, tzinfo=UTC),
    ],
    "America/Santiago": [
        datetime(2026, 4, 5, 3, tzinfo=UTC),
        datetime(2026, 9, 6, 4, tzinfo=UTC),
    ],
    "Pacific/Apia": [datetime(2011, 12, 30, 9, tzinfo=UTC)],
    "Asia/Kathmandu": [datetime(2026, 6, 1, tzinfo=UTC)],
    "UTC": [datetime(2026, 6, 1, tzinfo=UTC)],
}


# Cron


def field(low: int, high: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """A field of a cron expression, with the values that it names."""
    everything = frozenset(range(low, high + 1))
    some = st.frozensets(st.integers(low, high), min_size=1, max_size=3)
    steps = st.integers(2, 30).map(
        lambda step: (f"*/{step}", frozenset(range(low, high + 1, step)))
    )
    listed = some.map(lambda values: (",".join(map(str, sorted(values))), values))
    return st.one_of(st.just(("*", everything)), steps, listed)


def oracle(
    fields: list[tuple[str, frozenset[int]]], zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[datetime]:
    """Look at each minute of the clock, and at each that it skips."""
    (minute, minutes), (hour, hours), (weekday, weekdays) = fields
    by_elapsed_time = minute.startswith("*") or hour.startswith("*")
    allowed = {day % 7 for day in weekdays}

    def names(shown: datetime) -> bool:
        if weekday != "*" and shown.isoweekday() % 7 not in allowed:
            return False
        return shown.minute in minutes and shown.hour in hours

    at = after.replace(second=0, microsecond=0)
    shown = at.astimezone(zone)
    while at <= until:
        before, shown = shown, at.astimezone(zone)
        jumped = shown.replace(tzinfo=None) - before.replace(tzinfo=None)
        skipped = [
            before.replace(tzinfo=None) + number * MINUTE
            for number in range(1, int(jumped / MINUTE))
        ]
        named = names(shown) if by_elapsed_time else names(shown) and not shown.fold
        if at > after and (named or (not by_elapsed_time and any(map(names, skipped)))):
            yield at
        at += MINUTE


@st.composite
def night(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    name = draw(st.sampled_from(sorted(NIGHTS)))
    start = draw(st.sampled_from(NIGHTS[name]))
    return ZoneInfo(name), start - draw(st.integers(0, 26 * 60)) * MINUTE


@settings(max_examples=60, deadline=None)
@given(when=night(), fields=st.tuples(field(0, 59), field(0, 23), field(0, 6)))
def test_a_cron_expression_falls_due_when_each_minute_says_so(
    when: tuple[ZoneInfo, datetime], fields: tuple[tuple[str, frozenset[int]], ...]
) -> None:
    zone, after = when
    until = after + timedelta(hours=36)
    minute, hour, weekday = fields
    cron = f"{minute[0]} {hour[0]} * * {weekday[0]}"

    found = []
    for at in times_of(cron, zone, after):
        if at > until:
            break
        found.append(at)

    assert found == list(oracle([minute, hour, weekday], zone, after, until))


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        # The clock goes from 02:00 to 03:00: what is skipped is the first instant behind it.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+00:00", "2026-03-29T01:00+00:00"),
        # The clock shows 02:30 twice: it is the first.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+00:00", "2026-10-25T00:30+00:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30+00:00", "2026-10-26T01:30+00:00"),
        # With a star it goes on through both.
        ("30 * * * *", "Europe/Berlin", "2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00"),
        ("0 9 1 * *", "Asia/Tokyo", "2026-01-01T00:00+00:00", "2026-02-01T00:00+00:00"),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00+00:00", "2028-02-29T00:00+00:00"),
    ],
)
def test_the_next_time(cron: str, zone: str, after: str, expected: str) -> None:
    found = next(times_of(cron, ZoneInfo(zone), datetime.fromisoformat(after)))

    assert found == datetime.fromisoformat(expected)


def test_every_five_minutes_of_a_changing_night_are_counted_once() -> None:
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Berlin; the day has 25 hours
    times = list(islice(times_of("*/5 * * * *", ZoneInfo("Europe/Berlin"), start), 25 * 12))

    assert times[-1] == start + 25 * HOUR
    assert len(set(times)) == 25 * 12


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * *",
        "* * * * * *",
        "61 * * * *",
        "a b c d e",
        "0 0 30 2 *",
        "0 0 31 4 *",
        "٣ * * * *",
    ],
)
def test_what_is_no_cron_expression_is_said(cron: str) -> None:
    with pytest.raises(BadCron):
        check_cron(cron, now=NOON)


@pytest.mark.parametrize("cron", ["* * * * *", "0 3 * * mon-fri", "0 0 29 2 *", "15 4 L * *"])
def test_what_is_one_passes(cron: str) -> None:
    check_cron(cron, now=NOON)


# Standings


def new(**fields: object) -> Standing:
    return replace(Standing(state=S.NEW, since=NOON), **fields)  # type: ignore[arg-type]


def after(
    *pings: tuple[PingKind, int] | tuple[PingKind, int, str], rhythm: Rhythm = HOURLY
) -> Standing:
    """The standing after pings, each with its minute after noon and its run's id."""
    standing = new()
    for kind, minutes, *run in pings:
        standing = standing.heard(Heard(kind, NOON + minutes * MINUTE, *run), rhythm)
    return standing


def at(standing: Standing, minutes: int, rhythm: Rhythm = HOURLY) -> Standing:
    return standing.passed(NOON + minutes * MINUTE, rhythm)


def test_a_new_one_waits_for_its_first_word_for_ever() -> None:
    assert new().due_at(HOURLY) is None
    assert new().passed(NOON + 999 * DAY, HOURLY).state == S.NEW


@pytest.mark.parametrize(
    ("minutes", "state"),
    [(0, S.UP), (59, S.UP), (60, S.LATE), (69, S.LATE), (70, S.DOWN), (9999, S.DOWN)],
)
def test_a_success_holds_for_a_period_and_then_for_the_grace(minutes: int, state: S) -> None:
    assert at(after((SUCCESS, 0)), minutes).state == state


def test_down_dates_from_the_end_of_the_grace_however_late_it_is_noticed() -> None:
    standing = at(after((SUCCESS, 0)), 9999)

    assert (standing.since, standing.because) == (NOON + 70 * MINUTE, DownReason.SILENT)
    assert standing.due_at(HOURLY) is None


@pytest.mark.parametrize(
    ("pings", "state", "because"),
    [
        ([(START, 0)], S.STARTED, ""),
        ([(START, 0), (SUCCESS, 5)], S.UP, ""),
        ([(START, 0), (SUCCESS, 15)], S.UP, ""),
        ([(START, 0), (FAIL, 5)], S.DOWN, "failed"),
        ([(FAIL, 0)], S.DOWN, "failed"),
        ([(FAIL, 0), (START, 1)], S.DOWN, "failed"),
        ([(FAIL, 0), (LOG, 1)], S.DOWN, "failed"),
        ([(FAIL, 0), (SUCCESS, 1)], S.UP, ""),
        ([(LOG, 0)], S.NEW, ""),
        ([(SUCCESS, 0), (LOG, 65)], S.LATE, ""),
        ([(SUCCESS, 0), (START, 65)], S.STARTED, ""),
        ([(SUCCESS, 0), (START, 71)], S.DOWN, "silent"),
        # Two runs at once: the job runs until both have ended.
        ([(START, 0, "a"), (START, 1, "b"), (SUCCESS, 2, "a")], S.STARTED, ""),
        ([(START, 0, "a"), (START, 1, "b"), (SUCCESS, 2, "b"), (SUCCESS, 3, "a")], S.UP, ""),
        ([(START, 0, "a"), (SUCCESS, 1, "b")], S.STARTED, ""),
        ([(START, 0, "a"), (START, 1, "b"), (SUCCESS, 2)], S.UP, ""),
        ([(START, 0, "a"), (FAIL, 2, "b")], S.DOWN, "failed"),
        # Two hosts wrote at once, and the start came in behind its end.
        ([(SUCCESS, 5), (START, 4)], S.UP, ""),
    ],
)
def test_what_is_heard(pings: list[tuple[PingKind, int]], state: S, because: str) -> None:
    standing = after(*pings)

    assert (standing.state, standing.because) == (state, because)


def test_a_start_without_a_success_is_down_after_the_grace() -> None:
    standing = after((SUCCESS, 0), (START, 30))

    assert at(standing, 39).state == S.STARTED
    down = at(standing, 40)
    assert (down.state, down.because, down.since) == (S.DOWN, "unfinished", NOON + 40 * MINUTE)
    assert at(after((START, 0)), 10).state == S.DOWN


def test_a_run_does_not_make_a_late_job_less_late() -> None:
    standing = after((SUCCESS, 0), (START, 65))

    assert standing.due_at(HOURLY) == NOON + 70 * MINUTE
    assert at(standing, 70).because == DownReason.SILENT


def test_durations_join_a_start_and_the_end_of_the_same_run() -> None:
    day = Rhythm(period=9 * DAY, grace=9 * DAY)

    assert after((START, 0), (SUCCESS, 5)).duration == 5 * MINUTE
    assert after((START, 0), (FAIL, 5)).duration == 5 * MINUTE
    assert after((START, 0, "a"), (START, 2, "b"), (SUCCESS, 5, "a")).duration == 5 * MINUTE
    assert after((START, 0, "a"), (SUCCESS, 5, "b")).duration is None
    assert after((SUCCESS, 0), (SUCCESS, 5)).duration is None
    assert after((START, 0), (SUCCESS, 72 * 60), rhythm=day).duration == 72 * HOUR
    assert after((START, 0), (SUCCESS, 72 * 60 + 1), rhythm=day).duration is None


def test_a_pause_ends_by_a_success_unless_a_person_must_end_it() -> None:
    resting = paused(after((SUCCESS, 0)), NOON + MINUTE)
    alone = replace(resting, is_resumed_by_ping=False)
    heard = Heard(SUCCESS, NOON + 2 * MINUTE)

    assert at(resting, 9999).state == S.PAUSED
    assert resting.heard(heard, HOURLY).state == S.UP
    assert alone.heard(heard, HOURLY).state == S.PAUSED
    assert resting.heard(Heard(FAIL, NOON + 2 * MINUTE), HOURLY).state == S.PAUSED
    assert resting.heard(Heard(START, NOON + 2 * MINUTE), HOURLY).state == S.PAUSED


def test_one_that_ran_before_its_pause_is_waited_for_after_it() -> None:
    resting = paused(after((SUCCESS, 0)), NOON + MINUTE)
    again = resumed(resting, NOON + 100 * MINUTE, HOURLY)

    assert (again.state, again.expected_at) == (S.NEW, NOON + 160 * MINUTE)
    assert at(again, 170).state == S.DOWN
    assert resumed(paused(new(), NOON), NOON, HOURLY).due_at(HOURLY) is None


def test_another_rhythm_counts_from_the_last_success() -> None:
    daily = Rhythm(period=DAY, grace=HOUR)
    silent = at(after((SUCCESS, 0)), 100)
    failed = after((SUCCESS, 0), (FAIL, 5))
    now = NOON + 100 * MINUTE

    assert reckoned_anew(silent, now, daily).state == S.UP
    assert reckoned_anew(silent, now, daily).expected_at == NOON + DAY
    assert reckoned_anew(failed, now, daily).state == S.DOWN
    assert reckoned_anew(after((SUCCESS, 0)), now, HOURLY).state == S.DOWN
    again = resumed(paused(after((SUCCESS, 0)), NOON), NOON + DAY, HOURLY)
    assert reckoned_anew(again, NOON + DAY, daily).expected_at == NOON + 2 * DAY


PINGS = st.lists(
    st.tuples(
        st.sampled_from([SUCCESS, SUCCESS, START, FAIL, LOG]),
        st.integers(0, 90),
        st.sampled_from(["", "", "a", "b"]),
    ),
    max_size=12,
)
RHYTHMS = st.builds(
    Rhythm,
    period=st.integers(1, 120).map(lambda n: n * MINUTE),
    grace=st.integers(1, 90).map(lambda n: n * MINUTE),
    cron=st.sampled_from(["", "*/7 * * * *", "30 * * * *", "15 12,14 * * *"]),
    zone=st.just(ZoneInfo("Europe/Berlin")),
)


@settings(max_examples=80, deadline=None)
@given(pings=PINGS, rhythm=RHYTHMS)
def test_the_due_times_say_what_looking_at_every_minute_says(
    pings: list[tuple[PingKind, int, str]], rhythm: Rhythm
) -> None:
    """Whoever looks only when something is due sees what one sees who looks all the time."""
    standing = watched = new()
    now, turns = NOON, []
    for kind, wait, run in pings:
        for _minute in range(wait):
            now += MINUTE
            before, watched = watched, watched.passed(now, rhythm)
            turns.append((before.state, watched.state))
            due = standing.due_at(rhythm)
            standing = standing.passed(now, rhythm) if due and due <= now else standing
            assert standing == watched
        ping = Heard(kind, now, run)
        before, watched = watched, watched.heard(ping, rhythm)
        standing = standing.heard(ping, rhythm)
        turns.append((before.state, watched.state))
    assert standing == watched
    assert {
        end for start, end in turns if start != end and end not in HEARTBEAT_TRANSITIONS[start]
    } == set()
    assert (watched.state == S.DOWN) == bool(watched.because)


@settings(max_examples=80, deadline=None)
@given(pings=PINGS, rhythm=RHYTHMS)
def test_it_is_down_when_nothing_good_was_heard_in_time(
    pings: list[tuple[PingKind, int, str]], rhythm: Rhythm
) -> None:
    """An oracle with the sentences of the rule, for jobs without run ids."""
    standing, now = new(), NOON
    expected: datetime | None = None
    started: datetime | None = None
    is_down = False
    for kind, wait, _run in pings:
        for _minute in range(wait):
            now += MINUTE
            ends = [since + rhythm.grace for since in (expected, started) if since is not None]
            if not is_down and ends and now >= min(ends):
                is_down, started = True, None
            assert (standing.passed(now, rhythm).state == S.DOWN) == is_down
        if kind == SUCCESS:
            is_down, started, expected = False, None, rhythm.after(now)
        elif kind == FAIL:
            is_down, started = True, None
        elif kind == START:
            started = now
        standing = standing.heard(Heard(kind, now), rhythm)
        assert (standing.state == S.DOWN) == is_down
