"""A made-up world to walk escalations through without a database, and random ones."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from incidents.conditions import Facts
from incidents.escalation_plan import Duty, Snapshot, Somebody, Step, Target
from operations.business_hours import Calendar

TEAM = 1
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = {
    pk: Somebody(pk, name, zone)
    for pk, name, zone in [
        (1, "Olivia", "Europe/Berlin"),
        (2, "Max", "Europe/Berlin"),
        (3, "Jun", "Asia/Tokyo"),
        (4, "Ada", "America/New_York"),
    ]
}
OFFICE: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "ranges": [[day, "09:00", "17:00"] for day in range(5)],
}
NIGHTS: dict[str, Any] = {
    "zone": "UTC",
    "ranges": [[day, "22:00", "06:00"] for day in range(7)],
}
NEVER: dict[str, Any] = {"zone": "UTC", "ranges": []}


@dataclass
class World:
    """Who stands behind which id; a schedule changes hands every so many minutes."""

    schedules: dict[int, list[tuple[int, ...]]] = field(default_factory=dict)
    turn: timedelta = timedelta(hours=1)
    teams: dict[int, tuple[int, ...]] = field(default_factory=dict)
    led: dict[int, tuple[int, ...]] = field(default_factory=dict)
    gone: frozenset[int] = frozenset()
    in_charge: tuple[int, ...] = (4,)
    channels: frozenset[int] = frozenset({7})

    def person(self, pk: int) -> Somebody | None:
        return PEOPLE[pk] if pk in PEOPLE and pk not in self.gone else None

    def on_call(self, schedule_id: int, at: datetime) -> Duty:
        turns = self.schedules.get(schedule_id, [])
        if not turns:
            return Duty((), "Nobody takes part.", schedule_id, TEAM)
        number = int((at - MONDAY) // self.turn) % len(turns)
        people = self._known(turns[number])
        return Duty(people, f"Turn {number}." if people else "A gap.", schedule_id, TEAM)

    def team_on_call(self, team_id: int, at: datetime) -> Duty:
        return self.on_call(team_id, at)._replace(schedule_id=None, team_id=team_id)

    def members(self, team_id: int) -> tuple[Somebody, ...]:
        return self._known(self.teams.get(team_id, ()))

    def managers(self, team_id: int) -> tuple[Somebody, ...]:
        return self._known(self.led.get(team_id, ()))

    def administrators(self) -> tuple[Somebody, ...]:
        return self._known(self.in_charge)

    def channel(self, pk: int) -> Somebody | None:
        return Somebody(pk, "Room") if pk in self.channels else None

    def team_name(self, team_id: int) -> str:
        return f"Team {team_id}"

    def _known(self, pks: tuple[int, ...]) -> tuple[Somebody, ...]:
        return tuple(who for pk in pks if (who := self.person(pk)))


def facts(severity: int = 0, alerts: tuple[datetime, ...] = ()) -> Facts:
    return Facts(severity, MONDAY, alerts)


def ladder(*steps: Step, **fields: Any) -> Snapshot:
    return Snapshot(name="Ours", team_id=TEAM, steps=steps, **fields)


def step(*targets: tuple[str, int | None], wait: int = 5, **fields: Any) -> Step:
    said = tuple(fields.pop("conditions", ()))
    drawn = tuple(Target(*target) for target in targets)
    return Step(drawn, delay=timedelta(minutes=wait), said=said, **fields)


def calendar(data: dict[str, Any]) -> Calendar:
    return Calendar.read(data)


some_people = st.lists(st.sampled_from([1, 2, 3, 4, 9]), max_size=3, unique=True).map(tuple)
targets = st.one_of(
    st.tuples(st.just("person"), st.sampled_from([1, 2, 3, 9])),
    st.tuples(st.just("schedule"), st.sampled_from([None, 1, 2])),
    st.tuples(st.sampled_from(["team", "managers"]), st.sampled_from([None, 1, 2])),
    st.tuples(st.sampled_from(["channel", "webhook"]), st.sampled_from([7, 8])),
)
conditions = st.one_of(
    st.lists(st.integers(0, 3), min_size=1, unique=True).map(
        lambda them: {"kind": "severity", "severities": them}
    ),
    st.sampled_from(
        [
            {"kind": "night"},
            {"kind": "queue", "calendar": OFFICE},
            {"kind": "queue", "calendar": NIGHTS},
            {"kind": "queue", "calendar": NEVER},
            {"kind": "calendar", "calendar": OFFICE, "open": True},
            {"kind": "calendar", "calendar": OFFICE, "open": False},
            {"kind": "calendar", "calendar": None, "open": True},
            {"kind": "volume", "alerts": 2, "minutes": 10},
            {
                "kind": "hours",
                "zone": "Asia/Tokyo",
                "weekdays": [0, 1, 2],
                "from": "22:00",
                "until": "04:00",
                "inside": True,
            },
        ]
    ),
)
steps = st.builds(
    lambda drawn, wait, strategy, said: Step(
        tuple(Target(*each) for each in drawn), timedelta(minutes=wait), strategy, tuple(said)
    ),
    st.lists(targets, max_size=3),
    st.sampled_from([0, 1, 5, 90, 1440]),
    st.sampled_from(["all", "round_robin"]),
    st.lists(conditions, max_size=2),
)
ladders = st.builds(
    lambda drawn, repeat, last, hours, turn: Snapshot(
        name="Random",
        team_id=TEAM,
        steps=tuple(drawn),
        repeat=repeat,
        last_resort=last,
        hours=Calendar.read(hours) if hours else None,
        turn=turn,
    ),
    st.lists(steps, max_size=4),
    st.integers(0, 3),
    st.sampled_from([None, 1, 2, 9]),
    st.sampled_from([None, None, OFFICE, NIGHTS, NEVER]),
    st.integers(0, 5),
)
worlds = st.builds(
    World,
    schedules=st.dictionaries(st.integers(1, 2), st.lists(some_people, max_size=3)),
    turn=st.sampled_from([timedelta(minutes=7), timedelta(hours=8)]),
    teams=st.dictionaries(st.integers(1, 2), some_people),
    led=st.dictionaries(st.integers(1, 2), some_people),
    gone=st.frozensets(st.integers(1, 3), max_size=2),
    in_charge=st.sampled_from([(4,), ()]),
)
moments = st.integers(0, 60 * 24 * 14).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
all_facts = st.builds(
    lambda severity, alerts: Facts(severity, MONDAY, tuple(alerts)),
    st.integers(0, 3),
    st.lists(moments, max_size=3),
)
