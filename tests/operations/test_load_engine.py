"""
Load, worked out: examples of the rules, and an independent recount minute by minute.

`LOAD_CASES` says how many random people are recounted.
"""

import os
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import holidays
import pytest

from operations.load.buckets import Bucket, PersonalClock
from operations.load.duties import Duty, shifts_worked
from operations.load.fairness import balance, mean, overloaded
from operations.load.figures import Figures, Rows
from operations.load.incidents import Begun, incidents_by_shift
from operations.load.interruptions import Page, disrupted_hours, interruptions
from operations.load.limits import Limits
from operations.load.periods import Period, period_of
from operations.load.rest import rests
from operations.load.spans import Span, span, total, union, without
from operations.load.suppression import shown_totals
from operations.load.weeks import WeekWorked, longest_run, two_weeks_above, weeks_on_call

CASES = int(os.environ.get("LOAD_CASES", "40"))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BERLIN = PersonalClock("Europe/Berlin", "DE", "BE")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
# Moved by an hour, by half of one, at midnight, at 22 o'clock, or not at all; halves, quarters.
ZONES = [
    ("Europe/Berlin", "DE"),
    ("America/New_York", "US"),
    ("Australia/Lord_Howe", "AU"),
    ("America/Santiago", "CL"),
    ("Africa/Cairo", "EG"),
    ("America/Nuuk", ""),
    ("Atlantic/Azores", "PT"),
    ("Asia/Kathmandu", ""),
    ("Pacific/Chatham", "NZ"),
    ("Asia/Beirut", ""),
    ("Africa/Casablanca", ""),
    ("UTC", ""),
]
# Days around which clocks are moved somewhere.
MOVED = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2026, 4, 5),
    date(2026, 10, 4),
    date(2026, 9, 6),
    date(2026, 4, 24),
    date(2026, 10, 29),
    date(2026, 9, 27),
    date(2022, 3, 26),
    date(2022, 10, 30),
    date(2026, 2, 15),
    date(2026, 3, 22),
    date(2026, 12, 25),
]


def at(said: str, zone: str = "Europe/Berlin", fold: int = 0) -> datetime:
    shown = datetime.fromisoformat(said).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return shown.astimezone(UTC)


def page(said: str, occasion: str = "", channel: str = "pushover", topic: str = "") -> Page:
    moment = at(said)
    return Page(moment, occasion or f"{moment}", channel, topic)


# --- a recount that shares nothing with the engine ------------------------------------------


def bucket_by_hand(shown: datetime, country: str) -> str:
    if shown.hour >= 22 or shown.hour < 8:
        return "sleep"
    if country and shown.date() in holidays.country_holidays(country, years=shown.year):
        return "holiday"
    if shown.weekday() > 4:
        return "weekend"
    return "business" if shown.hour < 18 else "off"


def recount(rows: Rows, first: date, after: date, now: datetime) -> dict[str, Counter[str]]:
    """Go through every minute by UTC and look at a clock on the wall."""
    zone = ZoneInfo(rows.clock.zone)
    minutes: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    moment = datetime(first.year, first.month, first.day, tzinfo=UTC) - 2 * DAY
    while (
        moment < now
        and moment < datetime(after.year, after.month, after.day, tzinfo=UTC) + 2 * DAY
    ):
        shown = moment.astimezone(zone)
        if first <= shown.date() < after:
            mine = [d for d in rows.duties if d.span.starts_at <= moment < d.span.ends_at]
            if mine:
                minutes[bucket_by_hand(shown, rows.clock.country)] += 1
                roles["primary" if any(d.is_primary for d in mine) else "secondary"] += 1
                roles["override" if all(d.is_override for d in mine) else "rotation"] += 1
        moment += MINUTE
    heard = [
        p
        for p in rows.pages
        if p.channel != "email" and first <= p.at.astimezone(zone).date() < after and p.at < now
    ]
    starts: dict[str, datetime] = {}
    for each in heard:
        starts[each.occasion] = min(each.at, starts.get(each.occasion, each.at))
    disturbed: Counter[str] = Counter()
    last = None
    for begun in sorted(starts.values()):
        if last is None or (begun - last).total_seconds() > 60:
            last = begun
            disturbed[bucket_by_hand(begun.astimezone(zone), rows.clock.country)] += 1
    hours = {p.at.astimezone(zone).strftime("%Y-%m-%d %H %z") for p in heard}
    return {
        "minutes": minutes,
        "roles": roles,
        "disturbed": disturbed,
        "hours": Counter({"hours": len(hours)}),
    }


