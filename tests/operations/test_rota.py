"""
The arithmetic of who is on call, on random plans in many zones, without a database.

`ROTA_CASES` says how many random plans each property is tried on.
"""

import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.rota import (
    Days,
    Fixed,
    LayerPlan,
    OverridePlan,
    Plan,
    Rule,
    Shift,
    TemporaryPlan,
    Units,
    clock_changes,
    differences,
)
from operations.wall_clock import nearest, readings

CASES = int(os.environ.get("ROTA_CASES", "120"))
ZONES = [
    "UTC",
    "Africa/Cairo",
    "Africa/Casablanca",  # goes back for Ramadan
    "America/Asuncion",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Kathmandu",  # +05:45
    "Asia/Kolkata",
    "Atlantic/Azores",
    "Australia/Lord_Howe",  # by half an hour
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Pacific/Apia",  # left out a day in 2011
    "Pacific/Auckland",
    "Pacific/Chatham",  # +12:45
]
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MONDAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Somebody:
    pk: int
    may_work: bool = True

    def __str__(self) -> str:
        return f"P{self.pk}"


A, B, C = (Somebody(number) for number in range(3))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rotation(
    *groups: tuple[Somebody, ...],
    kind: str = "weekly",
    length: int = 1,
    starts_on: date = MONDAY,
    handoff: time = time(9),
    zone: str = "UTC",
    days: Days | None = None,
    number: int = 1,
    priority: int = 0,
    name: str = "",
) -> LayerPlan:
    is_hourly = kind == "hourly"
    units = Units(
        kind, starts_on, handoff, zone, starts_on.weekday(), hours=length if is_hourly else 1
    )
    rule = Rule(units, 1 if is_hourly else length, days or Days())
    return LayerPlan(number, name, priority, rule, groups)


def who(plan: Plan, text: str) -> list[str]:
    return [str(person) for person in plan.at(at(text)).people]


# --- Random plans.

times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
moments = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001
    datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
days_of = st.builds(
    Days,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    hours=st.lists(st.tuples(times, times), max_size=2).map(tuple),
    holiday_rule=st.sampled_from(["", "", "except", "only"]),
    country=st.just("DE"),
)
lengths = {
    "hourly": [1, 2, 3, 4, 5, 6, 7, 8, 12, 24, 36],
    "daily": [1, 2, 3],
    "weekly": [1, 2],
    "monthly": [1, 2],
}


@st.composite
def layers_of(draw: st.DrawFn, zone: str, *, is_restricted: bool | None = None) -> LayerPlan:
    kind = draw(st.sampled_from(sorted(lengths)))
    restricted = draw(st.booleans()) if is_restricted is None else is_restricted
    people = draw(st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True))
    able = draw(st.lists(st.booleans(), min_size=4, max_size=4))
    groups = [
        (Somebody(number, may_work=able[place] or is_restricted is not None),)
        for place, number in enumerate(people)
    ]
    return rotation(
        *groups,
        kind=kind,
        length=draw(st.sampled_from(lengths[kind])),
        starts_on=draw(st.dates(date(2025, 10, 1), date(2026, 6, 1))),
        handoff=draw(times),
        zone=zone,
        days=draw(days_of) if restricted else None,
        number=draw(st.integers(1, 3)),
        priority=draw(st.integers(0, 2)),
    )


