"""The proof of coverage against brute force: on small worlds, minute by minute, no database."""

import itertools
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.coverage import Cause, Ladder, Prover, Verdict, World, judge, turns_of
from incidents.escalation_plan import Facts, walk
from incidents.escalation_targets import Duty, Somebody
from incidents.models import HoleKind
from incidents.pieces import Look, cut
from incidents.roster import Roster, Stretch
from incidents.snapshots import Snapshot, Step, Target
from operations.business_hours import Calendar, Range

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GRID = 15 * MINUTE  # on which everything in a random world lies
TEAM, SCHEDULE, NIGHTS = 1, 7, 8
OLIVIA, MAX, ADA = (Somebody(n, name) for n, name in [(1, "Olivia"), (2, "Max"), (3, "Ada")])
CASES = int(os.environ.get("COVERAGE_CASES", "60"))


def shifts(
    *spans: tuple[datetime, datetime, tuple[Somebody, ...]],
) -> Callable[..., list[Stretch]]:
    """Who is on call in these spans, and nobody between them."""

    def between(start: datetime, end: datetime) -> list[Stretch]:
        found, edge = [], start
        for begins, ends, people in spans:
            if ends <= start or begins >= end:
                continue
            if begins > edge:
                found.append(Stretch(edge, begins, (), "A gap."))
            edge = min(ends, end)
            found.append(Stretch(max(begins, start), edge, people, "A turn."))
        if edge < end:
            found.append(Stretch(edge, end, (), "A gap."))
        return found

    return between


def world(
    *spans: tuple[datetime, datetime, tuple[Somebody, ...]],
    sure: Sequence[Somebody] = (OLIVIA, MAX, ADA),
    managers: Sequence[Somebody] = (),
    administrators: Sequence[Somebody] = (),
    nights: Sequence[tuple[datetime, datetime, tuple[Somebody, ...]]] = (),
    away: dict[int, tuple[tuple[datetime, datetime], ...]] | None = None,
) -> World:
    roster = Roster(
        people={each.id: each for each in (OLIVIA, MAX, ADA)},
        team_members={TEAM: (OLIVIA, MAX)},
        team_managers={TEAM: tuple(managers)},
        everybody_in_charge=tuple(administrators),
        team_names={TEAM: "Payments"},
        schedule_of_team={TEAM: SCHEDULE},
        schedules={SCHEDULE: shifts(*spans), NIGHTS: shifts(*nights)},
    )
    return World(roster, {each.id: timedelta(0) for each in sure}, away or {})


def ladder(*steps: Step, within: timedelta | None = None, **fields: object) -> Ladder:
    return Ladder(Snapshot("A policy", TEAM, steps, **fields), severity=0, within=within)  # type: ignore[arg-type]


def kinds(found: World, asked: Ladder, days: int = 2) -> list[tuple[str, str, str]]:
    """What is found, as (kind, from, until) with times since the start."""
    proof = Prover(found).prove(asked, START, START + days * DAY)
    assert proof.is_complete
    return [
        (piece.answer.kind, str(piece.starts_at - START), str(piece.ends_at - START))
        for piece in proof.pieces
        if piece.answer.kind
    ]


ON_CALL = Step((Target("schedule"),), delay=10 * MINUTE)
MANAGERS = Step((Target("managers"),), delay=10 * MINUTE)


