"""The lists: filters that page and API share, cost, export, and many at once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import workflow
from incidents.models import Incident, IncidentState
from operations.models import Severity
from portal import clock
from portal.models import Service, User
from tests.incidents.doors import api, signed_in_as
from tests.incidents.make import make_incident, make_review, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


def found(person: User, query: str) -> tuple[set[str], set[str]]:
    """The titles on the page and in the API for the same filter."""
    client = signed_in_as(person)
    page = client.get(f"/respond/incidents/?{query}")
    told = client.get(f"/api/v1/incidents/?{query}")
    assert page.status_code == told.status_code == 200
    return (
        {row["incident"].title for row in page.context["rows"]},
        {row["title"] for row in told.json()["results"]},
    )


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"Down", "Slow", "Typo", "Old"}),
        ("severity=0", {"Down"}),
        ("state=acknowledged", {"Slow"}),
        ("service=search", {"Typo"}),
        ("open=true", {"Down", "Slow", "Typo"}),
        ("open=false", {"Old"}),
        ("q=dow", {"Down"}),
        ("q=pay%20customers", {"Down"}),
        ("open=true&service=checkout&severity=2", {"Slow"}),
        ("q=nothing", set()),
    ],
)
def test_page_and_api_filter_alike(
    checkout: Service, search: Service, olivia: User, query: str, titles: set[str]
) -> None:
    make_incident(checkout, title="Down", severity=0, impact="Customers cannot pay")
    slow = make_incident(checkout, title="Slow")
    workflow.acknowledge(slow, actor=olivia)
    make_incident(search, title="Typo", severity=3)
    old = make_incident(checkout, title="Old")
    workflow.resolve(old, summary="Done", actor=olivia)

    assert found(olivia, query) == (titles, titles)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"Owed", "Written"}),
        ("owed=true", {"Owed"}),
        ("owed=false", {"Written"}),
        ("state=published", {"Written"}),
        ("q=owe", {"Owed"}),
        ("service=search", set()),
    ],
)
def test_reviews_are_filtered_alike(
    checkout: Service, search: Service, olivia: User, query: str, titles: set[str]
) -> None:
    make_review(checkout, olivia, title="Owed")
    publish(make_review(checkout, olivia, title="Written"), olivia)
    client = signed_in_as(olivia)
    page = client.get(f"/respond/reviews/?{query}")
    told = client.get(f"/api/v1/reviews/?{query}").json()["results"]

    assert {row["review"].incident.title for row in page.context["rows"]} == titles
    ids = {row["incident"] for row in told}
    assert set(Incident.objects.filter(pk__in=ids).values_list("title", flat=True)) == titles


@pytest.mark.parametrize("query", ["severity=9", "state=odd", "open=maybe", "service=nobody"])
def test_a_filter_that_means_nothing_is_an_error(olivia: User, query: str) -> None:
    client = signed_in_as(olivia)
    assert client.get(f"/api/v1/incidents/?{query}").status_code == 400
    assert client.get(f"/respond/incidents/?{query}").status_code == 200


def test_pages_follow_each_other(checkout: Service, olivia: User) -> None:
    now = clock.now()
    for number in range(7):
        make_incident(
            checkout, title=f"Number {number}", detected_at=now - timedelta(hours=number)
        )
    client = signed_in_as(olivia)
    seen, url = [], "/respond/incidents/?page_size=3"
    while url:
        response = client.get(url)
        seen += [row["incident"].title for row in response.context["rows"]]
        following = response.context["page"].next_url
        url = f"/respond/incidents/{following}" if following else ""

    assert seen == [f"Number {number}" for number in range(7)]


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("/respond/", 13),
        ("/respond/incidents/", 13),
        ("/respond/incidents.csv", 6),
        ("/respond/reviews/", 16),
        ("/api/v1/incidents/", 4),
        ("/api/v1/reviews/", 4),
    ],
)
def test_lists_cost_the_same_with_one_row_and_with_sixty(
    checkout: Service, olivia: User, url: str, most: int
) -> None:
    client = signed_in_as(olivia)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
            assert response.status_code == 200
            if response.streaming:
                list(response)
        return len(captured)

    make_review(checkout, olivia)
    make_incident(checkout)
    cost()
    few = cost()
    for number in range(20):
        make_review(checkout, olivia, title=f"Review {number}")
        make_incident(checkout, title=f"Incident {number}", actor=olivia)

    assert cost() == few <= most


def test_the_export_holds_what_the_list_holds(checkout: Service, olivia: User) -> None:
    make_incident(checkout, title="=cmd|' /C calc'!A0", severity=0)
    make_incident(checkout, title="Slow")
    client = signed_in_as(olivia)
    response = client.get("/respond/incidents.csv?severity=0")
    lines = b"".join(response).decode().splitlines()

    assert lines[0].startswith("id,title,severity,state,service_slug")
    assert len(lines) == 2
    assert "'=cmd|" in lines[1]


def test_many_are_acknowledged_each_by_itself(
    checkout: Service, search: Service, olivia: User, ana: User
) -> None:
    mine, taken, other = (
        make_incident(checkout, title="Mine"),
        workflow.acknowledge(make_incident(checkout, title="Taken"), actor=olivia),
        make_incident(search, title="Other"),
    )
    ids = [mine.pk, taken.pk, other.pk]
    client = signed_in_as(olivia)
    response = client.post("/respond/incidents/acknowledge/", {"incident": ids}, follow=True)

    shown = response.content.decode()
    for words in ("Mine is yours", "Olivia has acknowledged", "Other belongs to another team"):
        assert words in shown
    states = dict(Incident.objects.values_list("title", "state"))
    assert states == {
        "Mine": IncidentState.ACKNOWLEDGED,
        "Taken": IncidentState.ACKNOWLEDGED,
        "Other": IncidentState.TRIGGERED,
    }


def test_many_in_the_api(checkout: Service, search: Service, olivia: User) -> None:
    mine, other = make_incident(checkout), make_incident(search)
    told = api(
        signed_in_as(olivia),
        "/api/v1/incidents/acknowledge/",
        {"ids": [mine.pk, other.pk, 999]},
    ).json()  # type: ignore[attr-defined]

    outcomes = {
        row["id"]: [reason["code"] for reason in row["reasons"]] for row in told["outcomes"]
    }
    assert outcomes == {mine.pk: [], other.pk: ["not_yours"], 999: ["not_found"]}


@pytest.mark.parametrize("sent", [[], ["x"], ["99999999999999999999"]])
def test_choosing_nothing_is_told(olivia: User, sent: list[str]) -> None:
    client = signed_in_as(olivia)
    response = client.post("/respond/incidents/acknowledge/", {"incident": sent}, follow=True)
    assert "Choose at least one incident." in response.content.decode()


def test_declaring_keeps_what_was_typed(checkout: Service, olivia: User) -> None:
    client = signed_in_as(olivia)
    said = {"service": "nobody", "title": "It is slow", "severity": "7", "source": "team"}
    response = client.post("/respond/declare/", said)

    assert response.status_code == 422
    assert "It is slow" in response.content.decode()
    assert not Incident.objects.exists()


def test_declaring_shows_what_each_severity_means(checkout: Service, olivia: User) -> None:
    shown = signed_in_as(olivia).get("/respond/declare/?service=checkout").content.decode()
    assert "P0 critical: Service completely unavailable" in shown
    assert "Is data at risk?" in shown
    assert '<option value="checkout" selected>' in shown


def test_the_api_declares_once_per_key(checkout: Service, olivia: User) -> None:
    client = signed_in_as(olivia)
    said = '{"service": "checkout", "title": "It is slow", "severity": 2}'
    for _ in range(2):
        answer = client.post(
            "/api/v1/incidents/",
            said,
            content_type="application/json",
            headers={"Idempotency-Key": "one"},
        )
        assert answer.status_code == 201
    assert Incident.objects.count() == 1


def test_the_severities_are_shown_as_the_reference_has_them(vera: User) -> None:
    shown = signed_in_as(vera).get("/respond/severities/").content.decode()
    for words in (
        "Service completely unavailable",
        "&lt; 15 minutes",
        "Next sprint",
        "Email + SMS to all stakeholders immediately",
        "[issue description]",
    ):
        assert words in shown


def test_respond_shows_what_is_going_on(checkout: Service, olivia: User) -> None:
    client = signed_in_as(olivia)
    assert "Nothing is wrong" in client.get("/respond/").content.decode()
    make_incident(checkout, title="Slow", severity=Severity.P2)
    make_review(checkout, olivia, title="Broken")

    shown = client.get("/respond/").content.decode()
    assert shown.index("Slow") < shown.index("Broken")
