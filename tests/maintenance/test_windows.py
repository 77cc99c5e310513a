from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from maintenance import workflow
from maintenance.models import MaintenanceWindow
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, Team, User
from tests.maintenance.make import make_window, own_queries
from tests.maintenance.test_requests import codes
from tests.make import make_service

API = "/api/v1/windows/"


def told(**fields: Any) -> dict[str, Any]:
    start = clock.now() + timedelta(days=1)
    return {
        "title": "Monthly window",
        "services": ["checkout"],
        "starts_at": f"{start:%Y-%m-%dT%H:%M}",
        "ends_at": f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        **fields,
    }


def test_a_window_is_announced_moved_and_called_off_on_pages(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)

    assert client.post("/change/windows/new/", told()).status_code == 302
    window = MaintenanceWindow.objects.get()
    base = f"/change/windows/{window.pk}"
    assert client.get(f"{base}/").status_code == client.get(f"{base}/edit/").status_code == 200
    assert client.post(f"{base}/edit/", told(title="Longer")).status_code == 302
    assert client.post(f"{base}/cancel/", {"reason": "Not needed"}).status_code == 302
    assert client.post(f"{base}/cancel/", {}).status_code == 409
    assert client.post(f"{base}/edit/", told()).status_code == 409

    window.refresh_from_db()
    assert (window.title, window.state_at(clock.now())) == ("Longer", "cancelled")
    kinds = ["window.announced", "window.changed", "window.cancelled"]
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == kinds
    page = client.get(f"{base}/").content.decode()
    assert "called this window off: “Not needed”" in page


def test_a_window_is_announced_moved_and_called_off_in_the_api(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)
    kind = "application/json"

    made = client.post(API, told(), content_type=kind)
    pk = made.json()["id"]
    moved = client.patch(f"{API}{pk}/", {"title": "Longer"}, content_type=kind)
    off = client.post(f"{API}{pk}/cancel/", {"reason": "No"}, content_type=kind)
    again = client.post(f"{API}{pk}/cancel/", {}, content_type=kind)

    assert (made.status_code, made.json()["services"]) == (201, ["checkout"])
    assert (moved.status_code, moved.json()["title"]) == (200, "Longer")
    assert moved.json()["services"] == ["checkout"]
    assert off.json()["cancelled_at"] is not None
    assert again.json()["reasons"][0]["code"] == "window_cancelled"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"services": []},
        {"services": ["nowhere"]},
        {"starts_at": "2026-12-01T10:00", "ends_at": "2026-12-01T10:00"},
        {"starts_at": "soon"},
    ],
)
def test_what_is_wrong_comes_back(
    client: Client, olivia: User, checkout: Service, wrong: dict[str, Any]
) -> None:
    client.force_login(olivia)

    page = client.post("/change/windows/new/", told(description="Kept") | wrong)
    api = client.post(API, told() | wrong, content_type="application/json")

    assert (page.status_code, api.status_code) == (422, 400)
    assert "Kept" in page.content.decode()
    assert not MaintenanceWindow.objects.exists()


def test_a_window_is_for_the_future_and_for_services(olivia: User, checkout: Service) -> None:
    now = clock.now()
    with pytest.raises(TransitionNotAllowed) as refused:
        make_window(checkout, starts_at=now - timedelta(hours=2), ends_at=now)
    assert codes(refused) == ["window_over"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.announce_window(
            title="x",
            services=[],
            starts_at=now,
            ends_at=now + timedelta(hours=1),
            actor=None,
        )
    assert codes(refused) == ["no_services"]
    with pytest.raises(ValidationError):
        make_window(
            checkout, starts_at=now + timedelta(days=2), ends_at=now + timedelta(days=1)
        )


def test_one_that_is_over_stays_as_it_was(olivia: User, checkout: Service) -> None:
    window = make_window(checkout)
    for verb in (workflow.change_window, workflow.cancel_window):
        with pytest.raises(TransitionNotAllowed) as refused:
            verb(window, actor=olivia, now=window.ends_at)
        assert codes(refused) == ["window_over"]


def test_upcoming_and_past_and_public(olivia: User, checkout: Service, payments: Team) -> None:
    public = make_service("Shop", team=payments, is_public=True)
    inner, outer = make_window(checkout), make_window(public)
    off = workflow.cancel_window(make_window(public), actor=olivia)
    windows = MaintenanceWindow.objects

    assert set(windows.upcoming(clock.now())) == {inner, outer}
    assert set(windows.public().upcoming(clock.now())) == {outer}
    assert set(windows.past(clock.now())) == {off}
    assert set(windows.past(inner.ends_at + timedelta(seconds=1))) >= {inner}
    assert inner.state_at(inner.starts_at) == "running"
    assert inner.state_at(inner.ends_at) == "over"


def test_the_list_tells_those_to_come_from_those_past(
    client: Client, olivia: User, checkout: Service
) -> None:
    make_window(checkout, title="Next")
    workflow.cancel_window(make_window(checkout, title="Off"), actor=olivia)
    client.force_login(olivia)

    for query, expected in [("upcoming", {"Next"}), ("past", {"Off"}), ("", {"Next", "Off"})]:
        page = client.get(f"/change/windows/?when={query}")
        api = client.get(f"{API}?when={query}").json()["results"]
        assert {row["item"].title for row in page.context["rows"]} == expected
        assert {row["title"] for row in api} == expected


@pytest.mark.parametrize(("name", "status"), [("vera", 403), ("ana", 403), ("otto", 404)])
def test_who_may_not(
    client: Client,
    checkout: Service,
    request: pytest.FixtureRequest,
    name: str,
    status: int,
) -> None:
    window = make_window(checkout)
    client.force_login(request.getfixturevalue(name))
    kind = "application/json"

    answers = {
        client.post(f"/change/windows/{window.pk}/cancel/").status_code,
        client.post(f"/change/windows/{window.pk}/edit/", told()).status_code,
        client.post(f"{API}{window.pk}/cancel/", {}, content_type=kind).status_code,
        client.patch(f"{API}{window.pk}/", {}, content_type=kind).status_code,
        client.post(API, told(), content_type=kind).status_code,
    }

    assert answers == {status}


@pytest.mark.parametrize(("door", "queries"), [("/change/windows/", 5), (API, 4)])
@pytest.mark.parametrize("many", [1, 60])
def test_it_costs_the_same_for_one_and_for_many(
    client: Client,
    olivia: User,
    checkout: Service,
    door: str,
    queries: int,
    many: int,
) -> None:
    for _ in range(many):
        make_window(checkout)
    client.force_login(olivia)

    assert own_queries(client, door) == queries
