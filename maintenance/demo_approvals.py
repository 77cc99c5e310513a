"""The demo's approvals: a policy for great risks, one who is away, and an emergency."""

from __future__ import annotations

from datetime import timedelta

from maintenance.models import (
    ApprovalDelegation,
    ApprovalPolicy,
    BreakGlass,
    MaintenanceRequest,
    RequestState,
    RiskLevel,
    StepMode,
    Vote,
    Who,
)
from maintenance.workflow.ballots import keep_asked
from maintenance.workflow.digest import digest_of
from portal.demo import Story, keep, tell, wipe
from portal.models import User

FIRST_PLAN = """1. Copy the orders to the new cluster
2. Point the shop to it
3. Switch the old cluster off"""
SECOND_PLAN = """1. Copy the orders to the new cluster and compare the counts
2. Point the shop to it, with the old cluster kept for a week
3. Switch the old cluster off"""


def load(story: Story, risky: MaintenanceRequest, urgent: MaintenanceRequest) -> None:
    """`risky` awaits approval, `urgent` is being verified."""
    policy = _policy(story)
    _delegation(story)
    _two_decide(story, policy, risky)
    _began_unapproved(story, urgent)
    for request in MaintenanceRequest.objects.voted_on().filter(is_demo=True):
        keep_asked(request, story.now)


def remove() -> None:
    BreakGlass.objects.filter(request__service__is_demo=True).delete()
    wipe(ApprovalDelegation.objects.filter(giver__is_demo=True))
    wipe(ApprovalPolicy.objects.filter(is_demo=True))


def _managers(story: Story) -> list[User]:
    return [story.manager(team) for team in story.teams]


def _policy(story: Story) -> ApprovalPolicy:
    made = story.at(70, 10)
    managers = _managers(story)
    policy = ApprovalPolicy(
        name="Two people for very high risk",
        order=10,
        risk_levels=[RiskLevel.VERY_HIGH.value],
        steps=[
            _step("1", 1, "The team that owns it", Who.OWNER_MANAGERS, []),
            _step("2", 2, "A second pair of eyes", Who.PEOPLE, managers),
        ],
        escalate_after_hours=72,
        is_demo=True,
    )
    keep(policy, by=managers[0], at=made)
    policy.services.set(story.services.values())
    tell("approval_policy.set_up", policy, at=made, actor=managers[0])
    return policy


def _step(key: str, stage: int, name: str, who: Who, people: list[User]) -> dict[str, object]:
    return {
        "key": key,
        "name": name,
        "stage": stage,
        "who": who.value,
        "team": None,
        "people": sorted(person.pk for person in people),
        "number": 1,
        "percent": None,
        "mode": StepMode.VETO.value,
    }


def _delegation(story: Story) -> None:
    giver = _managers(story)[-1]
    team = next(team for team in story.teams if story.manager(team) == giver)
    taker = next(person for person in story.members(team) if person != giver)
    made = story.at(2, 15)
    row = ApprovalDelegation(
        giver=giver,
        taker=taker,
        starts_at=story.at(1, 8),
        ends_at=story.by_the_wall(-6, 18),
        closes_at=story.by_the_wall(-6, 18),
        reason="A week in the mountains",
        created_at=made,
    )
    keep(row, by=giver, at=made)
    tell("approval_delegation.delegated", row, at=made, actor=giver)


def _two_decide(story: Story, policy: ApprovalPolicy, request: MaintenanceRequest) -> None:
    """The owner approved a first plan and, after it was changed, the second."""
    manager = story.manager(story.team_of(request.service))
    request.approval_rule = policy.rule
    request.risk_impact = request.risk_likelihood = 3
    request.risk_level = RiskLevel.VERY_HIGH
    for days_ago, plan in ((3, FIRST_PLAN), (2, SECOND_PLAN)):
        request.plan = plan
        request.plan_digest = digest_of(request)
        keep(request, by=request.requester, at=story.at(days_ago, 9))
        if days_ago == 2:
            tell(
                "request.plan_changed",
                request,
                at=story.at(days_ago, 9),
                actor=request.requester,
                fields=["plan"],
            )
        Vote.objects.create(
            request=request,
            person=manager,
            plan_digest=request.plan_digest,
            decision=Vote.Decision.APPROVE,
            reason="Compare the counts, please." if days_ago == 3 else "",
            voted_at=story.at(days_ago, 14),
            superseded_at=story.at(2, 9) if days_ago == 3 else None,
        )
        tell(
            "request.voted",
            request,
            at=story.at(days_ago, 14),
            actor=manager,
            decision="approve",
        )


def _began_unapproved(story: Story, request: MaintenanceRequest) -> None:
    assert request.state == RequestState.VERIFYING
    person = next(each for each in story.people.values() if each.is_administrator)
    broken = story.now - timedelta(hours=20)
    request.emergency = True
    request.started_at, request.decided_at = broken, None
    request.planned_start, request.planned_end = broken, broken + timedelta(hours=2)
    request.reason = "The second card route answers half of all calls with an error."
    request.plan_digest = digest_of(request)
    keep(request, by=person, at=broken)
    reason = "Half of all payments fail, and the fix is known."
    BreakGlass.objects.create(
        request=request,
        person=person,
        reason=reason,
        passed=["no_approval"],
        broken_at=broken,
        due_at=broken + timedelta(hours=24),
    )
    tell("request.glass_broken", request, at=broken, actor=person, reason=reason)
