"""
A policy drawn as a ladder: when, whom, who that would be now, and what is doubtful about it.

Whom a rung tells is asked with the planner's own `whom`, how a person is reached of
`portal.reach`, so that the page says what would happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from incidents import conditions
from incidents.escalation_targets import Found, whom
from incidents.models import (
    EscalationPolicy,
    PolicyStep,
    ServiceEscalation,
    StepTarget,
    Strategy,
    TargetKind,
)
from incidents.resolving import DatabaseResolver
from incidents.route import Atlas
from incidents.snapshots import Snapshot, Step
from portal import reach
from portal.models import Service, Urgency, User

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Told:
    """One who would be told now, why, and by which ways: "Push, then SMS after 2 min"."""

    name: str
    url: str
    why: str
    ways: str


@dataclass(frozen=True)
class Rung:
    """One step as the page draws it; `after` are minutes from the first page."""

    number: int
    after: int
    wait: int
    step: PolicyStep | None
    targets: list[dict[str, str]]
    conditions: list[str]
    strategy: str
    told: list[Told]
    warnings: list[str]


def services_of(policy: EscalationPolicy) -> QuerySet[Service]:
    """The services that climb this policy."""
    chosen = Q(pk__in=ServiceEscalation.objects.filter(policy=policy).values("service"))
    if not policy.is_default:
        return Service.objects.current().filter(chosen)
    own = ServiceEscalation.objects.filter(policy__isnull=False).values("service")
    rest = ~Q(pk__in=own)
    if policy.team_id:
        rest &= Q(team=policy.team_id)
    else:
        teams = EscalationPolicy.objects.filter(
            is_default=True, team__isnull=False, steps__isnull=False
        )
        rest &= ~Q(team__in=teams.values("team"))
    return Service.objects.current().filter(chosen | rest)


def drawn(policy: EscalationPolicy, service: Service | None, now: datetime) -> list[Rung]:
    """
    Return the ladder, the first step first and the last resort on top.

    What a step leaves open, such as the owner team, is that of `service`; without one nobody
    is looked up.
    """
    steps = list(policy.steps.all())
    snapshot = Atlas.of([service]).snapshot(policy, service) if service else None
    resolver = DatabaseResolver()
    rungs, after = [], 0
    for number, step in enumerate(steps, start=1):
        found = _found(snapshot, number - 1, now, resolver)
        people = _people(found, resolver)
        rungs.append(
            Rung(
                number,
                after,
                step.delay_minutes,
                step,
                [_named(target) for target in step.targets.all()],
                _conditions_in_words(step),
                "" if step.strategy == Strategy.ALL else str(Strategy.ROUND_ROBIN.label),
                list(_told(found, people)),
                list(_doubts(found, people, step)),
            )
        )
        after += step.delay_minutes
    return [*rungs, _top(policy, len(rungs) + 1, after, resolver)]


def _found(
    snapshot: Snapshot | None, index: int, now: datetime, resolver: DatabaseResolver
) -> Found | None:
    if snapshot is None:
        return None
    step: Step = snapshot.steps[index]
    return whom(snapshot, step, snapshot.turn, now, resolver)


def _people(found: Found | None, resolver: DatabaseResolver) -> dict[int, User]:
    if found is None:
        return {}
    ids = [each.id for each in found.reached if each.kind == "person"]
    return {pk: person for pk in ids if (person := resolver.user(pk)) is not None}


def _told(found: Found | None, people: dict[int, User]) -> Iterator[Told]:
    chains = reach.ways_of(people.values(), Urgency.HIGH)
    for each in found.reached if found else ():
        if each.kind == "person":
            ways = _ways_in_words(chains[each.id])
            url = people[each.id].get_absolute_url()
            yield Told(each.name, url, each.why, ways)
        else:
            yield Told(each.name, "", _("Channel"), "")


def _doubts(found: Found | None, people: dict[int, User], step: PolicyStep) -> Iterator[str]:
    """What the keeper of the policy should know before it is needed."""
    if found is None:
        return
    if not found.has_people and any(t.kind not in _CHANNELS for t in step.targets.all()):
        yield _("Reaches nobody now. %(reason)s") % {"reason": found.reason}
    unreachable = reach.why_unreachable_of(people.values(), Urgency.HIGH)
    chains = reach.ways_of(people.values(), Urgency.HIGH)
    wait = timedelta(minutes=step.delay_minutes)
    for pk, person in people.items():
        yield from (str(refusal.sentence) for refusal in unreachable[pk])
        late = [way for way in chains[pk] if way.after > wait > timedelta(0)]
        if late:
            yield _(
                "%(person)s is told by %(way)s after %(n)d min: the next step comes first."
            ) % {
                "person": person.name,
                "way": late[0].label,
                "n": late[0].after // MINUTE,
            }


_CHANNELS = {TargetKind.CHANNEL, TargetKind.WEBHOOK}


def _ways_in_words(chain: Iterable[reach.Way]) -> str:
    """Return "Push, SMS after 2 min"."""
    words = []
    for way in chain:
        after = way.after // MINUTE
        shown = {"way": way.label, "n": after}
        words.append(_("%(way)s after %(n)d min") % shown if after else str(way.label))
    return ", ".join(words)


def _top(policy: EscalationPolicy, number: int, after: int, resolver: DatabaseResolver) -> Rung:
    """The last resort, which is told however often the ladder was climbed."""
    last = policy.last_resort
    doubts = []
    if last is not None and not last.may_work:
        doubts.append(
            _("%(person)s cannot work any more; the administrators are told instead.")
            % {"person": last.name}
        )
    if last is None and not resolver.administrators():
        doubts.append(_("There is no administrator to tell."))
    name = last.name if last else _("The administrators")
    url = last.get_absolute_url() if last else ""
    return Rung(
        number,
        after * (policy.repeat_count + 1),
        0,
        None,
        [{"label": name, "url": url, "kind": _("Last resort")}],
        [],
        "",
        [],
        doubts,
    )


def _named(target: StepTarget) -> dict[str, str]:
    """What a target is called, and where it leads."""
    named = target.named
    own = {
        TargetKind.SCHEDULE: _("Whoever is on call for the owner team"),
        TargetKind.TEAM: _("Everybody in the owner team"),
        TargetKind.MANAGERS: _("The managers of the owner team"),
    }
    if named is None:
        return {"label": own[TargetKind(target.kind)], "url": "", "kind": ""}
    prefix = _("Managers of %(name)s") if target.kind == TargetKind.MANAGERS else "%(name)s"
    return {
        "label": prefix % {"name": named},
        "url": named.get_absolute_url(),
        "kind": str(target.get_kind_display()),
    }


def _conditions_in_words(step: PolicyStep) -> list[str]:
    return [condition.words() for condition in conditions.readable(step.conditions)]


def as_timeline(rungs: list[Rung]) -> list[dict[str, Any]]:
    """The same for the API, without links."""
    return [
        {
            "step": rung.number,
            "after_minutes": rung.after,
            "told_now": [told.name for told in rung.told],
            "warnings": rung.warnings,
        }
        for rung in rungs
    ]
