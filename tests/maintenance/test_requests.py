from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from knowledge.workflow import finish_action
from maintenance import workflow
from maintenance.models import MaintenanceRequest, RequestState, Vote, process_step
from maintenance.workflow.guards import Verb, refusals
from portal import clock
from portal.errors import DomainError, TransitionNotAllowed
from portal.models import Event, Membership, Service, Team, User
from tests.maintenance.make import (
    approved_request,
    make_action,
    make_process,
    make_request,
    make_runbook,
    request_in,
)


def codes(error: "pytest.ExceptionInfo[DomainError]") -> list[str]:
    return [refusal.code for refusal in error.value.refusals]


def test_a_new_request_copies_the_steps_of_its_process(olivia: User, checkout: Service) -> None:
    process = make_process("corrective", "Reproduce", "Fix")

    request = make_request(checkout, olivia)
    workflow.save_process(process, steps=[process_step("Other")], actor=None)
    workflow.publish_process(process, actor=None)

    assert [(step.order, step.text) for step in request.steps.all()] == [
        (1, "Reproduce"),
        (2, "Fix"),
    ]
    event = Event.objects.get(kind="request.created")
    assert (event.subject, event.actor, event.service) == (request, olivia, checkout)
    assert str(request) == f"CHG-{request.pk} Raise the pool size"


def test_another_category_brings_its_own_steps(olivia: User, checkout: Service) -> None:
    make_process("corrective", "Reproduce")
    make_process("preventive", "Vacuum", "Reindex")
    request = make_request(checkout, olivia)

    workflow.change_plan(request, actor=olivia, category="preventive")

    assert [step.text for step in request.steps.all()] == ["Vacuum", "Reindex"]


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"category": "whim"}, {"priority": 7}, {"title": "x" * 201}],
)
def test_no_request_with_values_that_none_may_have(
    olivia: User, checkout: Service, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        make_request(checkout, olivia, **wrong)
    assert not MaintenanceRequest.objects.exists()


def test_a_plan_that_ends_before_it_starts_is_no_plan(olivia: User, checkout: Service) -> None:
    now = clock.now()
    with pytest.raises(ValidationError, match="must be after"):
        make_request(checkout, olivia, planned_start=now, planned_end=now)


def test_an_action_becomes_a_request_in_one_step_and_only_once(
    olivia: User, manager: User, checkout: Service
) -> None:
    action = make_action(olivia, checkout, reference_label="Incident 7")

    request = workflow.request_from_action(action, actor=olivia)
    again = workflow.request_from_action(action, actor=manager)

    assert again == request
    assert (request.title, request.category) == (action.title, "corrective")
    assert (request.service, request.action_item) == (checkout, action)
    assert action.title in request.reason
    assert "Incident 7" in request.reason
    assert Event.objects.filter(kind="request.created").count() == 1

    workflow.withdraw(request, actor=olivia)
    assert workflow.request_from_action(action, actor=olivia) != request


def test_an_action_without_a_service_cannot(olivia: User) -> None:
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.request_from_action(make_action(olivia), actor=olivia)
    assert codes(refused) == ["no_service"]


def test_a_finished_action_cannot(olivia: User, checkout: Service) -> None:
    action = finish_action(make_action(olivia, checkout), proof="Seen", actor=olivia)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.request_from_action(action, actor=olivia)
    assert codes(refused) == ["action_finished"]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"plan": " "}, ["missing_plan"]),
        ({"rollback_plan": ""}, ["missing_rollback"]),
        ({"plan": "", "rollback_plan": ""}, ["missing_plan", "missing_rollback"]),
    ],
)
def test_only_a_whole_plan_is_submitted(
    olivia: User, manager: User, checkout: Service, plan: dict[str, str], expected: list[str]
) -> None:
    request = make_request(checkout, olivia, **plan)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.submit(request, actor=olivia)

    assert codes(refused) == expected
    assert refusals(request, Verb.SUBMIT, olivia) == refused.value.refusals


def test_a_plan_for_the_past_is_not_submitted(
    olivia: User, manager: User, checkout: Service
) -> None:
    now = clock.now()
    request = make_request(
        checkout,
        olivia,
        planned_start=now - timedelta(hours=2),
        planned_end=now - timedelta(hours=1),
    )
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.submit(request, actor=olivia)
    assert codes(refused) == ["interval_over"]


def test_nobody_who_could_approve_is_told_at_once(manager: User, checkout: Service) -> None:
    request = make_request(checkout, manager)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.submit(request, actor=manager)

    assert codes(refused) == ["quorum_unreachable"]
    assert "Payments" in refused.value.refusals[0].sentence


def test_an_edit_takes_back_an_approval_and_keeps_the_vote(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager)
    old = request.plan_digest

    edited = workflow.change_plan(request, actor=olivia, plan="Set it to 90.")

    assert edited.state == RequestState.AWAITING_APPROVAL
    assert (edited.approved_until, edited.decided_at) == (None, None)
    vote = Vote.objects.get()
    assert (vote.plan_digest, vote.superseded_at is not None) == (old, True)
    event = Event.objects.get(kind="request.plan_changed")
    assert event.data["was_digest"] == old
    assert event.data["fields"] == ["plan"]


def test_going_back_to_the_old_words_does_not_bring_the_approval_back(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager)
    workflow.change_plan(request, actor=olivia, plan="Other")
    request = workflow.change_plan(request, actor=olivia, plan="Set it to 50.")
    assert request.state == RequestState.AWAITING_APPROVAL

    request = workflow.approve(request, digest=request.plan_digest, actor=manager)
    assert request.state == RequestState.APPROVED
    assert Vote.objects.filter(plan_digest=request.plan_digest).count() == 2


def test_an_edit_of_what_does_not_matter_keeps_the_approval(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager)

    request = workflow.change_plan(request, actor=olivia, reason="Said better")

    assert request.state == RequestState.APPROVED


def test_a_rejected_plan_is_not_sent_again_word_for_word(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(RequestState.REJECTED, checkout, olivia, manager)
    request = workflow.back_to_draft(request, actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.submit(request, actor=olivia)
    assert codes(refused) == ["rejected_before"]

    request = workflow.change_plan(request, actor=olivia, plan="Set it to 20 first.")
    assert workflow.submit(request, actor=olivia).state == RequestState.AWAITING_APPROVAL


def test_once_work_has_begun_the_plan_stays(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(RequestState.IN_PROGRESS, checkout, olivia, manager)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.change_plan(request, actor=olivia, plan="Set it to 90.")
    assert codes(refused) == ["work_began"]

    runbook = make_runbook(checkout, olivia)
    assert workflow.change_plan(request, actor=olivia, runbook=runbook).runbook == runbook


def test_only_the_requester_or_a_manager_withdraws(
    olivia: User, manager: User, ana: User, payments: Team, checkout: Service
) -> None:
    request = make_request(checkout, olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.withdraw(request, actor=ana)
    assert codes(refused) == ["not_requester"]

    assert workflow.withdraw(request, actor=manager, reason="Solved").state == "withdrawn"


def test_a_manager_who_left_approves_nothing(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    Membership.objects.filter(person=manager).update(role="member")

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.approve(request, digest=request.plan_digest, actor=manager)
    assert codes(refused) == ["not_eligible"]
