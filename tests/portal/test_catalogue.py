"""The service catalogue: by page and by API, under the same rules."""

from itertools import pairwise, permutations

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import DomainError
from portal.models import Event, Service, ServiceLabel, Team, User
from portal.workflow import services
from portal.workflow.services import path_between
from tests.make import make_service

FIELDS = {
    "name": "Web shop",
    "tier": "1",
    "description": "The pages **customers** see.",
    "availability_objective": "99.95",
}


def test_a_manager_adds_a_service_to_their_team(
    client: Client, manager: User, payments: Team, platform: Team
) -> None:
    client.force_login(manager)

    page = client.post("/services/new/", FIELDS | {"team": payments.pk})
    foreign = client.post("/services/new/", FIELDS | {"name": "X", "team": platform.pk})
    api = client.post(
        "/api/v1/services/", FIELDS | {"name": "Mail", "team": "payments"}, "application/json"
    )
    foreign_api = client.post(
        "/api/v1/services/", FIELDS | {"name": "X", "team": "platform"}, "application/json"
    )

    assert page.headers["Location"] == "/services/web-shop/"
    assert api.status_code == 201
    assert api.json()["labels"][0]["value"] == "mail"
    assert (foreign.status_code, foreign_api.status_code) == (422, 403)
    assert Event.objects.filter(kind="service.created", actor=manager).count() == 2
    assert "<strong>customers</strong>" in client.get("/services/web-shop/").content.decode()


@pytest.mark.parametrize(
    ("name", "status"), [("olivia", 403), ("ana", 403), ("vera", 403), ("otto", 404)]
)
def test_who_manages_no_team_adds_no_service(
    client: Client, request: pytest.FixtureRequest, payments: Team, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))

    page = client.post("/services/new/", FIELDS | {"team": payments.pk})
    api = client.post("/api/v1/services/", FIELDS | {"team": "payments"}, "application/json")

    assert (page.status_code, api.status_code) == (status, status)
    assert not Service.objects.exists()


@pytest.mark.parametrize(
    ("name", "status"),
    [("olivia", 302), ("max", 302), ("ada", 302), ("ana", 403), ("vera", 403), ("otto", 404)],
)
def test_the_owner_team_changes_its_service(
    client: Client,
    request: pytest.FixtureRequest,
    checkout: Service,
    name: str,
    status: int,
) -> None:
    client.force_login(request.getfixturevalue(name))
    fields = FIELDS | {"team": checkout.team_id}

    page = client.post("/services/checkout/edit/", fields)
    api = client.patch("/api/v1/services/checkout/", {"tier": 3}, "application/json")

    assert page.status_code == status
    assert api.status_code == (200 if status == 302 else status)
    checkout.refresh_from_db()
    assert checkout.tier == (3 if status == 302 else 2)


def test_wrong_fields_come_back_with_what_was_typed(
    client: Client, ada: User, checkout: Service
) -> None:
    client.force_login(ada)
    wrong = FIELDS | {"team": checkout.team_id, "availability_objective": "101", "tier": "9"}

    page = client.post("/services/checkout/edit/", wrong)
    api = client.patch(
        "/api/v1/services/checkout/",
        {"availability_objective": "101", "tier": 9},
        "application/json",
    )

    assert (page.status_code, api.status_code) == (422, 400)
    assert set(page.context["form"].errors) == {"availability_objective", "tier"}
    assert {e["field"] for e in api.json()["errors"]} == {"availability_objective", "tier"}
    assert 'value="101"' in page.content.decode()


def test_links_labels_and_dependencies_come_and_go(
    client: Client, olivia: User, checkout: Service, platform: Team
) -> None:
    database = make_service("Database", team=platform)
    client.force_login(olivia)
    door = "/services/checkout"

    client.post(f"{door}/links/", {"label": "Source", "url": "https://git.example.com/x"})
    client.post(f"{door}/labels/", {"name": "app", "value": "checkout"})
    client.post(f"{door}/dependencies/", {"needs": "database"})

    page = client.get(f"{door}/").content.decode()
    assert all(
        words in page for words in ("https://git.example.com/x", "app=checkout", "Database")
    )
    assert "Checkout" in client.get("/services/database/").content.decode()
    api = client.get("/api/v1/services/checkout/").json()
    assert api["needs"][0]["needs"] == "database"
    assert client.get("/api/v1/services/database/").json()["needed_by"] == ["checkout"]

    for part, key in (("links", "links"), ("labels", "labels"), ("dependencies", "needs")):
        pk = api[key][0]["id"]
        assert client.post(f"{door}/{part}/{pk}/remove/").status_code == 302
        assert client.post(f"{door}/{part}/{pk}/remove/").status_code == 404
    assert not database.needed_by.exists()
    assert Event.objects.filter(service=checkout, kind__contains="_removed").count() == 3


def test_the_api_adds_and_removes_parts(
    client: Client, olivia: User, checkout: Service, platform: Team
) -> None:
    make_service("Database", team=platform)
    client.force_login(olivia)
    door = "/api/v1/services/checkout"
    parts = {
        "link": {"label": "Source", "url": "https://git.example.com/x"},
        "label": {"name": "app", "value": "checkout"},
        "dependency": {"needs": "database"},
    }

    for part, body in parts.items():
        added = client.post(f"{door}/add-{part}/", body, "application/json")
        assert added.status_code == 200, added.json()
        rows = added.json()["needs" if part == "dependency" else f"{part}s"]
        removed = client.post(
            f"{door}/remove-{part}/", {"id": rows[0]["id"]}, "application/json"
        )
        assert removed.status_code == 200
    wrong = client.post(
        f"{door}/add-link/", {"label": "x", "url": "javascript:1"}, "application/json"
    )
    assert wrong.status_code == 400