def some_rows(dice: random.Random) -> tuple[Rows, date, date, datetime]:
    zone, country = dice.choice(ZONES)
    day = dice.choice(MOVED) + dice.randint(-2, 2) * DAY
    around = datetime(day.year, day.month, day.day, tzinfo=UTC)
    duties, pages = [], []
    for number in range(dice.randint(0, 6)):
        start = around + dice.randint(-4000, 4000) * MINUTE
        end = start + dice.choice([30, 480, 720, 1440, 3000]) * MINUTE
        duties.append(
            Duty(
                Span(start, end),
                dice.randint(1, 3),
                is_primary=dice.random() < 0.6,
                is_override=dice.random() < 0.3,
                slot=str(number),
            )
        )
    for number in range(dice.randint(0, 25)):
        moment = around + timedelta(seconds=dice.randint(-200_000, 200_000))
        for _way in range(dice.randint(1, 3)):
            channel = dice.choice(["email", "twilio", "pushover"])
            pages.append(Page(moment, f"occasion {number}", channel))
            moment += timedelta(seconds=dice.choice([0, 20, 59, 61, 300]))
        if dice.random() < 0.5:
            pages.append(Page(moment + timedelta(seconds=45), f"again {number}", "twilio"))
    first = day - dice.randint(0, 2) * DAY
    after = first + dice.randint(1, 4) * DAY
    now = around + dice.choice([0, 1000, 9000]) * MINUTE
    return Rows(PersonalClock(zone, country), duties, pages=pages), first, after, now


