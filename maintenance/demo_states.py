"""Demo: requests that wait to be assessed, rest, ran out, were cancelled, or are in review."""

from datetime import timedelta
from typing import Any, NamedTuple

from maintenance.models import Category, MaintenanceRequest, Outcome, RequestState
from operations.models import Severity
from portal.demo import Story, keep, tell

S = RequestState


class Turn(NamedTuple):
    """From the state that `ask` can lead a request to, on to where it stands now."""

    title: str
    category: Category
    service: str
    days_ago: int
    begins_as: RequestState
    stands_at: RequestState
    event: str
    said: str = ""
    priority: Severity = Severity.P3
    fields: dict[str, Any] = {}  # read only


TURNS = [
    Turn(
        "Webhooks are tried again without an end",
        Category.CORRECTIVE,
        "Invoices",
        1,
        S.DRAFT,
        S.SUBMITTED,
        "submitted",
        priority=Severity.P2,
    ),
    Turn(
        "Support passkeys",
        Category.ADDITIVE,
        "Sign-in",
        3,
        S.DRAFT,
        S.SUBMITTED,
        "submitted",
    ),
    Turn(
        "Follow the new rules for cookies",
        Category.ADAPTIVE,
        "Web shop",
        5,
        S.DRAFT,
        S.ASSESSING,
        "assessment_began",
        priority=Severity.P2,
    ),
    Turn(
        "Split the table of orders by month",
        Category.PERFECTIVE,
        "Orders database",
        20,
        S.AWAITING_APPROVAL,
        S.ON_HOLD,
        "held",
        "We wait for the new cluster.",
        fields={"held_from": S.AWAITING_APPROVAL},
    ),
    Turn(
        "A second provider for payments",
        Category.ADDITIVE,
        "Payments API",
        25,
        S.AWAITING_APPROVAL,
        S.CANCELLED,
        "cancelled",
        "The contract was not signed.",
    ),
    Turn(
        "A warm standby for the search",
        Category.PREVENTIVE,
        "Search",
        32,
        S.APPROVED,
        S.EXPIRED,
        "expired",
    ),
    Turn(
        "Let the queue drop what is older than a day",
        Category.CORRECTIVE,
        "Queue",
        10,
        S.VERIFYING,
        S.REVIEW,
        "verified",
        "Messages of slow consumers were dropped, too; taken back after 12 minutes.",
        priority=Severity.P2,
        fields={
            "outcome": Outcome.ROLLED_BACK,
            "verification": "Messages of slow consumers were dropped, too; taken back.",
            "without_deployment_because": "A setting, changed in place.",
        },
    ),
]


def turn(story: Story, request: MaintenanceRequest, to: Turn) -> None:
    """Put a request where it stands now, an hour after all else that happened to it."""
    at = max(
        moment
        for moment in (
            request.created_at,
            request.submitted_at,
            request.decided_at,
            request.started_at,
        )
        if moment
    ) + timedelta(hours=1)
    at = min(at, story.now - timedelta(minutes=5))
    request.state = to.stands_at
    if request.submitted_at is None:
        request.submitted_at = at
    for name, value in to.fields.items():
        setattr(request, name, value)
    keep(request, by=request.requester, at=at)
    data: dict[str, Any] = {"reason": to.said} if to.said else {}
    if to.stands_at == S.REVIEW:
        data["outcome"] = Outcome.ROLLED_BACK
    tell(f"request.{to.event}", request, at=at, actor=request.requester, **data)
