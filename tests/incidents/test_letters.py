"""What subscribers are sent: once, of what they want, with a way out, and what came of it."""

import json
import smtplib
import time
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from standardwebhooks import Webhook as Signer

from incidents import letters, mailing, subscriber_tokens, workflow
from incidents.models import (
    Announcement,
    Incident,
    StatusUpdate,
    Subscriber,
    SubscriberDelivery,
    SubscriberState,
)
from incidents.posting import PATIENCE, Outcome
from incidents.workflow import announcing, subscriber_letters, subscribing
from maintenance import workflow as maintenance
from portal import clock, outgoing, reactions
from portal.models import Notification, SendState, Service, Team, User
from portal.sweeping import finish_all
from tests.incidents.make import make_incident
from tests.incidents.status import make_shown_service as make_service
from tests.incidents.subscribers import LUKE, deliver, letters_to, manage_path, many, subscriber

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_service("Shop", team=payments, is_public=True)


@pytest.fixture
def inside(payments: Team) -> Service:
    return make_service("Inside", team=payments)


def post(incident: Incident, text: str = "We are on it.") -> StatusUpdate:
    update = workflow.post_update(incident, phase="identified", text=text, actor=None)
    reactions.react_to_all_due(clock.now())
    return update


def publish(service: Service, text: str = "We are on it.") -> None:
    post(make_incident(service), text)
    deliver()


def announce_window(*services: Service, actor: User | None = None) -> Any:
    starts_at = clock.now() + timedelta(days=2)
    window = maintenance.announce_window(
        title="New disks",
        services=list(services),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        description="",
        actor=actor,
    )
    reactions.react_to_all_due(clock.now())
    return window


class TestWhoIsTold:
    def test_everybody_once_however_often_we_hear_of_it(self, shop: Service) -> None:
        subscriber()
        update = post(make_incident(shop))
        announcing.announce_update(update)
        deliver()
        deliver()
        assert len(letters_to()) == 1
        assert SubscriberDelivery.objects.get().state == SendState.SENT

    def test_what_is_not_public_is_told_nobody(self, inside: Service) -> None:
        subscriber()
        publish(inside)
        assert not Announcement.objects.exists()

    def test_the_filter_keeps_maintenance_of_the_same_components(
        self, shop: Service, payments: Team
    ) -> None:
        search = make_service("Search", team=payments, is_public=True)
        subscriber(components=["shop"])
        announce_window(search)
        deliver()
        assert letters_to() == []
        announce_window(shop, search)
        publish(shop)
        publish(search)
        assert {each.subject[:10] for each in letters_to()} == {"[Scheduled", "[Identifie"}
        assert len(letters_to()) == 2

    @pytest.mark.parametrize(
        ("wanted", "heard"),
        [
            ({"wants_maintenance": False}, 1),
            ({"wants_incidents": False}, 1),
            ({}, 2),
        ],
    )
    def test_each_kind_by_itself(
        self, shop: Service, wanted: dict[str, Any], heard: int
    ) -> None:
        subscriber(**wanted)
        announce_window(shop)
        publish(shop)
        assert len(letters_to()) == heard

    def test_who_is_paused_or_has_left_is_not(self, shop: Service) -> None:
        workflow.pause_subscription(subscriber("a@example.net"))
        workflow.leave(subscriber("b@example.net"))
        subscriber("c@example.net")
        mail.outbox.clear()
        publish(shop)
        assert [message.to for message in mail.outbox] == [["c@example.net"]]

    def test_who_leaves_while_letters_wait_gets_none(self, shop: Service) -> None:
        found = subscriber()
        post(make_incident(shop))
        announcing.fan_out_due(clock.now())
        workflow.leave(found)
        deliver()
        assert letters_to() == []

    def test_a_window_that_moves_or_falls_away_is_told_too(
        self, shop: Service, olivia: User
    ) -> None:
        subscriber()
        window = announce_window(shop)
        maintenance.cancel_window(window, reason="No disks yet", actor=olivia)
        reactions.react_to_all_due(clock.now())
        deliver()
        told = {letter.subject[:22] for letter in letters_to()}
        assert told == {"[Scheduled maintenance", "[Maintenance cancelled"}
        # The reason was written for colleagues.
        assert not any("No disks yet" in letter.body for letter in letters_to())

    def test_a_thousand_are_written_to_in_parts(self, shop: Service) -> None:
        many(announcing.AT_ONCE * 2 + 10)
        post(make_incident(shop))
        told = Announcement.objects.get()
        with CaptureQueriesContext(connection) as done:
            assert announcing.fan_out(told.pk) == announcing.AT_ONCE
        assert len(done) < 12
        assert announcing.fan_out(told.pk) == announcing.AT_ONCE
        assert announcing.fan_out(told.pk) == 10
        assert announcing.fan_out(told.pk) == 0
        rows: Any = Announcement.objects.with_progress()
        progress = rows.values("letters", "waiting").get()
        assert progress == {"letters": 510, "waiting": 510}


