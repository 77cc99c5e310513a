"""The delivery metrics on page, as files and in the API: of one service, each with its rows."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from maintenance import delivered as delivered_module
from maintenance import workflow
from maintenance.delivered import Period, arrivals_of, delivered
from maintenance.delivery import Arrival, Known
from maintenance.models import Deployment
from maintenance.workflow import Commit
from portal.models import ImprovementTarget, Service, User
from tests.maintenance.make import (
    approved_request,
    make_action,
    make_deployment,
    make_request,
    own_queries,
)
from tests.make import make_service

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PAGE, API = "/change/delivery/", "/api/v1/delivery-figures/"
PERIOD = Period(date(2026, 11, 2), date(2026, 11, 29))
OWN = "service=checkout&first=2026-11-02&last=2026-11-29"


@pytest.fixture(autouse=True)
def _that_sunday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def deployed(service: Service, day: int, **told: Any) -> Deployment:
    return make_deployment(service, finished_at=at(day), **told)


def arrivals(service: Service) -> list[Arrival]:
    found = arrivals_of(delivered(Deployment.objects.all(), [service], PERIOD))
    return dict(found).get(service.pk, [])


def test_counted_is_what_finished_in_production_in_the_period(checkout: Service) -> None:
    counted = [deployed(checkout, 2), deployed(checkout, 29)]
    failed = deployed(checkout, 5, result="failed")
    deployed(checkout, 1)
    deployed(checkout, 5, environment="staging")
    deployed(checkout, 5, result="aborted")
    make_deployment(checkout, result="running")
    deployed(make_service("Mail", team=checkout.team), 5)

    assert [each.number for each in arrivals(checkout)] == [
        counted[0].pk,
        failed.pk,
        counted[1].pk,
    ]


def test_a_change_counts_with_its_first_arrival_alone(checkout: Service) -> None:
    old, new, late = Commit("aa", at(1, 8)), Commit("bb", at(4, 8)), Commit("cc", at(6, 8))
    mail = make_service("Mail", team=checkout.team)
    make_deployment(checkout, finished_at=at(1), commits=[old])
    deployed(checkout, 5, environment="staging", commits=[new])
    deployed(checkout, 5, result="aborted", commits=[new])
    deployed(mail, 5, commits=[late])
    first = deployed(checkout, 6, commits=[old, new])
    second = deployed(checkout, 7, commits=[old, new, late])

    found = {
        each.number: [change.sha for change in each.changes] for each in arrivals(checkout)
    }

    assert found == {first.pk: ["bb"], second.pk: ["cc"]}


def test_what_is_declared_and_what_is_only_inferred(
    checkout: Service, olivia: User, max: User
) -> None:
    suspected = deployed(checkout, 3)
    workflow.mark_failed(suspected, reason="x", attribution="inferred", actor=None)
    rework = deployed(checkout, 4, rework="both")
    action = make_action(olivia, checkout, reference="incident:7")
    request = make_request(checkout, olivia, action_item=action)
    from_action = deployed(checkout, 5, request=request)
    bad = deployed(checkout, 6)
    rollback = deployed(checkout, 7, rolls_back=bad)

    told = {each.number: each for each in arrivals(checkout)}

    assert told[suspected.pk].failed == Known.INFERRED
    assert (told[rework.pk].for_incident, told[rework.pk].for_bug) == (Known.DECLARED,) * 2
    assert told[from_action.pk].for_incident == Known.INFERRED
    assert (told[bad.pk].failed, told[bad.pk].recovered_at) == (Known.DECLARED, at(7))
    assert (told[rollback.pk].is_rollback, told[rollback.pk].for_incident) == (
        True,
        Known.INFERRED,
    )


@pytest.fixture
def busy(checkout: Service, olivia: User) -> Service:
    """Five deployments: one failed and was rolled back, one is suspected, one is rework."""
    deployed(checkout, 3, commits=[Commit("aa", at(3, 8))])
    bad = deployed(checkout, 10, commits=[Commit("bb", at(9, 12))])
    deployed(checkout, 11, rolls_back=bad)
    suspected = deployed(checkout, 17)
    workflow.mark_failed(suspected, reason="x", attribution="inferred", actor=None)
    deployed(checkout, 24, rework="incident")
    return checkout


def test_the_page_says_value_bounds_and_target(
    client: Client, olivia: User, busy: Service
) -> None:
    ImprovementTarget.objects.all().delete()
    for key, comparison, value, unit in [
        ("deployment-frequency", "at_least", 1, "a week"),
        ("change-failure-rate", "below", 5, "%"),
    ]:
        target = ImprovementTarget(key=key, name=key, comparison=comparison, value=value)
        target.unit, target.changed_by = unit, None
        target.save()
    client.force_login(olivia)

    page = client.get(f"{PAGE}?{OWN}")

    lines = {line["metric"].key: line for line in page.context["lines"]}
    assert lines["lead-time"]["value"] == "14 h"
    assert lines["frequency"]["value"] == "1.2 a week"
    assert lines["frequency"]["target"]["label"] == "Met"
    assert lines["fail-rate"]["value"] == "20.0 %"
    assert lines["fail-rate"]["target"]["label"] == "Missed"
    assert "1 of 5 declared" in lines["fail-rate"]["notes"]
    assert any("40.0 % at most" in note for note in lines["fail-rate"]["notes"])
    assert lines["recovery"]["value"] == "1 day"
    assert lines["rework-incident"]["value"] == "20.0 %"
    assert lines["rework-bug"]["value"] == "0.0 %"
    assert lines["rollbacks"]["value"] == "20.0 %"
    assert lines["fail-rate"]["before"] == ""
    assert "chart-bar" in page.content.decode()


def test_every_figure_opens_its_rows(client: Client, olivia: User, busy: Service) -> None:
    client.force_login(olivia)
    lines = client.get(f"{PAGE}?{OWN}").context["lines"]

    counted = {
        line["metric"].key: len(client.get(line["url"]).context["rows"]) for line in lines
    }

    assert counted == {
        "lead-time": 5,
        "frequency": 5,
        "recovery": 1,
        "fail-rate": 1,
        "rework-incident": 1,
        "rework-bug": 0,
        "rollbacks": 1,
    }


def test_without_rollbacks(client: Client, olivia: User, busy: Service) -> None:
    client.force_login(olivia)

    page = client.get(f"{PAGE}?{OWN}&rollbacks=without")

    lines = {line["metric"].key: line for line in page.context["lines"]}
    assert lines["fail-rate"]["value"] == "25.0 %"
    assert len(client.get(lines["frequency"]["url"]).context["rows"]) == 4


def test_a_failure_that_lasts_makes_a_lower_bound(
    client: Client, olivia: User, checkout: Service
) -> None:
    workflow.mark_failed(deployed(checkout, 28), reason="x", actor=olivia)
    client.force_login(olivia)

    lines = client.get(f"{PAGE}?{OWN}").context["lines"]

    assert lines[2]["value"] == "≥ 1 day"


def test_of_none_there_is_no_rate(client: Client, olivia: User, checkout: Service) -> None:
    client.force_login(olivia)

    page = client.get(f"{PAGE}?service=checkout").content.decode()

    assert "No deployments" in page
    assert "0.0 %" not in page


def test_services_stand_side_by_side_and_are_not_added_up(
    client: Client, olivia: User, busy: Service
) -> None:
    mail = make_service("Mail", team=busy.team)
    search = make_service("Search", team=busy.team)
    deployed(mail, 5)
    client.force_login(olivia)

    context = client.get(f"{PAGE}?days=30").context

    assert [row["service"] for row in context["rows"]] == [busy, mail]
    assert context["quiet"] == [search]
    answer = client.get(f"{API}?days=30").json()
    assert {row["service"]: row["frequency"]["n"] for row in answer["services"]} == {
        "checkout": 5,
        "mail": 1,
        "search": 0,
    }


def test_the_api_says_the_same(client: Client, olivia: User, busy: Service) -> None:
    client.force_login(olivia)

    told = client.get(f"{API}?{OWN}").json()

    row = told["services"][0]
    assert (told["first"], told["last"], told["rollbacks"]) == (
        "2026-11-02",
        "2026-11-29",
        True,
    )
    assert row["fail_rate"]["share"] == 0.2
    assert row["fail_rate"]["share_at_most"] == 0.4
    assert row["lead_time"]["p50"] == "14:00:00"
    assert row["recovery"] == {
        "p50": "1 00:00:00",
        "n": 1,
        "open": 0,
        "is_at_least": False,
        "negative": 0,
    }
    assert [week["deployments"] for week in row["frequency"]["weeks"]] == [1, 2, 1, 1]


@pytest.mark.parametrize("name", ["figures", "deployments", "changes"])
def test_each_file_is_sealed(client: Client, olivia: User, busy: Service, name: str) -> None:
    client.force_login(olivia)

    answer = client.get(f"{PAGE}{name}.csv?{OWN}")

    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams
    *lines, seal = body.decode().splitlines(keepends=True)
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert seal == f"# sha256 {digest}\r\n"
    expected = {"figures": 10, "deployments": 6, "changes": 3}
    assert len(lines) == expected[name]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("first=2026-11-05&last=2026-11-02", "last"),
        ("first=2026-11-05", "last"),
        ("days=own", "first"),
        ("days=7", "days"),
        ("service=nowhere", "service"),
        ("first=yesterday&last=2026-11-02", "first"),
        ("first=1900-01-01&last=2026-11-02", "last"),
    ],
)
def test_what_is_wrong_is_named(
    client: Client, olivia: User, checkout: Service, query: str, field: str
) -> None:
    client.force_login(olivia)

    answer = client.get(f"{API}?{query}")

    assert answer.status_code == 400
    assert field in {error["field"] for error in answer.json()["errors"]}
    for door in (PAGE, f"{PAGE}figures.csv"):
        assert client.get(f"{door}?{query}").status_code == 422


def test_days_are_those_of_the_reader(client: Client, olivia: User, checkout: Service) -> None:
    User.objects.filter(pk=olivia.pk).update(time_zone="Pacific/Auckland")
    olivia.refresh_from_db()
    make_deployment(checkout, finished_at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    client.force_login(olivia)

    lines = client.get(f"{PAGE}?{OWN}").context["lines"]

    assert lines[1]["notes"][0] == "1 deployment in 28 days"
    assert len(client.get(lines[1]["url"]).context["rows"]) == 1


def test_deployments_are_read_in_parts_and_counted_whole(
    checkout: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = make_service("Mail", team=checkout.team)
    for day in (5, 6, 7):
        for service in (checkout, mail):
            deployed(service, day, commits=[Commit(f"{service.slug}{day}", at(3))])
    read = []

    def spy(found: list[Deployment]) -> Any:
        read.append(len(found))
        return first_arrivals(found)

    first_arrivals = delivered_module._first_arrivals
    monkeypatch.setattr(delivered_module, "_first_arrivals", spy)
    monkeypatch.setattr(delivered_module, "AT_ONCE", 2)

    both = dict(arrivals_of(delivered(Deployment.objects.all(), [checkout, mail], PERIOD)))

    assert read == [2, 2, 2]
    for found in (both[checkout.pk], both[mail.pk]):
        assert [each.finished_at for each in found] == [at(5), at(6), at(7)]
        assert [len(each.changes) for each in found] == [1, 1, 1]


@pytest.mark.parametrize("many", [1, 40])
@pytest.mark.parametrize(
    ("door", "queries"), [(f"{PAGE}?{OWN}", 9), (f"{PAGE}?days=90", 5), (f"{API}?days=90", 6)]
)
def test_it_costs_the_same_for_one_and_for_many(
    client: Client,
    olivia: User,
    max: User,
    checkout: Service,
    door: str,
    queries: int,
    many: int,
) -> None:
    request = approved_request(checkout, olivia, max)
    for number in range(many):
        commits = [Commit(f"{number:04x}", at(3))]
        deployed(checkout, 4 + number % 20, commits=commits, request=request)
        previous = NOW - timedelta(days=40)
        make_deployment(
            checkout, finished_at=previous, commits=[Commit(f"p{number}", previous)]
        )
    client.force_login(olivia)

    assert own_queries(client, door) == queries
