"""
The arithmetic of clocks, against a clerk who looks at every minute.

The clerk knows nothing of spans: at each minute he reads the clock on the wall (which never
goes back for him: an hour that comes twice is over the first time), looks whether the office
is open by it and whether somebody has paused, and makes a mark.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.clocks import Segment, Terms, read, written
from incidents.reminders import DAY, next_reminder
from operations.business_hours import Calendar, MonthRange, Range, holidays_of
from operations.sprints import Sprints

MINUTE = timedelta(minutes=1)
LOOKS = 30 * 60  # minutes that the clerk stays: over one night

# Nights in which the clock changes, a day that never was, holidays, and the end of months.
NIGHTS = [
    ("Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 4, 30, 6, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 12, 24, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 6, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 6, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 29, 0, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 2, 27, 12, tzinfo=UTC)),
]
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
RANGES = st.lists(st.builds(Range, st.integers(0, 6), TIMES, TIMES), min_size=2, max_size=9)
MONTHLY = st.lists(
    st.builds(MonthRange, st.sampled_from([-3, -2, 1, 28]), st.just(-1), TIMES, TIMES),
    max_size=1,
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Terms, int]:
    """When it began, by which calendars, with which pauses; and a target in minutes."""
    zone, night = draw(st.sampled_from(NIGHTS))
    start = night + draw(st.integers(0, 24 * 60)) * MINUTE
    offsets = st.integers(0, LOOKS)
    segments = []
    for since in sorted({0, *draw(st.lists(offsets, max_size=2))}):
        ranges, monthly = tuple(draw(RANGES)), tuple(draw(MONTHLY))
        calendar = Calendar(zone, ranges, draw(st.sampled_from(["", "DE"])), "", monthly)
        segments.append(
            Segment(start + since * MINUTE, draw(st.sampled_from([calendar, None])))
        )
    pauses: list[tuple[datetime, datetime | None]] = []
    for begin, length in draw(st.lists(st.tuples(offsets, st.integers(0, 900)), max_size=3)):
        pauses.append((start + begin * MINUTE, start + (begin + length) * MINUTE))
    if draw(st.integers(0, 4)) == 0:
        pauses.append((start + draw(offsets) * MINUTE, None))
    return Terms(start, tuple(segments), tuple(pauses)), draw(st.integers(1, 1500))


def marks(terms: Terms) -> list[int]:
    """How many minutes have counted before each minute, for as long as the clerk stays."""
    count, counts = 0, []
    walls: dict[str, datetime] = {}
    for number in range(-180, LOOKS):  # before, he reads the clock only
        now = terms.start + number * MINUTE
        segment = [each for each in terms.segments if each.since <= max(now, terms.start)][-1]
        for each in terms.segments:
            if each.calendar is not None:
                zone = each.calendar.zone
                wall = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
                walls[zone] = max(wall, walls.get(zone, wall))
        if number < 0:
            continue
        counts.append(count)
        paused = any(a <= now and (b is None or now < b) for a, b in terms.pauses)
        calendar = segment.calendar
        if not paused and (calendar is None or is_open(calendar, walls[calendar.zone])):
            count += 1
    return [*counts, count]


def is_open(calendar: Calendar, wall: datetime) -> bool:
    today, yesterday = wall.date(), wall.date() - DAY
    every: list[Range | MonthRange] = [*calendar.ranges, *calendar.monthly]
    for each in every:
        crosses = each.ends <= each.starts
        has_begun = begins_on(calendar, each, today) and each.starts <= wall.time()
        if has_begun and (crosses or wall.time() < each.ends):
            return True
        if begins_on(calendar, each, yesterday) and crosses and wall.time() < each.ends:
            return True
    return False


def begins_on(calendar: Calendar, each: Range | MonthRange, day: date) -> bool:
    if calendar.country and day in holidays_of(calendar.country, "", day.year):
        return False
    if isinstance(each, Range):
        return each.weekday == day.weekday()
    last = (day.replace(day=1) + timedelta(days=31)).replace(day=1) - DAY
    first = each.first if each.first > 0 else last.day + 1 + each.first
    return first <= day.day


@settings(max_examples=40, deadline=None)
@given(situations())
def test_the_clerk_agrees(case: tuple[Terms, int]) -> None:
    terms, target = case
    counts = marks(terms)
    for number in range(0, LOOKS + 1, 37):
        assert terms.elapsed(terms.start + number * MINUTE) == counts[number] * MINUTE

    due_at = terms.reaches(target * MINUTE)
    reached = next((number for number, n in enumerate(counts) if n >= target), None)
    if reached is not None:
        assert due_at == terms.start + reached * MINUTE
    else:
        assert due_at is None or due_at > terms.start + LOOKS * MINUTE


def test_a_calendar_that_was_to_come_later_counts_from_now_on() -> None:
    zone, start = NIGHTS[0]
    never = Calendar(zone, (Range(0, time(0), time(0)),) * 2, "", "", ())
    terms = Terms(start, (Segment(start, never), Segment(start + MINUTE, None)))
    assert terms.under(None, start).elapsed(start + MINUTE) == MINUTE


@settings(max_examples=30, deadline=None)
@given(situations(), st.integers(0, LOOKS))
def test_another_calendar_keeps_what_has_elapsed(case: tuple[Terms, int], since: int) -> None:
    terms, target = case
    at = terms.start + since * MINUTE
    changed = terms.under(None, at)
    assert changed.elapsed(at) == terms.elapsed(at)
    if changed.pauses == ():
        assert changed.elapsed(at + target * MINUTE) - changed.elapsed(at) == target * MINUTE
    assert read(written(changed.segments)) == changed.segments


@settings(max_examples=30, deadline=None)
@given(situations())
def test_it_is_breached_at_the_first_instant_and_not_before(case: tuple[Terms, int]) -> None:
    terms, target = case
    due_at = terms.reaches(target * MINUTE)
    if due_at is not None:
        assert terms.elapsed(due_at) == target * MINUTE
        assert terms.elapsed(due_at - timedelta(microseconds=1)) < target * MINUTE


def test_a_calendar_that_never_opens_is_never_due() -> None:
    terms = Terms(
        datetime(2026, 3, 2, tzinfo=UTC),
        (Segment(datetime(2026, 3, 2, tzinfo=UTC), Calendar("UTC", ())),),
    )
    assert terms.reaches(MINUTE) is None
    assert terms.elapsed(datetime(2027, 3, 2, tzinfo=UTC)) == timedelta(0)


BERLIN = Calendar(
    "Europe/Berlin", tuple(Range(day, time(9), time(17)) for day in range(5)), "DE"
)


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-03-02T10:00+01:00", "2026-03-03T17:00+01:00"),  # a Monday
        ("2026-03-02T03:00+01:00", "2026-03-03T17:00+01:00"),  # before it opens: not today
        ("2026-03-06T10:00+01:00", "2026-03-09T17:00+01:00"),  # a Friday
        ("2026-03-07T10:00+01:00", "2026-03-09T17:00+01:00"),  # a Saturday
        ("2026-04-02T10:00+02:00", "2026-04-07T17:00+02:00"),  # before Easter
    ],
)
def test_the_next_business_day_is_the_first_day_of_work_after_today(at: str, end: str) -> None:
    found = BERLIN.end_of_next_day(datetime.fromisoformat(at))
    assert found == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-03-02T00:00+01:00", "2026-03-30T00:00+02:00"),  # the first moment of a sprint
        ("2026-03-15T23:59+01:00", "2026-03-30T00:00+02:00"),  # its last, over a clock change
        ("2026-03-16T00:00+01:00", "2026-04-13T00:00+02:00"),  # the next one
        ("2026-02-20T12:00+01:00", "2026-03-16T00:00+01:00"),  # before the known one
    ],
)
def test_the_next_sprint_is_the_one_after_the_one_that_is_on(at: str, end: str) -> None:
    sprints = Sprints(date(2026, 3, 2), 14, "Europe/Berlin")
    assert sprints.end_of_next(datetime.fromisoformat(at)) == datetime.fromisoformat(end)


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(due=MOMENTS, passed=st.timedeltas(timedelta(days=-60), timedelta(days=60)))
def test_there_is_always_a_next_reminder_within_a_day_once_it_is_due(
    due: datetime, passed: timedelta
) -> None:
    after = due + passed
    upcoming = next_reminder(due, after)

    assert upcoming > after
    assert (upcoming - due) % DAY == timedelta(0)
    if after >= due - DAY:
        assert upcoming - after <= DAY
