"""Channels: chat rooms, lists and programs of teams, tested, logged and masked."""

import json
from datetime import timedelta
from typing import Any

import httpcore
import pytest
from django.core import mail
from django.test import Client
from standardwebhooks import Webhook as Signer

from portal import clock, notify, outbox, outgoing
from portal.errors import DomainError
from portal.models import Channel, Event, Notification, SendState, Team, User
from portal.workflow import channels

LIST: dict[str, Any] = {
    "name": "Payments list",
    "kind": "email",
    "destination": "payments@lists.example.com",
}


def make(team: Team | None, **fields: Any) -> Channel:
    return channels.create_channel(team=team, actor=None, **(LIST | fields))[0]


def tell(channel: Channel, **fields: Any) -> Notification:
    said: dict[str, Any] = {
        "key": "incident 7 step 1",
        "subject": "P1 Checkout",
        "body": "Down",
    }
    return notify.notify_channel(channel, priority=1, topic="incident:7", **(said | fields))


def test_a_team_makes_its_channel_by_page_and_api(
    client: Client, olivia: User, payments: Team, ana: User
) -> None:
    client.force_login(olivia)

    page = client.post("/channels/new/", LIST | {"team": payments.pk})
    api = client.post(
        "/api/v1/channels/",
        LIST | {"name": "Second", "team": payments.slug},
        "application/json",
    )
    assert (page.status_code, api.status_code) == (302, 201)
    assert api.json()["destination"] == "p…@lists.example.com"
    shown = client.get("/channels/").content.decode()
    assert "Payments list" in shown
    assert "payments@lists.example.com" not in shown

    client.force_login(ana)
    elsewhere = client.post("/channels/new/", LIST | {"team": payments.pk, "name": "x"})
    assert elsewhere.status_code == 422
    for_all = client.post("/channels/new/", LIST | {"team": "", "name": "x"})
    assert for_all.status_code == 422
    channel = Channel.objects.get(name="Second")
    for verb in ("test", "remove", "switch-off"):
        assert client.post(f"/channels/{channel.pk}/{verb}/").status_code == 403


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
@pytest.mark.parametrize(
    ("kind", "destination"),
    [
        ("email", "no address"),
        ("apprise", "file:///etc/passwd"),
        ("webhook", "http://169.254.169.254/latest"),
        ("webhook", "ftp://example.com"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused(
    client: Client, ada: User, kind: str, destination: str
) -> None:
    client.force_login(ada)
    wrong = LIST | {"kind": kind, "destination": destination}

    page = client.post("/channels/new/", wrong)
    api = client.post("/api/v1/channels/", wrong | {"team": None}, "application/json")
    assert (page.status_code, api.status_code) == (422, 400)
    assert "destination" in page.context["form"].errors
    assert not Channel.objects.exists()


def test_a_message_goes_once_and_is_logged(client: Client, payments: Team, vera: User) -> None:
    channel = make(payments)
    assert tell(channel) == tell(channel)
    outbox.send_due(clock.now())

    assert [message.to for message in mail.outbox] == [["payments@lists.example.com"]]
    client.force_login(vera)
    page = client.get(f"/channels/{channel.pk}/").content.decode()
    assert "P1 Checkout" in page
    assert "Sent" in page


def test_a_test_message_shows_in_the_log(client: Client, olivia: User, payments: Team) -> None:
    channel = make(payments)
    client.force_login(olivia)

    assert client.post(f"/channels/{channel.pk}/test/").status_code == 302
    assert client.post(f"/api/v1/channels/{channel.pk}/test/").status_code == 202
    outbox.send_due(clock.now())
    assert [m.subject for m in mail.outbox] == ["Test message from Evenkeel"] * 2
    assert "Test message" in client.get(f"/channels/{channel.pk}/").content.decode()


def test_what_is_switched_off_hears_nothing(
    client: Client, olivia: User, payments: Team
) -> None:
    channel = make(payments)
    tell(channel)
    client.force_login(olivia)
    assert client.post(f"/channels/{channel.pk}/switch-off/").status_code == 302
    outbox.send_due(clock.now())

    assert mail.outbox == []
    assert Notification.objects.get().state == SendState.CANCELLED
    refused = client.post(f"/api/v1/channels/{channel.pk}/test/")
    assert refused.status_code == 409
    assert refused.json()["reasons"][0]["code"] == "channel_off"
    client.post(f"/api/v1/channels/{channel.pk}/switch-on/")
    tell(channel, key="again")
    outbox.send_due(clock.now())
    assert len(mail.outbox) == 1


def test_an_empty_address_keeps_the_old_one(
    client: Client, olivia: User, payments: Team
) -> None:
    channel = make(payments)
    client.force_login(olivia)
    door = f"/channels/{channel.pk}/edit/"

    kept = client.post(door, {"name": "Renamed", "team": payments.pk, "destination": ""})
    assert kept.status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.destination) == ("Renamed", LIST["destination"])
    api = client.patch(
        f"/api/v1/channels/{channel.pk}/",
        {"destination": "new@lists.example.com"},
        "application/json",
    )
    assert api.json()["destination"] == "n…@lists.example.com"


def test_removing_leaves_an_event(client: Client, olivia: User, payments: Team) -> None:
    channel = make(payments)
    client.force_login(olivia)

    assert client.post(f"/channels/{channel.pk}/remove/").status_code == 302
    assert not Channel.objects.exists()
    assert Event.objects.filter(kind="channel.removed", actor=olivia).exists()


def test_tests_are_few(olivia: User, payments: Team) -> None:
    channel = make(payments)
    for _ in range(channels.TESTS):
        channels.test_channel(channel, actor=olivia)
    with pytest.raises(DomainError):
        channels.test_channel(channel, actor=olivia)


class TestAWebhook:
    """A program is called with a signature that it can check."""

    @pytest.fixture
    def calls(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = []
        self.answer = outgoing.Answer(204, {}, b"")

        def send(method: str, url: str, **said: Any) -> outgoing.Answer:
            made.append({"method": method, "url": url, **said})
            return self.answer

        monkeypatch.setattr(outgoing, "send", send)
        return made

    def hook(self, team: Team) -> tuple[Channel, str]:
        return channels.create_channel(
            name="Robot",
            team=team,
            kind="webhook",
            destination="https://93.184.216.34/hook/secret",
            actor=None,
        )

    def test_is_signed_and_carries_the_key(
        self, payments: Team, calls: list[dict[str, Any]]
    ) -> None:
        channel, secret = self.hook(payments)
        row = tell(channel, url="/respond/7/")
        outbox.send_due(clock.now())

        [call] = calls
        assert (call["method"], call["url"]) == ("POST", channel.destination)
        told = Signer(secret).verify(call["content"], call["headers"])
        assert told["data"]["severity"] == 1
        assert told["data"]["url"] == "http://localhost:8000/respond/7/"
        assert call["headers"]["Idempotency-Key"] == f"msg_{row.idempotency_key}"
        assert json.loads(call["content"])["type"] == "page"

    def test_that_is_busy_is_asked_again_when_it_said(
        self, payments: Team, calls: list[dict[str, Any]]
    ) -> None:
        channel, _secret = self.hook(payments)
        self.answer = outgoing.Answer(429, {"retry-after": "600"}, b"")
        row = tell(channel)
        outbox.send_due(clock.now())

        row.refresh_from_db()
        assert row.state == SendState.DUE
        assert 590 < (row.due_at - clock.now()).total_seconds() <= 600
        assert row.last_error == "It answered 429."

    def test_secret_is_shown_once(self, client: Client, olivia: User, payments: Team) -> None:
        client.force_login(olivia)
        said = {
            "name": "Robot",
            "team": payments.pk,
            "kind": "webhook",
            "destination": "https://93.184.216.34/hook",
        }
        page = client.post("/channels/new/", said)
        api = client.post(
            "/api/v1/channels/",
            said | {"name": "Second", "team": payments.slug},
            "application/json",
        )

        assert (page.status_code, api.status_code) == (201, 201)
        assert "whsec_" in page.content.decode()
        assert api.json()["secret"].startswith("whsec_")
        channel = Channel.objects.get(name="Robot")
        shown = client.get(f"/channels/{channel.pk}/").content.decode()
        assert "whsec_" not in shown
        assert "https://93.184.216.34/…" in shown


def test_a_channel_that_is_not_reached_is_said_to_be(
    payments: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise httpcore.ConnectError

    channel = make(payments, kind="webhook", destination="https://93.184.216.34/")
    monkeypatch.setattr(outgoing.WIRE, "connect_tcp", refuse)
    tell(channel)
    now = clock.now()
    for minute in (0, 1, 2):
        outbox.send_due(now + timedelta(minutes=minute))

    told = Event.objects.get(kind="page.delivery_failed")
    assert told.subject == channel
    assert told.data["topics"] == ["incident:7"]
