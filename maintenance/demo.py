"""The demo's changes: requests of every kind, votes, deployments, the monthly window."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from knowledge.models import ActionItem, Document
from maintenance import demo_approvals, demo_states, demo_substance, demo_times
from maintenance.models import (
    Attribution,
    Category,
    Deployment,
    DeploymentCommit,
    DeploymentResult,
    DeploymentSource,
    EvidenceWanted,
    FailedBy,
    GateQuestion,
    MaintenanceRequest,
    MaintenanceWindow,
    Outcome,
    RequestState,
    RequestStep,
    Rework,
    StepState,
    Vote,
)
from maintenance.risk import level_of
from maintenance.workflow import Asked, ask_gate, hold_alerts
from maintenance.workflow.digest import digest_of
from maintenance.workflow.processes import copy_steps, published_version
from operations.models import Severity
from portal.demo import DAYS, Story, keep, tell, wipe
from portal.models import User


class Wish(NamedTuple):
    """A change of the past or of now, in the state it has reached."""

    title: str
    category: Category
    service: str
    days_ago: int
    state: RequestState
    priority: Severity = Severity.P3


WISHES = [
    Wish(
        "Upgrade the base image to Debian 13",
        Category.ADAPTIVE,
        "Web shop",
        76,
        RequestState.CLOSED,
    ),
    Wish(
        "Reindex the orders table",
        Category.PREVENTIVE,
        "Orders database",
        60,
        RequestState.CLOSED,
    ),
    Wish(
        "Renew the certificate of the shop",
        Category.PREVENTIVE,
        "Web shop",
        16,
        RequestState.CLOSED,
    ),
    Wish("Cache the category pages", Category.PERFECTIVE, "Web shop", 41, RequestState.CLOSED),
    Wish(
        "Move to version 3 of the card network's API",
        Category.ADAPTIVE,
        "Payments API",
        12,
        RequestState.IN_PROGRESS,
        Severity.P2,
    ),
    Wish(
        "Vacuum and analyze, monthly",
        Category.PREVENTIVE,
        "Orders database",
        6,
        RequestState.APPROVED,
    ),
    Wish(
        "Show the delivery day at checkout",
        Category.PERFECTIVE,
        "Checkout",
        4,
        RequestState.AWAITING_APPROVAL,
    ),
    Wish(
        "Search: weigh titles more than descriptions",
        Category.PERFECTIVE,
        "Search",
        2,
        RequestState.DRAFT,
    ),
    Wish("Write invoices as PDF/A", Category.ADAPTIVE, "Invoices", 30, RequestState.REJECTED),
]

RISKY = Wish(
    "Move the orders to the new database cluster",
    Category.ADAPTIVE,
    "Payments API",
    5,
    RequestState.AWAITING_APPROVAL,
    Severity.P1,
)
URGENT = Wish(
    "Take the broken card route out",
    Category.CORRECTIVE,
    "Payments API",
    2,
    RequestState.VERIFYING,
    Severity.P0,
)

PLAN = """1. Roll out to staging
2. Run the smoke tests
3. Roll out to production, one pod at a time"""

STAGES = [
    RequestState.DRAFT,
    RequestState.AWAITING_APPROVAL,
    RequestState.APPROVED,
    RequestState.IN_PROGRESS,
    RequestState.VERIFYING,
    RequestState.CLOSED,
]


def load(story: Story) -> None:
    story.shelf["versions"] = {}
    for wish in WISHES:
        ask(story, wish)
    for to in demo_states.TURNS:
        wish = Wish(to.title, to.category, to.service, to.days_ago, to.begins_as, to.priority)
        demo_states.turn(story, ask(story, wish), to)
    demo_approvals.load(story, ask(story, RISKY), ask(story, URGENT))
    _deploy(story)
    for months_ago in (2, 1, 0, -1, -2):
        _announce(story, months_ago)
    demo_times.load(story)
    demo_substance.load(story)
    _ask_the_gate()


def remove() -> None:
    demo_times.remove()
    demo_approvals.remove()
    Deployment.objects.filter(service__is_demo=True).update(rolls_back=None)
    Deployment.objects.filter(service__is_demo=True).delete()
    requests = MaintenanceRequest.objects.filter(service__is_demo=True)
    Vote.objects.filter(request__in=requests).delete()
    DeploymentSource.objects.filter(team__is_demo=True).delete()
    GateQuestion.objects.filter(service__is_demo=True).delete()
    GateQuestion.objects.filter(request__in=requests).delete()
    demo_substance.remove()
    wipe(requests)
    demo_substance.remove_standards()
    wipe(MaintenanceWindow.objects.filter(is_demo=True))
    wipe(MaintenanceWindow.objects.filter(services__is_demo=True))


def ask(
    story: Story,
    wish: Wish,
    *,
    action: ActionItem | None = None,
    runbook: Document | None = None,
) -> MaintenanceRequest:
    """Add a request with all that led to its state: steps, votes, a deployment."""
    service = story.services[wish.service]
    team = story.team_of(service)
    members = [person for person in story.members(team) if person != story.manager(team)]
    requester = action.owner if action else story.dice.choice(members)
    made = story.at(wish.days_ago, story.dice.randint(8, 15), story.dice.randint(0, 59))
    reached = STAGES.index(wish.state) if wish.state in STAGES else 1
    start = made + timedelta(days=2)
    if reached < 3:  # not begun: it is planned for a day that is still to come
        start = story.by_the_wall(-wish.days_ago, 10)
    request = MaintenanceRequest(
        title=wish.title,
        category=wish.category,
        priority=wish.priority,
        service=service,
        reason=f"{wish.title}: agreed in the team, see the linked action."
        if action
        else "Planned work of this quarter.",
        plan=PLAN,
        artefact_sha256=_artefact_of(wish),
        test_evidence="All 412 tests passed on staging; error rate unchanged for an hour.",
        rollback_plan="`kubectl rollout undo`, about three minutes; no change of the schema.",
        planned_start=start,
        planned_end=start + timedelta(hours=2),
        requester=requester,
        implementer=members[0] if reached >= 3 else None,
        action_item=action,
        runbook=runbook,
        runbook_revision=runbook.published if runbook and reached >= 5 else None,
        # A time is planned for each, so that what is approved is scheduled by itself.
        state=RequestState.SCHEDULED if wish.state == RequestState.APPROVED else wish.state,
        created_at=made,
        submitted_at=made + timedelta(hours=3) if reached >= 1 else None,
        decided_at=made + timedelta(days=1) if reached >= 2 else None,
        started_at=_until(story, start) if reached >= 3 else None,
        closed_at=_until(story, start + timedelta(hours=26)) if reached == 5 else None,
        outcome=Outcome.SUCCEEDED if reached == 5 else "",
        verification="Watched for a day: nothing unusual." if reached == 5 else "",
        is_demo=True,
    )
    request.risk_impact, request.risk_likelihood = demo_substance.RISKS[wish.category]
    request.risk_level = level_of(request.risk_impact, request.risk_likelihood)
    request.plan_digest = digest_of(request)
    request.template_version = published_version(request.category)
    keep(request, by=requester, at=made)
    tell("request.created", request, at=made, actor=requester)
    demo_substance.analyse(request, made)
    _copy_steps(request, reached, members[0])
    _decide(story, request, wish, made)
    if request.state == RequestState.SCHEDULED:
        tell("request.scheduled", request, at=request.decided_at or made)
    if reached == 5:
        assert request.started_at is not None
        _deployed(story, request, request.started_at + timedelta(minutes=20))
        tell("request.closed", request, at=request.closed_at or made, actor=members[0])
    return request


def _artefact_of(wish: Wish) -> str:
    """Of what is built: preventive work builds nothing."""
    if wish.category == Category.PREVENTIVE:
        return ""
    return hashlib.sha256(wish.title.encode()).hexdigest()


def _ask_the_gate() -> None:
    """What pipelines asked today: of work that runs, with another artefact, and too early."""
    running = MaintenanceRequest.objects.filter(
        service__is_demo=True, state=RequestState.IN_PROGRESS
    )
    waiting = MaintenanceRequest.objects.filter(
        service__is_demo=True, state=RequestState.AWAITING_APPROVAL
    )
    for request in [*running[:2], *waiting[:1]]:
        if request.implementer is None and request.state == RequestState.IN_PROGRESS:
            continue
        person = request.implementer or request.requester
        for artefact in (request.artefact_sha256, "0" * 64):
            if artefact:
                asked = Asked(request.service.slug, "production", artefact, request.number)
                ask_gate(asked, actor=person, token_name="ci")  # noqa: S106 (a name, no secret)


def _until(story: Story, moment: datetime) -> datetime:
    return min(moment, story.now - timedelta(minutes=5))


def _copy_steps(request: MaintenanceRequest, reached: int, by: User) -> None:
    copy_steps(request)
    steps = list(request.steps.all())
    answered = {5: len(steps), 4: len(steps), 3: len(steps) // 2}.get(reached, 0)
    for step in steps[:answered]:
        step.state, step.answered_by, step.answered_at = StepState.DONE, by, request.started_at
        if step.evidence_wanted != EvidenceWanted.NONE:
            step.evidence = "The smoke tests passed; nothing unusual for an hour."
    RequestStep.objects.bulk_update(steps, ["state", "answered_by", "answered_at", "evidence"])


def _decide(story: Story, request: MaintenanceRequest, wish: Wish, made: datetime) -> None:
    if request.submitted_at is None:
        return
    tell("request.submitted", request, at=request.submitted_at, actor=request.requester)
    if wish.state == RequestState.AWAITING_APPROVAL or wish is URGENT:
        return
    manager = story.manager(story.team_of(request.service))
    said_no = wish.state == RequestState.REJECTED
    at = made + timedelta(days=1)
    Vote.objects.create(
        request=request,
        person=manager,
        plan_digest=request.plan_digest,
        decision=Vote.Decision.REJECT if said_no else Vote.Decision.APPROVE,
        reason="Nobody has asked for it yet; let us wait for the law." if said_no else "",
        voted_at=at,
    )
    tell("request.rejected" if said_no else "request.approved", request, at=at, actor=manager)


def _deployed(story: Story, request: MaintenanceRequest, at: datetime) -> Deployment:
    deployment = Deployment.objects.create(
        service=request.service,
        version=_next_version(story, story.service_of(request.service)),
        commit=f"{story.dice.getrandbits(160):040x}",
        source="ci",
        external_id=f"demo-{story.dice.getrandbits(48):012x}",
        artefact_sha256=request.artefact_sha256,
        request=request,
        result=DeploymentResult.SUCCEEDED,
        started_at=at,
        finished_at=at + timedelta(minutes=6),
        actor=request.implementer,
        recorded_at=at + timedelta(minutes=6),
        is_demo=True,
    )
    _bring(story, deployment, at)
    tell("deployment.recorded", deployment, at=at + timedelta(minutes=6))
    return deployment


def _bring(story: Story, deployment: Deployment, at: datetime) -> None:
    """A few changes, committed in the days before."""
    DeploymentCommit.objects.bulk_create(
        DeploymentCommit(
            deployment=deployment,
            sha=f"{story.dice.getrandbits(160):040x}",
            committed_at=at - timedelta(minutes=story.dice.randint(40, 5 * 24 * 60)),
        )
        for _ in range(story.dice.randint(1, 4))
    )


def _next_version(story: Story, name: str) -> str:
    number = story.shelf["versions"].get(name, 0) + 1
    story.shelf["versions"][name] = number
    return f"2.{number}.0"


def _deploy(story: Story) -> None:
    """Standard releases, about one a week for each service, each with its request."""
    for name in story.services:
        for days_ago in range(DAYS - 3, 1, -7):
            day = days_ago - story.dice.randint(0, 2)
            if day < 1 or story.dice.random() < 0.15:
                continue
            ask(
                story,
                Wish(
                    f"Release of week {story.at(day, 11):%V}",
                    Category.PERFECTIVE,
                    name,
                    day + 3,
                    RequestState.CLOSED,
                ),
            )


def fail(story: Story, service_name: str, at: datetime) -> Deployment:
    """Add a release that failed at once, and the rollback that ended it."""
    service = story.services[service_name]
    told = {"service": service, "source": "ci", "result": DeploymentResult.SUCCEEDED}
    broken = Deployment.objects.create(
        **told,
        version=_next_version(story, service_name),
        external_id=f"demo-{story.dice.getrandbits(48):012x}",
        request=ask(
            story,
            Wish(
                "Make the delivery field required",
                Category.PERFECTIVE,
                service_name,
                (story.now - at).days + 3,
                RequestState.CLOSED,
            ),
        ),
        started_at=at - timedelta(minutes=6),
        finished_at=at,
        failed_at=at + timedelta(minutes=7),
        failed_because="Payments of older apps failed.",
        failed_by=FailedBy.ROLLBACK,
        attribution=Attribution.DECLARED,
        recovered_at=at + timedelta(minutes=24),
        recorded_at=at,
        is_demo=True,
    )
    rollback = Deployment.objects.create(
        **told,
        version=f"{broken.version}-rollback",
        external_id=f"demo-{story.dice.getrandbits(48):012x}",
        request=broken.request,
        rolls_back=broken,
        rolls_back_because="Payments of older apps failed.",
        rework=Rework.BOTH,
        rework_because="Payments of older apps failed.",
        started_at=at + timedelta(minutes=20),
        finished_at=at + timedelta(minutes=23),
        recorded_at=at + timedelta(minutes=23),
        is_demo=True,
    )
    _bring(story, broken, at)
    tell("deployment.failed", broken, at=at + timedelta(minutes=7))
    tell("deployment.recorded", rollback, at=at + timedelta(minutes=23))
    return broken


def _announce(story: Story, months_ago: int) -> None:
    start = story.by_the_wall(28 * months_ago + 22, 22)
    window = MaintenanceWindow(
        title="Monthly maintenance window",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        description="Vacuum, reindex, certificates, updates. Short pauses are possible.",
        is_demo=True,
    )
    keep(window, by=story.people["priya"], at=start - timedelta(days=10))
    window.services.set([story.services["Orders database"], story.services["Sign-in"]])
    if window.ends_at > story.now:
        hold_alerts(window, actor=story.people["priya"])