class TestWhatIsFound:
    def test_nothing_where_somebody_is_always_on_call(self) -> None:
        found = world((START - DAY, START + 9 * DAY, (OLIVIA,)))
        assert kinds(found, ladder(ON_CALL)) == []

    def test_a_gap_is_a_hole_to_the_minute(self) -> None:
        found = world(
            (START - DAY, START + 5 * HOUR, (OLIVIA,)),
            (START + 7 * HOUR, START + 9 * DAY, (MAX,)),
        )
        assert kinds(found, ladder(ON_CALL)) == [("nobody", "5:00:00", "7:00:00")]

    def test_a_gap_that_a_later_step_bridges_begins_earlier_and_is_weak(self) -> None:
        """Nobody on call first; the second step, ten minutes on, asks another schedule."""
        found = world(
            (START - DAY, START + 5 * HOUR, (OLIVIA,)),
            (START + 7 * HOUR, START + 9 * DAY, (OLIVIA,)),
            nights=[(START - DAY, START + 9 * DAY, (MAX,))],
        )
        asked = ladder(ON_CALL, Step((Target("schedule", NIGHTS),)))
        assert kinds(found, asked) == [("first_step", "5:00:00", "7:00:00")]

    def test_the_wait_of_a_step_moves_the_edges_of_what_comes_after(self) -> None:
        """Olivia is never reached; Max, ten minutes later, is on call from six o'clock."""
        found = world(
            (START - DAY, START + 9 * DAY, (OLIVIA,)),
            nights=[(START + 6 * HOUR, START + 9 * DAY, (MAX,))],
            sure=[MAX],
        )
        asked = ladder(ON_CALL, Step((Target("schedule", NIGHTS),)))
        assert kinds(found, asked) == [
            ("nobody", "0:00:00", "5:50:00"),
            ("first_step", "5:50:00", "2 days, 0:00:00"),
        ]

    def test_only_the_last_resort(self) -> None:
        asked = ladder(ON_CALL, MANAGERS)
        assert kinds(world(administrators=[ADA]), asked)[0][0] == "last_resort"
        assert kinds(world(administrators=[ADA], sure=[OLIVIA]), asked)[0][0] == "nobody"

    def test_late_is_later_than_the_severity_asks(self) -> None:
        found = world((START - DAY, START + 9 * DAY, (OLIVIA,)), managers=[MAX], sure=[MAX])
        assert kinds(found, ladder(ON_CALL, MANAGERS, within=9 * MINUTE))[0][0] == "late"
        assert kinds(found, ladder(ON_CALL, MANAGERS, within=10 * MINUTE))[0][0] == "first_step"

    def test_a_slow_chain_is_late_too(self) -> None:
        found = world((START - DAY, START + 9 * DAY, (OLIVIA,)))
        slow = World(found.roster, {OLIVIA.id: 20 * MINUTE})
        assert kinds(slow, ladder(ON_CALL, within=15 * MINUTE))[0][0] == "late"

    def test_people_on_leave_are_a_finding_and_not_taken_out(self) -> None:
        found = world(
            (START - DAY, START + 9 * DAY, (OLIVIA,)),
            away={OLIVIA.id: ((START + 3 * HOUR, START + 4 * HOUR),)},
        )
        assert kinds(found, ladder(ON_CALL)) == [("away", "3:00:00", "4:00:00")]

    def test_it_names_what_is_missing(self) -> None:
        found = world((START - DAY, START + HOUR, (OLIVIA,)), sure=[])
        proof = Prover(found).prove(ladder(ON_CALL, MANAGERS), START, START + DAY)
        assert proof.pieces[0].answer.causes == (Cause("unreachable", OLIVIA.id),)
        assert proof.pieces[-1].answer.causes == (Cause("gap", SCHEDULE),)

    def test_a_ladder_without_people_is_the_policys_own_fault(self) -> None:
        (found,) = Prover(world()).prove(ladder(policy_id=4), START, START + DAY).pieces
        assert found.answer == Verdict("nobody", (Cause("policy", 4),))

    def test_every_turn_of_a_round_robin_counts(self) -> None:
        step = Step((Target("team"),), strategy="round_robin")
        assert turns_of(ladder(step).snapshot, world().roster) == 2
        assert kinds(world(), ladder(step)) == []
        assert kinds(world(sure=[MAX]), ladder(step))[0][0] == "nobody"

    def test_hours_that_a_severity_waits_for(self) -> None:
        """At night it waits for nine o'clock, when nobody is on call on the first day."""
        office = Calendar("UTC", tuple(Range(day, time(9), time(17)) for day in range(7)))
        found = world((START + DAY, START + 9 * DAY, (OLIVIA,)))
        assert kinds(found, ladder(ON_CALL, hours=office)) == [
            ("nobody", "0:00:00", "17:00:00")
        ]

    def test_what_is_cut_short_says_so(self) -> None:
        spans = [(START + n * HOUR, START + (n + 1) * HOUR, (OLIVIA,)) for n in range(0, 48, 2)]
        proof = Prover(world(*spans)).prove(ladder(ON_CALL), START, START + 2 * DAY, at_most=5)
        assert not proof.is_complete


# Random worlds, on a grid of a quarter of an hour.

PEOPLE = st.lists(st.sampled_from([OLIVIA, MAX, ADA]), unique=True, max_size=2)


@st.composite
def spans(draw: st.DrawFn) -> list[tuple[datetime, datetime, tuple[Somebody, ...]]]:
    edges = sorted(draw(st.lists(st.integers(-8, 120), min_size=2, max_size=8, unique=True)))
    return [
        (START + first * GRID, START + last * GRID, tuple(draw(PEOPLE)))
        for first, last in itertools.pairwise(edges)
    ]


