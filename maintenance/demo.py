"""The demo's changes: requests of every kind, votes, deployments, the monthly window."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from knowledge.models import ActionItem, Document
from maintenance.models import (
    Category,
    Deployment,
    DeploymentResult,
    MaintenanceRequest,
    MaintenanceWindow,
    Outcome,
    ProcessTemplate,
    RequestState,
    RequestStep,
    StepState,
    Vote,
)
from maintenance.workflow import hold_alerts
from maintenance.workflow.digest import digest_of
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
    _deploy(story)
    for months_ago in (2, 1, 0, -1, -2):
        _announce(story, months_ago)


def remove() -> None:
    Deployment.objects.filter(service__is_demo=True).update(rolls_back=None)
    Deployment.objects.filter(service__is_demo=True).delete()
    requests = MaintenanceRequest.objects.filter(service__is_demo=True)
    Vote.objects.filter(request__in=requests).delete()
    wipe(requests)
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
        test_evidence="All 412 tests passed on staging; error rate unchanged for an hour.",
        rollback_plan="`kubectl rollout undo`, about three minutes; no change of the schema.",
        planned_start=start,
        planned_end=start + timedelta(hours=2),
        requester=requester,
        implementer=members[0] if reached >= 3 else None,
        action_item=action,
        runbook=runbook,
        runbook_revision=runbook.published if runbook and reached >= 5 else None,
        state=wish.state,
        created_at=made,
        submitted_at=made + timedelta(hours=3) if reached >= 1 else None,
        decided_at=made + timedelta(days=1) if reached >= 2 else None,
        started_at=_until(story, start) if reached >= 3 else None,
        closed_at=_until(story, start + timedelta(hours=26)) if reached == 5 else None,
        outcome=Outcome.SUCCEEDED if reached == 5 else "",
        verification="Watched for a day: nothing unusual." if reached == 5 else "",
        is_demo=True,
    )
    request.plan_digest = digest_of(request)
    keep(request, by=requester, at=made)
    tell("request.created", request, at=made, actor=requester)
    _copy_steps(request, reached, members[0])
    _decide(story, request, wish, made)
    if reached == 5:
        assert request.started_at is not None
        _deployed(story, request, request.started_at + timedelta(minutes=20))
        tell("request.closed", request, at=request.closed_at or made, actor=members[0])
    return request


def _until(story: Story, moment: datetime) -> datetime:
    return min(moment, story.now - timedelta(minutes=5))


def _copy_steps(request: MaintenanceRequest, reached: int, by: User) -> None:
    template = ProcessTemplate.objects.filter(category=request.category).first()
    texts = template.steps if template else []
    answered = {5: len(texts), 4: len(texts), 3: len(texts) // 2}.get(reached, 0)
    RequestStep.objects.bulk_create(
        RequestStep(
            request=request,
            order=order,
            text=text if isinstance(text, str) else text["text"],
            state=StepState.DONE if order <= answered else StepState.PENDING,
            answered_by=by if order <= answered else None,
            answered_at=request.started_at if order <= answered else None,
        )
        for order, text in enumerate(texts, start=1)
    )


def _decide(story: Story, request: MaintenanceRequest, wish: Wish, made: datetime) -> None:
    if request.submitted_at is None:
        return
    tell("request.submitted", request, at=request.submitted_at, actor=request.requester)
    if wish.state == RequestState.AWAITING_APPROVAL:
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
        request=request,
        result=DeploymentResult.SUCCEEDED,
        started_at=at,
        finished_at=at + timedelta(minutes=6),
        actor=request.implementer,
        recorded_at=at + timedelta(minutes=6),
        is_demo=True,
    )
    tell("deployment.recorded", deployment, at=at + timedelta(minutes=6))
    return deployment


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
        started_at=at + timedelta(minutes=20),
        finished_at=at + timedelta(minutes=23),
        recorded_at=at + timedelta(minutes=23),
        is_demo=True,
    )
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
