"""Letting monitors in: keys shown once, replaced, switched off; receipts read again."""

from typing import Any

import pytest
from django.test import Client

from operations import workflow
from operations.formats import Unreadable
from operations.models import Alert, Integration, Receipt, ReceiptState
from portal import clock
from portal.crypto import secret_hash
from portal.models import Service, User
from tests.operations.make import make_integration, receive, told, webhook

KIND = {"kind": "alertmanager"}


def key_on(page: str) -> str:
    return page.split('value="ei_')[1].split('"')[0]


def test_a_new_integration_shows_its_key_once(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)

    form = {"name": "Prometheus", "service": checkout.pk, "default_severity": 1} | KIND
    page = client.post("/operate/integrations/new/", form)
    made = Integration.objects.get()
    body = {"name": "Other", "service": "checkout"}
    api = client.post("/api/v1/integrations/", body, content_type="application/json")

    assert (page.status_code, api.status_code) == (201, 201)
    key = "ei_" + key_on(page.content.decode())
    assert made.key_hash == secret_hash(key)
    assert f"credentials: {key}" in page.content.decode()
    assert "send_resolved: true" in page.content.decode()
    other = Integration.objects.get(name="Other")
    assert other.key_hash == secret_hash(api.json()["key"])
    again = client.get(made.get_absolute_url()).content.decode()
    assert key not in again
    assert "credentials: KEY" in again
    assert "key" not in client.get(f"/api/v1/integrations/{other.pk}/").json()
    assert made.history.get().history_user == olivia


@pytest.mark.parametrize(
    ("name", "service", "status"),
    [
        ("olivia", "checkout", 201),
        ("ana", "checkout", 403),
        ("vera", "checkout", 403),
        ("otto", "checkout", 404),
        ("olivia", None, 403),
        ("ada", None, 201),
    ],
)
def test_who_may_let_a_monitor_in(
    client: Client,
    checkout: Service,
    request: pytest.FixtureRequest,
    name: str,
    service: str | None,
    status: int,
) -> None:
    client.force_login(request.getfixturevalue(name))
    body = {"name": "Prometheus", "service": service}

    api = client.post("/api/v1/integrations/", body, content_type="application/json")

    assert api.status_code == status
    assert Integration.objects.exists() == (status == 201)


@pytest.mark.parametrize(("name", "status"), [("ana", 422), ("vera", 403), ("otto", 404)])
def test_the_form_offers_only_ones_own_services(
    client: Client, checkout: Service, request: pytest.FixtureRequest, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))

    form = {"name": "Prometheus", "service": checkout.pk, "default_severity": 1} | KIND
    assert client.post("/operate/integrations/new/", form).status_code == status


def test_a_name_is_taken_once(client: Client, olivia: User, checkout: Service) -> None:
    make_integration("Prometheus", service=checkout)
    client.force_login(olivia)

    form = {"name": "Prometheus", "service": checkout.pk, "default_severity": 1} | KIND
    page = client.post("/operate/integrations/new/", form)
    body = {"name": "Prometheus", "service": "checkout"}
    api = client.post("/api/v1/integrations/", body, content_type="application/json")

    assert (page.status_code, api.status_code) == (422, 400)
    assert [error["field"] for error in api.json()["errors"]] == ["name"]


def test_it_can_be_changed(client: Client, olivia: User, checkout: Service) -> None:
    made = make_integration(service=checkout)
    client.force_login(olivia)

    form = {"name": "New name", "service": checkout.pk, "default_severity": 0}
    assert client.post(f"{made.get_absolute_url()}edit/", form).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.default_severity) == ("New name", 0)
    url = f"/api/v1/integrations/{made.pk}/"
    api = client.patch(url, {"default_severity": 3}, content_type="application/json")
    assert (api.status_code, api.json()["default_severity"]) == (200, 3)
    assert api.json()["name"] == "New name"
    api = client.patch(url, {"service": None}, content_type="application/json")
    assert api.status_code == 403  # only administrators let a monitor speak for all services
    client.patch(url, {"is_active": False}, content_type="application/json")
    made.refresh_from_db()
    assert made.is_active


