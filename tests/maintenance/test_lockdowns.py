"""A lockdown holds what is ready while it is in force, keeps the votes, and lets it go on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from maintenance import workflow
from maintenance.models import Freeze, MaintenanceRequest
from maintenance.tasks import enforce_lockdowns
from portal.models import Notification, Service, Team, User
from tests.maintenance.make import approved_request, make_freeze
from tests.maintenance.test_messages import react
from tests.make import make_service

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
TEN = NOON.replace(hour=22)


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def scheduled(service: Service, by: User, manager: User, **fields: Any) -> MaintenanceRequest:
    told = {"planned_start": TEN, "planned_end": TEN + HOUR, **fields}
    return approved_request(service, by, manager, **told)


def lockdown(service: Service, by: User, **fields: Any) -> Freeze:
    told = {"kind": "lockdown", "name": "Attack", "starts_at": NOON, "ends_at": TEN + 3 * HOUR}
    return make_freeze(service, by, **{**told, **fields})


def state_of(request: MaintenanceRequest) -> str:
    request.refresh_from_db()
    return str(request.state)


def test_it_holds_what_is_ready_and_lets_it_go_on_with_its_votes(
    client: Client, checkout: Service, olivia: User, manager: User, ada: User
) -> None:
    request = scheduled(checkout, olivia, manager)
    later = scheduled(
        checkout, olivia, manager, planned_start=TEN + 24 * HOUR, planned_end=TEN + 25 * HOUR
    )
    freeze = lockdown(checkout, manager)
    client.force_login(ada)
    preview = client.get(freeze.get_absolute_url()).content.decode()
    assert "Changes that it would stop" in preview
    assert request.number in preview
    assert state_of(request) == "scheduled"

    workflow.approve_freeze(freeze, actor=ada)
    assert (state_of(request), state_of(later)) == ("on_hold", "scheduled")
    assert "Put on hold by it" in client.get(freeze.get_absolute_url()).content.decode()
    own = f"/api/v1/freezes/{freeze.pk}/"
    assert client.get(own).json()["holds"] == [request.number]

    workflow.end_freeze(freeze, reason="Repelled.", actor=manager)
    assert state_of(request) == "scheduled"
    assert not request.votes.exclude(superseded_at=None).exists()
    assert client.get(own).json()["holds"] == []


def test_one_that_begins_later_holds_at_its_beginning_and_releases_at_its_end(
    checkout: Service, olivia: User, manager: User, ada: User
) -> None:
    request = scheduled(
        checkout, olivia, manager, planned_start=TEN, planned_end=TEN + 5 * HOUR
    )
    freeze = lockdown(checkout, manager, starts_at=NOON + HOUR)
    workflow.approve_freeze(freeze, actor=ada)
    assert (enforce_lockdowns(), state_of(request)) == (0, "scheduled")
    with time_machine.travel(NOON + HOUR, tick=False):
        assert (enforce_lockdowns(), state_of(request)) == (1, "on_hold")
        assert enforce_lockdowns() == 0
    with time_machine.travel(TEN + 3 * HOUR, tick=False):
        assert (enforce_lockdowns(), state_of(request)) == (1, "scheduled")
        assert enforce_lockdowns() == 0


def test_a_planned_freeze_holds_nothing_it_is_asked_at_each_step(
    checkout: Service, olivia: User, manager: User, ada: User
) -> None:
    request = scheduled(checkout, olivia, manager)
    workflow.approve_freeze(lockdown(checkout, manager, kind="freeze"), actor=ada)
    assert (enforce_lockdowns(), state_of(request)) == (0, "scheduled")


def test_begun_work_and_what_a_manager_let_pass_go_on(
    checkout: Service, olivia: User, ana: User, manager: User, ada: User
) -> None:
    begun = scheduled(checkout, olivia, manager, planned_start=NOON, planned_end=NOON + HOUR)
    workflow.start(begun, actor=olivia)
    passed = scheduled(checkout, olivia, manager, implementer=ana)
    freeze = lockdown(checkout, manager, starts_at=NOON + HOUR / 2)
    workflow.approve_freeze(freeze, actor=ada)
    workflow.override_time(
        passed,
        of="freeze",
        freeze=freeze,
        digest=passed.plan_digest,
        reason="It closes the hole.",
        actor=manager,
    )
    with time_machine.travel(NOON + HOUR / 2, tick=False):
        enforce_lockdowns()
    assert (state_of(begun), state_of(passed)) == ("in_progress", "scheduled")


def test_who_asked_and_who_carries_it_out_hear_that_it_waits_and_goes_on(
    checkout: Service, olivia: User, ana: User, manager: User, ada: User
) -> None:
    request = scheduled(checkout, olivia, manager, implementer=ana)
    freeze = workflow.approve_freeze(lockdown(checkout, manager), actor=ada)
    react()
    workflow.end_freeze(freeze, reason="Over.", actor=manager)
    react()
    told = Notification.objects.filter(kind="lockdown").order_by("pk")
    assert {message.person for message in told} == {olivia, ana}
    assert {message.subject for message in told} == {
        f"On hold: {request}",
        f"Goes on: {request}",
    }


def test_one_of_a_team_and_an_environment_holds_what_is_planned_there(
    checkout: Service, olivia: User, manager: User, ada: User, payments: Team
) -> None:
    staging = scheduled(checkout, olivia, manager, environment="staging")
    production = scheduled(make_service("Ledger", team=payments), olivia, manager)
    scope = {"services": [], "teams": [payments], "environments": ["staging"]}
    freeze = workflow.approve_freeze(lockdown(checkout, manager, **scope), actor=ada)
    assert (state_of(staging), state_of(production)) == ("on_hold", "scheduled")
    workflow.end_freeze(freeze, reason="Repelled.", actor=manager)
    assert state_of(staging) == "scheduled"


def test_what_a_person_held_meanwhile_is_theirs_to_resume(
    checkout: Service, olivia: User, manager: User, ada: User
) -> None:
    request = scheduled(checkout, olivia, manager)
    freeze = workflow.approve_freeze(lockdown(checkout, manager), actor=ada)
    assert state_of(request) == "on_hold"
    with time_machine.travel(NOON + HOUR, tick=False):
        request = workflow.resume(request, actor=olivia)
        workflow.hold(request, reason="The supplier is late.", actor=olivia)

    with time_machine.travel(NOON + 2 * HOUR, tick=False):
        workflow.end_freeze(freeze, reason="Repelled.", actor=manager)

    assert state_of(request) == "on_hold"
    assert not freeze.holds.filter(released_at=None).exists()


def test_what_two_lockdowns_hold_waits_for_both(
    checkout: Service, olivia: User, manager: User, ada: User
) -> None:
    request = scheduled(checkout, olivia, manager)
    first = workflow.approve_freeze(lockdown(checkout, manager), actor=ada)
    second = workflow.approve_freeze(lockdown(checkout, manager, name="Second"), actor=ada)
    workflow.end_freeze(first, reason="Over.", actor=manager)
    assert state_of(request) == "on_hold"
    workflow.end_freeze(second, reason="Over.", actor=manager)
    assert state_of(request) == "scheduled"
