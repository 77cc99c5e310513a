"""Every page of operations opens for who may look, empty and full, at a constant cost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from operations import seeds, workflow
from operations.models import (
    CheckResult,
    Integration,
    IntegrationKind,
    LogEntry,
    NoiseSettings,
)
from portal import clock
from portal.frame import frame
from portal.models import Service, Team, User
from tests.operations.make import (
    make_alert,
    make_check,
    make_integration,
    make_schedule,
    make_template,
    receive,
    told,
)

LISTS = ["alerts", "integrations", "receipts", "checks", "checklists", "log"]
PLACES = ["", *(f"{name}/" for name in LISTS), "on-call/", "reference/"]
API_LISTS = [
    "alerts",
    "integrations",
    "receipts",
    "checks",
    "checklist-runs",
    "checklist-templates",
    "log-entries",
    "schedules",
    "thresholds",
    "alert-rules",
    "backups",
    "capacity-rules",
]


def fill(many: int, service: Service, team: Team) -> None:
    """Make `many` rows of everything that has a list."""
    prometheus = make_integration(service=service)
    for number in range(many):
        receive(prometheus, told(f"Alert{number}"))
        make_integration(f"Monitor {number}", service=service)
        check = make_check(service, f"Check {number}")
        CheckResult.objects.create(check_done=check, is_up=True, milliseconds=number)
        CheckResult.objects.create(check_done=check, is_up=True, milliseconds=number + 1)
        template = make_template(key=f"list-{number}", name=f"List {number}")
        run = workflow.start_checklist(template, team=team, actor=team.people.get())
        LogEntry.objects.create(text=f"Line {number}", service=service, author=None)
        assert run.items.count() == 2


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("name", "status"),
    [("olivia", 200), ("max", 200), ("ana", 200), ("vera", 200), ("ada", 200), ("otto", 404)],
)
def test_who_sees_what(
    client: Client, request: pytest.FixtureRequest, place: str, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))

    assert client.get(f"/operate/{place}").status_code == status


@pytest.mark.parametrize("name", API_LISTS)
def test_strangers_find_no_list_in_the_api(client: Client, otto: User, name: str) -> None:
    assert client.get(f"/api/v1/{name}/").status_code == 401
    client.force_login(otto)
    assert client.get(f"/api/v1/{name}/").status_code == 404


@pytest.mark.parametrize("place", PLACES)
def test_who_is_not_signed_in_is_asked_to(client: Client, db: None, place: str) -> None:
    assert client.get(f"/operate/{place}").status_code == 302


# Beside the frame: session and person; the filter's choices; rows and total; what rows show.
COSTS = {
    "alerts": 8,
    "integrations": 7,
    "receipts": 5,
    "checks": 7,
    "checklists": 6,
    "log": 7,
}


def queries_of(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("many", [1, 60])
def test_a_list_costs_the_same_for_one_and_for_many(
    client: Client,
    olivia: User,
    checkout: Service,
    payments: Team,
    rf: RequestFactory,
    name: str,
    many: int,
) -> None:
    fill(many, checkout, payments)
    client.force_login(olivia)
    client.get(f"/operate/{name}/")  # content types
    around = rf.get("/")
    around.user = olivia
    around.resolver_match = None

    whole = queries_of(lambda: client.get(f"/operate/{name}/"))

    assert whole - queries_of(lambda: frame(around)) == COSTS[name]


API_COSTS = {"integrations": 4, "checklist-runs": 4, "schedules": 3}


@pytest.mark.parametrize("name", API_LISTS)
@pytest.mark.parametrize("many", [1, 60])
def test_an_api_list_costs_the_same_for_one_and_for_many(
    client: Client,
    olivia: User,
    checkout: Service,
    payments: Team,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
    many: int,
) -> None:
    fill(many, checkout, payments)
    client.force_login(olivia)

    with django_assert_num_queries(API_COSTS.get(name, 3)):
        assert client.get(f"/api/v1/{name}/").status_code == 200


def test_the_front_page_says_what_is_wrong(
    client: Client, olivia: User, checkout: Service, payments: Team
) -> None:
    make_alert(service=checkout, name="DatabaseDown")
    check = make_check(checkout, "Front page")
    type(check).objects.filter(pk=check.pk).update(state="down")
    make_schedule(payments, olivia)
    run = workflow.start_checklist(make_template(name="Morning"), team=payments, actor=olivia)
    client.force_login(olivia)

    page = client.get("/operate/").content.decode()

    for words in ("DatabaseDown", "Front page", "Morning", run.get_absolute_url(), "Olivia"):
        assert words in page


def test_the_reference_is_seeded_once_and_shown(client: Client, vera: User) -> None:
    assert seeds.seed() > 20
    assert NoiseSettings.objects.get().flap_changes == 5
    assert Integration.objects.filter(kind=IntegrationKind.INTERNAL).exists()
    assert seeds.seed() == 0
    client.force_login(vera)

    page = client.get("/operate/reference/").content.decode()

    for words in (
        "&lt; 200 ms",
        "0.1-1 %",
        "5,000-15,000 per second",
        "&gt; 8,000",
        "Database down",
        "Weekly restore test",
        "Forever (Git)",
        "Handoff to on-call engineer",
        "Increase RAM",
        "CDN configured properly",
    ):
        assert words in page
    rows = client.get("/api/v1/thresholds/").json()["results"]
    assert {row["key"]: row["critical"] for row in rows}["error-rate"] == "1.0000"


@pytest.mark.parametrize("name", ["alerts", "log"])
def test_a_list_can_be_taken_along(
    client: Client, vera: User, checkout: Service, name: str
) -> None:
    make_alert(service=checkout, name="=1+1")
    workflow.write_log(text="=1+1", actor=None)
    client.force_login(vera)

    response: Any = client.get(f"/operate/{name}/export.csv?service=")

    body = b"".join(response.streaming_content).decode()
    assert "'=1+1" in body
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_pages_of_an_object_open(
    client: Client, olivia: User, checkout: Service, payments: Team
) -> None:
    alert = make_alert(service=checkout)
    receipt = alert.occurrences.get().receipt
    check = make_check(checkout)
    template = make_template()
    run = workflow.start_checklist(template, team=payments, actor=olivia)
    schedule = make_schedule(payments, olivia)
    workflow.override(
        schedule,
        person=olivia,
        starts_at=clock.now(),
        ends_at=clock.now() + timedelta(days=1),
        actor=olivia,
    )
    entry = workflow.write_log(text="Hm", actor=olivia)
    client.force_login(olivia)

    places: list[Any] = [alert, receipt, alert.integration, check, template, run, schedule]
    addresses = [place.get_absolute_url() for place in places]
    addresses += [
        "/operate/integrations/new/",
        f"{alert.integration.get_absolute_url()}edit/",
        "/operate/checks/new/",
        f"{check.get_absolute_url()}edit/",
        "/operate/on-call/set/payments/",
        f"/operate/log/{entry.pk}/correct/",
    ]
    opened = {address: client.get(address).status_code for address in addresses}
    assert set(opened.values()) == {200}, opened
    assert client.get("/operate/alerts/987654/").status_code == 404