def test_a_key_is_replaced_and_a_monitor_switched_off(
    client: Client, olivia: User, checkout: Service
) -> None:
    made = make_integration(service=checkout)
    client.force_login(olivia)
    page = client.post(f"{made.get_absolute_url()}rotate-key/")
    key = "ei_" + key_on(page.content.decode())
    assert workflow.caller_by(key).integration == made
    api = client.post(f"/api/v1/integrations/{made.pk}/rotate-key/")
    assert workflow.caller_by(api.json()["key"]).integration == made
    assert workflow.caller_by(key).reason == "old_key"

    assert client.post(f"{made.get_absolute_url()}switch-off/").status_code == 302
    off = client.post(f"/api/v1/integrations/{made.pk}/switch-off/")
    assert (off.status_code, off.json()["reasons"][0]["code"]) == (409, "already_off")
    workflow.turn_away(workflow.caller_by(api.json()["key"]))
    page = client.get(made.get_absolute_url())
    assert "Rejected one call while the integration was switched off" in page.content.decode()
    assert client.post(f"{made.get_absolute_url()}send-test/").status_code == 409
    assert client.post(f"/api/v1/integrations/{made.pk}/switch-on/").json()["is_active"]


def test_a_test_alert_goes_the_whole_way_and_ends(
    client: Client, olivia: User, checkout: Service
) -> None:
    made = make_integration(service=checkout)
    client.force_login(olivia)

    page = client.post(f"{made.get_absolute_url()}send-test/")
    api = client.post(f"/api/v1/integrations/{made.pk}/send-test/")

    assert (page.status_code, api.status_code) == (302, 201)
    assert workflow.read_all_due(clock.now()) == 2
    alert = Alert.objects.get()
    assert (alert.name, alert.severity, alert.is_firing) == ("TestAlert", 3, False)
    assert alert.service == checkout


@pytest.mark.parametrize("verb", ["edit", "rotate-key", "switch-off", "send-test"])
@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("vera", 403), ("otto", 404)])
def test_others_change_nothing(
    client: Client,
    checkout: Service,
    request: pytest.FixtureRequest,
    name: str,
    status: int,
    verb: str,
) -> None:
    made = make_integration(service=checkout)
    client.force_login(request.getfixturevalue(name))

    assert client.post(f"{made.get_absolute_url()}{verb}/").status_code == status
    if verb != "edit":
        api = client.post(f"/api/v1/integrations/{made.pk}/{verb}/")
        assert api.status_code == status


def test_a_failed_receipt_is_shown_and_read_again(
    client: Client, olivia: User, ana: User, checkout: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_integration(service=checkout)

    def not_yet(_payload: object) -> None:
        raise Unreadable("This version is too new.")

    with monkeypatch.context() as patch:
        patch.setattr("operations.formats.alertmanager.read", not_yet)
        receipt = receive(made, told())
    assert receipt.state == ReceiptState.FAILED
    client.force_login(olivia)
    page = client.get(receipt.get_absolute_url()).content.decode()
    assert "This version is too new." in page
    assert "HighErrorRate" in page

    replayed = client.post(f"{receipt.get_absolute_url()}replay/")
    api = client.post(f"/api/v1/receipts/{receipt.pk}/replay/")
    assert (replayed.status_code, api.status_code) == (302, 409)
    assert api.json()["reasons"][0]["code"] == "waiting"
    workflow.read_all_due(clock.now())
    assert Alert.objects.count() == 1
    client.force_login(ana)
    assert client.post(f"/api/v1/receipts/{receipt.pk}/replay/").status_code == 403


def test_what_was_not_kept_whole_is_not_read_again(checkout: Service, olivia: User) -> None:
    made = make_integration(service=checkout)
    receipt = workflow.reject(made, b"<html>", "text/html", why="Not JSON")

    assert [reason.code for reason in workflow.why_not_replay(receipt)] == ["not_whole"]


def test_the_api_gives_the_body_of_one_receipt(
    client: Client, vera: User, checkout: Service
) -> None:
    receipt = receive(make_integration(service=checkout), told())
    client.force_login(vera)

    rows = client.get("/api/v1/receipts/?state=processed").json()["results"]
    one: dict[str, Any] = client.get(f"/api/v1/receipts/{receipt.pk}/").json()

    assert "body" not in rows[0]
    assert one["body"].encode() == webhook(told())


def test_old_receipts_are_forgotten_but_not_those_that_wait(checkout: Service) -> None:
    made = make_integration(service=checkout)
    old = receive(made, told())
    waiting = workflow.accept(made, webhook(told()), "")
    Receipt.objects.update(received_at="2020-01-01T00:00:00Z")
    new = receive(made, told())

    workflow.forget_old_receipts(now=clock.now())

    assert set(Receipt.objects.values_list("pk", flat=True)) == {waiting.pk, new.pk}
    assert Alert.objects.get().occurrences.get().receipt is None
    assert old.pk
