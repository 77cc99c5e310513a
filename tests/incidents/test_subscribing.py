"""Following the status page: asked for, confirmed by a button, left by one click."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents import subscriber_tokens, workflow
from incidents.models import (
    Subscriber,
    SubscriberDelivery,
    SubscriberState,
    SubscriptionRequest,
)
from incidents.tasks import forget_unconfirmed
from incidents.views import subscribing as views
from incidents.workflow import subscribing
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, SendState, Service, Team
from tests.incidents.status import make_shown_service as make_service
from tests.incidents.subscribers import (
    LUKE,
    ask,
    deliver,
    letters_to,
    manage_path,
    path_in,
    subscriber,
)

pytestmark = pytest.mark.django_db

DOORS = ["page", "api"]
ANSWERED = {"page": 200, "api": 202}


@pytest.fixture
def shop(payments: Team) -> Service:
    return make_service("Shop", team=payments, is_public=True)


def subscribe(client: Client, door: str, **said: Any) -> Any:
    said = {"kind": "email", "address": LUKE, "wants_incidents": True, **said}
    if door == "page":
        return client.post("/status/subscribe/", {k: v for k, v in said.items() if v})
    body = json.dumps(said)
    path = "/api/v1/status/subscriptions/"
    return client.post(path, body, content_type="application/json")


class TestAsking:
    @pytest.mark.parametrize("door", DOORS)
    def test_a_letter_asks_whether_they_mean_it(self, client: Client, door: str) -> None:
        assert subscribe(client, door).status_code == ANSWERED[door]
        deliver()

        [letter] = letters_to()
        assert "Confirm" in letter.subject
        assert Subscriber.objects.get().state == SubscriberState.UNCONFIRMED

    @pytest.mark.parametrize("door", DOORS)
    def test_who_is_known_is_answered_alike(self, client: Client, door: str) -> None:
        """Same words, same status, same work: the answer never looks whether it is known."""
        subscriber()
        mail.outbox.clear()
        answers = []
        for address in (LUKE, "stranger@example.net"):
            with CaptureQueriesContext(
                connection,
            ) as done:
                answer = subscribe(client, door, address=address)
            words = answer.content.decode().replace(address, "…")
            touched = [
                re.sub(r"'[^']*'", "?", query["sql"])
                for query in done.captured_queries
                if '"incidents_' in query["sql"]
            ]
            answers.append((answer.status_code, words, touched))
        assert answers[0] == answers[1]
        deliver()
        [letter] = letters_to()
        assert "already" in letter.subject
        assert letters_to("stranger@example.net")

    def test_asking_again_changes_nothing_for_who_has_confirmed(self, shop: Service) -> None:
        known = subscriber()
        ask(components=["shop"], wants_incidents=False)
        deliver()

        known.refresh_from_db()
        assert (known.components, known.wants_incidents) == ([], True)
        assert Subscriber.objects.count() == 1

    def test_capital_letters_make_no_second_subscriber(self) -> None:
        ask("Luke@Example.net")
        ask("luke@example.net")
        deliver()
        assert Subscriber.objects.count() == 1

    def test_one_address_gets_few_letters_a_day(self) -> None:
        for _ in range(subscribing.LETTERS_A_DAY + 3):
            ask()
        deliver()
        assert len(letters_to()) == subscribing.LETTERS_A_DAY

        with time_machine.travel(clock.now() + timedelta(days=1, hours=1), tick=False):
            ask()
            deliver()
        assert len(letters_to()) == subscribing.LETTERS_A_DAY + 1

    @pytest.mark.parametrize("door", DOORS)
    def test_one_client_asks_a_few_times_an_hour(self, client: Client, door: str) -> None:
        for number in range(views.ASKS):
            answer = subscribe(client, door, address=f"a{number}@example.net")
            assert answer.status_code == ANSWERED[door]
        assert subscribe(client, door).status_code == 429
        assert subscribe(Client(REMOTE_ADDR="198.51.100.7"), door).status_code == ANSWERED[door]

    @pytest.mark.parametrize("door", DOORS)
    @pytest.mark.parametrize(
        "address",
        [
            "",
            "nobody",
            "a@b@c",
            "luke@example.net\nBcc: all@example.net",
            "luke@example.net, all@example.net",
            "Luke <luke@example.net>",
            "lu\u202eke@example.net",
            f"{'x' * 300}@example.net",
        ],
    )
    def test_what_is_no_address_is_refused_by_field(
        self, client: Client, door: str, address: str
    ) -> None:
        answer = subscribe(client, door, address=address)
        assert answer.status_code == {"page": 422, "api": 400}[door]
        if door == "api":
            assert answer.json()["errors"][0]["field"] == "address"
        assert not SubscriptionRequest.objects.exists()

    @pytest.mark.parametrize("door", DOORS)
    def test_wanting_nothing_or_what_is_not_there_is_refused(
        self, client: Client, door: str, shop: Service
    ) -> None:
        nothing = subscribe(client, door, wants_incidents=False, wants_maintenance=False)
        strange = subscribe(client, door, components=["secret-service"])

        assert {nothing.status_code, strange.status_code} <= {400, 422}
        assert not SubscriptionRequest.objects.exists()

    def test_a_private_service_cannot_be_found_out(self, payments: Team) -> None:
        make_service("Inside", team=payments)
        with pytest.raises(ValidationError):
            ask(components=["inside"])

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.net/hook",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest",
            "https://2130706433/",
            "https://user:pw@example.net/",
            "https://example.net:25/",
            "ftp://example.net/",
            "javascript:alert(1)",
            "https://example.net/\r\nX-Evil: 1",
        ],
    )
    def test_a_strangers_webhook_leads_outside_only(self, url: str) -> None:
        with pytest.raises(ValidationError) as refused:
            ask(url, kind="webhook")
        assert set(refused.value.message_dict) == {"address"}

    def test_nothing_is_looked_up_for_a_stranger(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("portal.outgoing.resolve", lambda *_: pytest.fail("looked up"))
        ask("https://intranet.example.net/hook", kind="webhook")


class TestConfirming:
    def test_the_link_shows_a_button_and_the_button_confirms(self, client: Client) -> None:
        ask()
        deliver()
        path = path_in(letters_to()[0], "confirm")

        shown = client.get(path)
        assert shown.status_code == 200
        assert '<form method="post">' in shown.content.decode()
        assert Subscriber.objects.get().state == SubscriberState.UNCONFIRMED

        answer = client.post(path)
        assert answer.status_code == 302
        assert Subscriber.objects.get().state == SubscriberState.ACTIVE
        assert "You are subscribed" in client.get(path).content.decode()

    def test_twice_is_once(self, client: Client) -> None:
        found = subscriber()
        workflow.confirm_subscription(found)
        assert Event.objects.filter(kind="subscriber.active").count() == 1

    def test_an_old_link_says_so(self, client: Client) -> None:
        ask()
        deliver()
        path = path_in(letters_to()[0], "confirm")
        with time_machine.travel(clock.now() + timedelta(days=4)):
            assert client.get(path).status_code == 410
            assert client.post(path).status_code == 410
        assert Subscriber.objects.get().state == SubscriberState.UNCONFIRMED

    def test_who_never_confirms_is_erased(self) -> None:
        ask()
        deliver()
        kept = subscriber("other@example.net")
        with time_machine.travel(clock.now() + timedelta(days=8)):
            forget_unconfirmed()
        assert list(Subscriber.objects.all()) == [kept]

    def test_a_confirming_letter_has_no_list_to_leave(self) -> None:
        ask()
        deliver()
        assert "List-Unsubscribe" not in letters_to()[0].extra_headers


class TestManaging:
    def test_choices_are_kept(self, client: Client, shop: Service) -> None:
        found = subscriber()
        answer = client.post(
            manage_path(found), {"wants_maintenance": "on", "components": ["shop"]}
        )
        assert answer.status_code == 302
        found.refresh_from_db()
        assert (found.wants_incidents, found.wants_maintenance) == (False, True)
        assert found.components == ["shop"]

    def test_what_is_wrong_is_said_and_nothing_lost(
        self, client: Client, shop: Service
    ) -> None:
        found = subscriber()
        answer = client.post(manage_path(found), {"components": ["shop"]})
        assert answer.status_code == 422
        assert "Choose incidents, maintenance or both" in answer.content.decode()
        found.refresh_from_db()
        assert found.components == []

    def test_pausing_takes_back_what_waits(self, client: Client) -> None:
        found = subscriber()
        client.post(manage_path(found), {"do": "pause"})
        found.refresh_from_db()
        assert found.state == SubscriberState.PAUSED
        client.post(manage_path(found), {"do": "resume"})
        found.refresh_from_db()
        assert found.state == SubscriberState.ACTIVE

    def test_who_is_suspended_confirms_anew(self, client: Client) -> None:
        found = subscriber()
        workflow.suspend_subscriber(found, reason="550 no such user", actor=None)
        answer = client.post(manage_path(found), {"do": "resume"})
        assert answer.status_code == 409
        ask()
        deliver()
        client.post(path_in(letters_to()[0], "confirm"))
        found.refresh_from_db()
        assert (found.state, found.suspended_reason) == (SubscriberState.ACTIVE, "")

    def test_leaving_erases_the_person(self, client: Client) -> None:
        found = subscriber()
        assert client.post(manage_path(found), {"do": "leave"}).status_code == 200
        found.refresh_from_db()
        assert (found.state, found.address, found.address_hash) == ("left", "", "")
        assert client.get(manage_path(found)).status_code == 410
        assert not Event.objects.filter(subject_label__contains="luke").exists()

    def test_whoever_left_may_come_back(self) -> None:
        workflow.leave(subscriber())
        again = subscriber()
        assert Subscriber.objects.present().get() == again


class TestOneClick:
    BODY = {"List-Unsubscribe": "One-Click"}

    def test_post_alone_unsubscribes(self) -> None:
        """RFC 8058: 200, no redirect, no cookie and no CSRF token asked for."""
        found = subscriber()
        client = Client(enforce_csrf_checks=True)
        answer = client.post(manage_path(found, "unsubscribe"), self.BODY)
        found.refresh_from_db()
        assert (answer.status_code, found.state) == (200, SubscriberState.LEFT)
        assert not answer.cookies
        assert client.post(manage_path(found, "unsubscribe"), self.BODY).status_code == 200

    def test_as_multipart_too(self, client: Client) -> None:
        found = subscriber()
        client.post(manage_path(found, "unsubscribe"), self.BODY)  # Django's client sends that
        found.refresh_from_db()
        assert found.state == SubscriberState.LEFT

    def test_the_button_does_it_as_well(self, client: Client) -> None:
        found = subscriber()
        answer = client.post(manage_path(found, "unsubscribe"))
        assert "You are unsubscribed" in answer.content.decode()

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_a_scanner_that_opens_every_link_changes_nothing(
        self, client: Client, method: str
    ) -> None:
        ask()
        deliver()
        paths = [path_in(letters_to()[0], "confirm")]
        found = subscriber("other@example.net")
        paths += [manage_path(found), manage_path(found, "unsubscribe")]
        before = list(Subscriber.objects.values())
        for path in paths:
            assert getattr(client, method)(path).status_code == 200
        assert list(Subscriber.objects.values()) == before

    @pytest.mark.parametrize("name", ["confirm", "subscription", "unsubscribe"])
    @pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 44, "é" * 43])
    def test_a_token_that_is_none_opens_nothing(
        self, client: Client, name: str, token: str
    ) -> None:
        for method in (client.get, client.post):
            answer = method(f"/status/{name}/{token}/")
            assert answer.status_code == 404
            assert "Nothing was changed" in answer.content.decode()


class TestSecrets:
    def test_tokens_are_kept_as_hashes_of_256_bits(self) -> None:
        found = subscriber()
        row = Subscriber.objects.values().get(pk=found.pk)
        for purpose in ("confirm", "manage"):
            token = subscriber_tokens.token_of(found.nonce, purpose)
            assert len(token) == 43
            assert token not in str(row)

    def test_the_address_lies_encrypted(self) -> None:
        subscriber()
        with connection.cursor() as cursor:
            cursor.execute("SELECT address, address_hash FROM incidents_subscriber")
            assert LUKE not in str(cursor.fetchall())

    def test_pages_of_tokens_stay_with_their_reader(self, client: Client) -> None:
        answer = client.get(manage_path(subscriber()))
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.headers["Cache-Control"]
        assert LUKE not in answer.content.decode()

    def test_no_token_stands_in_the_log(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        from portal.logs import formatter  # noqa: PLC0415

        client.get(f"/status/confirm/{'A' * 43}/")
        lines = "".join(formatter(as_json=False).format(record) for record in caplog.records)
        assert "A" * 43 not in lines


def test_each_move_is_in_the_table(db: None) -> None:
    """Every pair of states: what the table does not name is refused, but for who is there."""
    verbs = {
        SubscriberState.PAUSED: workflow.pause_subscription,
        SubscriberState.ACTIVE: workflow.resume_subscription,
    }
    found = subscriber()
    workflow.leave(found)
    for verb in verbs.values():
        with pytest.raises(TransitionNotAllowed):
            verb(found)
    ask("new@example.net")
    subscribing.take_due(clock.now())
    fresh = Subscriber.objects.latest("pk")
    for verb in verbs.values():
        with pytest.raises(TransitionNotAllowed) as refused:
            verb(fresh)
        assert refused.value.refusals[0].code == "not_confirmed"


def test_pausing_cancels_letters_that_wait(db: None) -> None:
    found = subscriber()
    SubscriberDelivery.objects.create(subscriber=found, kind="known", lane="email")
    workflow.pause_subscription(found)
    assert found.deliveries.get().state == SendState.CANCELLED
