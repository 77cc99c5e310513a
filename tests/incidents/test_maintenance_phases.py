"""Maintenance on the status page: told before, begun and ended by the clock, kept after."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test import Client

from incidents import workflow
from incidents.models import Announcement, MaintenanceState, PublicMaintenance
from incidents.workflow.maintenance_phases import follow_announced
from maintenance.models import MaintenanceWindow
from maintenance.workflow import finish_work, start
from maintenance.workflow.windows import announce_window, cancel_window, change_window
from operations.models import Severity
from portal import clock, reactions
from portal.errors import DomainError
from portal.models import Event, Service, Team, User
from portal.models.tracked import delete_as
from tests.incidents.doors import DOORS, api, signed_in_as
from tests.incidents.make import make_incident
from tests.incidents.status import make_shown_service
from tests.maintenance.make import approved_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
STARTED, ENDED = "in_progress", "completed"


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_shown_service("Shop", team=payments, is_public=True)


def react() -> None:
    for _ in range(3):
        reactions.react_to_all_due(clock.now())


def announce(shop: Service, *, after: int = 120, minutes: int = 60) -> MaintenanceWindow:
    """A window that begins in so many minutes, with all that follows."""
    starts_at = clock.now() + timedelta(minutes=after)
    window = announce_window(
        title="New disks",
        services=[shop],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        actor=None,
    )
    react()
    return window


def told(client: Client) -> dict[str, Any]:
    answer = client.get("/status/status.json").json()
    (window,) = answer["scheduled_maintenances"]
    return {**window, "component": answer["components"][0]["status"]}


def kinds() -> list[str]:
    found = Event.objects.filter(kind__startswith="status.maintenance").order_by("pk")
    return [
        kind.removeprefix("status.maintenance_")
        for kind in found.values_list("kind", flat=True)
    ]


def test_it_begins_and_ends_by_itself_and_stays(client: Client, shop: Service) -> None:
    with time_machine.travel(NOW, tick=False) as at:
        announce(shop)
        assert told(client)["announced_before_start"] is True
        for after, state, component in [
            (61, "scheduled", "operational"),
            (60, STARTED, "under_maintenance"),
            (60, ENDED, "operational"),
        ]:
            at.shift(timedelta(minutes=after))
            assert workflow.advance_due(clock.now()) == 1
            assert workflow.advance_due(clock.now()) == 0
            assert (told(client)["status"], told(client)["component"]) == (state, component)
        react()
        assert kinds() == ["announced", "reminded", "started", "completed"]
        at.shift(timedelta(days=2))
        assert "Completed: New disks" in client.get("/status/").content.decode()
        assert "New disks" in client.get("/status/history/2026-11/").content.decode()
        phases = set(Announcement.objects.values_list("phase", flat=True))
        assert phases == {"scheduled", "reminder", STARTED, ENDED}


def test_it_is_there_when_its_time_has_come(client: Client, shop: Service) -> None:
    with time_machine.travel(NOW, tick=False) as at:
        announce(shop)
        at.shift(timedelta(minutes=125))  # and nobody has looked
        assert "New disks" in client.get("/status/").content.decode()


def test_people_keep_its_beginning_and_end_for_themselves(
    client: Client, shop: Service, olivia: User
) -> None:
    with time_machine.travel(NOW, tick=False) as at:
        announce(shop)
        maintenance = PublicMaintenance.objects.get()
        workflow.set_maintenance_clock(
            maintenance, starts_itself=False, ends_itself=False, actor=olivia
        )
        at.shift(timedelta(hours=5))
        workflow.advance_due(clock.now())
        assert told(client)["status"] == "scheduled"
        workflow.move_maintenance(maintenance, to=STARTED, actor=olivia)
        assert told(client)["component"] == "under_maintenance"
        workflow.move_maintenance(maintenance, to="verifying", text="Looking.", actor=olivia)
        assert told(client)["updates"][0]["body"] == "Looking."
        workflow.move_maintenance(maintenance, to=ENDED, actor=olivia)
        assert told(client)["component"] == "operational"


def test_what_a_person_declares_worse_is_shown(client: Client, shop: Service) -> None:
    with time_machine.travel(NOW, tick=False) as at:
        announce(shop)
        at.shift(timedelta(minutes=125))
        workflow.advance_due(clock.now())
        make_incident(shop, severity=Severity.P0)
        assert told(client)["component"] == "major_outage"


def test_other_times_are_a_notice_and_another_clock(shop: Service, olivia: User) -> None:
    with time_machine.travel(NOW, tick=False):
        window = announce(shop)
        later = window.starts_at + timedelta(hours=3)
        end = later + timedelta(hours=1)
        change_window(window, starts_at=later, ends_at=end, actor=olivia)
        react()
        maintenance = PublicMaintenance.objects.get()
        assert maintenance.turn_at == later
        assert maintenance.remind_at == later - timedelta(hours=1)
        assert kinds() == ["announced", "changed"]


def test_what_is_called_off_says_so_and_stays(
    client: Client, shop: Service, olivia: User
) -> None:
    with time_machine.travel(NOW, tick=False):
        window = announce(shop)
        cancel_window(window, actor=olivia)
        react()
        assert told(client)["status"] == "cancelled"
        assert kinds() == ["announced", "cancelled"]
        assert workflow.advance_due(window.ends_at) == 0


def test_a_late_announcement_is_said_to_be_late(client: Client, shop: Service) -> None:
    with time_machine.travel(NOW, tick=False):
        announce(shop, after=-10)
        assert told(client)["announced_before_start"] is False
        assert "It was announced after it began." in client.get("/status/").content.decode()


def test_a_window_of_no_component_is_not_followed(payments: Team) -> None:
    announce(make_shown_service("Inside", team=payments, is_public=False))
    assert not PublicMaintenance.objects.exists()


def test_windows_of_before_are_followed(shop: Service) -> None:
    announce(shop)
    delete_as(PublicMaintenance.objects.get(), None)
    assert (follow_announced(clock.now()), follow_announced(clock.now())) == (1, 0)


@pytest.mark.parametrize("door", DOORS)
def test_both_doors_move_it_and_say_why_not(shop: Service, olivia: User, door: str) -> None:
    announce(shop)
    maintenance = PublicMaintenance.objects.get()
    desk = signed_in_as(olivia)

    def move(**said: Any) -> int:
        if door == "page":
            path = f"/respond/status-page/maintenance/{maintenance.pk}/move/"
            return desk.post(path, said).status_code
        path = f"/api/v1/status-maintenances/{maintenance.pk}/move/"
        return api(desk, path, said).status_code

    assert move(to="verifying") == 409
    assert move(to=STARTED) in {200, 302}
    maintenance.refresh_from_db()
    assert maintenance.history.latest().history_user == olivia


@pytest.mark.parametrize("state", list(MaintenanceState))
def test_every_pair_of_phases_is_decided(shop: Service, state: str) -> None:
    announce(shop)
    over = state in {"completed", "cancelled"}
    as_it_is: dict[str, Any] = {"state": state, "ended_at": clock.now() if over else None}
    if over:
        as_it_is |= {"turn_at": None, "remind_at": None}
    for to in MaintenanceState:
        PublicMaintenance.objects.update(**as_it_is)
        maintenance = PublicMaintenance.objects.get()
        reasons = workflow.why_not_move(maintenance, to)
        if reasons:
            with pytest.raises(DomainError):
                workflow.move_maintenance(maintenance, to=to, actor=None)
        else:
            assert workflow.move_maintenance(maintenance, to=to, actor=None).state == to


def test_what_is_over_owes_nothing(shop: Service) -> None:
    announce(shop)
    with pytest.raises(IntegrityError, match="maintenance_over_owes_nothing"):
        PublicMaintenance.objects.update(state="completed", ended_at=clock.now())


@pytest.mark.django_db(transaction=True)
def test_of_many_who_end_it_one_does(shop: Service) -> None:
    announce(shop)
    maintenance = PublicMaintenance.objects.get()
    barrier, refused = Barrier(4), []

    def call_off() -> None:
        barrier.wait()
        try:
            workflow.move_maintenance(maintenance, to="cancelled", actor=None)
        except DomainError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [Thread(target=call_off) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert kinds().count("cancelled") == 1


def test_a_scheduled_change_is_shown_and_completed_when_its_work_ends(
    client: Client, shop: Service, olivia: User, max: User
) -> None:
    with time_machine.travel(NOW, tick=False) as at:
        times = {
            "planned_start": NOW + timedelta(hours=2),
            "planned_end": NOW + timedelta(hours=4),
        }
        request = approved_request(shop, olivia, max, title="Reindex", announces=True, **times)
        react()
        assert (told(client)["name"], told(client)["status"]) == ("Reindex", "scheduled")

        at.shift(timedelta(hours=2))
        workflow.advance_due(clock.now())
        start(request, actor=olivia)
        assert told(client)["component"] == "under_maintenance"

        at.shift(timedelta(minutes=20))
        finish_work(request, actor=olivia)
        react()
        workflow.advance_due(clock.now())
        assert (told(client)["status"], told(client)["component"]) == (ENDED, "operational")
        react()
        assert set(Announcement.objects.values_list("phase", flat=True)) >= {STARTED, ENDED}
