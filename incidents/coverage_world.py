"""
What the proof of coverage looks at, read from the database: as many questions for one service
as for all of them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidents.coverage import Interval, Ladder, World
from incidents.escalation_targets import Somebody
from incidents.models import EscalationPolicy
from incidents.resolving import somebody
from incidents.roster import Roster, Stretch, Stretches
from incidents.route import Atlas
from operations import on_call
from operations.models import Leave, Schedule
from operations.rota import Plan
from portal import reach
from portal.errors import Refusal
from portal.models import Access, Channel, Membership, Service, Team, TeamRole, Urgency, User


@dataclass(frozen=True)
class Climbers:
    """A ladder, and the services that climb the same one."""

    ladder: Ladder
    services: tuple[Service, ...]


@dataclass(frozen=True)
class Known:
    """Everything that a run needs: the world, the ladders in it, and what things are called."""

    world: World
    climbers: list[Climbers]
    services: list[Service]
    people: Mapping[int, User]
    schedules: Mapping[int, Schedule]
    teams: Mapping[int, Team]
    policies: Mapping[int, EscalationPolicy]
    why_unreachable: Mapping[int, list[Refusal]]


def read(start: datetime) -> Known:
    """Return all of it, for pages that begin at `start` or later."""
    services = list(Service.objects.current().select_related("team"))
    atlas = Atlas.of()
    people = {person.pk: person for person in User.objects.filter(is_active=True)}
    schedules = {row.pk: row for row in on_call.schedules_with_people(after=start)}
    teams = {team.pk: team for team in Team.objects.all()}
    why_not = reach.why_unreachable_of(people.values(), Urgency.HIGH)
    return Known(
        world=World(_roster(people, schedules, teams), _sure(people, why_not), _away(start)),
        climbers=list(_climbers(atlas, services)),
        services=services,
        people=people,
        schedules=schedules,
        teams=teams,
        policies=atlas.policies,
        why_unreachable=why_not,
    )


def _climbers(atlas: Atlas, services: Iterable[Service]) -> Iterator[Climbers]:
    """Each ladder once: most services of a team climb the same."""
    alike: dict[str, tuple[Ladder, list[Service]]] = {}
    for service in services:
        for severity, policy in atlas.severities.items():
            if not policy.pages_on_call:
                continue
            snapshot = replace(atlas.route(service, severity).snapshot, turn=0)
            minutes = policy.response_minutes
            within = None if minutes is None else timedelta(minutes=minutes)
            key = json.dumps([snapshot.as_data(), severity, minutes], sort_keys=True)
            alike.setdefault(key, (Ladder(snapshot, severity, within), []))[1].append(service)
    for ladder, climbing in alike.values():
        yield Climbers(ladder, tuple(climbing))


def _roster(
    people: Mapping[int, User], schedules: Mapping[int, Schedule], teams: Mapping[int, Team]
) -> Roster:
    able = {pk: somebody(person) for pk, person in people.items() if person.may_work}
    members: dict[int, list[Somebody]] = defaultdict(list)
    managers: dict[int, list[Somebody]] = defaultdict(list)
    for row in Membership.objects.filter(person__in=able):
        members[row.team_id].append(able[row.person_id])
        if row.role == TeamRole.MANAGER:
            managers[row.team_id].append(able[row.person_id])
    channels = Channel.objects.filter(is_active=True)
    return Roster(
        people=able,
        team_members={pk: tuple(found) for pk, found in members.items()},
        team_managers={pk: tuple(found) for pk, found in managers.items()},
        everybody_in_charge=tuple(
            able[pk] for pk in able if people[pk].access == Access.ADMINISTRATOR
        ),
        channels={row.pk: Somebody(row.pk, row.name) for row in channels},
        team_names={pk: team.name for pk, team in teams.items()},
        schedule_of_team={row.team_id: pk for pk, row in schedules.items() if row.is_default},
        schedules={pk: _stretches(on_call.plan_of(row)) for pk, row in schedules.items()},
    )


def _stretches(plan: Plan) -> Stretches:
    def between(start: datetime, end: datetime) -> list[Stretch]:
        return [
            Stretch(
                shift.starts_at,
                shift.ends_at,
                tuple(somebody(person) for person in shift.people if person.may_work),
                shift.reason,
            )
            for shift in on_call.told_shifts(plan.between(start, end))
        ]

    return between


def _sure(
    people: Mapping[int, User], why_not: Mapping[int, list[Refusal]]
) -> dict[int, timedelta]:
    """How long a page takes until a proved way carries it, of those who have one."""
    chains = reach.ways_of(people.values(), Urgency.HIGH)
    found = {}
    for pk, chain in chains.items():
        proved = [way.after for way in chain if way.is_verified and not way.is_broken]
        if proved and not why_not[pk]:
            found[pk] = min(proved)
    return found


def _away(start: datetime) -> dict[int, tuple[Interval, ...]]:
    """Who has said that they are away, however far ahead: climbs may be long."""
    found: dict[int, list[Interval]] = defaultdict(list)
    for row in Leave.objects.filter(ends_at__gt=start):
        found[row.person_id].append((row.starts_at, row.ends_at))
    return {pk: tuple(spans) for pk, spans in found.items()}