def test_a_part_of_another_service_stays(
    client: Client, olivia: User, checkout: Service, platform: Team
) -> None:
    other = make_service("Queue", team=platform)
    label = services.add_label(other, name="app", value="queue", actor=None)
    client.force_login(olivia)

    page = client.post(f"/services/checkout/labels/{label.pk}/remove/")
    api = client.post(
        "/api/v1/services/checkout/remove-label/", {"id": label.pk}, "application/json"
    )
    foreign = client.post(f"/services/queue/labels/{label.pk}/remove/")

    assert (page.status_code, api.status_code, foreign.status_code) == (404, 404, 403)
    assert ServiceLabel.objects.filter(pk=label.pk).exists()


def test_a_label_names_one_service(
    client: Client, ada: User, checkout: Service, platform: Team
) -> None:
    services.add_label(make_service("Queue", team=platform), name="app", value="x", actor=None)
    client.force_login(ada)
    label = {"name": "app", "value": "x"}

    page = client.post("/services/checkout/labels/", label)
    api = client.post("/api/v1/services/checkout/add-label/", label, "application/json")

    assert (page.status_code, api.status_code) == (409, 409)
    assert "app=x already names Queue." in page.content.decode()
    assert [reason["code"] for reason in api.json()["reasons"]] == ["label_taken"]


def test_a_circle_is_refused_and_named(client: Client, ada: User, platform: Team) -> None:
    shop, cart, queue = (
        make_service(name, team=platform) for name in ("Shop", "Cart", "Queue")
    )
    services.add_dependency(shop, needs=cart, actor=None)
    services.add_dependency(cart, needs=queue, actor=None)
    client.force_login(ada)

    page = client.post("/services/queue/dependencies/", {"needs": "shop"})
    api = client.post(
        "/api/v1/services/queue/add-dependency/", {"needs": "shop"}, "application/json"
    )

    assert (page.status_code, api.status_code) == (409, 409)
    [reason] = api.json()["reasons"]
    assert reason["code"] == "dependency_circle"
    assert reason["sentence"] == "That would close a circle: Queue → Shop → Cart → Queue."
    assert reason["sentence"] in page.content.decode()
    for again in (shop, queue):
        with pytest.raises(DomainError):
            services.add_dependency(again, needs=cart if again == shop else queue, actor=None)


EDGES = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=10)


@given(edges=EDGES, start=st.integers(0, 4), end=st.integers(0, 4))
def test_a_path_is_found_exactly_when_trying_everything_finds_one(
    edges: set[tuple[int, int]], start: int, end: int
) -> None:
    def is_way(way: tuple[int, ...]) -> bool:
        return all(step in edges for step in pairwise(way))

    ways = [
        way
        for length in range(1, 6)
        for way in permutations(range(5), length)
        if (way[0], way[-1]) == (start, end) and is_way(way)
    ]
    found = path_between(start, end, edges)

    assert bool(found) == bool(ways)
    if found:
        assert is_way(tuple(found))
        assert len(found) == min(len(way) for way in ways)


def test_a_service_that_is_needed_cannot_be_retired(
    client: Client, manager: User, checkout: Service, payments: Team
) -> None:
    mail = make_service("Mail", team=payments)
    dependency = services.add_dependency(mail, needs=checkout, actor=None)
    client.force_login(manager)

    page = client.post("/services/checkout/retire/")
    api = client.post("/api/v1/services/checkout/retire/")
    assert (page.status_code, api.status_code) == (409, 409)
    assert api.json()["reasons"][0]["sentence"] == "Other services need it: Mail."
    detail = client.get("/services/checkout/").content.decode()
    assert "Other services need it: Mail." in detail

    services.remove_part(dependency, actor=manager)
    assert client.post("/services/checkout/retire/").status_code == 302
    assert client.post("/api/v1/services/checkout/retire/").status_code == 409
    assert client.get("/services/").context["page"].rows == [mail]
    retired = client.get("/services/?retired=true").context["page"].rows
    assert [service.name for service in retired] == ["Checkout"]
    assert client.post("/services/checkout/restore/").status_code == 302
    assert client.post("/services/checkout/restore/").status_code == 409


def test_a_filter_means_the_same_on_the_page_and_in_the_api(
    client: Client, vera: User, payments: Team, platform: Team
) -> None:
    make_service("Checkout", team=payments, tier=1)
    make_service("Queue", team=platform, tier=2)
    client.force_login(vera)

    for query in ("team=payments", "tier=1", "q=check", "retired=false"):
        page = [row.name for row in client.get(f"/services/?{query}").context["page"]]
        api = [
            row["name"] for row in client.get(f"/api/v1/services/?{query}").json()["results"]
        ]
        assert page == api
        assert ("Queue" in page) == (query == "retired=false")
    assert client.get("/api/v1/services/?nonsense=1").status_code == 400
    assert client.get("/api/v1/services/?retired=perhaps").status_code == 400
