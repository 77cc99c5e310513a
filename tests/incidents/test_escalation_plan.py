"""
What a step does, without a database: whom it tells, what it waits for, what comes next.

`CLIMB_CASES` says how many random ladders are climbed.
"""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings

from incidents.conditions import Facts, read
from incidents.escalation_plan import Decision, Position, Snapshot, decide, walk
from operations.business_hours import Calendar, Unreadable
from tests.incidents.climbers import (
    MONDAY,
    NEVER,
    OFFICE,
    World,
    all_facts,
    calendar,
    facts,
    ladder,
    ladders,
    moments,
    step,
    worlds,
)

CASES = int(os.environ.get("CLIMB_CASES", "400"))
NIGHT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)  # Tuesday, 03:00 in Berlin
MINUTE = timedelta(minutes=1)


def world() -> World:
    return World(schedules={1: [(1,)]}, teams={1: (1, 2, 3)}, led={1: (2,)})


def told(decisions: list[Decision]) -> list[tuple[int, list[str]]]:
    """At which minute who was told; waits and skips leave no line."""
    return [
        ((each.at - decisions[0].at) // MINUTE, [reached.name for reached in each.reached])
        for each in decisions
        if each.reached
    ]


def test_the_wait_of_a_step_comes_after_it() -> None:
    snapshot = ladder(
        step(("schedule", None), wait=5), step(("managers", None), wait=10), last_resort=3
    )
    climb = walk(snapshot, MONDAY, facts(), world())
    assert told(climb) == [(0, ["Olivia"]), (5, ["Max"]), (15, ["Jun"])]
    assert climb[-1].next_position is None


def test_it_is_climbed_again_as_often_as_it_says() -> None:
    snapshot = ladder(step(("person", 1), wait=5), repeat=2)
    climb = walk(snapshot, MONDAY, facts(), world())
    assert told(climb) == [(0, ["Olivia"]), (5, ["Olivia"]), (10, ["Olivia"]), (15, ["Ada"])]


def test_nobody_on_call_means_the_next_step_now_and_names_the_gap() -> None:
    snapshot = ladder(step(("schedule", 2), wait=30), step(("person", 2), wait=5))
    climb = walk(snapshot, MONDAY, facts(), world())
    assert told(climb) == [(0, ["Max"]), (5, ["Ada"])]
    assert [gap.schedule_id for gap in climb[0].gaps] == [2]
    assert climb[0].reason == "Nobody takes part."


def test_where_the_last_step_is_empty_the_last_resort_is_told_at_once() -> None:
    snapshot = ladder(step(("person", 1)), step(("schedule", 2)), last_resort=3)
    assert told(walk(snapshot, MONDAY, facts(), world())) == [(0, ["Olivia"]), (5, ["Jun"])]


def test_a_last_resort_who_left_gives_way_to_the_administrators() -> None:
    snapshot = ladder(step(("person", 1)), last_resort=3)
    gone = World(gone=frozenset({1, 3}))
    assert told(walk(snapshot, MONDAY, facts(), gone)) == [(0, ["Ada"])]


def test_a_ladder_that_reaches_nobody_is_not_climbed_again_and_again() -> None:
    snapshot = ladder(step(("schedule", 2)), step(("person", 9)), repeat=9)
    climb = walk(snapshot, MONDAY, facts(), world())
    assert len(climb) == 3
    assert told(climb) == [(0, ["Ada"])]


def test_a_room_is_told_but_is_nobody_who_could_answer() -> None:
    both = ladder(step(("channel", 7), ("schedule", 2), wait=30), step(("person", 2)))
    assert told(walk(both, MONDAY, facts(), world())) == [
        (0, ["Room"]),
        (0, ["Max"]),
        (5, ["Ada"]),
    ]
    alone = ladder(step(("channel", 7), wait=3), step(("person", 2)))
    assert told(walk(alone, MONDAY, facts(), world()))[:2] == [(0, ["Room"]), (3, ["Max"])]


def test_everybody_is_told_once_however_often_a_step_names_them() -> None:
    snapshot = ladder(step(("schedule", None), ("team", None), ("person", 1)))
    first = walk(snapshot, MONDAY, facts(), world())[0]
    assert [(each.name, each.why) for each in first.reached] == [
        ("Olivia", "Turn 0."),
        ("Max", "Member of Team 1."),
        ("Jun", "Member of Team 1."),
    ]


def test_a_round_robin_goes_on_with_each_climb_and_skips_who_is_away() -> None:
    rung = step(("team", None), strategy="round_robin")
    firsts = [
        walk(ladder(rung, turn=turn), MONDAY, facts(), world())[0].reached[0].name
        for turn in range(4)
    ]
    assert firsts == ["Olivia", "Max", "Jun", "Olivia"]
    away = World(schedules={1: []}, teams={1: (2,)})
    robin = step(("schedule", 1), ("person", 2), strategy="round_robin")
    for turn in range(3):
        climb = walk(ladder(robin, turn=turn), MONDAY, facts(), away)
        assert told(climb)[0] == (0, ["Max"])


def test_what_waits_for_the_hours_is_told_when_they_begin() -> None:
    snapshot = ladder(step(("person", 1)), hours=calendar(OFFICE))
    climb = walk(snapshot, NIGHT, facts(), world())
    assert climb[0].waits_until == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
    assert climb[0].reached == ()
    assert told(climb) == [(360, ["Olivia"]), (365, ["Ada"])]


def test_who_asks_for_it_does_not_wait() -> None:
    snapshot = ladder(step(("person", 1), conditions=[{"kind": "queue", "calendar": OFFICE}]))
    now = decide(snapshot, Position(), NIGHT, facts(), world(), is_forced=True)
    assert [each.name for each in now.reached] == ["Olivia"]


def test_a_queue_holds_its_own_step_only() -> None:
    queue = {"kind": "queue", "calendar": OFFICE}
    snapshot = ladder(step(("person", 1)), step(("person", 2), conditions=[queue]))
    climb = walk(snapshot, NIGHT, facts(), world())
    assert told(climb)[:2] == [(0, ["Olivia"]), (360, ["Max"])]


@pytest.mark.parametrize("hours", [NEVER, {"zone": "UTC", "ranges": [[0, "09:00", "09:00"]]}])
def test_hours_that_never_open_hold_nothing_back(hours: dict[str, object]) -> None:
    if hours == NEVER:
        snapshot = ladder(step(("person", 1)), hours=calendar(hours))
        assert told(walk(snapshot, NIGHT, facts(), world()))[0] == (0, ["Olivia"])
    else:  # a range from nine to nine is the whole day
        assert calendar(hours).is_open(MONDAY + timedelta(hours=5))


@pytest.mark.parametrize(
    ("condition", "at", "is_told"),
    [
        ({"kind": "severity", "severities": [0]}, MONDAY, True),
        ({"kind": "severity", "severities": [1, 2]}, MONDAY, False),
        ({"kind": "calendar", "calendar": OFFICE, "open": True}, MONDAY, True),
        ({"kind": "calendar", "calendar": OFFICE, "open": True}, NIGHT, False),
        ({"kind": "calendar", "calendar": OFFICE, "open": False}, NIGHT, True),
        ({"kind": "calendar", "calendar": None, "open": True}, NIGHT, True),
        ({"kind": "night"}, MONDAY, True),
        ({"kind": "night"}, NIGHT, False),
        ({"kind": "volume", "alerts": 2, "minutes": 10}, MONDAY, True),
        ({"kind": "volume", "alerts": 3, "minutes": 10}, MONDAY, False),
    ],
)
def test_a_step_whose_condition_does_not_hold_is_skipped_at_once(
    condition: dict[str, object], at: datetime, is_told: bool
) -> None:
    snapshot = ladder(step(("person", 1), conditions=[condition]), step(("person", 2)))
    alerts = (MONDAY, MONDAY - 9 * MINUTE, MONDAY - 10 * MINUTE)
    climb = walk(snapshot, at, facts(alerts=alerts), world())
    assert ("Olivia" in told(climb)[0][1]) == is_told
    assert told(climb)[0][0] == 0
    if not is_told:
        assert climb[0].skipped_because or "night for Olivia" in climb[0].reason


def test_hours_of_a_weekday_in_a_zone_that_cross_midnight_belong_to_the_day_they_begin() -> (
    None
):
    friday_night = read(
        {
            "kind": "hours",
            "zone": "Europe/Berlin",
            "weekdays": [4],
            "from": "22:00",
            "until": "06:00",
        }
    )
    early_saturday = datetime(2026, 3, 7, 3, 0, tzinfo=UTC)
    early_friday = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)
    assert friday_night.why_not(early_saturday, facts()) == ""
    assert "Only Fri 22:00" in friday_night.why_not(early_friday, facts())


