"""Availability by service and month: planned work apart, and rows behind every figure."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import workflow
from incidents.models import Incident
from maintenance.workflow.windows import announce_window, change_window
from operations.models import Severity
from portal import seeds
from portal.models import Service, Team, User
from tests.incidents.doors import signed_in_as
from tests.incidents.make import make_incident
from tests.make import make_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PATH = "/respond/availability/"
API = "/api/v1/availability/"
OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def time() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(time: Any, payments: Team) -> Service:
    """A service that is there since long before."""
    service = make_service("Shop", team=payments)
    Service.history.update(history_date="2026-01-01T00:00:00Z")
    return service


def down(
    service: Service, start: datetime, end: datetime | None, *, severity: int = Severity.P0
) -> Incident:
    """An incident that users felt from then to then."""
    with time_machine.travel(start, tick=False) as traveller:
        incident = make_incident(service, severity=severity, impact_started_at=start)
        if end is not None:
            traveller.move_to(end)
            workflow.resolve(incident, summary="Done", actor=None)
    return incident


def window(service: Service, start: datetime, end: datetime, *, told: datetime) -> Any:
    with time_machine.travel(told, tick=False):
        return announce_window(
            title="Upgrade", services=[service], starts_at=start, ends_at=end, actor=None
        )


def figures(person: User, service: Service, query: str = "") -> dict[str, Any]:
    """By month, as the API tells; the page says the same words."""
    told = signed_in_as(person).get(f"{API}?service={service.slug}{query}").json()
    return {each["month"]: each for each in told["services"][0]["figures"]}


def test_planned_work_is_left_out_of_the_one_and_counts_in_the_other(
    shop: Service, olivia: User
) -> None:
    day = OCTOBER + timedelta(days=5)
    window(shop, day, day + 10 * HOUR, told=day - HOUR)
    down(shop, day + 8 * HOUR, day + 14 * HOUR)
    october = figures(olivia, shop)["2026-10"]
    assert (october["planned"], october["unplanned"]) == ("10:00:00", "04:00:00")
    hours = 31 * 24
    assert float(october["availability"]) == pytest.approx(
        100 * (1 - 4 / (hours - 10)), abs=0.001
    )
    assert float(october["with_planned_work"]) == pytest.approx(
        100 * (1 - 14 / hours), abs=0.001
    )
    assert (october["state"], october["is_met"]) == ("recorded", False)
    page = signed_in_as(olivia).get(PATH).content.decode()
    assert "99.455 % (98.118 % with planned work)" in page
    assert "Target missed in 1 of 3 full months of services" in page


def test_what_was_not_announced_before_it_began_is_not_planned(
    shop: Service, olivia: User
) -> None:
    day = OCTOBER + timedelta(days=5)
    outage = down(shop, day, day + 2 * HOUR)
    window(shop, day, day + 3 * HOUR, told=day + HOUR)
    late = window(shop, day + 48 * HOUR, day + 50 * HOUR, told=day)
    with time_machine.travel(day + 49 * HOUR, tick=False):
        change_window(late, ends_at=day + 52 * HOUR, actor=None)
    october = figures(olivia, shop)["2026-10"]
    assert (october["planned"], october["unplanned"]) == ("04:00:00", "02:00:00")
    shown = signed_in_as(olivia).get(f"{PATH}rows/?service=shop&month=2026-10")
    assert "not announced before it began" in shown.content.decode()
    assert outage.number in shown.content.decode()


def test_what_overlaps_counts_once_and_only_if_it_is_grave(
    shop: Service, search: Service, olivia: User
) -> None:
    day = OCTOBER + timedelta(days=9)
    down(shop, day, day + 2 * HOUR)
    down(shop, day + HOUR, day + 3 * HOUR, severity=Severity.P1)
    down(shop, day, day + 20 * HOUR, severity=Severity.P2)
    Service.history.update(history_date="2026-01-01T00:00:00Z")
    reaching = down(search, day + 5 * HOUR, day + 6 * HOUR)
    workflow.set_affected(reaching, service=shop, actor=olivia)
    assert figures(olivia, shop)["2026-10"]["unplanned"] == "04:00:00"
    assert figures(olivia, search)["2026-10"]["unplanned"] == "01:00:00"


def test_users_count_and_not_the_end_of_the_work(shop: Service, olivia: User) -> None:
    day = OCTOBER + timedelta(days=9)
    incident = down(shop, day, day + 9 * HOUR)
    workflow.set_impact(
        incident,
        impact="",
        impact_started_at=day,
        impact_ended_at=day + HOUR,
        actor=olivia,
    )
    assert figures(olivia, shop)["2026-10"]["unplanned"] == "01:00:00"


def test_an_outage_over_midnight_belongs_to_both_months_and_goes_on(
    shop: Service, olivia: User
) -> None:
    down(shop, OCTOBER + timedelta(days=30, hours=23), OCTOBER + timedelta(days=31, hours=2))
    down(shop, NOW - HOUR, None)
    told = figures(olivia, shop)
    assert told["2026-10"]["unplanned"] == "01:00:00"
    assert told["2026-11"]["unplanned"] == "03:00:00"
    assert (told["2026-11"]["state"], told["2026-11"]["is_met"]) == ("pending", None)


def test_before_it_was_entered_a_service_is_neither_up_nor_down(
    time: Any, payments: Team, olivia: User
) -> None:
    with time_machine.travel("2026-10-22T00:00:00Z", tick=False):
        young = make_service("Young", team=payments)
    told = figures(olivia, young)
    assert told["2026-10"]["observed"] == "10 00:00:00"
    assert (told["2026-10"]["availability"], told["2026-10"]["is_met"]) == ("100.000", True)
    assert (told["2026-09"]["state"], told["2026-09"]["availability"]) == (
        "not_applicable",
        None,
    )


def test_what_is_out_of_order_is_counted_apart_and_nothing_is_judged(
    shop: Service, olivia: User
) -> None:
    incident = down(shop, OCTOBER + HOUR, OCTOBER + 2 * HOUR)
    Incident.objects.filter(pk=incident.pk).update(impact_started_at=OCTOBER + 90 * HOUR)
    october = figures(olivia, shop)["2026-10"]
    assert (october["state"], october["is_met"], october["invalid"]) == ("invalid", None, 1)
    shown = signed_in_as(olivia).get(f"{PATH}rows/?service=shop&month=2026-10").content.decode()
    assert "Not counted" in shown


def test_every_figure_leads_to_its_rows(shop: Service, olivia: User) -> None:
    day = OCTOBER + timedelta(days=5)
    window(shop, day, day + 10 * HOUR, told=day - HOUR)
    down(shop, day + 8 * HOUR, day + 14 * HOUR)
    down(shop, NOW - 3 * HOUR, NOW - HOUR)
    client = signed_in_as(olivia)
    page: Any = client.get(PATH)
    for cell in page.context["lines"][0]["cells"]:
        rows = client.get(f"{API}rows/?{cell['query']}").json()
        assert client.get(f"{PATH}rows/?{cell['query']}").status_code == 200
        lost = [_length(each["counted"]) for each in rows["impacts"]]
        assert sum(lost, timedelta()) == _length(rows["figure"]["unplanned"])
        left_out = [_length(each["counted"]) for each in rows["planned"]]
        assert sum(left_out, timedelta()) == _length(rows["figure"]["planned"])
    sheet: Any = client.get("/respond/availability.csv")
    lines = list(csv.DictReader(b"".join(sheet.streaming_content).decode().splitlines()))
    assert len(lines) == len(page.context["lines"][0]["cells"])
    october = next(line for line in lines if line["month"] == "2026-10")
    assert (october["unplanned_minutes"], october["planned_minutes"]) == ("240.0", "600.0")
    assert (october["availability"], october["met"]) == ("99.455", "no")


def _length(words: str) -> timedelta:
    days, _, rest = words.rpartition(" ")
    hours, minutes, seconds = rest.split(":")
    return timedelta(
        days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds)
    )


def test_a_private_incident_counts_and_names_nothing(
    shop: Service, max: User, ana: User
) -> None:
    incident = down(shop, OCTOBER + HOUR, OCTOBER + 2 * HOUR)
    Incident.objects.update(is_private=True, title="Stolen tokens")
    query = "rows/?service=shop&month=2026-10"
    for person, is_named in [(max, True), (ana, False)]:
        client = signed_in_as(person)
        shown = client.get(PATH + query).content.decode()
        told = client.get(API + query).json()
        assert ("Stolen tokens" in shown) == (incident.number in shown) == is_named
        assert ("A private incident" in shown) != is_named
        assert (told["impacts"][0]["incident"] == incident.pk) == is_named
        assert told["figure"]["unplanned"] == "01:00:00"


def test_it_asks_of_some_services_only(shop: Service, search: Service, olivia: User) -> None:
    Service.history.update(history_date="2026-01-01T00:00:00Z")
    down(shop, OCTOBER + HOUR, OCTOBER + 9 * HOUR)

    def of(query: str) -> list[str]:
        told = signed_in_as(olivia).get(f"{API}?{query}").json()
        return [each["service"] for each in told["services"]]

    assert of("") == ["search", "shop"]
    assert of("team=payments") == of("service=shop") == of("missed=true") == ["shop"]
    assert len(figures(olivia, shop, "&months=12")) == 14


@pytest.mark.parametrize("query", ["months=2", "service=nobody", "team=nobody"])
def test_what_means_nothing_is_an_error(olivia: User, query: str) -> None:
    client = signed_in_as(olivia)
    assert client.get(f"{API}?{query}").status_code == 400
    assert client.get(f"{PATH}?{query}").status_code == 422
    assert client.get(f"/respond/availability.csv?{query}").status_code == 422


@pytest.mark.parametrize("query", ["", "service=shop&month=2026-13", "service=nobody"])
def test_rows_need_a_service_and_a_month_that_exists(
    shop: Service, olivia: User, query: str
) -> None:
    client = signed_in_as(olivia)
    assert client.get(f"{API}rows/?{query}").status_code == 400
    assert client.get(f"{PATH}rows/?{query}").status_code == 422


def test_without_services_it_says_what_it_is_for(olivia: User) -> None:
    assert "No service yet" in signed_in_as(olivia).get(PATH).content.decode()


def test_improve_shows_both_figures_and_what_was_not_kept(shop: Service, olivia: User) -> None:
    seeds.seed()
    day = NOW - timedelta(days=40)
    window(shop, day, day + 10 * HOUR, told=day - HOUR)
    down(shop, day + 8 * HOUR, day + 14 * HOUR)
    client = signed_in_as(olivia)
    page = client.get("/improve/").content.decode()
    assert "with planned work) over 90 days, of 1 service" in page
    assert "of 3 months" in page
    behind = "/respond/learning/clocks/?days=90&amp;kind=response&amp;outcome=breached"
    assert behind in page
    rows: Any = client.get(behind.replace("&amp;", "&"))
    assert rows.context["n"] == 1


def test_it_costs_the_same_with_few_and_with_many(
    shop: Service, payments: Team, olivia: User
) -> None:
    client = signed_in_as(olivia)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    paths = [PATH, f"{PATH}rows/?service=shop&month=2026-10", "/improve/"]
    day = OCTOBER + timedelta(days=5)
    down(shop, day, day + HOUR)
    window(shop, day, day + HOUR, told=day - HOUR)
    for path in paths:
        cost(path)
    few = [cost(path) for path in paths]
    for number in range(12):
        service = make_service(f"Service {number}", team=payments)
        for where in (service, shop):
            down(where, day, day + HOUR)
            window(where, day, day + HOUR, told=day - HOUR)
    assert [cost(path) for path in paths] == few
    assert few[0] <= 22
