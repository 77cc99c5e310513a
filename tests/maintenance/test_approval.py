from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from maintenance import workflow
from maintenance.models import MaintenanceRequest, RequestState, Vote
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, Team, TeamRole, User
from tests.maintenance.make import make_request, request_in
from tests.maintenance.test_requests import codes
from tests.make import make_person


@pytest.fixture
def second(payments: Team) -> User:
    return make_person("Second", team=payments, role=TeamRole.MANAGER)


def test_a_manager_approves_exactly_what_they_saw(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)

    request = workflow.approve(
        request, digest=request.plan_digest, reason="Go ahead", actor=manager
    )

    assert request.state == RequestState.APPROVED
    vote = Vote.objects.get()
    assert (vote.person, vote.decision, vote.reason) == (manager, "approve", "Go ahead")
    assert vote.plan_digest == request.plan_digest
    event = Event.objects.get(kind="request.approved")
    assert (event.actor, event.data["digest"]) == (manager, request.plan_digest)


def test_a_rejection_is_one_and_says_why(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.reject(request, digest=request.plan_digest, reason="  ", actor=manager)
    assert codes(refused) == ["missing_reason"]

    request = workflow.reject(
        request, digest=request.plan_digest, reason="Measure first.", actor=manager
    )

    assert request.state == RequestState.REJECTED
    assert Event.objects.get(kind="request.rejected").data["reason"] == "Measure first."


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_a_plan_that_moved_meanwhile_is_neither_approved_nor_rejected(
    olivia: User, manager: User, checkout: Service, word: str
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    seen = request.plan_digest
    request = workflow.change_plan(request, actor=olivia, plan="Something else")
    assert request.state == RequestState.AWAITING_APPROVAL

    with pytest.raises(TransitionNotAllowed) as refused:
        getattr(workflow, word)(request, digest=seen, reason="x", actor=manager)
    assert codes(refused) == ["digest_changed"]
    assert not Vote.objects.exists()


def test_the_requester_does_not_approve(
    olivia: User, manager: User, second: User, checkout: Service
) -> None:
    request = workflow.submit(make_request(checkout, manager), actor=manager)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.approve(request, digest=request.plan_digest, actor=manager)
    assert codes(refused) == ["approver_is_requester", "approver_is_author"]

    workflow.approve(request, digest=request.plan_digest, actor=second)


def test_whoever_wrote_at_the_plan_does_not_approve(
    olivia: User, manager: User, second: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia)
    workflow.change_plan(request, actor=manager, plan="Set it to 55.")
    request = workflow.submit(request, actor=olivia)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.approve(request, digest=request.plan_digest, actor=manager)
    assert codes(refused) == ["approver_is_author"]


def test_whoever_is_to_carry_it_out_does_not_approve(
    olivia: User, manager: User, second: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia, implementer=manager)
    request = workflow.submit(request, actor=olivia)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.reject(request, digest=request.plan_digest, reason="No", actor=manager)
    assert codes(refused) == ["approver_is_implementer"]


def test_neither_a_member_nor_an_administrator_is_a_manager(
    olivia: User, manager: User, ana: User, ada: User, checkout: Service
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    for person in [ana, ada]:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.approve(request, digest=request.plan_digest, actor=person)
        assert codes(refused) == ["not_eligible"]


def test_the_database_keeps_one_live_vote_for_each_person_and_plan(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(RequestState.APPROVED, checkout, olivia, manager)
    vote = Vote.objects.get()
    vote.pk = None
    with pytest.raises(IntegrityError, match=r"vote"), transaction.atomic():
        vote.save(force_insert=True)
    assert request.votes.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_yes_and_no_at_once_exactly_one_counts(
    olivia: User, manager: User, payments: Team, checkout: Service
) -> None:
    managers = [
        manager,
        *(make_person(f"M{n}", team=payments, role=TeamRole.MANAGER) for n in range(7)),
    ]
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    digest = request.plan_digest

    def decide(number: int) -> str:
        copy = MaintenanceRequest(pk=request.pk)
        verb = workflow.approve if number % 2 else workflow.reject
        try:
            verb(copy, digest=digest, reason="Because.", actor=managers[number])
        except TransitionNotAllowed as refused:
            return refused.refusals[0].code
        else:
            return "decided"
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = sorted(pool.map(decide, range(8)))

    assert answers == ["decided", *["wrong_state"] * 7]
    request.refresh_from_db()
    assert Vote.objects.get().decision == (
        "approve" if request.state == "approved" else "reject"
    )
    assert Event.objects.filter(kind__in=["request.approved", "request.rejected"]).count() == 1
