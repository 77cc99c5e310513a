"""Evidence of a plan: asked for by name when the work begins, and only where it was set up."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from maintenance import workflow
from maintenance.models import EvidenceGate, MaintenanceRequest, RequestState
from maintenance.workflow import Verb, refusals
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.maintenance.make import approved_request, make_request, request_in


@pytest.fixture
def approved(olivia: User, max: User, checkout: Service) -> MaintenanceRequest:
    return approved_request(checkout, olivia, max)


def why_not_start(request: MaintenanceRequest, by: User, **later: Any) -> list[str]:
    now = clock.now() + timedelta(**later)
    return [refusal.code for refusal in refusals(request, Verb.START, by, now=now)]


def test_only_evidence_that_was_set_up_is_asked_for(
    approved: MaintenanceRequest, olivia: User
) -> None:
    assert why_not_start(approved, olivia) == []


def test_red_and_stale_evidence_stop_the_start_by_name(
    approved: MaintenanceRequest, olivia: User
) -> None:
    workflow.set_gate(
        approved, name="Backup", kind="backup", is_green=True, fresh_hours=24, actor=olivia
    )
    workflow.set_gate(approved, name="Tests", is_green=False, actor=None)

    assert why_not_start(approved, olivia) == ["gate_red"]
    assert why_not_start(approved, olivia, hours=24) == ["gate_red", "gate_stale"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.start(approved, actor=olivia)
    assert refused.value.refusals[0].sentence == "Evidence is red: Tests."

    workflow.set_gate(approved, name="Tests", is_green=True, actor=None)
    assert workflow.start(approved, actor=olivia).state == "in_progress"


def test_the_newest_result_stands_in_whatever_order_they_come(
    approved: MaintenanceRequest, olivia: User
) -> None:
    now = clock.now()
    workflow.set_gate(approved, name="Tests", is_green=False, checked_at=now, actor=None)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.set_gate(
            approved,
            name="Tests",
            is_green=True,
            checked_at=now - timedelta(minutes=1),
            actor=None,
        )
    assert [each.code for each in refused.value.refusals] == ["older_result"]


def test_taking_it_off_needs_a_reason_and_leaves_a_trace(
    approved: MaintenanceRequest, olivia: User
) -> None:
    workflow.set_gate(approved, name="Backup", is_green=False, actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.remove_gate(approved, name="Backup", reason=" ", actor=olivia)
    assert [each.code for each in refused.value.refusals] == ["missing_removal_reason"]

    workflow.remove_gate(approved, name="Backup", reason="No data is touched.", actor=olivia)

    assert not EvidenceGate.objects.exists()
    event = Event.objects.get(kind="request.gate_removed")
    assert (event.data["gate"], event.data["reason"]) == ("Backup", "No data is touched.")


def test_what_no_gate_may_say_is_refused(approved: MaintenanceRequest, olivia: User) -> None:
    for wrong in [{"url": "javascript:x"}, {"fresh_hours": 0}, {"kind": "omen"}]:
        with pytest.raises(ValidationError):
            workflow.set_gate(approved, name="Tests", is_green=True, actor=olivia, **wrong)  # type: ignore[arg-type]  # on purpose


def test_a_request_has_a_bounded_number_and_a_closed_one_gets_none(
    olivia: User, max: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia)
    EvidenceGate.objects.bulk_create(
        EvidenceGate(request=request, name=f"Gate {n}") for n in range(20)
    )
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.set_gate(request, name="One more", is_green=True, actor=olivia)
    assert [each.code for each in refused.value.refusals] == ["too_many_gates"]
    workflow.set_gate(request, name="Gate 1", is_green=True, actor=olivia)

    closed = request_in(RequestState.CLOSED, checkout, olivia, max)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.set_gate(closed, name="Tests", is_green=True, actor=olivia)
    assert [each.code for each in refused.value.refusals] == ["wrong_state"]


def test_the_page_shows_renews_and_takes_off(
    client: Client, olivia: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia)
    door = f"{request.get_absolute_url()}evidence/"
    client.force_login(olivia)
    typed = {"name": "Staging", "kind": "staging", "is_green": "yes", "fresh_hours": 2}

    assert client.post(door, typed).status_code == 302
    with time_machine.travel(clock.now() + timedelta(hours=3), tick=False):
        page = client.get(request.get_absolute_url()).content.decode()
        assert "Too old" in page
    wrong = client.post(door, {**typed, "url": "not a link", "source": "Ran by hand"})
    assert (wrong.status_code, "Ran by hand" in wrong.content.decode()) == (422, True)
    assert client.post(f"{door}remove/", {"name": "Staging"}).status_code == 422
    done = client.post(f"{door}remove/", {"name": "Staging", "reason": "Not needed."})
    assert (done.status_code, request.gates.count()) == (302, 0)


def test_a_program_sets_it(client: Client, olivia: User, checkout: Service) -> None:
    request = make_request(checkout, olivia)
    door = f"/api/v1/maintenance-requests/{request.pk}/"
    client.force_login(olivia)
    post: dict[str, Any] = {"content_type": "application/json"}
    body = {"name": "Tests", "kind": "tests", "is_green": True, "source": "Pipeline 4711"}

    told = client.post(f"{door}gates/set/", body, **post)

    assert (told.status_code, told.json()["is_green"]) == (200, True)
    assert [gate["name"] for gate in client.get(door).json()["gates"]] == ["Tests"]
    assert client.post(f"{door}gates/set/", {"name": "Tests"}, **post).status_code == 400
    gone = client.post(f"{door}gates/remove/", {"name": "Other", "reason": "x"}, **post)
    assert gone.status_code == 404
