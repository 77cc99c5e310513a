"""How a person is reached: kept encrypted, shown masked, tested by a real message."""

import re
import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client

from portal import clock, outbox
from portal.errors import DomainError
from portal.models import ContactMethod, Event, Notification, Urgency, User
from portal.notify import notify
from portal.workflow import contacts

# Apprise still imports a module that Python 3.13 leaves out.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

MAIL: dict[str, Any] = {
    "kind": "email",
    "label": "Work",
    "destination": "olivia@work.example.com",
    "for_high": True,
    "after_minutes": 0,
}
CHAT = MAIL | {"kind": "apprise", "label": "Phone", "destination": "ntfy://example.com/secret"}


def add(person: User, **fields: Any) -> ContactMethod:
    return contacts.add_contact(person, actor=person, **(MAIL | fields))


def test_a_way_is_added_masked_and_encrypted(client: Client, olivia: User) -> None:
    client.force_login(olivia)

    page = client.post("/me/notifications/new/", CHAT)
    api = client.post("/api/v1/contact-methods/", MAIL, "application/json")

    assert (page.status_code, api.status_code) == (302, 201)
    assert api.json()["destination"] == "o…@work.example.com"
    shown = client.get("/me/notifications/").content.decode()
    assert "ntfy://…" in shown
    assert "secret" not in shown
    assert "secret" not in client.get("/api/v1/contact-methods/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT destination FROM portal_contactmethod")
        assert all("example.com" not in row[0] for row in cursor.fetchall())


