"""
Whom a step tells: who stands behind its targets at an instant, whose turn it is, and why.

No database: who is on call and what people are called is asked of a `Resolver`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

from django.utils.translation import gettext as _

from incidents.snapshots import ROUND_ROBIN, Snapshot, Step, Target

CHANNELS = {"channel", "webhook"}


class Somebody(NamedTuple):
    """A person who can be told, or a channel."""

    id: int
    name: str
    zone: str = "UTC"


class Duty(NamedTuple):
    """Who is on call on a schedule, and why them or why nobody; ids where there is one."""

    people: tuple[Somebody, ...]
    reason: str
    schedule_id: int | None = None
    team_id: int | None = None


class Resolver(Protocol):
    """Who stands behind the ids of a snapshot, at an instant; only those who can be told."""

    def person(self, pk: int) -> Somebody | None: ...
    def on_call(self, schedule_id: int, at: datetime) -> Duty: ...
    def team_on_call(self, team_id: int, at: datetime) -> Duty: ...
    def members(self, team_id: int) -> tuple[Somebody, ...]: ...
    def managers(self, team_id: int) -> tuple[Somebody, ...]: ...
    def administrators(self) -> tuple[Somebody, ...]: ...
    def channel(self, pk: int) -> Somebody | None: ...
    def team_name(self, team_id: int) -> str: ...


class Reached(NamedTuple):
    """One person or channel that is told, and why them."""

    kind: str  # "person" or "channel"
    id: int
    name: str
    why: str


class Gap(NamedTuple):
    """A schedule on which nobody is on call; without an id, that of the team."""

    schedule_id: int | None
    team_id: int | None
    reason: str


class Found(NamedTuple):
    """Whom a step reaches, why them or why nobody, and where nobody is on call."""

    reached: tuple[Reached, ...]
    reason: str
    gaps: tuple[Gap, ...] = ()

    @property
    def has_people(self) -> bool:
        return any(each.kind == "person" for each in self.reached)


class _Entry(NamedTuple):
    """People or a channel that one target stands for, why them, or why there is nobody."""

    reached: tuple[tuple[str, Somebody], ...]
    why: str
    gap: Gap | None = None


def whom(snapshot: Snapshot, step: Step, turn: int, at: datetime, resolver: Resolver) -> Found:
    """Return whom this step tells; `turn` counts up for a round robin of people."""
    entries = list(_entries(snapshot, step, at, resolver))
    gaps = tuple(each.gap for each in entries if each.gap)
    people = [_awake(step, each, at) for each in entries if not _is_channel(each)]
    if step.strategy == ROUND_ROBIN:
        people = _whose_turn(people, turn)
    channels = [each for each in entries if _is_channel(each)]
    reached = tuple(_once([*people, *channels]))
    told = [each.why for each in reached if each.kind == "person"]
    reason = " ".join(dict.fromkeys(told or [each.why for each in people if each.why]))
    if not reason and not reached:
        reason = _("The step names nobody.")
    return Found(reached, reason, gaps)


def _entries(
    snapshot: Snapshot, step: Step, at: datetime, resolver: Resolver
) -> Iterator[_Entry]:
    """What each target stands for; in a round robin, each of a team's people by themselves."""
    for target in step.targets:
        entry = _entry(snapshot, target, at, resolver)
        if step.strategy == ROUND_ROBIN and target.kind in {"team", "managers"}:
            for one in entry.reached:
                yield _Entry((one,), entry.why)
            if not entry.reached:
                yield entry
        else:
            yield entry


def _entry(snapshot: Snapshot, target: Target, at: datetime, resolver: Resolver) -> _Entry:
    team_id = target.id or snapshot.team_id
    if target.kind == "schedule":
        return _on_call(snapshot, target, at, resolver)
    if target.kind in {"team", "managers"}:
        name = {"team": resolver.team_name(team_id)}
        is_team = target.kind == "team"
        people = resolver.members(team_id) if is_team else resolver.managers(team_id)
        why = _("Member of %(team)s.") if is_team else _("Manager of %(team)s.")
        empty = _("%(team)s has nobody.") if is_team else _("%(team)s has no manager.")
        return _Entry(_as_people(people), (why if people else empty) % name)
    if target.kind in CHANNELS:
        channel = resolver.channel(target.id) if target.id else None
        reached = (("channel", channel),) if channel else ()
        return _Entry(reached, "" if channel else _("The channel is gone."))
    person = resolver.person(target.id) if target.id else None
    if person is None:
        return _Entry((), _("The person of this step cannot be told any more."))
    return _Entry(_as_people((person,)), _("Named in the policy."))


def _on_call(snapshot: Snapshot, target: Target, at: datetime, resolver: Resolver) -> _Entry:
    if target.id:
        duty = resolver.on_call(target.id, at)
    else:
        duty = resolver.team_on_call(snapshot.team_id, at)
    gap = Gap(duty.schedule_id, duty.team_id, duty.reason) if not duty.people else None
    return _Entry(_as_people(duty.people), duty.reason, gap)


def _as_people(people: Iterable[Somebody]) -> tuple[tuple[str, Somebody], ...]:
    return tuple(("person", person) for person in people)


def _is_channel(entry: _Entry) -> bool:
    return any(kind == "channel" for kind, _who in entry.reached)


def _awake(step: Step, entry: _Entry, at: datetime) -> _Entry:
    """Leave out those for whom it is night, where the step says so."""
    conditions = step.conditions
    awake = tuple(
        (kind, who)
        for kind, who in entry.reached
        if all(condition.is_awake(who.zone, at) for condition in conditions)
    )
    asleep = [who.name for kind, who in entry.reached if (kind, who) not in awake]
    if not asleep:
        return entry
    note = _("It is night for %(names)s.") % {"names": ", ".join(asleep)}
    why = f"{entry.why} {note}".strip() if awake else note
    return entry._replace(reached=awake, why=why)


def _whose_turn(entries: list[_Entry], turn: int) -> list[_Entry]:
    """The one whose turn it is, or the next of them who can be told."""
    reachable = [entry for entry in entries if entry.reached]
    if not reachable:
        return entries
    places = [(turn + step) % len(entries) for step in range(len(entries))]
    return [next(entries[place] for place in places if entries[place].reached)]


def _once(entries: list[_Entry]) -> Iterator[Reached]:
    """Everybody once, however many targets name them, for the first reason."""
    seen: set[tuple[str, int]] = set()
    for entry in entries:
        for kind, who in entry.reached:
            if (kind, who.id) not in seen:
                seen.add((kind, who.id))
                yield Reached(kind, who.id, who.name, entry.why)
