"""Verbs on an approved request: carry it out, verify it, and leave a better runbook."""

from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from knowledge import workflow as knowledge
from knowledge.models import Revision
from maintenance.models import MaintenanceRequest, RequestStep, StepState
from maintenance.workflow.guards import Verb, require
from maintenance.workflow.moves import keep, locked, move
from portal import clock, events
from portal.models import User


@transaction.atomic
def start(
    request: MaintenanceRequest, *, actor: User, now: datetime | None = None
) -> MaintenanceRequest:
    """Begin the work; every rule is asked again, and whoever starts is the implementer."""
    request = locked(request)
    now = now or clock.now()
    require(request, Verb.START, actor, now=now)
    fields = {"implementer": actor, "started_at": now}
    return move(
        request, Verb.START, "started", actor=actor, fields=fields, digest=request.plan_digest
    )


@transaction.atomic
def answer_step(
    request: MaintenanceRequest, *, order: int, state: str, note: str = "", actor: User
) -> RequestStep:
    """
    Mark a step as done, skip it with a reason, or take the answer back with `pending`.

    Raises `Http404` if the request has no step of this number.
    """
    request = locked(request)
    step = get_object_or_404(request.steps, order=order)
    require(request, Verb.ANSWER_STEP, actor, step_state=state, note=note)
    answered = state != StepState.PENDING
    step.state = StepState(state)
    step.note = note.strip()
    step.answered_by = actor if answered else None
    step.answered_at = clock.now() if answered else None
    step.save(update_fields=["state", "note", "answered_by", "answered_at"])
    events.record(
        "request.step_answered",
        request,
        actor=actor,
        order=order,
        step=step.text,
        state=state,
        note=step.note,
    )
    return step


@transaction.atomic
def finish_work(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    """The work is done; from here on it is to be verified."""
    request = locked(request)
    require(request, Verb.FINISH_WORK, actor)
    return move(request, Verb.FINISH_WORK, "work_finished", actor=actor, fields={})


@transaction.atomic
def back_to_work(
    request: MaintenanceRequest, *, actor: User | None, reason: str = ""
) -> MaintenanceRequest:
    """The verification found something that is still to be done."""
    request = locked(request)
    require(request, Verb.BACK_TO_WORK, actor)
    return move(request, Verb.BACK_TO_WORK, "sent_back", actor=actor, fields={}, reason=reason)


@transaction.atomic
def verify_and_close(
    request: MaintenanceRequest,
    *,
    outcome: str,
    verification: str,
    no_deployment_reason: str = "",
    actor: User | None,
) -> MaintenanceRequest:
    """
    Close the request; `verification` says how its outcome was found out.

    `no_deployment_reason` is for a category that calls for a deployment when there was none.
    """
    request = locked(request)
    require(
        request,
        Verb.VERIFY_AND_CLOSE,
        actor,
        verification=verification,
        no_deployment_reason=no_deployment_reason,
    )
    fields = {
        "outcome": outcome,
        "verification": verification.strip(),
        "without_deployment_because": no_deployment_reason.strip(),
        "closed_at": clock.now(),
    }
    return move(
        request,
        Verb.VERIFY_AND_CLOSE,
        "closed",
        actor=actor,
        fields=fields,
        outcome=outcome,
        verification=fields["verification"],
    )


@transaction.atomic
def revise_runbook(
    request: MaintenanceRequest,
    *,
    body: str,
    title: str,
    message: str,
    base_number: int,
    actor: User,
) -> Revision:
    """
    Publish a new revision of the linked runbook, and link it to the request.

    Raises what `knowledge.workflow.save_revision` raises when somebody else saved one since
    `base_number`.
    """
    request = locked(request)
    require(request, Verb.REVISE_RUNBOOK, actor)
    assert request.runbook is not None
    revision = knowledge.save_revision(
        request.runbook,
        base_number=base_number,
        title=title,
        body=body,
        message=message,
        actor=actor,
    )
    revision = knowledge.publish(revision, actor=actor)
    request.runbook_revision = revision
    keep(request, actor, "runbook_revision")
    events.record(
        "request.runbook_revised",
        request,
        actor=actor,
        document=request.runbook.slug,
        revision=revision.number,
    )
    return revision