@pytest.mark.parametrize(
    ("kind", "destination"),
    [
        ("email", "no address"),
        ("apprise", "nothing"),
        ("apprise", "file:///etc/passwd"),
        ("apprise", "syslog://"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(
    client: Client, olivia: User, kind: str, destination: str
) -> None:
    client.force_login(olivia)
    wrong = MAIL | {"kind": kind, "destination": destination}

    page = client.post("/me/notifications/new/", wrong)
    api = client.post("/api/v1/contact-methods/", wrong, "application/json")

    assert (page.status_code, api.status_code) == (422, 400)
    assert "destination" in page.context["form"].errors
    assert [error["field"] for error in api.json()["errors"]] == ["destination"]
    assert not ContactMethod.objects.exists()


def test_a_test_message_goes_through_this_way_alone(client: Client, olivia: User) -> None:
    contact, _other = add(olivia), add(olivia, destination="other@example.com")
    client.force_login(olivia)

    assert client.post(f"/me/notifications/{contact.pk}/test/").status_code == 302
    outbox.send_due(Notification.objects.get().due_at)

    [message] = mail.outbox
    assert message.to == ["olivia@work.example.com"]
    assert "Test message from Evenkeel" in message.subject
    assert isinstance(message, EmailMultiAlternatives)
    html = str(message.alternatives[0][0])
    assert f'href="http://localhost:8000/me/notifications/{contact.pk}/verify/"' in html
    assert "Sent" in client.get("/me/notifications/").content.decode()
    assert client.get("/inbox/").context["page"].rows == []


def test_tests_are_few(olivia: User) -> None:
    contact = add(olivia)
    for _ in range(contacts.TESTS):
        contacts.send_test(contact, actor=olivia)

    with pytest.raises(DomainError) as refused:
        contacts.send_test(contact, actor=olivia)
    assert [refusal.code for refusal in refused.value.refusals] == ["too_many_tests"]


def test_the_label_changes_and_the_address_does_not(client: Client, olivia: User) -> None:
    contact = add(olivia)
    client.force_login(olivia)
    door = f"/me/notifications/{contact.pk}/"

    page = client.post(door, {"label": "Late"})
    api = client.patch(
        f"/api/v1/contact-methods/{contact.pk}/",
        {"label": "Later", "destination": "x@example.com"},
        "application/json",
    )
    wrong = client.post(door, {"label": ""})

    assert (page.status_code, api.status_code, wrong.status_code) == (302, 200, 422)
    contact.refresh_from_db()
    assert (contact.label, contact.destination) == ("Later", MAIL["destination"])


def code_told() -> str:
    """The code in the newest mail, as its reader sees it."""
    found = re.search(r"\b(\d{6})\b", str(mail.outbox[-1].body))
    assert found
    return found[1]


class TestVerifying:
    """A way is proved by the code that a message by it tells, and by nothing else."""

    def test_by_the_code_of_the_test_message(self, client: Client, olivia: User) -> None:
        contact = add(olivia)
        client.force_login(olivia)
        client.post(f"/me/notifications/{contact.pk}/test/")
        outbox.send_due(clock.now())
        door = f"/me/notifications/{contact.pk}/verify/"

        assert f"http://localhost:8000{door}" in str(mail.outbox[-1].body)
        for _ in range(2):  # a mail scanner that follows the link proves nothing
            assert client.get(door).status_code == 200
        assert not ContactMethod.objects.exclude(verified_at=None).exists()

        assert client.post(door, {"code": f" {code_told()} "}).status_code == 302
        contact.refresh_from_db()
        assert contact.verified_at is not None
        assert Event.objects.filter(kind="contact.verified").count() == 1
        assert "Verified" in client.get("/me/notifications/").content.decode()

    def test_through_the_api(self, client: Client, olivia: User) -> None:
        contact = add(olivia)
        client.force_login(olivia)
        door = f"/api/v1/contact-methods/{contact.pk}"
        assert client.post(f"{door}/test/").status_code == 202
        outbox.send_due(clock.now())

        body = {"code": code_told()}
        answer = client.post(f"{door}/verify/", body, "application/json")
        assert (answer.status_code, bool(answer.json()["verified_at"])) == (200, True)

    def test_a_wrong_code_is_refused_and_few_may_be_tried(
        self, client: Client, olivia: User
    ) -> None:
        contact = add(olivia)
        contacts.send_test(contact, actor=olivia)
        outbox.send_due(clock.now())
        wrong = f"{(int(code_told()) + 1) % 1_000_000:06}"
        client.force_login(olivia)
        door = f"/me/notifications/{contact.pk}/verify/"

        page = client.post(door, {"code": wrong})
        api = client.post(
            f"/api/v1/contact-methods/{contact.pk}/verify/", {"code": wrong}, "application/json"
        )
        assert (page.status_code, api.status_code) == (422, 400)
        assert "not the code of the newest test message" in page.content.decode()
        for _ in range(contacts.GUESSES):
            client.post(door, {"code": wrong})
        assert client.post(door, {"code": code_told()}).status_code == 409

    def test_a_code_works_once_and_for_an_hour(self, olivia: User) -> None:
        contact = add(olivia)
        contacts.send_test(contact, actor=olivia)
        outbox.send_due(clock.now())
        ContactMethod.objects.update(code_ends_at=clock.now() - timedelta(seconds=1))
        with pytest.raises(ValidationError):
            contacts.verify(contact, code=code_told(), actor=olivia)

        contacts.send_test(contact, actor=olivia)
        outbox.send_due(clock.now())
        contacts.verify(contact, code=code_told(), actor=olivia)
        with pytest.raises(ValidationError):
            contacts.verify(contact, code=code_told(), actor=olivia)

    def test_the_code_stands_in_the_message_alone(self, client: Client, olivia: User) -> None:
        contact = add(olivia)
        message = contacts.send_test(contact, actor=olivia)
        outbox.send_due(clock.now())
        client.force_login(olivia)

        message.refresh_from_db()
        pages = ["/me/notifications/", f"/people/{olivia.pk}/deliveries/", "/events/"]
        shown = "".join(client.get(page).content.decode() for page in pages)
        api = client.get("/api/v1/notifications/").content.decode()
        assert code_told() not in message.body + shown + api


class TestABrokenWay:
    """What is not taken any more is marked, its owner told otherwise, the next way used."""

    @pytest.fixture
    def refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def send(self: EmailBackend, messages: list[Any]) -> int:
            if any("work.example.com" in to for message in messages for to in message.to):
                refusals = {"olivia@work.example.com": (550, b"no such mailbox")}
                raise smtplib.SMTPRecipientsRefused(refusals)
            mail.outbox.extend(messages)
            return len(messages)

        monkeypatch.setattr(EmailBackend, "send_messages", send)

    def test_is_marked_told_of_and_gone_around(self, olivia: User, refused: None) -> None:
        contact = add(olivia)
        spare = add(olivia, label="Home", destination="o@home.example.com", for_high=False)
        notify(
            olivia, key="a", urgency=Urgency.HIGH, kind="page", subject="P0 Checkout", body="x"
        )

        outbox.send_due(clock.now())
        contact.refresh_from_db()
        assert contact.is_broken
        assert "550" in contact.broken_reason
        outbox.send_due(clock.now())
        assert [(m.to, m.subject) for m in mail.outbox] == [
            ([spare.destination], "P0 Checkout"),
            ([spare.destination], "“Work” does not reach you any more"),
        ]
        assert Event.objects.filter(kind="contact.broken").count() == 1
        assert not Event.objects.filter(kind="page.delivery_failed").exists()

    def test_with_no_other_way_the_portal_says_that_nobody_is_reached(
        self, olivia: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: Any) -> int:
            raise smtplib.SMTPRecipientsRefused({"x": (550, b"no")})

        monkeypatch.setattr(EmailBackend, "send_messages", refuse)
        add(olivia)
        for key in ("first", "second"):
            notify(
                olivia,
                key=key,
                urgency=Urgency.HIGH,
                kind="page",
                subject=key,
                body="x",
                topic=f"incident:{key}",
            )
            for minute in (0, 1, 2, 3):
                outbox.send_due(clock.now() + timedelta(minutes=minute))

        told = Event.objects.filter(kind="page.delivery_failed").order_by("pk")
        assert [event.data["topic"] for event in told] == ["incident:first", "incident:second"]
        assert {event.subject for event in told} == {olivia}

    def test_that_works_again_loses_its_mark(self, olivia: User) -> None:
        contact = contacts.note_broken(add(olivia), "no answer")
        contacts.send_test(contact, actor=olivia)
        outbox.send_due(clock.now())

        contact.refresh_from_db()
        assert not contact.is_broken
        assert Event.objects.filter(kind="contact.mended").exists()


def test_nobody_sees_another_s_ways(client: Client, olivia: User, ana: User, ada: User) -> None:
    contact = add(olivia)
    client.force_login(ana)
    doors = [f"/me/notifications/{contact.pk}/{verb}" for verb in ("test/", "remove/")]

    assert [client.post(door).status_code for door in doors] == [404, 404]
    assert client.get(f"/me/notifications/{contact.pk}/").status_code == 404
    assert client.delete(f"/api/v1/contact-methods/{contact.pk}/").status_code == 404
    assert client.get("/api/v1/contact-methods/").json()["results"] == []
    assert not Event.objects.filter(kind="contact.added").exclude(actor=olivia).exists()
    assert "contact.added" not in client.get("/events/").content.decode()
    client.force_login(ada)
    assert "contact.added" in client.get("/events/").content.decode()


def test_removing_leaves_an_event_and_no_address(client: Client, olivia: User) -> None:
    first, second = add(olivia), add(olivia)
    client.force_login(olivia)

    assert client.post(f"/me/notifications/{first.pk}/remove/").status_code == 302
    assert client.delete(f"/api/v1/contact-methods/{second.pk}/").status_code == 204
    assert not ContactMethod.objects.exists()
    assert Event.objects.filter(kind="contact.removed").count() == 2


def test_ten_ways_are_enough(olivia: User) -> None:
    for _ in range(contacts.MOST_CONTACTS):
        add(olivia)
    with pytest.raises(DomainError):
        add(olivia)


def test_the_page_warns_who_would_sleep_through_a_page(client: Client, olivia: User) -> None:
    client.force_login(olivia)

    def warning() -> str:
        page = client.get("/me/notifications/").content.decode()
        for words in (
            "Nothing is set up for what may wake you",
            "No way that may wake you is verified",
            "No way that may wake you works",
            "Only mail reaches you",
        ):
            if words in page:
                return words
        return ""

    assert warning() == "Nothing is set up for what may wake you"
    contact = add(olivia)
    assert warning() == "No way that may wake you is verified"
    ContactMethod.objects.update(verified_at=clock.now())
    assert warning() == "Only mail reaches you"
    contacts.add_contact(olivia, actor=olivia, **CHAT)
    assert warning() == ""
    ContactMethod.objects.update(is_broken=True)
    assert warning() == "No way that may wake you works"
    assert contact.person == olivia


def test_one_occasion_stands_once_in_the_inbox(client: Client, olivia: User) -> None:
    add(olivia)
    add(olivia, destination="other@example.com")
    for _ in range(2):
        notify(
            olivia,
            key="a",
            urgency=Urgency.HIGH,
            kind="page",
            subject="P0 Checkout",
            body="Down",
        )
    client.force_login(olivia)

    assert Notification.objects.count() == 2
    [row] = client.get("/inbox/").context["page"].rows
    assert "P0 Checkout" in client.get("/inbox/").content.decode()
    assert client.post(f"/inbox/{row.pk}/read/").status_code == 302
    assert client.get("/inbox/").context["page"].rows == []
    assert client.get("/inbox/?show=read").context["page"].rows == [row]


def test_what_is_not_mine_stays_unread(client: Client, olivia: User, ana: User) -> None:
    [hers] = notify(ana, key="a", urgency=Urgency.LOW, kind="report", subject="x", body="y")
    client.force_login(olivia)

    assert client.post(f"/inbox/{hers.pk}/read/").status_code == 302
    assert client.post(f"/api/v1/notifications/{hers.pk}/mark-read/").status_code == 404
    hers.refresh_from_db()
    assert hers.read_at is None


def test_all_are_marked_read_at_once(client: Client, olivia: User) -> None:
    for key in "abc":
        notify(olivia, key=key, urgency=Urgency.LOW, kind="report", subject=key, body=key)
    client.force_login(olivia)
    first = Notification.objects.order_by("pk")[0]

    assert client.post(f"/api/v1/notifications/{first.pk}/mark-read/").json()["read_at"]
    unread = client.get("/api/v1/notifications/?unread=true").json()["results"]
    assert [row["subject"] for row in unread] == ["c", "b"]
    client.post("/inbox/read/")
    assert client.get("/api/v1/notifications/?unread=true").json()["results"] == []
