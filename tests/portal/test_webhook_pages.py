"""Webhooks out: set up, switched, tested, looked into."""

from typing import Any

import pytest
from django.test import Client

from portal import audit, clock, events
from portal.models import Event, SendState, User, Webhook, WebhookDelivery
from portal.workflow import webhooks

ASKED = {
    "name": "Chat",
    "url": "https://example.com/in",
    "kinds": "incident.*\nservice.created",
}


@pytest.fixture(autouse=True)
def _any_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking names up is the network's business; test_outgoing asks about addresses."""
    monkeypatch.setattr("portal.outgoing.check_url", lambda _url: None)


def make(**fields: Any) -> Webhook:
    values = {"name": "Chat", "url": "https://example.com/in", "kinds": []} | fields
    return webhooks.create_webhook(**values, actor=None)[0]


def test_a_webhook_begins_with_what_happens_next(client: Client, ada: User) -> None:
    events.record("team.changed", ada, actor=ada)
    audit.seal_new_events()
    client.force_login(ada)

    page = client.post("/webhooks/new/", ASKED)

    assert page.status_code == 201
    secret = page.context["secret"]
    assert secret.startswith("whsec_")
    webhook = Webhook.objects.get()
    assert (webhook.secret, webhook.kinds) == (secret, ["incident.*", "service.created"])
    assert webhook.reached_position == 1
    for door in (f"/webhooks/{webhook.pk}/", "/api/v1/webhooks/", "/events/"):
        assert secret not in client.get(door).content.decode()


def test_the_api_makes_and_changes_one(client: Client, ada: User) -> None:
    client.force_login(ada)
    asked = ASKED | {"kinds": ["incident.*"]}

    made = client.post("/api/v1/webhooks/", asked, "application/json")
    door = f"/api/v1/webhooks/{made.json()['id']}"
    changed = client.patch(
        f"{door}/", {"name": "Other", "is_active": False}, "application/json"
    )

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert (changed.json()["name"], changed.json()["is_active"]) == ("Other", True)
    assert client.post(f"{door}/switch-off/").json()["is_active"] is False
    assert client.post(f"{door}/test/").json()["reasons"][0]["code"] == "webhook_off"
    assert client.post(f"{door}/switch-on/").json()["is_active"] is True
    assert client.post(f"{door}/test/").status_code == 202
    assert client.delete(f"{door}/").status_code == 204
    assert not Webhook.objects.exists()


@pytest.mark.parametrize("kinds", ["nonsense", "incident.opened *", "Incident.*"])
def test_what_is_no_kind_is_refused(client: Client, ada: User, kinds: str) -> None:
    client.force_login(ada)

    page = client.post("/webhooks/new/", ASKED | {"kinds": kinds})
    api = client.post("/api/v1/webhooks/", ASKED | {"kinds": kinds.split()}, "application/json")

    assert (page.status_code, api.status_code) == (422, 400)
    assert "kinds" in page.context["form"].errors


@pytest.mark.parametrize(
    ("name", "status"), [("olivia", 403), ("max", 403), ("vera", 403), ("otto", 404)]
)
def test_for_administrators_only(
    client: Client, request: pytest.FixtureRequest, name: str, status: int, db: None
) -> None:
    webhook = make()
    client.force_login(request.getfixturevalue(name))

    for verb in ("switch-on", "switch-off", "delete", "test"):
        assert client.post(f"/webhooks/{webhook.pk}/{verb}/").status_code == status
    for door in ("/webhooks/", f"/webhooks/{webhook.pk}/", "/api/v1/webhooks/"):
        assert client.get(door).status_code == status
    assert client.get("/api/v1/webhook-deliveries/").status_code == status
    assert Webhook.objects.get().is_active


def test_a_failed_delivery_is_tried_again(client: Client, ada: User) -> None:
    webhook = make()
    client.force_login(ada)
    client.post(f"/webhooks/{webhook.pk}/test/")
    delivery = WebhookDelivery.objects.get()
    WebhookDelivery.objects.update(
        state=SendState.FAILED, last_error="It answered 500.", attempts=9
    )

    page = client.get(f"/webhooks/{webhook.pk}/?state=failed").content.decode()
    assert "It answered 500." in page
    assert "webhook.test" in page
    retry = f"/webhooks/{webhook.pk}/deliveries/{delivery.pk}/retry/"
    assert client.post(retry).status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.due_at <= clock.now()) == (SendState.DUE, True)

    WebhookDelivery.objects.update(state=SendState.CLAIMED, lease_until=clock.now())
    assert client.post(retry).status_code == 409
    api = client.post(f"/api/v1/webhook-deliveries/{delivery.pk}/retry/")
    assert api.json()["reasons"][0]["code"] == "being_sent"
    assert client.post("/webhooks/99/deliveries/1/retry/").status_code == 404


def test_every_step_leaves_an_event(client: Client, ada: User) -> None:
    webhook = make()
    client.force_login(ada)
    for verb in ("switch-off", "switch-on", "test", "delete"):
        client.post(f"/webhooks/{webhook.pk}/{verb}/")

    kinds = Event.objects.order_by("pk").values_list("kind", flat=True)
    assert [kind.partition(".")[2] for kind in kinds] == [
        "created",
        "switched_off",
        "switched_on",
        "test",
        "deleted",
    ]