def test_public_holidays_are_not_business_hours() -> None:
    hours = Calendar.read({**OFFICE, "country": "DE", "subdivision": "BE"})
    good_friday = datetime(2026, 4, 3, 10, 0, tzinfo=UTC)
    assert not hours.is_open(good_friday)
    assert hours.opens(good_friday) == datetime(2026, 4, 7, 7, 0, tzinfo=UTC)  # Tuesday


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"kind": "weather"},
        {"kind": "severity", "severities": []},
        {"kind": "severity", "severities": [9]},
        {"kind": "hours", "zone": "Mars/Base", "weekdays": [0], "from": "1", "until": "2"},
        {"kind": "hours", "zone": "UTC", "weekdays": [], "from": "09:00", "until": "10:00"},
        {"kind": "volume", "alerts": 0, "minutes": 5},
        {"kind": "volume", "alerts": 5},
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(condition: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        read(condition)
    broken = ladder(step(("person", 1), conditions=[condition]))
    assert told(walk(broken, NIGHT, facts(), world()))[0] == (0, ["Olivia"])


@settings(max_examples=CASES, deadline=None)
@given(snapshot=ladders, start=moments, facts=all_facts, world=worlds)
def test_every_climb_ends_in_order_leaves_nobody_out_and_can_be_taken_step_by_step(
    snapshot: Snapshot, start: datetime, facts: Facts, world: World
) -> None:
    climb = walk(snapshot, start, facts, world)

    assert len(climb) <= 3 * (len(snapshot.steps) * (snapshot.repeat + 1) + 1)
    assert [each.at for each in climb] == sorted(each.at for each in climb)
    assert climb[-1].next_position is None
    assert climb[-1].position.index == len(snapshot.steps)
    if world.administrators():
        assert climb[-1].has_people  # never no page
    for each in climb:
        keys = [(reached.kind, reached.id) for reached in each.reached]
        assert len(keys) == len(set(keys))
        assert all(each.why for each in each.reached if each.kind == "person")
        assert each.reached or each.reason or each.skipped_because
        if each.waits_until:
            assert each.waits_until > each.at
            assert each.next_position == each.position
    assert step_by_step(snapshot.as_data(), start, facts, world) == climb


def step_by_step(
    kept: dict[str, object], start: datetime, facts: Facts, world: World
) -> list[Decision]:
    """As the engine climbs: it knows a row's position, its due time and the kept copy."""
    taken: list[Decision] = []
    position: Position | None = Position()
    due: datetime | None = start
    while position is not None and due is not None:
        taken.append(decide(Snapshot.read(kept), position, due, facts, world, due_at=due))
        position, due = taken[-1].next_position, taken[-1].next_due_at
    return taken


@settings(max_examples=300, deadline=None)
@given(start=moments)
def test_hours_open_when_they_say_and_not_a_moment_sooner(start: datetime) -> None:
    hours = calendar(OFFICE)
    opens = hours.opens(start)
    assert opens is not None
    assert hours.is_open(opens)
    assert opens >= start
    if opens > start:
        assert not hours.is_open(opens - timedelta(seconds=1))
        assert not hours.is_open(start)
    inside = hours.changes(start, start + timedelta(days=7))
    for edge in inside:
        assert hours.is_open(edge) != hours.is_open(edge - timedelta(seconds=1))
