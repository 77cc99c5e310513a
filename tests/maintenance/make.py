"""Plain functions that make one thing of maintenance each."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from knowledge import workflow as knowledge
from knowledge.models import ActionItem, Document
from maintenance import workflow
from maintenance.models import (
    Deployment,
    DeploymentResult,
    MaintenanceRequest,
    MaintenanceWindow,
    ProcessTemplate,
    RequestState,
    RequestStep,
)
from portal import clock
from portal.models import Service, User


def make_process(category: str = "corrective", *steps: str) -> ProcessTemplate:
    process = ProcessTemplate(
        category=category, name=category.title(), steps=list(steps or ("Fix", "Verify"))
    )
    process.changed_by = None
    process.save()
    return process


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
    return workflow.create_request(service=service, actor=by, **told)


def approved_request(
    service: Service, by: User, manager: User, **fields: Any
) -> MaintenanceRequest:
    request = workflow.submit(make_request(service, by, **fields), actor=by)
    return workflow.approve(request, digest=request.plan_digest, actor=manager)


def request_in(
    state: RequestState, service: Service, by: User, manager: User
) -> MaintenanceRequest:
    """Lead a request by the verbs to `state`; its only step is done once work has begun."""
    request = make_request(service, by)
    if state in {RequestState.WITHDRAWN, RequestState.DRAFT}:
        return workflow.withdraw(request, actor=by) if state != request.state else request
    request = workflow.submit(request, actor=by)
    if state == RequestState.REJECTED:
        return workflow.reject(
            request, digest=request.plan_digest, reason="Not now.", actor=manager
        )
    way: list[Callable[[MaintenanceRequest], MaintenanceRequest]] = [
        lambda it: workflow.approve(it, digest=it.plan_digest, actor=manager),
        lambda it: workflow.start(it, actor=by),
        lambda it: workflow.finish_work(_all_steps_done(it, by), actor=by),
        lambda it: _close(it, by),
    ]
    for step in way:
        if request.state == state:
            break
        request = step(request)
    return request


def _all_steps_done(request: MaintenanceRequest, by: User) -> MaintenanceRequest:
    for step in RequestStep.objects.filter(request=request):
        workflow.answer_step(request, order=step.order, state="done", actor=by)
    return request


def _close(request: MaintenanceRequest, by: User) -> MaintenanceRequest:
    return workflow.verify_and_close(
        request,
        outcome="succeeded",
        verification="Watched it for an hour.",
        no_deployment_reason="A setting, changed in place.",
        actor=by,
    )


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


def own_queries(client: Client, door: str) -> int:
    """Count what a page asks of the database beyond the frame that stands around every page."""
    frame = _queries(client, "/change/processes/") - 1 if door.startswith("/change/") else 0
    return _queries(client, door) - frame


def _queries(client: Client, door: str) -> int:
    client.get(door)  # fills what is remembered between requests
    with CaptureQueriesContext(connection) as asked:
        assert client.get(door).status_code == 200
    return len(asked)
