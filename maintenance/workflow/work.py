"""Verbs on an approved request: carry it out, verify it, close it, mend its runbook."""

from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from knowledge import workflow as knowledge
from knowledge.models import Revision
from maintenance.models import MaintenanceRequest, RequestStep, StepState
from maintenance.workflow.guards import Verb, refusals, require
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
    fields = {"implementer": actor, "started_at": now, "approval_used_at": now}
    return move(
        request, Verb.START, "started", actor=actor, fields=fields, digest=request.plan_digest
    )


@transaction.atomic
def answer_step(
    request: MaintenanceRequest,
    *,
    order: int,
    state: str,
    note: str = "",
    evidence: str = "",
    actor: User,
) -> RequestStep:
    """
    Mark a step as done, skip it with a reason, or take the answer back with `pending`.

    Raises `Http404` if the request has no step of this number.
    """
    request = locked(request)
    step = get_object_or_404(request.steps, order=order)
    require(
        request,
        Verb.ANSWER_STEP,
        actor,
        step=step,
        step_state=state,
        note=note,
        evidence=evidence,
    )
    answered = state != StepState.PENDING
    step.state = StepState(state)
    step.note, step.evidence = note.strip(), evidence.strip()
    step.answered_by = actor if answered else None
    step.answered_at = clock.now() if answered else None
    step.save(update_fields=["state", "note", "evidence", "answered_by", "answered_at"])
    events.record(
        "request.step_answered",
        request,
        actor=actor,
        order=order,
        step=step.text,
        state=state,
        note=step.note,
        evidence=step.evidence,
    )
    return step


@transaction.atomic
def finish_work(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    """The work is done; from here on it is to be verified."""
    request = locked(request)
    require(request, Verb.FINISH_WORK, actor)
    fields = {"finished_at": clock.now()}
    return move(request, Verb.FINISH_WORK, "work_finished", actor=actor, fields=fields)


@transaction.atomic
def back_to_work(
    request: MaintenanceRequest, *, actor: User | None, reason: str = ""
) -> MaintenanceRequest:
    """The verification found something that is still to be done."""
    request = locked(request)
    require(request, Verb.BACK_TO_WORK, actor)
    return move(request, Verb.BACK_TO_WORK, "sent_back", actor=actor, fields={}, reason=reason)


@transaction.atomic
def verify(
    request: MaintenanceRequest,
    *,
    outcome: str,
    verification: str,
    no_deployment_reason: str = "",
    actor: User | None,
) -> MaintenanceRequest:
    """
    Say what came of it, and how that was found out; it closes at once if nothing is left.

    `no_deployment_reason` is for a category that calls for a deployment when there was none.
    """
    request = locked(request)
    require(
        request,
        Verb.VERIFY,
        actor,
        verification=verification,
        no_deployment_reason=no_deployment_reason,
    )
    fields = {
        "outcome": outcome,
        "verification": verification.strip(),
        "without_deployment_because": no_deployment_reason.strip(),
    }
    told = {"outcome": outcome, "verification": fields["verification"]}
    move(request, Verb.VERIFY, "verified", actor=actor, fields=fields, **told)
    if refusals(request, Verb.CLOSE, actor):
        return request
    return _close(request, actor=actor)


@transaction.atomic
def close(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    """Nothing is left to do: reviewed, followed up, and the runbook is right."""
    request = locked(request)
    require(request, Verb.CLOSE, actor)
    return _close(request, actor=actor)


def _close(request: MaintenanceRequest, *, actor: User | None) -> MaintenanceRequest:
    return move(
        request,
        Verb.CLOSE,
        "closed",
        actor=actor,
        fields={"closed_at": clock.now()},
        outcome=request.outcome,
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


@transaction.atomic
def confirm_runbook(
    request: MaintenanceRequest, *, reason: str, actor: User | None
) -> MaintenanceRequest:
    """Say how one knows that the linked runbook is right as it is."""
    request = locked(request)
    require(request, Verb.CONFIRM_RUNBOOK, actor, reason=reason)
    request.runbook_right_because = reason.strip()
    keep(request, actor, "runbook_right_because")
    events.record("request.runbook_confirmed", request, actor=actor, reason=reason)
    return request
