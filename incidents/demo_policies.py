"""The demo's ladders: whom a team of Harbour tells first, and who was told when it burned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from incidents.models import (
    EndReason,
    EscalationPolicy,
    EscalationRun,
    EscalationStep,
    Incident,
    PolicyStep,
    ServiceEscalation,
    StepState,
    StepTarget,
    TargetKind,
)
from incidents.route import Atlas
from operations.models import BusinessHours
from portal.demo import DAYS, ZONE, Story, keep, wipe
from portal.models import User

NAMES_THE_DEMO = (
    Q(person__is_demo=True)
    | Q(team__is_demo=True)
    | Q(schedule__team__is_demo=True)
    | Q(channel__is_demo=True)
)
GRAVE = [{"kind": "severity", "severities": [0]}]
AWAKE = [{"kind": "night"}]
AT_WORK = [
    {
        "kind": "hours",
        "zone": str(ZONE),
        "weekdays": [0, 1, 2, 3, 4],
        "from": "09:00",
        "until": "17:00",
        "inside": True,
    }
]
LIST = "Payments list"  # a channel; the other targets are the team's own
# By services; the others climb their team's. The ladder of Search ends at somebody who has
# proved no way yet, so that the proof of coverage finds a hole in each of his weeks.
CHOSEN = {"Checkout": "No sale is lost", "Search": "Search, best effort"}
# Name, team, repeats, last resort, [(targets, wait, strategy, conditions)].
LADDERS: list[tuple[str, str, int, str, list[tuple[Any, ...]]]] = [
    (
        "No sale is lost",
        "Payments",
        1,
        "priya",
        [
            (["schedule", LIST], 5, "all", []),
            (["team"], 5, "all", AT_WORK),
            (["managers"], 5, "all", []),
        ],
    ),
    ("Search, best effort", "Web", 0, "leo", [(["schedule"], 15, "all", [])]),
    (
        "Money does not wait",
        "Payments",
        1,
        "priya",
        [
            (["schedule"], 5, "all", []),
            (["team"], 5, "round_robin", AWAKE),
            (["managers"], 10, "all", []),
        ],
    ),
    (
        "Ground under everybody",
        "Platform",
        0,
        "",
        [(["schedule"], 5, "all", []), (["managers"], 10, "all", GRAVE)],
    ),
]


def load(story: Story) -> None:
    """Draw the ladders, before anything burns."""
    since = story.at(DAYS, 10)
    for name, team, repeats, last, rungs in LADDERS:
        policy = _draw(story, name, team, repeats, last, rungs, since)
        for service in [key for key, chosen in CHOSEN.items() if chosen == name]:
            said = ServiceEscalation(service=story.services[service], policy=policy)
            keep(said, by=story.manager(team), at=since)
    for owner in story.teams.values():  # never the house's: real services would wait for them
        hours = BusinessHours(
            team=owner, time_zone=str(ZONE), country="DE", subdivision="BE", is_demo=True
        )
        keep(hours, by=None, at=since)
    always = ServiceEscalation(service=story.services["Payments API"], pages_always=True)
    keep(always, by=story.manager("Payments"), at=since)


def climb(incident: Incident, responder: User) -> None:
    """Say who was told of this incident, and that the responder answered."""
    answered = incident.acknowledged_at
    assert answered is not None
    route = Atlas.of([incident.service]).route(incident.service, incident.severity)
    run = EscalationRun.objects.create(
        incident=incident,
        policy=route.policy,
        snapshot=route.snapshot.as_data(),
        route=route.reason,
        started_at=incident.detected_at,
        ended_at=answered,
        end_reason=EndReason.ANSWERED,
    )
    told = {"kind": "person", "id": responder.pk, "name": responder.name, "why": ""}
    EscalationStep.objects.create(
        run=run,
        order=1,
        state=StepState.DONE,
        due_at=incident.detected_at,
        executed_at=incident.detected_at + timedelta(seconds=1),
        reached=[told],
        reason="On call this week.",
    )
    EscalationStep.objects.create(
        run=run,
        order=2,
        state=StepState.CANCELLED,
        due_at=incident.detected_at + timedelta(minutes=5),
    )


def remove() -> None:
    """Remove the ladders of the demo and its teams, and what others tell of its people."""
    theirs = Q(is_demo=True) | Q(team__is_demo=True)
    policies = EscalationPolicy.objects.filter(theirs)
    wipe(ServiceEscalation.objects.filter(service__is_demo=True))
    wipe(ServiceEscalation.objects.filter(policy__in=policies))
    wipe(StepTarget.objects.filter(Q(step__policy__in=policies) | NAMES_THE_DEMO))
    wipe(PolicyStep.objects.filter(policy__in=policies))
    wipe(policies)
    of_theirs = Q(team__is_demo=True) | Q(service__is_demo=True)
    wipe(BusinessHours.objects.filter(Q(is_demo=True) | of_theirs))


def _draw(
    story: Story,
    name: str,
    team: str,
    repeats: int,
    last: str,
    rungs: list[tuple[Any, ...]],
    at: datetime,
) -> EscalationPolicy:
    by = story.manager(team)
    policy = EscalationPolicy(
        name=name,
        team=story.teams[team],
        repeat_count=repeats,
        last_resort=story.people.get(last),
        is_default=name not in CHOSEN.values(),
        is_demo=True,
    )
    keep(policy, by=by, at=at)
    for order, (kinds, wait, strategy, conditions) in enumerate(rungs, start=1):
        step = PolicyStep(
            policy=policy,
            order=order,
            delay_minutes=wait,
            strategy=strategy,
            conditions=conditions,
        )
        keep(step, by=by, at=at)
        for kind in kinds:
            target = StepTarget(step=step, kind=kind)
            if kind == LIST:
                target.kind, target.channel = TargetKind.CHANNEL, story.shelf["channels"][LIST]
            keep(target, by=by, at=at)
    return policy