CONDITIONS = st.sampled_from(
    [
        (),
        (
            {
                "kind": "hours",
                "zone": "UTC",
                "weekdays": [0, 1],
                "from": "08:00",
                "until": "12:30",
            },
        ),
        (
            {
                "kind": "hours",
                "zone": "Europe/Berlin",
                "weekdays": [0],
                "from": "22:00",
                "until": "06:00",
                "inside": False,
            },
        ),
        ({"kind": "night"},),
        ({"kind": "volume", "alerts": 1, "minutes": 40},),
        ({"kind": "severity", "severities": [1]},),
        (
            {
                "kind": "queue",
                "calendar": {
                    "zone": "UTC",
                    "ranges": [[0, "09:00", "11:00"], [1, "03:00", "05:00"]],
                },
            },
        ),
    ]
)
STEPS = st.builds(
    Step,
    targets=st.lists(
        st.builds(
            Target,
            kind=st.sampled_from(["schedule", "schedule", "managers", "team"]),
        )
        | st.just(Target("schedule", NIGHTS))
        | st.just(Target("person", ADA.id)),
        max_size=2,
    ).map(tuple),
    delay=st.sampled_from([15, 30, 75]).map(lambda minutes: minutes * MINUTE),
    strategy=st.sampled_from(["all", "all", "round_robin"]),
    said=CONDITIONS,
)
LADDERS = st.builds(
    lambda steps, repeat, last, hours: ladder(
        *steps,
        repeat=repeat,
        last_resort=last,
        hours=Calendar("UTC", (Range(0, time(6), time(10)), Range(1, time(2), time(4))))
        if hours
        else None,
        within=20 * MINUTE,
    ),
    st.lists(STEPS, max_size=3),
    st.integers(0, 1),
    st.sampled_from([None, ADA.id]),
    st.booleans(),
)
LEAVES = st.dictionaries(
    st.sampled_from([OLIVIA.id, MAX.id]),
    st.tuples(st.integers(0, 60), st.integers(1, 40)).map(
        lambda pair: ((START + pair[0] * GRID, START + (pair[0] + pair[1]) * GRID),)
    ),
)
WORLDS = st.builds(
    lambda main, nights, sure, managers, away: world(
        *main, nights=nights, sure=sure, managers=managers, away=away
    ),
    spans(),
    spans(),
    PEOPLE,
    PEOPLE,
    LEAVES,
)


class Plainly:
    """A resolver that looks everything up anew, as slowly as it likes."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster

    def person(self, pk: int) -> Somebody | None:
        return self.roster.people.get(pk)

    def on_call(self, schedule_id: int, at: datetime) -> Duty:
        (now,) = self.roster.schedules[schedule_id](at, at + MINUTE / 60)[:1]
        return Duty(now.people, now.reason, schedule_id)

    def team_on_call(self, team_id: int, at: datetime) -> Duty:
        return self.on_call(self.roster.schedule_of_team[team_id], at)._replace(team_id=team_id)

    def members(self, team_id: int) -> tuple[Somebody, ...]:
        return self.roster.team_members[team_id]

    def managers(self, team_id: int) -> tuple[Somebody, ...]:
        return self.roster.team_managers[team_id]

    def administrators(self) -> tuple[Somebody, ...]:
        return self.roster.everybody_in_charge

    def channel(self, pk: int) -> Somebody | None:
        return None

    def team_name(self, team_id: int) -> str:
        return "Payments"


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=WORLDS, asked=LADDERS)
def test_brute_force_finds_the_same_holes(found: World, asked: Ladder) -> None:
    """At each quarter of an hour, and just before it, for each turn of a round robin."""
    proof = Prover(found).prove(asked, START, START + DAY)
    resolver = Plainly(found.roster)
    for step in range(96):
        for begins in (START + step * GRID, START + (step + 1) * GRID - MINUTE):
            (piece,) = [p for p in proof.pieces if p.starts_at <= begins < p.ends_at]
            ends_well = []
            for turn in range(turns_of(asked.snapshot, found.roster)):
                climbed = Snapshot(**{**asked.snapshot.__dict__, "turn": turn})
                facts = Facts(0, begins, (begins,))
                told = [
                    each.id
                    for decision in walk(climbed, begins, facts, resolver)
                    for each in decision.reached
                ]
                ends_well.append(any(person in found.sure for person in told))
            assert (piece.answer.kind == HoleKind.NOBODY) == (not all(ends_well)), begins


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=WORLDS, asked=LADDERS)
def test_between_two_cuts_nothing_changes(found: World, asked: Ladder) -> None:
    """Each piece's verdict is that of every instant in it, weak spots and causes too."""
    if turns_of(asked.snapshot, found.roster) > 1:
        return
    prover = Prover(found)
    for piece in prover.prove(asked, START, START + DAY).pieces:
        length = piece.ends_at - piece.starts_at
        for part in (0.0, 0.13, 0.5, 0.77, 0.999):
            climb = prover.climb(asked, piece.starts_at + length * part)
            assert judge(climb.decisions, asked, found) == piece.answer


@pytest.mark.parametrize("at_most", [3, 100])
def test_cutting_asks_only_where_the_answer_may_change(at_most: int) -> None:
    asked = []

    def look(at: datetime) -> Look[int]:
        asked.append(at)
        number = (at - START) // HOUR
        return Look(number // 2, START + (number + 1) * HOUR)

    found = cut(look, START, START + 6 * HOUR, at_most=at_most)
    assert found.is_complete == (at_most > 6)
    assert len(asked) == min(at_most, 6)
    assert [piece.answer for piece in found.pieces] == ([0, 1, 2] if at_most > 6 else [0, 1])
