from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404

from knowledge.models import RevisionState
from knowledge.workflow import EditConflict
from maintenance import workflow
from maintenance.models import RequestState, StepState, process_step
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Membership, Service, User
from tests.maintenance.make import (
    approved_request,
    make_deployment,
    make_process,
    make_runbook,
    request_in,
)
from tests.maintenance.test_requests import codes


def test_whoever_starts_is_the_implementer(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = workflow.start(approved_request(checkout, olivia, manager), actor=olivia)

    assert (request.state, request.implementer) == (RequestState.IN_PROGRESS, olivia)
    assert request.started_at is not None
    assert Event.objects.filter(kind="request.started").count() == 1


def test_the_approver_does_not_carry_it_out(
    olivia: User, manager: User, checkout: Service
) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.start(approved_request(checkout, olivia, manager), actor=manager)
    assert codes(refused) == ["starter_approved"]


def test_an_approver_who_left_does_not_count_any_more(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager)
    Membership.objects.filter(person=manager).update(role="member")

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.start(request, actor=olivia)
    assert codes(refused) == ["approver_left"]
    assert "Max" in refused.value.refusals[0].sentence


def test_a_row_changed_past_the_verbs_is_not_what_was_approved(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager)
    type(request).objects.filter(pk=request.pk).update(plan="Drop the table.")

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.start(request, actor=olivia)
    assert codes(refused) == ["no_approval"]


def test_it_starts_within_the_planned_time_only(
    olivia: User, manager: User, checkout: Service
) -> None:
    start = clock.now() + timedelta(hours=1)
    end = start + timedelta(hours=1)
    request = approved_request(checkout, olivia, manager, planned_start=start, planned_end=end)
    start, end = (moment.replace(second=0, microsecond=0) for moment in (start, end))
    assert (request.planned_start, request.planned_end) == (start, end)
    for moment, code in [(start - timedelta(seconds=1), "too_early"), (end, "interval_over")]:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.start(request, actor=olivia, now=moment)
        assert codes(refused) == [code]

    assert workflow.start(request, actor=olivia, now=start).state == RequestState.IN_PROGRESS


def test_steps_are_answered_skipped_with_a_reason_and_taken_back(
    olivia: User, manager: User, checkout: Service
) -> None:
    make_process("corrective", "Fix", "Review")
    request = request_in(RequestState.IN_PROGRESS, checkout, olivia, manager)

    step = workflow.answer_step(request, order=1, state="done", note="In 4f2a", actor=olivia)
    assert (step.state, step.note, step.answered_by) == (StepState.DONE, "In 4f2a", olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.answer_step(request, order=2, state="skipped", note=" ", actor=olivia)
    assert codes(refused) == ["skipped_without_reason"]
    workflow.answer_step(request, order=2, state="skipped", note="One line", actor=olivia)

    step = workflow.answer_step(request, order=1, state="pending", actor=olivia)
    assert (step.state, step.answered_by, step.answered_at) == (StepState.PENDING, None, None)
    with pytest.raises(Http404):
        workflow.answer_step(request, order=3, state="done", actor=olivia)


def test_steps_wait_for_the_work(olivia: User, manager: User, checkout: Service) -> None:
    make_process("corrective", "Fix")
    request = approved_request(checkout, olivia, manager)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.answer_step(request, order=1, state="done", actor=olivia)
    assert codes(refused) == ["work_not_begun"]


def test_closing_asks_for_all_that_is_missing_at_once(
    olivia: User, manager: User, checkout: Service
) -> None:
    look = process_step("Look", "verify")
    make_process("corrective", look, look, "Archive")
    request = request_in(RequestState.IN_PROGRESS, checkout, olivia, manager)
    runbook = make_runbook(checkout, olivia)
    workflow.change_plan(request, actor=olivia, runbook=runbook)
    request = workflow.finish_work(request, actor=olivia)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.verify(request, outcome="succeeded", verification="", actor=olivia)

    assert codes(refused) == ["verification_open", "no_deployment", "missing_verification"]
    assert "1, 2" in refused.value.refusals[0].sentence

    for order in [1, 2]:
        workflow.answer_step(request, order=order, state="done", actor=olivia)
    make_deployment(checkout, olivia, request=request)
    request = workflow.verify(
        request, outcome="succeeded", verification="Load test passed.", actor=olivia
    )
    assert request.state == RequestState.REVIEW
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.close(request, actor=olivia)
    assert codes(refused) == ["steps_open", "runbook_not_revised"]
    workflow.answer_step(request, order=3, state="done", actor=olivia)

    workflow.revise_runbook(
        request,
        body="1. Look at the pool first\n",
        title=runbook.title,
        message="The pool ran dry",
        base_number=1,
        actor=olivia,
    )
    closed = workflow.close(request, actor=olivia)
    assert (closed.state, closed.outcome) == (RequestState.CLOSED, "succeeded")
    assert closed.closed_at is not None


def test_a_request_without_a_deployment_says_why(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(RequestState.VERIFYING, checkout, olivia, manager)

    closed = workflow.verify(
        request,
        outcome="with_issues",
        verification="Seen.",
        no_deployment_reason="A setting, changed in place.",
        actor=olivia,
    )

    assert closed.without_deployment_because == "A setting, changed in place."


def test_preventive_work_needs_no_deployment(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager, category="preventive")
    request = workflow.finish_work(workflow.start(request, actor=olivia), actor=olivia)

    closed = workflow.verify(
        request, outcome="succeeded", verification="Sizes are down.", actor=olivia
    )
    assert closed.state == RequestState.CLOSED


def test_verification_may_send_it_back(olivia: User, manager: User, checkout: Service) -> None:
    request = request_in(RequestState.VERIFYING, checkout, olivia, manager)

    request = workflow.back_to_work(request, actor=olivia, reason="Still slow")

    assert request.state == RequestState.IN_PROGRESS
    assert Event.objects.get(kind="request.sent_back").data == {"reason": "Still slow"}


def test_the_runbook_gets_a_published_revision_from_the_request(
    olivia: User, manager: User, checkout: Service
) -> None:
    runbook = make_runbook(checkout, olivia)
    request = approved_request(checkout, olivia, manager, runbook=runbook)
    told: dict[str, Any] = {
        "title": runbook.title,
        "message": "",
        "body": "1. New\n",
        "actor": olivia,
    }
    with pytest.raises(TransitionNotAllowed):
        workflow.revise_runbook(request, base_number=1, **told)
    request = workflow.start(request, actor=olivia)

    revision = workflow.revise_runbook(request, base_number=1, **told)

    request.refresh_from_db()
    runbook.refresh_from_db()
    assert (revision.number, revision.state) == (2, RevisionState.PUBLISHED)
    assert request.runbook_revision == revision == runbook.published

    with pytest.raises(EditConflict):
        workflow.revise_runbook(request, base_number=1, **{**told, "body": "1. Late\n"})
    request.refresh_from_db()
    assert request.runbook_revision == revision


def test_without_a_linked_runbook_there_is_none_to_revise(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(RequestState.IN_PROGRESS, checkout, olivia, manager)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.revise_runbook(
            request, body="x", title="x", message="", base_number=1, actor=olivia
        )
    assert codes(refused) == ["no_runbook"]
