"""A scheduled request announces its work, and its window goes wherever the request goes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from maintenance import workflow
from maintenance.models import MaintenanceRequest, MaintenanceWindow
from operations.models import Silence
from portal import clock
from portal.models import Service, Team, User
from tests.maintenance.make import approved_request
from tests.maintenance.test_window_alerts import is_held, settle
from tests.make import make_service
from tests.operations.make import make_alert

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
TEN = NOON.replace(hour=22)


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def announced(service: Service, by: User, manager: User, **fields: Any) -> MaintenanceRequest:
    told = {"planned_start": TEN, "planned_end": TEN + 2 * HOUR, "announces": True, **fields}
    return approved_request(service, by, manager, **told)


def window_of(request: MaintenanceRequest) -> MaintenanceWindow:
    window = MaintenanceWindow.objects.filter(request=request).first()
    assert window is not None
    return window


def silence_of(window: MaintenanceWindow) -> Silence:
    return Silence.objects.get(reference=window.reference)


def test_it_is_announced_when_it_is_scheduled_and_holds_alerts(
    client: Client,
    checkout: Service,
    payments: Team,
    platform: Team,
    olivia: User,
    manager: User,
) -> None:
    beside = make_service("Ledger", team=payments)
    foreign = make_service("Mail", team=platform)
    request = announced(checkout, olivia, manager, other_services=[beside, foreign])
    settle()
    window = window_of(request)
    assert (window.starts_at, window.ends_at) == (TEN, TEN + 2 * HOUR)
    # Nobody holds the alerts of another team's service by naming it.
    assert set(window.services.all()) == {checkout, beside}
    assert silence_of(window).ends_at == TEN + 2 * HOUR

    client.force_login(olivia)
    page = client.get(f"/change/requests/{request.pk}/").content.decode()
    assert window.get_absolute_url() in page
    assert request.number in client.get(window.get_absolute_url()).content.decode()


def test_without_the_tick_or_a_time_nothing_is_announced(
    checkout: Service, olivia: User, manager: User
) -> None:
    announced(checkout, olivia, manager, announces=False)
    announced(checkout, olivia, manager, planned_start=None, planned_end=None)
    assert not MaintenanceWindow.objects.exists()


def test_it_ends_when_the_work_ends_and_so_does_what_it_held(
    checkout: Service, olivia: User, manager: User
) -> None:
    request = announced(checkout, olivia, manager)
    alert = make_alert(service=checkout)
    with time_machine.travel(TEN, tick=False):
        workflow.start(request, actor=olivia)
        settle()
        assert is_held(alert)
    early = TEN + HOUR / 2
    with time_machine.travel(early, tick=False):
        workflow.finish_work(request, actor=olivia)
        window = window_of(request)
        assert (window.state_at(clock.now()), window.ends_at) == ("over", early)
        settle()
        assert not is_held(alert)
    with time_machine.travel(TEN + HOUR, tick=False):
        workflow.back_to_work(request, actor=olivia)
    again = window_of(request)
    assert again.pk != window.pk
    assert (again.starts_at, again.ends_at) == (TEN + HOUR, TEN + 2 * HOUR)


@pytest.mark.parametrize("verb", ["cancel", "hold", "another_time", "untick"])
def test_it_is_called_off_with_the_request(
    checkout: Service, olivia: User, manager: User, verb: str
) -> None:
    request = announced(checkout, olivia, manager)
    match verb:
        case "cancel":
            workflow.cancel(request, reason="Not needed.", actor=olivia)
        case "hold":
            workflow.hold(request, reason="Wait.", actor=olivia)
        case "another_time":
            workflow.change_plan(
                request, planned_start=TEN + HOUR, planned_end=TEN + 2 * HOUR, actor=olivia
            )
        case _:
            workflow.change_plan(request, announces=False, actor=olivia)
    assert window_of(request).state_at(clock.now()) == "cancelled"


def test_it_is_announced_anew_at_the_time_that_is_approved_next(
    checkout: Service, olivia: User, manager: User
) -> None:
    request = announced(checkout, olivia, manager)
    later = TEN + 24 * HOUR
    request = workflow.change_plan(
        request, planned_start=later, planned_end=later + HOUR, actor=olivia
    )
    workflow.approve(request, digest=request.plan_digest, actor=manager)
    assert window_of(request).starts_at == later
    upcoming = MaintenanceWindow.objects.upcoming(clock.now())
    assert [window.starts_at for window in upcoming] == [later]


def test_the_tick_alone_asks_nobody_again(
    client: Client, checkout: Service, olivia: User, manager: User
) -> None:
    request = announced(checkout, olivia, manager, announces=False)
    client.force_login(olivia)
    own = f"/api/v1/maintenance-requests/{request.pk}/"
    told = client.patch(own, {"announces": True}, content_type="application/json").json()
    assert (told["state"], told["plan_digest"]) == ("scheduled", request.plan_digest)
    assert window_of(request).starts_at == TEN
