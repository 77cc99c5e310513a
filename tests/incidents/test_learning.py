"""Learning: figures with their rows, clocks kept, what comes back; the same at each door."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from incidents import learning, workflow
from incidents.charting import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, chart
from incidents.models import Factor, Incident
from portal import seeds
from portal.models import Service, User
from tests.incidents.doors import signed_in_as
from tests.incidents.make import make_incident, make_review

START = datetime(2026, 11, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TENTHS = st.integers(1, 1_000_000).map(lambda n: Decimal(n) / 10)
VALUES = st.none() | TENTHS


def live(
    service: Service, person: User, severity: int, answered: int | None, ended: int | None
) -> Incident:
    """An incident whose impact began three minutes before it was detected."""
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as time:
        incident = make_incident(
            service, severity=severity, impact_started_at=start - 3 * MINUTE
        )
        if answered is not None:
            time.move_to(start + answered * MINUTE)
            workflow.acknowledge(incident, actor=person)
        if ended is not None:
            time.move_to(start + ended * MINUTE)
            workflow.resolve(incident, summary="Done", actor=person)
    return incident


@pytest.fixture
def past(checkout: Service, search: Service, olivia: User, playbook: None) -> None:
    seeds.seed()
    with time_machine.travel(START, tick=False) as time:
        live(checkout, olivia, 0, 4, 30)
        time.move_to(START + timedelta(days=7))
        live(checkout, olivia, 0, 8, 90)
        live(search, olivia, 1, None, 120)
        live(search, olivia, 2, None, None)


@pytest.mark.django_db
@pytest.mark.usefixtures("past")
def test_the_same_figures_on_the_page_and_in_the_api(olivia: User) -> None:
    with time_machine.travel(START + timedelta(days=10), tick=False):
        client = signed_in_as(olivia)
        page: Any = client.get("/respond/learning/")
        told = client.get("/api/v1/learning/").json()
    severe = told["by_severity"][0]
    assert (severe["incidents"], severe["mttd"]["mean"]) == (2, "3.0")
    assert (severe["mtta"]["median"], severe["mttr"]["median"]) == ("6.0", "1.0")
    high = told["by_severity"][1]
    assert (high["mtta"]["n"], high["mtta"]["not_applicable"]) == (0, 1)
    everything = told["by_severity"][-1]
    assert (everything["mttr"]["n"], everything["mttr"]["pending"]) == (3, 1)
    shown = page.context["by_severity"][0]["group"].figures
    assert shown["mttr"].median == Decimal("1.0")
    assert [row["group"].name for row in page.context["by_service"]] == ["Checkout", "Search"]
    clocks = {(row["kind"], row["severity"]): row for row in told["clocks"]}
    response = clocks["response", 0]
    assert (response["met"], response["breached"], response["per_cent"]) == (1, 1, 50)
    assert clocks["response", 1]["breached"] == 1
    assert "<svg" in page.content.decode()
    assert '<option value="90" selected>' in page.content.decode()


@pytest.mark.django_db
@pytest.mark.usefixtures("past")
def test_every_figure_leads_to_its_rows(olivia: User) -> None:
    with time_machine.travel(START + timedelta(days=10), tick=False):
        client = signed_in_as(olivia)
        page: Any = client.get("/respond/learning/")
        for row in [*page.context["by_severity"], *page.context["by_service"]]:
            for cell in row["cells"]:
                for count in cell["counts"]:
                    query = f"{cell['query']}&value={count['value']}"
                    behind: Any = client.get(f"/respond/learning/rows/?{query}")
                    rows = client.get(f"/api/v1/learning/rows/?{query}").json()
                    sheet: Any = client.get(f"/respond/learning.csv?{query}")
                    lines = b"".join(sheet.streaming_content).decode().splitlines()
                    assert behind.context["n"] == rows["count"] == count["n"]
                    assert len(list(csv.reader(lines))) == count["n"] + 1


@pytest.mark.django_db
@pytest.mark.usefixtures("past")
def test_what_was_kept_leads_to_its_clocks(olivia: User) -> None:
    with time_machine.travel(START + timedelta(days=10), tick=False):
        client = signed_in_as(olivia)
        page: Any = client.get("/respond/learning/?team=payments")
        assert any(line["row"].breached for line in page.context["kept"])
        for line in page.context["kept"]:
            for outcome in ("met", "breached", "judged", "running", "not_needed"):
                query = f"{line['query']}&outcome={outcome}"
                assert query.startswith("team=payments&kind=")
                behind: Any = client.get(f"/respond/learning/clocks/?{query}")
                told = client.get(f"/api/v1/learning/clocks/?{query}").json()
                sheet: Any = client.get(f"/respond/learning/clocks.csv?{query}")
                lines = b"".join(sheet.streaming_content).decode().splitlines()
                count = getattr(line["row"], outcome)
                assert behind.context["n"] == told["count"] == len(lines) - 1 == count
        for wrong in ("", "kind=odd", "kind=response&outcome=odd"):
            assert client.get(f"/respond/learning/clocks/?{wrong}").status_code == 422
            assert client.get(f"/respond/learning/clocks.csv?{wrong}").status_code == 422
            assert client.get(f"/api/v1/learning/clocks/?{wrong}").status_code == 400


@pytest.mark.django_db
@pytest.mark.usefixtures("playbook")
def test_a_factor_leads_to_the_incidents_that_named_it(
    checkout: Service, search: Service, olivia: User
) -> None:
    factor = Factor.objects.all()[0]
    named = []
    with time_machine.travel(START, tick=False) as time:
        for service in (checkout, search, checkout):
            time.shift(timedelta(days=5))
            review = make_review(service, olivia)
            workflow.name_factor(review, factor=factor, evidence="The graph", actor=olivia)
            named.append(review.incident)
        time.shift(MINUTE)
        client = signed_in_as(olivia)
        page: Any = client.get("/respond/learning/?days=30")
        (line,) = page.context["returned"]
        assert (line["row"].named, line["row"].recurred) == (3, 1)
        for query, wanted in [("", named[::-1]), ("&came_back=on", named[2:])]:
            path = f"learning/factors/?{line['query']}{query}"
            behind: Any = client.get(f"/respond/{path}")
            told = client.get(f"/api/v1/{path}").json()
            found = [each.row.review.incident for each in behind.context["rows"]]
            assert found == wanted
            assert [row["incident"] for row in told["rows"]] == [each.pk for each in wanted]
        for wrong in ("", "factor=Nothing"):
            assert client.get(f"/respond/learning/factors/?{wrong}").status_code == 422
            assert client.get(f"/api/v1/learning/factors/?{wrong}").status_code == 400


@pytest.mark.django_db
@pytest.mark.usefixtures("past")
def test_it_asks_of_some_incidents_only(olivia: User) -> None:
    def of(query: str) -> int:
        with time_machine.travel(START + timedelta(days=10), tick=False):
            told = signed_in_as(olivia).get(f"/api/v1/learning/?{query}").json()
        return int(told["by_severity"][-1]["incidents"])

    queries = ["", "severity=0", "service=search", "team=payments", "days=30"]
    assert [of(query) for query in queries] == [4, 2, 2, 2, 4]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["days=7", "severity=9", "service=nobody", "measure=odd"])
def test_what_means_nothing_is_an_error(olivia: User, query: str) -> None:
    client = signed_in_as(olivia)
    door = "rows/" if "measure" in query else ""
    assert client.get(f"/api/v1/learning/{door}?{query}").status_code == 400
    assert client.get(f"/respond/learning/{door}?{query}").status_code == 422


@pytest.mark.django_db
@pytest.mark.usefixtures("playbook")
def test_it_costs_the_same_with_few_and_with_many(checkout: Service, olivia: User) -> None:
    client = signed_in_as(olivia)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/respond/learning/").status_code == 200
        return len(captured)

    make_incident(checkout, severity=0)
    cost()
    few = cost()
    for number in range(20):
        make_incident(checkout, severity=number % 4)
    assert cost() == few <= 26


@given(st.lists(VALUES, max_size=60), VALUES)
def test_a_chart_stays_within_its_frame(
    values: list[Decimal | None], target: Decimal | None
) -> None:
    drawn = chart([(str(n), value, value) for n, value in enumerate(values)], target)
    assert len(drawn.dots) == sum(value is not None for value in values)
    assert len(drawn.grid) <= 6
    for dot in drawn.dots:
        assert LEFT <= dot["x"] <= WIDTH - RIGHT
        assert TOP - 0.1 <= dot["y"] <= HEIGHT - BOTTOM
    for points in drawn.lines["median"]:
        assert len(points.split()) > 1


@given(st.integers(1, 400), st.lists(st.floats(0, 0.999), max_size=20))
def test_every_incident_is_in_one_week_or_month(days: int, places: list[float]) -> None:
    until = START
    since = until - timedelta(days=days)
    rows = [Incident(detected_at=since + place * (until - since)) for place in places]
    buckets = learning.trend(rows, since, until)
    assert sum(len(bucket.incidents) for bucket in buckets) == len(rows)
    assert [bucket.starts_on for bucket in buckets] == sorted(
        {bucket.starts_on for bucket in buckets}
    )