class TestWhatTheyRead:
    def test_text_and_html_with_a_way_out(self, shop: Service, client: Client) -> None:
        found = subscriber()
        publish(shop, "Cards are <b>slow</b>.")
        [letter] = letters_to()
        assert letter.subject.startswith("[Identified] Shop")
        assert "Cards are <b>slow</b>." in letter.body
        assert " UTC" in letter.body
        html = str(letter.alternatives[0][0])
        assert "Cards are &lt;b&gt;slow&lt;/b&gt;." in html
        for words in (letter.body, html):
            assert manage_path(found) in words
            assert manage_path(found, "unsubscribe") in words
        assert make_incident(shop).title not in letter.body

    def test_headers_that_mail_programs_act_on(self, shop: Service) -> None:
        found = subscriber()
        publish(shop)
        headers = letters_to()[0].message()
        link = f"<http://localhost:8000{manage_path(found, 'unsubscribe')}>"
        assert headers["List-Unsubscribe"] == link
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert headers["Auto-Submitted"] == "auto-generated"

    def test_letters_about_one_incident_stand_together(self, shop: Service) -> None:
        subscriber()
        incident = make_incident(shop)
        for text in ("One", "Two"):
            post(incident, text)
            deliver()
        publish(shop, "Another")
        first, second, other = (letter.message() for letter in letters_to())
        assert first["References"] == second["References"] != other["References"]
        assert first["Message-ID"] != second["Message-ID"]

    def test_no_words_break_a_header(self, payments: Team) -> None:
        evil = make_service("Shop\r\nBcc: all@example.net", team=payments, is_public=True)
        subscriber()
        publish(evil)
        [letter] = letters_to()
        assert letter.message()["Bcc"] is None
        assert letter.recipients() == [LUKE]
        assert parseaddr(letter.to[0])[1] == LUKE

    def test_it_leads_to_the_copy_where_people_read_that(
        self, shop: Service, settings: Any
    ) -> None:
        settings.STATUS_URL = "https://status.example.net/"
        subscriber()
        publish(shop)
        [letter] = letters_to()
        update = StatusUpdate.objects.get()
        assert f"https://status.example.net/#update-{update.pk}" in letter.body
        assert "/status/#update" not in letter.body


