from datetime import timedelta

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from maintenance import workflow
from maintenance.models import MaintenanceRequest
from maintenance.tasks import remind_of_approvals
from portal import clock
from portal.models import Notification, SendState, Service, Team, TeamRole, Urgency, User
from portal.reactions import react_to_all_due
from tests.maintenance.make import make_request
from tests.make import make_person


def react() -> None:
    react_to_all_due(clock.now() + timedelta(seconds=1))


@pytest.fixture
def submitted(olivia: User, manager: User, checkout: Service) -> MaintenanceRequest:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    react()
    return request


def test_the_managers_are_asked_calmly_and_once(
    submitted: MaintenanceRequest, manager: User
) -> None:
    react()

    message = Notification.objects.get()
    assert (message.person, message.kind, message.urgency) == (manager, "approval", Urgency.LOW)
    assert message.url == f"/change/requests/{submitted.pk}/approval/"
    assert submitted.number in message.subject
    assert submitted.reason in message.body


def test_another_plan_is_another_question(
    submitted: MaintenanceRequest, olivia: User, manager: User
) -> None:
    workflow.change_plan(submitted, actor=olivia, plan="Other")
    react()

    assert Notification.objects.filter(person=manager).count() == 2


def test_words_beside_the_plan_ask_nobody_again(
    submitted: MaintenanceRequest, olivia: User, manager: User
) -> None:
    workflow.change_plan(submitted, actor=olivia, reason="Said better.")
    react()

    assert Notification.objects.filter(person=manager).count() == 1


def test_nobody_is_asked_about_what_rests_and_all_are_when_it_goes_on(
    submitted: MaintenanceRequest, olivia: User, manager: User
) -> None:
    workflow.hold(submitted, reason="Later.", actor=olivia)
    react()
    [first] = Notification.objects.filter(person=manager)
    assert first.state == SendState.CANCELLED

    workflow.resume(submitted, actor=olivia)
    react()

    second = Notification.objects.filter(person=manager).exclude(pk=first.pk).get()
    assert second.state == SendState.DUE


def test_a_manager_who_asks_is_not_asked(
    payments: Team, olivia: User, manager: User, checkout: Service
) -> None:
    second = make_person("Second", team=payments, role=TeamRole.MANAGER)
    workflow.submit(make_request(checkout, manager), actor=manager)
    react()

    asked = Notification.objects.values_list("person", flat=True)
    assert list(asked) == [second.pk]


@pytest.mark.parametrize("word", ["approve", "reject"])
def test_the_requester_hears_of_the_decision_and_nobody_is_asked_any_more(
    submitted: MaintenanceRequest, olivia: User, manager: User, word: str
) -> None:
    verb = getattr(workflow, word)
    verb(submitted, digest=submitted.plan_digest, reason="Because.", actor=manager)
    react()

    told = Notification.objects.get(person=olivia)
    assert (told.kind, told.url) == ("decision", submitted.get_absolute_url())
    assert "Because." in told.body
    assert Notification.objects.get(person=manager).state == SendState.CANCELLED


def test_a_withdrawn_request_asks_nobody(
    submitted: MaintenanceRequest, olivia: User, manager: User
) -> None:
    workflow.withdraw(submitted, actor=olivia)
    react()

    assert Notification.objects.get(person=manager).state == SendState.CANCELLED


def test_after_a_day_managers_are_reminded_once_a_day(
    submitted: MaintenanceRequest, manager: User
) -> None:
    assert remind_of_approvals() == 0
    MaintenanceRequest.objects.update(submitted_at=clock.now() - timedelta(days=1, minutes=1))

    assert [remind_of_approvals(), remind_of_approvals()] == [1, 1]

    assert Notification.objects.filter(person=manager).count() == 2
    workflow.approve(submitted, digest=submitted.plan_digest, actor=manager)
    assert remind_of_approvals() == 0


def test_it_is_asked_after_the_commit(
    olivia: User,
    manager: User,
    checkout: Service,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    request = make_request(checkout, olivia)
    with django_capture_on_commit_callbacks() as callbacks:
        workflow.submit(request, actor=olivia)

    assert callbacks
    assert not Notification.objects.exists()
