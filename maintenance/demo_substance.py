"""The demo's analyses, evidence, backlog and standard changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from maintenance.models import (
    Analysis,
    Authorisation,
    BacklogPlace,
    Category,
    EvidenceGate,
    EvidenceOf,
    MaintenanceRequest,
    RequestState,
    StandardChange,
    StandardState,
    StandardVersion,
    VersionDecision,
)
from maintenance.models.standards import USUAL_FIXED
from portal.demo import Story, keep, tell, wipe
from portal.models import User

# Impact and likelihood of a change of each category.
RISKS: dict[str, tuple[int, int]] = {
    Category.CORRECTIVE: (2, 2),
    Category.ADAPTIVE: (2, 3),
    Category.PERFECTIVE: (1, 2),
    Category.ADDITIVE: (2, 2),
    Category.PREVENTIVE: (2, 1),
}
SAID: dict[str, dict[str, Any]] = {
    Category.CORRECTIVE: {
        "reproduced": "yes",
        "reproduced_how": "With twice the usual load on staging.",
        "impact_users": "Orders fail for some; no data is lost.",
    },
    Category.ADAPTIVE: {
        "impact_interfaces": "Calls of the old version stop in spring.",
        "impact_documents": "The runbook names the old addresses.",
    },
    Category.PERFECTIVE: {"impact_users": "Pages come a little sooner."},
    Category.ADDITIVE: {"impact_users": "A new line at checkout."},
    Category.PREVENTIVE: {"impact_services": "Short pauses within the window."},
}
LOGS = {
    **USUAL_FIXED,
    "title": "Rotate and compress the logs",
    "category": Category.PREVENTIVE.value,
    "plan": "1. `logrotate --force /etc/logrotate.d/shop`\n2. Look at the free space",
    "test_evidence": "Done every month since 2024.",
    "rollback_plan": "Not needed: nothing is deleted before the next backup.",
    "impact": "None: the shop writes on into the new file.",
    "rollback_minutes": 5,
}
CERTIFICATE = {
    **USUAL_FIXED,
    "title": "Renew the certificate of the shop",
    "category": Category.PREVENTIVE.value,
    "plan": "1. Issue it on staging\n2. Put it on one proxy, then on the others",
    "rollback_plan": "Put the old one back; it is valid for three more weeks.",
    "impact": "New connections use the new certificate; nobody is cut off.",
    "rollback_minutes": 10,
}


def load(story: Story) -> None:
    _standards(story)
    requests = MaintenanceRequest.objects.filter(service__is_demo=True)
    ready = [RequestState.APPROVED, RequestState.SCHEDULED, RequestState.IN_PROGRESS]
    for request in requests.filter(state__in=ready).select_related("requester")[:4]:
        _evidence(story, request)
    waiting = requests.filter(state__in=[RequestState.DRAFT, RequestState.SUBMITTED])
    for rank, request in enumerate(waiting.order_by("priority", "pk")[:2], start=1):
        BacklogPlace.objects.create(request=request, rank=rank)


def remove() -> None:
    """Called before the requests go; the standard changes go after them."""
    wipe(Analysis.objects.filter(request__service__is_demo=True))


def remove_standards() -> None:
    standards = StandardChange.objects.filter(service__is_demo=True)
    standards.update(state=StandardState.PROPOSED, approved=None)
    wipe(StandardVersion.objects.filter(standard__in=standards))
    wipe(standards)


def analyse(request: MaintenanceRequest, at: datetime) -> None:
    """Say of a request what its category makes likely."""
    analysis = Analysis(
        request=request,
        **SAID[request.category],
        options="Leave it as it is; or wait for the next quarter.",
        delay_cost=3 if request.priority < 2 else 2,
        effort_hours=Decimal(12 + request.pk % 5 * 8),
        edits=1,
        analysed_by=request.requester,
        analysed_at=at,
    )
    keep(analysis, by=request.requester, at=at)


def _evidence(story: Story, request: MaintenanceRequest) -> None:
    checked = story.now - timedelta(hours=5)
    for name, kind, source, hours in (
        ("Tests", EvidenceOf.TESTS, "Pipeline: 412 passed", 168),
        ("Staging", EvidenceOf.STAGING, "An hour with the load of yesterday", 72),
        ("Backup verified", EvidenceOf.BACKUP, "Restored in isolation last night", 24),
    ):
        EvidenceGate.objects.create(
            request=request,
            name=name,
            kind=kind,
            is_green=True,
            source=source,
            checked_at=checked,
            fresh_hours=hours,
            set_by=request.requester,
        )


def _standards(story: Story) -> None:
    """One in force, with requests made from it, and one that waits for a manager."""
    logs = _propose(story, "Rotate the logs", "Web shop", LOGS, days_ago=80)
    _approve(story, logs, days_ago=79)
    _propose(story, "Renew the shop's certificate", "Web shop", CERTIFICATE, days_ago=2)
    for months_ago in (2, 1):
        _carried_out(logs, story.at(28 * months_ago, 9))


def _propose(
    story: Story, name: str, service_name: str, fixed: dict[str, Any], *, days_ago: int
) -> StandardChange:
    service = story.services[service_name]
    team = story.team_of(service)
    owner = next(each for each in story.members(team) if each != story.manager(team))
    at = story.at(days_ago, 10)
    standard = StandardChange(
        name=name,
        service=service,
        owner=owner,
        created_at=at,
        counts_from=at,
        is_demo=True,
    )
    keep(standard, by=owner, at=at)
    version = StandardVersion(
        standard=standard, number=1, fixed=fixed, author=owner, proposed_at=at
    )
    keep(version, by=owner, at=at)
    tell("standard.proposed", standard, at=at, actor=owner, number=1)
    return standard


def _approve(story: Story, standard: StandardChange, *, days_ago: int) -> None:
    manager = story.manager(story.team_of(standard.service))
    at = story.at(days_ago, 15)
    version = standard.versions.get()
    version.decision, version.decided_by = VersionDecision.APPROVED, manager
    version.decided_at, version.expires_at = at, at + timedelta(days=365)
    keep(version, by=manager, at=at)
    standard.state, standard.approved = StandardState.APPROVED, version
    keep(standard, by=manager, at=at)
    tell("standard.approved", standard, at=at, actor=manager, number=1)


def _carried_out(standard: StandardChange, at: datetime) -> None:
    """A request made from it, authorised, done and closed within a morning."""
    version = standard.approved
    assert version is not None
    fixed = {**version.fixed}
    fixed.pop("impact")
    owner: User = standard.owner
    request = MaintenanceRequest(
        **fixed,
        service=standard.service,
        reason="The monthly round.",
        authorisation=Authorisation.STANDARD,
        standard_version=version,
        requester=owner,
        implementer=owner,
        state=RequestState.CLOSED,
        outcome="succeeded",
        verification="Half of the disk is free again.",
        without_deployment_because="Nothing is deployed.",
        created_at=at,
        submitted_at=at,
        decided_at=at,
        started_at=at + timedelta(minutes=20),
        closed_at=at + timedelta(hours=1),
        is_demo=True,
    )
    keep(request, by=owner, at=at)
    tell("request.created", request, at=at, actor=owner)
    tell("request.authorised", request, at=at, standard=str(standard), version=1)
    tell("request.closed", request, at=at + timedelta(hours=1), actor=owner)