class TestWhatBecomesOfIt:
    @pytest.fixture
    def server(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """A mail server that says what a test wants it to say."""
        says: dict[str, Any] = {"error": None}

        def send(*_: Any, **__: Any) -> int:
            if says["error"]:
                raise says["error"]
            return 1

        monkeypatch.setattr("django.core.mail.EmailMessage.send", send)
        return says

    def refused(self, code: int) -> smtplib.SMTPRecipientsRefused:
        return smtplib.SMTPRecipientsRefused({LUKE: (code, b"no")})

    def test_a_mailbox_that_is_not_there_suspends(
        self, shop: Service, server: dict[str, Any]
    ) -> None:
        found = subscriber()
        server["error"] = self.refused(550)
        publish(shop)
        found.refresh_from_db()
        assert found.state == SubscriberState.SUSPENDED
        assert "550" in found.suspended_reason
        assert found.deliveries.get().state == SendState.FAILED

    def test_a_busy_server_is_tried_again(self, shop: Service, server: dict[str, Any]) -> None:
        found = subscriber()
        server["error"] = self.refused(450)
        publish(shop)
        row = found.deliveries.get()
        assert (row.state, row.attempts) == (SendState.DUE, 1)
        server["error"] = None
        with time_machine.travel(row.due_at + timedelta(seconds=1)):
            deliver()
        row.refresh_from_db()
        assert row.state == SendState.SENT

    def test_what_fails_for_a_day_is_given_up_and_thrice_suspends(
        self, shop: Service, server: dict[str, Any]
    ) -> None:
        found = subscriber()
        server["error"] = OSError("no route")
        for day in range(subscriber_letters.FAILURES_BEFORE_SUSPENSION):
            with time_machine.travel(clock.now() + timedelta(days=3 * day), tick=False):
                publish(shop)
            with time_machine.travel(clock.now() + timedelta(days=3 * day + 2), tick=False):
                deliver()
        found.refresh_from_db()
        assert found.state == SubscriberState.SUSPENDED

    def test_a_send_that_dies_is_owed_again_under_the_same_name(self, shop: Service) -> None:
        """A killed process leaves a claim; its lease ends, and one letter more goes out."""
        found = subscriber()
        publish(shop)
        row = found.deliveries.get()
        SubscriberDelivery.objects.filter(pk=row.pk).update(
            state=SendState.CLAIMED,
            lease_until=clock.now() - timedelta(seconds=1),
            claim="x" * 32,
        )
        deliver()
        first, second = (letter.message()["Message-ID"] for letter in letters_to())
        assert first == second

    def test_pages_do_not_share_the_table(self, shop: Service) -> None:
        subscriber()
        publish(shop)
        assert not Notification.objects.exists()

    def test_what_is_in_flight_when_the_pager_ends_is_not_sent_again(
        self, shop: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        subscriber()
        post(make_incident(shop))
        announcing.fan_out_due(clock.now())
        send = mailing.post

        def slowly(*letter: Any, **headers: Any) -> Outcome:
            time.sleep(10 * PATIENCE)
            return send(*letter, **headers)

        monkeypatch.setattr(mailing, "post", slowly)
        subscriber_letters.send_due(clock.now())
        finish_all(10)

        assert SubscriberDelivery.objects.get().state == SendState.SENT
        assert len(letters_to()) == 1


class TestWebhooks:
    URL = "https://hooks.example.net/status"

    @pytest.fixture
    def calls(self, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
        """A program that believes what is signed, and gives each challenge back."""
        heard: list[dict[str, Any]] = []

        def send(_method: str, url: str, **sent: Any) -> outgoing.Answer:
            told = json.loads(sent["content"])
            heard.append({"url": url, **sent, "told": told})
            status = 410 if told["type"] == "status.incident" and "Gone" in str(told) else 200
            body = json.dumps({"challenge": told["data"].get("challenge", "")})
            return outgoing.Answer(status, {}, body.encode())

        monkeypatch.setattr("portal.outgoing.send", send)
        return heard

    def join(self) -> Subscriber:
        workflow.ask_to_subscribe(kind="webhook", address=self.URL)
        deliver()
        return Subscriber.objects.get()

    def test_who_gives_the_challenge_back_is_confirmed(
        self, calls: list[dict[str, Any]]
    ) -> None:
        assert self.join().state == SubscriberState.ACTIVE
        assert calls[0]["told"]["type"] == "subscription.challenge"

    def test_who_does_not_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = outgoing.Answer(200, {}, b"ok")
        monkeypatch.setattr("portal.outgoing.send", lambda *_, **__: answer)
        assert self.join().state == SubscriberState.UNCONFIRMED

    def test_each_call_is_signed(self, calls: list[dict[str, Any]], shop: Service) -> None:
        self.join()
        publish(shop)
        secret = calls[0]["told"]["data"]["secret"]
        for call in calls:
            Signer(secret).verify(call["content"], call["headers"])
        data = calls[1]["told"]["data"]
        assert (data["components"], data["phase"]) == (["shop"], "identified")
        assert "secret" not in data

    def test_who_is_gone_is_suspended(self, calls: list[dict[str, Any]], shop: Service) -> None:
        found = self.join()
        publish(shop, "Gone")
        found.refresh_from_db()
        assert found.state == SubscriberState.SUSPENDED

    def test_a_refused_address_is_never_called_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: Any, **__: Any) -> outgoing.Answer:
            raise outgoing.UrlRefused("internal", "leads inside")

        monkeypatch.setattr("portal.outgoing.send", refuse)
        found = self.join()
        assert found.deliveries.get().state == SendState.FAILED
        assert found.state == SubscriberState.UNCONFIRMED


def test_a_letters_token_is_no_other_letters(db: None) -> None:
    one, two = subscriber("a@example.net"), subscriber("b@example.net")
    tokens = {
        subscriber_tokens.token_of(each.nonce, purpose)
        for each in (one, two)
        for purpose in ("confirm", "manage")
    }
    assert len(tokens) == 4


def test_one_broken_request_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        workflow.ask_to_subscribe(kind="email", address=f"{name}@example.net")
    real = letters.owe
    broken = iter([True, False])

    def owe(*args: Any) -> Any:
        if next(broken):
            raise RuntimeError
        return real(*args)

    monkeypatch.setattr("incidents.letters.owe", owe)
    assert subscribing.take_due(clock.now()) == 1
