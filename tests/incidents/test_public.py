"""What strangers see: the status page says what was announced, the signed link asks first."""

import json
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents import links, workflow
from incidents.models import Incident, IncidentState
from maintenance.models import MaintenanceWindow
from operations.models import Severity
from portal import clock
from portal.models import Access, Event, Notification, Service, Team, User
from tests.incidents.make import fire, make_incident, make_schedule, page
from tests.incidents.status import make_shown_service as make_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

SECRET = "pod-7 of db-internal is on fire"
QUERIES = 13
WAYS_OUT = ["/status/", "/status/status.json", "/status/feed.atom", "/status/feed.rss"]


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_service("Shop", team=payments, is_public=True)


def make_window(*services: Service, starts: int, hours: int = 2, **fields: Any) -> None:
    """A window that starts in so many hours."""
    starts_at = clock.now() + timedelta(hours=starts)
    fields.setdefault("title", "New disks")
    window = MaintenanceWindow(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), **fields
    )
    window.changed_by = None
    window.save()
    window.services.set(services)


def announce(
    incident: Incident, text: str = "We are on it.", phase: str = "identified"
) -> None:
    workflow.post_update(incident, phase=phase, text=text, actor=None)


def told(client: Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/status/status.json").json()
    return answer


def test_on_a_quiet_day_all_is_operational(client: Client, shop: Service) -> None:
    shown = client.get("/status/").content.decode()
    assert "All systems operational" in shown
    (shown_component,) = told(client)["components"]
    assert (shown_component["id"], shown_component["name"]) == ("shop", "Shop")
    assert shown_component["status"] == "operational"


@pytest.mark.parametrize(
    ("severity", "state"),
    [
        (Severity.P0, "major_outage"),
        (Severity.P1, "partial_outage"),
        (Severity.P2, "degraded_performance"),
        (Severity.P3, "operational"),
    ],
)
def test_a_component_is_as_bad_as_its_worst_incident(
    client: Client, shop: Service, olivia: User, severity: int, state: str
) -> None:
    make_incident(shop, severity=Severity.P3)
    worst = make_incident(shop, severity=severity)
    answer = told(client)
    assert answer["components"][0]["status"] == answer["status"]["indicator"] == state

    workflow.resolve(worst, summary="Done", actor=olivia)
    assert told(client)["components"][0]["status"] == "operational"


@pytest.mark.parametrize("way", WAYS_OUT)
def test_nothing_internal_gets_out(
    client: Client, shop: Service, olivia: User, way: str
) -> None:
    fire(shop, summary=SECRET)
    incident = Incident.objects.get()
    workflow.add_note(incident, text=SECRET, actor=olivia)
    workflow.acknowledge(incident, actor=olivia)
    announce(incident)
    workflow.resolve(incident, summary=SECRET, actor=olivia)

    shown = client.get(way).content.decode()
    assert "We are on it." in shown
    for inner in (SECRET, "Olivia", "INC-", "HighErrorRate"):
        assert inner not in shown


@pytest.mark.parametrize("way", WAYS_OUT)
def test_a_private_service_is_in_no_way_out(
    client: Client, checkout: Service, shop: Service, way: str
) -> None:
    announce(make_incident(checkout, severity=Severity.P0), "Checkout burns.")
    make_window(checkout, starts=1, title="Secret window")

    shown = client.get(way).content.decode()
    for inner in ("Checkout", "burns", "Secret window"):
        assert inner not in shown


def test_only_what_was_announced_is_told(client: Client, shop: Service) -> None:
    incident = make_incident(shop, severity=Severity.P1)
    assert told(client)["incidents"] == []

    announce(incident)
    announce(incident, "A fix is out.", "monitoring")
    (shown,) = told(client)["incidents"]
    assert shown["name"] == "Shop: Partial outage"
    assert [update["status"] for update in shown["updates"]] == ["monitoring", "identified"]


def test_the_last_fortnight_is_remembered(client: Client, shop: Service, olivia: User) -> None:
    with time_machine.travel("2026-11-01T12:00:00Z", tick=False) as at:
        incident = make_incident(shop, severity=Severity.P1)
        announce(incident, "It is back.", "monitoring")
        workflow.resolve(incident, summary="Done", actor=olivia)
        at.shift(timedelta(days=13))
        shown = client.get("/status/").content.decode()
        assert "It is back." in shown
        assert shown.count("No incidents.") == 13
        at.shift(timedelta(days=2))
        assert "It is back." not in client.get("/status/").content.decode()


def test_maintenance_is_shown_before_during_and_after(client: Client, shop: Service) -> None:
    with time_machine.travel("2026-11-01T12:00:00Z", tick=False) as at:
        make_window(shop, starts=1)
        make_window(shop, starts=1, title="Called off", cancelled_at=clock.now())
        for state, component in [
            ("scheduled", "operational"),
            ("in_progress", "under_maintenance"),
            ("completed", "operational"),
        ]:
            answer = told(client)
            assert [each["status"] for each in answer["scheduled_maintenances"]] == [state]
            assert answer["components"][0]["status"] == component
            shown = client.get("/status/").content.decode()
            assert "New disks" in shown
            assert "Called off" not in shown
            at.shift(timedelta(minutes=90))


def test_worse_than_maintenance_is_said(client: Client, shop: Service) -> None:
    make_window(shop, starts=-1)
    make_incident(shop, severity=Severity.P0)
    assert told(client)["components"][0]["status"] == "major_outage"


def test_the_feed_has_a_lasting_id_for_each_update(client: Client, shop: Service) -> None:
    incident = make_incident(shop, severity=Severity.P1)
    announce(incident, "A <b>cable</b>.")
    announce(incident, "Plugged in.", "monitoring")
    response = client.get("/status/feed.atom")
    assert response["Content-Type"].startswith("application/atom+xml")
    name = {"a": "http://www.w3.org/2005/Atom"}
    entries = ET.fromstring(response.content).findall("a:entry", name)

    assert [entry.findtext("a:title", "", name) for entry in entries] == [
        "[Monitoring] Shop: Partial outage",
        "[Identified] Shop: Partial outage",
    ]
    ids = [entry.findtext("a:id", "", name) for entry in entries]
    assert len(set(ids)) == 2
    assert all(each.startswith("http://localhost:8000/status/#update-") for each in ids)


@pytest.mark.parametrize("way", WAYS_OUT[:2])
def test_who_has_it_already_is_told_so(client: Client, shop: Service, way: str) -> None:
    with time_machine.travel("2026-11-01T12:00:00Z", tick=False):
        first = client.get(way)
        assert "max-age=15" in first["Cache-Control"]
        again = client.get(way, headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304
        make_incident(shop, severity=Severity.P0)
        changed = client.get(way, headers={"If-None-Match": first["ETag"]})
        assert changed.status_code == 200


def test_it_is_the_same_for_who_is_signed_in(
    client: Client, shop: Service, olivia: User
) -> None:
    with time_machine.travel("2026-11-01T12:00:00Z", tick=False):
        stranger = client.get("/status/").content
        client.force_login(olivia)
        assert client.get("/status/").content == stranger


def test_it_is_small_and_costs_the_same_queries(client: Client, payments: Team) -> None:
    services = [
        make_service(f"Service {number}", team=payments, is_public=True) for number in range(20)
    ]
    with CaptureQueriesContext(connection) as few:
        client.get("/status/")
    for service in services:
        incident = make_incident(service, severity=Severity.P1)
        for _ in range(4):
            announce(incident, "We are on it. " * 8)
        make_window(service, starts=3)

    for way in WAYS_OUT:
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(way).content) < 100_000
        assert len(captured) == QUERIES
    assert len(few) <= QUERIES


def test_an_ordinary_page_is_below_fifty_kilobytes(
    client: Client, shop: Service, olivia: User
) -> None:
    for number in range(14):
        incident = make_incident(shop, severity=Severity.P1, title=f"Number {number}")
        for phase in ("investigating", "identified", "monitoring"):
            announce(incident, "We are on it, and tell you more soon.", phase)
        workflow.resolve(incident, summary="Done", actor=olivia)
    assert len(client.get("/status/").content) < 50_000


# The link in a page.


@pytest.fixture
def incident(checkout: Service) -> Incident:
    return make_incident(checkout, severity=Severity.P0, title="Nobody can pay")


def state_of(incident: Incident) -> str:
    return str(Incident.objects.values_list("state", flat=True).get(pk=incident.pk))


def test_the_link_of_a_page_acknowledges(
    client: Client, incident: Incident, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    page()
    url = Notification.objects.get().url

    shown = client.get(url).content.decode()
    assert "Nobody can pay" in shown
    assert "Acknowledge as Olivia" in shown
    assert state_of(incident) == IncidentState.TRIGGERED

    answer = Client(enforce_csrf_checks=True).post(url, follow=True)
    assert "Olivia has acknowledged this incident." in answer.content.decode()
    incident.refresh_from_db()
    assert incident.acknowledged_by == olivia


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_mail_scanner_changes_nothing(
    client: Client, incident: Incident, olivia: User, method: str
) -> None:
    url = links.path_for(olivia, incident)
    before = Event.objects.count()
    for _ in range(5):
        assert getattr(client, method)(url).status_code == 200
    assert state_of(incident) == IncidentState.TRIGGERED
    assert Event.objects.count() == before


def test_who_comes_second_is_told_who_was_first(
    client: Client, incident: Incident, olivia: User, manager: User
) -> None:
    workflow.acknowledge(incident, actor=manager)
    url = links.path_for(olivia, incident)
    for answer in (client.get(url), client.post(url)):
        assert answer.status_code == 200
        assert "Max has acknowledged this incident." in answer.content.decode()


def test_the_link_ends_after_a_day(client: Client, incident: Incident, olivia: User) -> None:
    url = links.path_for(olivia, incident)
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=1)):
        for answer in (client.get(url), client.post(url)):
            assert answer.status_code == 410
            assert "expired" in answer.content.decode()
    assert state_of(incident) == IncidentState.TRIGGERED


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda _token: "nonsense",
        lambda _token: signing.dumps([1, 1], salt="something else"),
        lambda _token: signing.dumps("words", salt=links.SALT),
        lambda _token: signing.dumps([1, 2, 3], salt=links.SALT),
        lambda _token: signing.dumps({"a": 1, "b": 2}, salt=links.SALT),
    ],
)
def test_a_forged_link_does_nothing(
    client: Client, incident: Incident, olivia: User, forge: Any
) -> None:
    token = links.path_for(olivia, incident).split("/")[2]
    for method in (client.get, client.post):
        answer = method(f"/ack/{forge(token)}/")
        assert answer.status_code == 404
        assert "/respond/" in answer.content.decode()
    assert state_of(incident) == IncidentState.TRIGGERED


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"access": Access.VIEWER}, {"access": Access.NONE}]
)
def test_who_may_not_work_here_any_more_may_not_by_link(
    client: Client, incident: Incident, olivia: User, change: dict[str, Any]
) -> None:
    url = links.path_for(olivia, incident)
    for name, value in change.items():
        setattr(olivia, name, value)
    olivia.changed_by = None
    olivia.save()
    assert client.post(url).status_code == 403
    assert state_of(incident) == IncidentState.TRIGGERED


def test_a_link_for_somebody_of_another_team_does_nothing(
    client: Client, incident: Incident, ana: User
) -> None:
    assert client.post(links.path_for(ana, incident)).status_code == 403
    assert state_of(incident) == IncidentState.TRIGGERED


def test_the_json_is_json(client: Client, shop: Service) -> None:
    announce(make_incident(shop, severity=Severity.P0))
    assert json.loads(client.get("/status/status.json").content)["page"]["url"]