@pytest.mark.parametrize("seed", range(CASES))
def test_figures_equal_a_recount_to_the_minute(seed: int) -> None:
    rows, first, after, now = some_rows(random.Random(seed))
    figures = Figures(rows, Period("week", first, after), Limits(), now)

    counted = recount(rows, first, after, now)
    minutes = {
        bucket.value: total(figures.in_bucket(bucket)) // MINUTE
        for bucket in Bucket
        if figures.in_bucket(bucket)
    }
    assert minutes == dict(counted["minutes"])
    parts = {
        "primary": figures.hours.primary,
        "secondary": figures.hours.secondary,
        "rotation": figures.hours.by_rotation,
        "override": figures.hours.by_override,
    }
    roles = {name: total(spans) // MINUTE for name, spans in parts.items() if spans}
    assert roles == dict(counted["roles"])
    disturbed = Counter(each.bucket.value for each in figures.interruptions)
    assert disturbed == counted["disturbed"]
    assert len(figures.disrupted_hours) == counted["hours"]["hours"]
    weekly = [part for _week, part in figures.weekly]
    assert sum((total(p.hours.all) for p in weekly), timedelta(0)) == total(figures.hours.all)


def test_balance_equals_all_pairs_by_hand() -> None:
    dice = random.Random(7)
    for _case in range(CASES):
        carried = {n: dice.choice([0, 0, 12, 24, 168.5]) for n in range(dice.randint(0, 8))}
        pairs = [sorted(pair) for pair in combinations(carried.values(), 2) if any(pair)]
        expected = sum(low / high for low, high in pairs) / len(pairs) if pairs else None
        assert balance(carried) == pytest.approx(expected)


# --- the rules, by example ------------------------------------------------------------------


def test_a_night_is_as_long_as_it_really_is() -> None:
    short, long = (
        Figures(
            Rows(BERLIN, [Duty(span(at(f"{day} 22:00"), at(f"{day} 22:00") + 40 * HOUR), 1)]),
            period_of("month", day),
            Limits(),
            NOON + 365 * DAY,
        ).pieces[0]
        for day in (date(2026, 3, 28), date(2026, 10, 24))
    )
    assert (short.bucket, short.span.length) == (Bucket.SLEEP, 9 * HOUR)
    assert (long.bucket, long.span.length) == (Bucket.SLEEP, 11 * HOUR)


@pytest.mark.parametrize(
    ("said", "bucket"),
    [
        ("2026-03-02 08:00", Bucket.BUSINESS),
        ("2026-03-02 17:59", Bucket.BUSINESS),
        ("2026-03-02 18:00", Bucket.OFF),
        ("2026-03-02 22:00", Bucket.SLEEP),
        ("2026-03-07 07:59", Bucket.SLEEP),
        ("2026-03-07 08:00", Bucket.WEEKEND),
        ("2026-05-01 12:00", Bucket.HOLIDAY),
        ("2026-05-01 23:00", Bucket.SLEEP),
        ("2026-12-26 12:00", Bucket.HOLIDAY),  # a Saturday
    ],
)
def test_parts_of_the_week(said: str, bucket: Bucket) -> None:
    assert BERLIN.bucket(at(said)) == bucket


def test_one_notification_by_many_ways_is_one_and_so_is_the_same_minute() -> None:
    pages = [
        page("2026-03-02 18:30:00", "a", "email"),
        page("2026-03-02 18:30:00", "a"),
        page("2026-03-02 18:35:00", "a", "twilio"),
        page("2026-03-02 18:31:00", "b"),
        page("2026-03-02 18:31:01", "c"),
        page("2026-03-02 20:00:00", "d", "email:mail"),
    ]
    found = interruptions(pages, BERLIN, [])
    assert [each.at for each in found] == [at("2026-03-02 18:30"), at("2026-03-02 18:31:01")]
    assert not found[0].is_on_call
    assert len(found[0].pages) == 3


def test_disrupted_hours_are_those_of_the_clock() -> None:
    pages = [page(f"2026-03-02 {said}") for said in ("18:30", "19:15", "19:25")]
    assert len(disrupted_hours(pages, BERLIN)) == 2
    twice = [Page(at("2026-10-25 02:30", fold=fold), str(fold), "sns") for fold in (0, 1)]
    assert len(disrupted_hours(twice, BERLIN)) == 2


def test_a_night_page_asks_for_rest_and_names_the_duty_in_it() -> None:
    night = span(at("2026-03-02 20:00"), at("2026-03-03 08:00"))
    late = span(at("2026-03-03 10:00"), at("2026-03-03 20:00"))
    pages = [page("2026-03-02 23:00"), page("2026-03-03 03:10"), page("2026-03-03 09:00")]
    found = interruptions(pages, BERLIN, [night])
    (rest,) = rests(found, [Duty(night, 1), Duty(late, 2)], BERLIN, length=11 * HOUR)

    assert (rest.night, rest.rest.ends_at) == (date(2026, 3, 2), at("2026-03-03 14:10"))
    assert [(duty.schedule, duty.span.ends_at) for duty in rest.duties] == [
        (1, night.ends_at),
        (2, rest.rest.ends_at),
    ]
    assert [each.is_on_call for each in found] == [True, True, False]


def test_incidents_count_in_the_shift_in_which_they_began() -> None:
    shifts = shifts_worked(
        [
            Duty(Span(NOON, NOON + 6 * HOUR), 1, slot="a"),
            Duty(Span(NOON + 6 * HOUR, NOON + 12 * HOUR), 1, slot="a", is_override=True),
            Duty(Span(NOON + 12 * HOUR, NOON + 7 * DAY), 1, slot="b"),
        ]
    )
    begun = [Begun(NOON + hours * HOUR, f"incident:{hours}") for hours in (1, 12, 13, 30, 34)]
    day, week = incidents_by_shift(shifts, [*begun, Begun(NOON + HOUR, "incident:1")])

    assert [each.reference for each in day.incidents] == ["incident:1"]
    assert len(week.incidents) == 4
    assert len(week.busiest) == 2


def test_weeks_running_do_not_count_a_hand_over_on_monday_morning() -> None:
    monday = at("2026-03-02 09:00")
    one = Duty(Span(monday, monday + 7 * DAY), 1)
    weeks = weeks_on_call([one], BERLIN)
    assert [week.monday for week in weeks] == [date(2026, 3, 2)]
    two = Duty(Span(monday + 7 * DAY, monday + 14 * DAY), 2)
    run = longest_run(
        weeks_on_call([one, two], BERLIN), within=(date(2026, 3, 9), date(2026, 3, 16))
    )
    assert [week.monday for week in run] == [date(2026, 3, 2), date(2026, 3, 9)]


def test_shares_and_hours_of_weeks() -> None:
    weeks = [
        WeekWorked(date(2026, 3, 2), 50, 30),
        WeekWorked(date(2026, 3, 9), 49),
        WeekWorked(date(2026, 3, 23), 60, 10),
    ]
    quarter = Duty(Span(at("2026-03-01 00:00"), at("2026-03-11 00:00")), 1)
    figures = Figures(
        Rows(BERLIN, [quarter], weeks=weeks),
        period_of("month", date(2026, 3, 1)),
        Limits(),
        at("2026-03-21 00:00"),
    )
    assert figures.on_call_share == pytest.approx(50)
    assert figures.operational_share == pytest.approx(100 * 40 / 110)
    assert [week.monday for week in two_weeks_above(weeks, 48)] == [date(2026, 3, 9)]


def test_balance_sees_people_with_nothing() -> None:
    assert balance({1: 168, 2: 0, 3: 0}) == 0  # two pairs of nothing and all, one left out
    assert balance({1: 0, 2: 0}) is None
    assert balance({1: 100, 2: 95}) == pytest.approx(0.95)
    assert mean({1: 168, 2: 0}) == 84
    assert overloaded({1: 168, 2: 0, 3: 84}) == [1]


def test_totals_of_few_people_are_not_shown_and_cannot_be_worked_out() -> None:
    five = frozenset(range(5))
    groups = {
        "all but one": five - {4},
        "all": five,
        "few": frozenset({1, 2, 3}),
        "others": frozenset(range(10, 14)),
        "crossing": frozenset({2, 3, 4, 10}),
    }
    assert shown_totals(groups) == {"all", "others", "crossing"}
    assert shown_totals({"big": frozenset(range(9)), "half": five}) == {"big", "half"}


def test_sets_of_time() -> None:
    parts = [Span(NOON, NOON + HOUR), Span(NOON + HOUR, NOON + 2 * HOUR)]
    assert union(parts) == [Span(NOON, NOON + 2 * HOUR)]
    hole = Span(NOON + 30 * MINUTE, NOON + 90 * MINUTE)
    assert total(without(parts, [hole])) == HOUR
    assert period_of("quarter", date(2026, 12, 31)) == (
        "quarter",
        date(2026, 10, 1),
        date(2027, 1, 1),
    )
    assert period_of("month", date(2026, 1, 31)).before.first == date(2025, 12, 1)