@st.composite
def overrides(draw: st.DrawFn) -> OverridePlan:
    start = draw(moments)
    return OverridePlan(
        id=draw(st.integers(1, 9)),
        kind=draw(st.sampled_from(["replace", "add", "remove"])),
        starts_at=start,
        ends_at=start + draw(st.integers(1, 900)) * HOUR,
        person=Somebody(draw(st.integers(0, 9))),
        layer_id=draw(st.sampled_from([None, 1, 2])),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    zone = draw(st.sampled_from(ZONES))
    start = draw(moments)
    temporary = TemporaryPlan(
        1, start, start + 50 * HOUR, "", ((C, start + 2 * HOUR, start + 30 * HOUR),)
    )
    return Plan(
        layers=tuple(draw(st.lists(layers_of(zone), max_size=3))),
        overrides=tuple(draw(st.lists(overrides(), max_size=3))),
        temporaries=draw(st.sampled_from([(), (temporary,)])),
    )


def check_window(shifts: list[Shift], start: datetime, end: datetime) -> None:
    """Shifts cover the window, without a gap, an overlap or a seam that changes nothing."""
    assert (shifts[0].starts_at, shifts[-1].ends_at) == (start, end)
    assert all(shift.starts_at < shift.ends_at for shift in shifts)
    for one, following in pairwise(shifts):
        assert one.ends_at == following.starts_at
        assert one[2:] != following[2:]


@settings(max_examples=CASES, deadline=None)
@given(plans(), moments, st.integers(1, 40 * 24 * 60), st.floats(0, 1, exclude_max=True))
def test_a_point_is_the_same_in_every_window(
    plan: Plan, start: datetime, minutes: int, share: float
) -> None:
    end = start + timedelta(minutes=minutes)
    point = start + timedelta(seconds=int(share * minutes * 60))

    shifts = plan.between(start, end)

    check_window(shifts, start, end)
    (holding,) = [shift for shift in shifts if shift.starts_at <= point < shift.ends_at]
    answer = plan.at(point)
    assert holding.people == answer.people
    assert (holding.reason, holding.source, holding.slot) == (
        answer.reason,
        answer.source,
        answer.slot,
    )
    later = plan.between(point, end)  # another alignment
    assert [shift[2:] for shift in later] == [s[2:] for s in shifts if s.ends_at > point]


@settings(max_examples=CASES, deadline=None)
@given(st.data())
def test_without_restrictions_there_is_no_gap_and_one_entry_at_each_instant(
    data: st.DataObject,
) -> None:
    zone = data.draw(st.sampled_from(ZONES))
    layer = data.draw(layers_of(zone, is_restricted=False))
    start = data.draw(moments)
    assert layer.rule is not None
    start = max(start, layer.rule.units.begins(0))

    shifts = Plan((layer,)).between(start, start + 20 * DAY)

    assert all(len(shift.people) == 1 for shift in shifts)
    for shift in shifts:
        unit = layer.rule.units.at(shift.starts_at)
        assert layer.rule.units.begins(unit) <= shift.starts_at
        assert shift.starts_at < layer.rule.units.begins(unit + 1)


@settings(max_examples=max(60, CASES // 2), deadline=None)
@given(st.data())
def test_turns_of_two_participants_differ_by_one_at_most(data: st.DataObject) -> None:
    zone = data.draw(st.sampled_from(ZONES))
    layer = data.draw(layers_of(zone, is_restricted=True))
    assert layer.rule is not None
    first = data.draw(st.integers(0, 40))
    units = range(first, first + data.draw(st.integers(1, 80)))

    turns = {layer.rule.turn_of(unit) for unit in units if layer.rule.is_eligible(unit)}

    had = Counter(turn % len(layer.groups) for turn in turns)
    counts = [had[place] for place in range(len(layer.groups))]
    assert max(counts) - min(counts) <= 1


@settings(max_examples=max(60, CASES // 2), deadline=None)
@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(0, 500),
    st.sampled_from(["", "except"]),
)
def test_excluded_days_do_not_eat_a_turn(
    weekdays: frozenset[int], length: int, size: int, ahead: int, rule: str
) -> None:
    days = Days(weekdays, holiday_rule=rule, country="DE")
    groups = [(Somebody(number),) for number in range(size)]
    layer = rotation(*groups, kind="daily", length=length, days=days, zone="Europe/Berlin")
    day = MONDAY + ahead * DAY
    noon = datetime.combine(day, time(12), ZoneInfo("Europe/Berlin"))
    eligible = sum(days.allow(MONDAY + number * DAY) for number in range(ahead))

    people = Plan((layer,)).at(noon).people

    turn = eligible // length % size
    assert people == ((Somebody(turn),) if days.allow(day) else ())


def test_nobody_starves_where_weekends_are_left_out() -> None:
    """goalert#55: with 14 people and daily turns on weekdays, some never had one."""
    groups = [(Somebody(number),) for number in range(14)]
    layer = rotation(*groups, kind="daily", days=Days(frozenset(range(5))))

    shifts = Plan((layer,)).between(at("2026-03-02 09:00"), at("2026-07-20 09:00"))

    had = Counter(shift.people for shift in shifts if shift.people)
    assert len(had) == 14
    assert max(had.values()) - min(had.values()) <= 1


def changes_ahead(zone: str) -> list[tuple[datetime, timedelta]]:
    start = at("2026-03-02 00:00")
    return [change[:2] for change in clock_changes([], zone, start, start + 3 * 366 * DAY)]


@pytest.mark.parametrize("zone", ZONES)
def test_over_every_clock_change_of_three_years_one_person_is_on_call(zone: str) -> None:
    for change, by in changes_ahead(zone):
        local = (change - HOUR).astimezone(ZoneInfo(zone)) + HOUR  # the time that is touched
        for kind, length in [("hourly", 1), ("hourly", 5), ("daily", 1), ("weekly", 1)]:
            layer = rotation(
                (A,),
                (B,),
                kind=kind,
                length=length,
                starts_on=local.date() - 28 * DAY,
                handoff=local.time(),
                zone=zone,
            )
            start, end = change - 30 * HOUR, change + 30 * HOUR
            shifts = Plan((layer,)).between(start, end)
            check_window(shifts, start, end)
            assert all(len(shift.people) == 1 for shift in shifts), (zone, change, kind)
            if (kind, length) == ("hourly", 1):
                longest = max(shift.ends_at - shift.starts_at for shift in shifts)
                assert longest == max(HOUR, HOUR - by)


def test_zones_with_changes_are_among_those_tested() -> None:
    assert sum(bool(changes_ahead(zone)) for zone in ZONES) >= 15
    assert timedelta(minutes=30) in {by for _at, by in changes_ahead("Australia/Lord_Howe")}
    ramadan = [by for _at, by in changes_ahead("Africa/Casablanca")]
    assert -HOUR in ramadan


@pytest.mark.parametrize(
    ("length", "hours"),
    # One hour lasts two when the clock is put back at 03:00; five are counted through.
    [(1, [1, 1, 2, 1]), (5, [5, 5, 5, 5])],
)
def test_slots_that_divide_the_day_keep_to_the_clock(length: int, hours: list[int]) -> None:
    night = date(2026, 10, 25)
    layer = rotation(
        (A,), (B,), kind="hourly", length=length, starts_on=night, handoff=time(0),
        zone="Europe/Berlin",
    )  # fmt: skip
    start = at("2026-10-24 22:00")

    shifts = Plan((layer,)).between(start, start + sum(hours) * HOUR)

    assert [(shift.ends_at - shift.starts_at) / HOUR for shift in shifts] == hours


def test_a_zone_that_left_out_a_day_hands_over_all_the_same() -> None:
    layer = rotation(
        (A,), (B,), kind="daily", starts_on=date(2011, 12, 28), zone="Pacific/Apia",
        handoff=time(9),
    )  # fmt: skip

    shifts = Plan((layer,)).between(at("2011-12-28 19:00"), at("2012-01-01 19:00"))

    local = [s.starts_at.astimezone(ZoneInfo("Pacific/Apia")) for s in shifts]
    assert [f"{begins:%d %H:%M}" for begins in local] == [
        "28 09:00",
        "29 09:00",
        "31 00:00",  # the 30th never was: what begins on it begins after it
        "31 09:00",
        "01 09:00",
    ]


def test_months_that_are_too_short_hand_over_on_their_last_day() -> None:
    layer = rotation((A,), (B,), kind="monthly", starts_on=date(2026, 1, 31))
    plan = Plan((layer,))

    assert who(plan, "2026-02-28 08:59") == ["P0"]
    assert who(plan, "2026-02-28 09:00") == ["P1"]
    assert who(plan, "2026-03-31 09:00") == ["P0"]


def test_a_time_over_midnight_belongs_to_the_day_it_starts() -> None:
    nights = Days(frozenset(range(5)), ((time(22), time(6)),))
    layer = rotation((A,), (B,), kind="daily", days=nights, handoff=time(0))
    plan = Plan((layer,))

    assert who(plan, "2026-03-02 23:00") == who(plan, "2026-03-03 05:59") == ["P0"]
    assert who(plan, "2026-03-03 22:00") == ["P1"]
    assert who(plan, "2026-03-07 05:00") == ["P0"]  # Friday's night, on Saturday
    assert who(plan, "2026-03-07 22:00") == []
    assert who(plan, "2026-03-03 06:00") == []


def test_within_the_day_hours_are_handed_over_at_the_hand_over() -> None:
    layer = rotation((A,), (B,), days=Days(hours=((time(8), time(20)),)))

    assert who(Plan((layer,)), "2026-03-09 08:30") == ["P0"]
    assert who(Plan((layer,)), "2026-03-09 09:00") == ["P1"]


def test_public_holidays_are_left_out_or_are_all_there_is() -> None:
    usual = rotation((A,), kind="daily", days=Days(holiday_rule="except", country="DE"))
    feast = rotation((B,), kind="daily", days=Days(holiday_rule="only", country="DE"), number=2)

    assert who(Plan((usual, feast)), "2026-12-24 12:00") == ["P0"]
    assert who(Plan((usual, feast)), "2026-12-25 12:00") == ["P1"]
    nowhere = rotation((A,), kind="daily", days=Days(holiday_rule="except", country="ZZ"))
    assert who(Plan((nowhere,)), "2026-12-25 12:00") == ["P0"]


def test_the_highest_priority_that_has_somebody_decides_and_equal_ones_add_up() -> None:
    base = rotation((A,), number=1)
    night = rotation(
        (B,), number=2, priority=1, days=Days(hours=((time(20), time(8)),)), name="Night"
    )
    gone = rotation((Somebody(8, may_work=False),), number=3, priority=2)
    plan = Plan((base, night, gone))

    assert who(plan, "2026-03-03 12:00") == ["P0"]
    assert who(plan, "2026-03-03 21:00") == ["P1"]
    answer = plan.at(at("2026-03-03 21:00"))
    assert answer.reason == (
        "Turn 1 of 1 in the weekly rotation “Night”. "
        "P8 cannot work any more and is passed over."
    )
    assert (answer.source, answer.layer_id) == ("layer:2", 2)
    beside = Plan((base, rotation((C,), number=4)))
    assert who(beside, "2026-03-03 12:00") == ["P0", "P2"]
    assert beside.at(at("2026-03-03 12:00")).source == "layer:1+layer:4"


def test_a_group_is_on_call_together() -> None:
    plan = Plan((rotation((A, B), (C,)),))

    assert who(plan, "2026-03-03 12:00") == ["P0", "P1"]
    assert who(plan, "2026-03-10 12:00") == ["P2"]


SPAN = (at("2026-03-03 00:00"), at("2026-03-20 00:00"))


@pytest.mark.parametrize(
    ("row", "by_day", "by_night"),
    [
        (OverridePlan(1, "replace", *SPAN, C), ["P2"], ["P2"]),
        (OverridePlan(1, "replace", *SPAN, C, layer_id=2), ["P0"], ["P2"]),
        (OverridePlan(1, "replace", *SPAN, C, replaces=A), ["P2"], ["P1"]),
        (OverridePlan(1, "add", *SPAN, C), ["P0", "P2"], ["P1", "P2"]),
        (OverridePlan(1, "add", *SPAN, C, layer_id=1), ["P0", "P2"], ["P1"]),
        (OverridePlan(1, "remove", *SPAN, A), [], ["P1"]),
        (OverridePlan(1, "remove", *SPAN, layer_id=2), ["P0"], ["P0"]),
        (OverridePlan(1, "remove", *SPAN), [], []),
        (OverridePlan(1, "replace", *SPAN, Somebody(7, may_work=False)), ["P0"], ["P1"]),
    ],
)
def test_an_override_of_a_layer_or_of_all(
    row: OverridePlan, by_day: list[str], by_night: list[str]
) -> None:
    night = rotation((B,), number=2, priority=1, days=Days(hours=((time(20), time(8)),)))
    plan = Plan((rotation((A,)), night), (row,))

    assert who(plan, "2026-03-04 12:00") == by_day
    assert who(plan, "2026-03-04 22:00") == by_night
    assert who(plan, "2026-03-20 12:00") == ["P0"]  # half open: it is over


def test_an_override_over_several_shifts_does_not_merge_them() -> None:
    plan = Plan((rotation((A,), (B,)),), (OverridePlan(1, "replace", *SPAN, C),))

    shifts = plan.between(*SPAN)

    assert [shift.people for shift in shifts] == [(C,), (C,), (C,)]
    assert len({shift.slot for shift in shifts}) == 3


def test_a_temporary_schedule_stands_above_all_and_its_gaps_fall_through() -> None:
    start, end = SPAN
    shift = (C, start, start + 12 * HOUR)
    gone = (Somebody(7, may_work=False), start + 12 * HOUR, start + 14 * HOUR)
    plan = Plan(
        (rotation((A,)),),
        (OverridePlan(1, "replace", start, start + DAY, B),),
        (TemporaryPlan(1, start, end, "Move", (shift, gone)),),
    )

    assert plan.at(start)[:2] == ((C,), "Temporary schedule: Move")
    assert who(plan, "2026-03-03 13:00") == ["P1"]
    answer = plan.at(at("2026-03-05 12:00"))
    assert answer.people == (A,)
    assert "The temporary schedule has nobody then; the usual one decides." in answer.reason


def test_a_calendar_s_names_that_are_nobody_are_a_gap_that_says_so() -> None:
    start, end = SPAN
    layer = LayerPlan(
        3,
        "Ops",
        fixed=(
            Fixed(start, start + DAY, A, "one", 0),
            Fixed(start, start + 12 * HOUR, B, "two", 5),
            Fixed(start + DAY, start + 2 * DAY, None, "three", 0, "Bob"),
        ),
    )
    plan = Plan((layer,))

    assert who(plan, "2026-03-03 06:00") == ["P1"]
    assert who(plan, "2026-03-03 18:00") == ["P0"]
    assert plan.at(at("2026-03-04 12:00"))[:2] == (
        (),
        "The calendar “Ops” names “Bob”, who is nobody here.",
    )
    assert plan.at(end).reason == "The calendar “Ops” has nobody."


def test_a_layer_out_of_force_counts_its_turns_all_the_same() -> None:
    layer = rotation((A,), (B,))
    later = LayerPlan(
        1, "", 0, layer.rule, layer.groups, at("2026-03-09 12:00"), at("2026-03-16 12:00")
    )
    plan = Plan((later,))

    assert who(plan, "2026-03-09 11:59") == []
    assert who(plan, "2026-03-09 12:00") == ["P1"]
    assert who(plan, "2026-03-16 11:59") == ["P0"]
    assert who(plan, "2026-03-16 12:00") == []


def test_what_an_edit_changes_is_told_by_people_and_spans() -> None:
    before = Plan((rotation((A,), (B,)),))
    after = before.with_layer(rotation((A,), (C,)))
    window = at("2026-03-02 09:00"), at("2026-03-23 09:00")

    found = differences(before.between(*window), after.between(*window))

    assert found == [(at("2026-03-09 09:00"), at("2026-03-16 09:00"), (B,), (C,))]
    assert differences(before.between(*window), before.between(*window)) == []
    assert before.without_layer(1).at(window[0]).people == ()


def test_shifts_that_a_clock_change_lengthens_are_named() -> None:
    plan = Plan((rotation((A,), (B,), zone="Europe/Berlin"),))
    start, end = at("2026-10-01 00:00"), at("2026-11-30 00:00")

    (change,) = clock_changes(plan.between(start, end), "Europe/Berlin", start, end)

    assert (change.at, change.by) == (at("2026-10-25 01:00"), -HOUR)
    (shift,) = change.shifts
    assert shift.ends_at - shift.starts_at == WEEK + HOUR


def test_a_typed_time_may_be_shown_twice_or_never() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    skipped, twice = datetime(2026, 3, 29, 2, 30), datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001

    assert readings(skipped, berlin) == []
    assert nearest(skipped, berlin) == [at("2026-03-29 01:00"), at("2026-03-29 01:30")]
    assert readings(twice, berlin) == [at("2026-10-25 00:30"), at("2026-10-25 01:30")]
    assert readings(datetime(2026, 5, 1, 9), berlin) == [at("2026-05-01 07:00")]  # noqa: DTZ001
