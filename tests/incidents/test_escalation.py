"""Waking people: who, when, why; once each, and not at all when somebody has answered."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from incidents import workflow
from incidents.models import EscalationStep, Incident
from incidents.workflow import escalation
from operations.models import Schedule, Severity
from portal import clock, events, sweeping
from portal.auditor import _questions
from portal.models import Notification, SendState, Service, Team, User
from tests.incidents.make import make_incident, make_schedule, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture
def incident(checkout: Service) -> Incident:
    return make_incident(checkout, severity=Severity.P0, title="Nobody can pay")


def paged() -> list[str]:
    return list(Notification.objects.order_by("pk").values_list("person__name", flat=True))


def test_the_person_on_call_first_the_managers_later(
    incident: Incident,
    payments: Team,
    olivia: User,
    manager: User,
) -> None:
    make_schedule(payments, olivia)

    page()
    assert paged() == ["Olivia"]
    page(timedelta(minutes=4))
    assert paged() == ["Olivia"]
    page(timedelta(minutes=6))
    assert paged() == ["Olivia", "Max"]
    assert page(timedelta(days=1)) == 0


def test_the_page_says_what_since_when_and_why(
    incident: Incident, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    page()

    sent = Notification.objects.get()
    assert sent.subject == "P0 Checkout: Nobody can pay"
    assert f"INC-{incident.pk}, since" in sent.body
    assert "Turn 1 of 1 in the weekly rotation." in sent.body


def test_nobody_on_call_means_the_next_step_at_once(
    incident: Incident,
    manager: User,
) -> None:
    page()

    assert paged() == ["Max"]
    told = [event.kind for event in events.about(incident)]
    assert told == ["incident.paged", "incident.paged_nobody", "incident.opened"]
    assert "no on-call schedule" in EscalationStep.objects.get(order=1).outcome


def test_without_managers_the_administrators_are_the_last_resort(
    incident: Incident, ada: User
) -> None:
    page()
    assert paged() == ["Ada"]


def test_with_nobody_at_all_that_is_recorded(incident: Incident) -> None:
    page()

    assert set(EscalationStep.objects.values_list("state", flat=True)) == {"done"}
    assert events.about(incident).filter(kind="incident.paged_nobody").count() == 2


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_an_answer_stops_it(
    incident: Incident,
    payments: Team,
    olivia: User,
    manager: User,
    verb: str,
) -> None:
    make_schedule(payments, olivia)
    page()
    more: dict[str, Any] = {"summary": "Done"} if verb == "resolve" else {}
    getattr(workflow, verb)(incident, actor=olivia, **more)

    page(timedelta(days=1))

    assert paged() == ["Olivia"]
    assert Notification.objects.get().state == SendState.CANCELLED  # it had not left yet
    assert [step.state for step in incident.escalation.all()] == ["done", "cancelled"]


def test_giving_it_back_starts_again_and_says_so(
    incident: Incident, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    page()
    workflow.acknowledge(incident, actor=olivia)
    workflow.unacknowledge(incident, actor=olivia)
    page()

    assert paged() == ["Olivia", "Olivia"]
    assert "Olivia gave it back." in Notification.objects.latest("pk").body
    assert [step.round for step in incident.escalation.all()] == [1, 1, 2, 2]


def test_a_process_that_dies_in_between_loses_and_doubles_nothing(
    incident: Incident, payments: Team, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is written; before the step is marked, the process is gone."""
    make_schedule(payments, olivia)

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(escalation, "_finish", die)
        with pytest.raises(SystemExit):
            page()
    assert not Notification.objects.exists()
    assert EscalationStep.objects.get(order=1).state == "due"

    page()
    page()
    assert paged() == ["Olivia"]


def test_after_a_long_night_each_due_step_runs_once_in_order(
    incident: Incident,
    payments: Team,
    olivia: User,
    manager: User,
) -> None:
    make_schedule(payments, olivia)
    assert page(timedelta(hours=9)) == 2
    assert paged() == ["Olivia", "Max"]


def test_the_pager_sweeps_it(incident: Incident, manager: User) -> None:
    assert "escalate incidents" in {sweep.name for sweep in sweeping.sweeps()}
    sweeping.run_all(clock.now())
    assert paged() == ["Max"]


def test_the_auditor_sees_a_late_step(incident: Incident) -> None:
    later = clock.now() + timedelta(minutes=3)
    found = {answer.code for ask in _questions for answer in ask(later)}
    assert "escalation_late" in found
    page()
    found = {answer.code for ask in _questions for answer in ask(later)}
    assert "escalation_late" not in found


def test_who_has_left_is_not_woken(
    incident: Incident,
    payments: Team,
    olivia: User,
    manager: User,
) -> None:
    make_schedule(payments, olivia)
    olivia.is_active = False
    olivia.changed_by = None
    olivia.save()

    page()
    assert paged() == ["Max"]


@pytest.mark.django_db(transaction=True)
def test_two_pagers_wake_nobody_twice(checkout: Service, payments: Team, olivia: User) -> None:
    make_schedule(payments, olivia)
    for number in range(3):
        make_incident(checkout, severity=Severity.P0, title=f"Incident {number}")
    assert Schedule.objects.count() == 1
    ready = threading.Barrier(4)

    def sweep() -> None:
        ready.wait()
        try:
            for _ in range(3):
                escalation.escalate_due(clock.now())
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert paged() == ["Olivia"] * 3
