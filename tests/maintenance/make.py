"""Plain functions that make one thing of maintenance each."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge import workflow as knowledge
from knowledge.models import ActionItem, Document
from maintenance import workflow
from maintenance.models import (
    ApprovalDelegation,
    ApprovalPolicy,
    ChangeWindow,
    Deployment,
    DeploymentResult,
    Freeze,
    MaintenanceRequest,
    MaintenanceWindow,
    ProcessStep,
    ProcessTemplate,
    RecurringWork,
    RequestState,
    RequestStep,
    StandardChange,
    process_step,
)
from maintenance.standing import fixed_of
from maintenance.workflow.digest import digest_of
from portal import clock
from portal.models import Service, User


def make_process(category: str = "corrective", *steps: str | ProcessStep) -> ProcessTemplate:
    """A published process; steps that are only words are asked of anyone, at closing."""
    return workflow.set_up_process(
        category=category,
        name=category.title(),
        steps=[
            process_step(step) if isinstance(step, str) else step
            for step in steps or ("Fix", "Verify")
        ],
        actor=None,
    )


def make_request(service: Service, by: User, **fields: Any) -> MaintenanceRequest:
    """A complete draft that could be submitted."""
    told = {
        "title": "Raise the pool size",
        "category": "corrective",
        "reason": "The pool ran dry.",
        "plan": "Set it to 50.",
        "rollback_plan": "Set it back to 10.",
        **fields,
    }
    request = workflow.create_request(service=service, actor=by, **told)
    return workflow.analyse(request, actor=by, **ANALYSIS).request


ANALYSIS: dict[str, Any] = {
    "impact_users": "A minute of errors.",
    "reproduced": "not_applicable",
}


def approved_request(
    service: Service, by: User, manager: User, **fields: Any
) -> MaintenanceRequest:
    request = workflow.submit(make_request(service, by, **fields), actor=by)
    return workflow.approve(request, digest=request.plan_digest, actor=manager)


def request_in(
    state: RequestState, service: Service, by: User, manager: User
) -> MaintenanceRequest:
    """Lead a request by the verbs to `state`; its only step is done once work has begun."""
    planned = {} if state != RequestState.SCHEDULED else tomorrow()
    request = make_request(service, by, **planned)
    if state == RequestState.WITHDRAWN:
        return workflow.withdraw(request, actor=by)
    if state in {RequestState.SUBMITTED, RequestState.ASSESSING}:
        return _waiting(request, state, by)
    way: list[Callable[[MaintenanceRequest], MaintenanceRequest]] = [
        lambda it: workflow.submit(it, actor=by),
        lambda it: _decided(it, state, by, manager),
        lambda it: workflow.start(it, actor=by),
        lambda it: workflow.finish_work(_all_steps_done(it, by), actor=by),
        lambda it: verified(it, by, outcome="failed" if state == S.REVIEW else "succeeded"),
    ]
    for step in way:
        if request.state == state:
            break
        request = step(request)
    return request


S = RequestState


def tomorrow() -> dict[str, datetime]:
    start = clock.now() + timedelta(days=1)
    return {"planned_start": start, "planned_end": start + timedelta(hours=2)}


def _waiting(request: MaintenanceRequest, state: S, by: User) -> MaintenanceRequest:
    """Handed in, and not sent on to approval: what approvers need was missing then."""
    type(request).objects.filter(pk=request.pk).update(state=state, submitted_at=clock.now())
    request.refresh_from_db()
    return request


def _decided(
    request: MaintenanceRequest, state: S, by: User, manager: User
) -> MaintenanceRequest:
    digest = request.plan_digest
    if state == S.REJECTED:
        return workflow.reject(request, digest=digest, reason="Not now.", actor=manager)
    if state == S.CANCELLED:
        return workflow.cancel(request, reason="Not needed.", actor=by)
    if state == S.ON_HOLD:
        return workflow.hold(request, reason="Max is away.", actor=by)
    request = workflow.approve(request, digest=digest, actor=manager)
    if state == S.EXPIRED:
        assert request.approved_until is not None
        return workflow.expire(request, now=request.approved_until, actor=None)
    return request


def _all_steps_done(request: MaintenanceRequest, by: User) -> MaintenanceRequest:
    for step in RequestStep.objects.filter(request=request):
        workflow.answer_step(request, order=step.order, state="done", actor=by)
    return request


def verified(
    request: MaintenanceRequest, by: User, outcome: str = "succeeded"
) -> MaintenanceRequest:
    """Closed, unless the outcome demands a review."""
    return workflow.verify(
        request,
        outcome=outcome,
        verification="Watched it for an hour.",
        no_deployment_reason="A setting, changed in place.",
        actor=by,
    )


FIXED: dict[str, Any] = {
    "title": "Rotate the logs",
    "category": "preventive",
    "plan": "Run `logrotate -f`.",
    "rollback_plan": "Not needed: nothing is deleted.",
    "impact": "None: the old file is kept.",
}


def make_standard(service: Service, by: User, **fields: Any) -> StandardChange:
    """A proposed standard change; see `approved_standard`."""
    told = {"name": "Rotate logs", "fixed": FIXED, **fields}
    return workflow.propose_standard(service=service, actor=by, **told)


def approved_standard(
    service: Service, by: User, manager: User, **fields: Any
) -> StandardChange:
    standard = make_standard(service, by, **fields)
    return workflow.approve_standard(standard, number=1, actor=manager)


def made_standard(request: MaintenanceRequest, by: User, manager: User) -> MaintenanceRequest:
    """Let the request be one of a standard change that fixes what it says."""
    standard = approved_standard(request.service, by, manager, fixed=fixed_of(request))
    request.authorisation, request.standard_version = "standard", standard.approved
    type(request).objects.filter(pk=request.pk).update(
        authorisation="standard",
        standard_version=standard.approved,
        plan_digest=digest_of(request),
    )
    request.refresh_from_db()
    return request


def make_action(owner: User, service: Service | None = None, **fields: Any) -> ActionItem:
    told = {"title": "Watch the pool", "due_on": (clock.now() + timedelta(days=7)).date()}
    return knowledge.create_action(
        owner=owner, service=service, actor=owner, **{**told, **fields}
    )


def make_runbook(service: Service, by: User, title: str = "High error rate") -> Document:
    document = knowledge.create_document(
        kind="runbook",
        title=title,
        body="1. Look at the logs\n",
        team=service.team,
        services=[service],
        actor=by,
    )
    knowledge.publish(document.revisions.get(), actor=by)
    document.refresh_from_db()
    return document


def make_deployment(service: Service, by: User | None = None, **fields: Any) -> Deployment:
    number = Deployment.objects.count() + 1
    told = {
        "version": f"1.{number}",
        "external_id": f"run-{number}",
        "result": DeploymentResult.SUCCEEDED,
        **fields,
    }
    return workflow.record_deployment(service=service, actor=by, **told)


def make_window(service: Service, by: User | None = None, **fields: Any) -> MaintenanceWindow:
    now = clock.now()
    told = {
        "title": "Monthly window",
        "starts_at": now + timedelta(days=1),
        "ends_at": now + timedelta(days=1, hours=2),
        **fields,
    }
    return workflow.announce_window(services=[service], actor=by, **told)


def make_freeze(service: Service, by: User, **fields: Any) -> Freeze:
    """A draft that covers tomorrow; `by` would not approve it."""
    now = clock.now()
    told = {
        "name": "Year end",
        "reason": "The books are closed.",
        "starts_at": now + timedelta(days=1),
        "ends_at": now + timedelta(days=2),
        "services": [service],
        **fields,
    }
    return workflow.draft_freeze(actor=by, **told)


def make_change_window(service: Service, **fields: Any) -> ChangeWindow:
    """Each day from 22:00 to 02:00 UTC."""
    told = {
        "name": "Nights",
        "frequency": "daily",
        "starts_on": date(2026, 1, 1),
        "at": time(22),
        "minutes": 240,
        **fields,
    }
    return workflow.set_up_change_window(services=[service], actor=None, **told)


def step(who: str = "owner_managers", number: int | None = 1, **fields: Any) -> dict[str, Any]:
    """A step of an approval policy: one manager of the owner team, if nothing else is said."""
    return {"who": who, "number": number, **fields}


def make_policy(*steps: dict[str, Any], **fields: Any) -> ApprovalPolicy:
    """For everything, unless `fields` narrow it."""
    told = {"name": "Two people", "steps": list(steps) or [step(number=2)], **fields}
    return workflow.set_up_policy(actor=None, **told)


def make_emergency(
    service: Service, by: User, manager: User, **fields: Any
) -> MaintenanceRequest:
    """Let begin by the manager before it was approved."""
    request = make_request(service, by, **{"emergency": True, "title": "Restart it", **fields})
    request = workflow.submit(request, actor=by)
    told = {"digest": request.plan_digest, "reason": "The shop is down."}
    return workflow.break_glass(request, actor=manager, **told)


def make_delegation(giver: User, taker: User, **fields: Any) -> ApprovalDelegation:
    """From now on, for a day."""
    now = clock.now()
    told = {
        "starts_at": now,
        "ends_at": now + timedelta(days=1),
        "reason": "On holiday.",
        **fields,
    }
    return workflow.delegate_approvals(taker=taker, actor=giver, **told)


def make_recurring(service: Service, by: User, **fields: Any) -> RecurringWork:
    """Each Wednesday from 22:00 for an hour, drafted two weeks ahead."""
    told = {
        "title": "Rotate the logs",
        "reason": "Disks fill up.",
        "plan": "1. Rotate",
        "rollback_plan": "None is needed.",
        "frequency": "weekly",
        "weekdays": [2],
        "starts_on": date(2026, 1, 1),
        "at": time(22),
        "minutes": 60,
        **fields,
    }
    return workflow.set_up_recurring(service=service, actor=by, **told)


def own_queries(client: Client, door: str) -> int:
    """Count what a page asks of the database beyond the frame that stands around every page."""
    frame = _queries(client, "/change/processes/") - 1 if door.startswith("/change/") else 0
    return _queries(client, door) - frame


def _queries(client: Client, door: str) -> int:
    client.get(door)  # fills what is remembered between requests
    with CaptureQueriesContext(connection) as asked:
        assert client.get(door).status_code == 200
    return len(asked)
