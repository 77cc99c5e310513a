"""The outbox: what is owed leaves once, is tried until it does, and says if late."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from portal import clock, leases, notify, outbox
from portal.models import (
    ContactKind,
    ContactMethod,
    Notification,
    SendState,
    Urgency,
    User,
)
from portal.workflow import contacts


def owe(person: User, **fields: Any) -> list[Notification]:
    said: dict[str, Any] = {
        "key": "incident 7 opened",
        "urgency": Urgency.HIGH,
        "kind": "page",
        "subject": "P0 Checkout: high error rate",
        "body": "Since 02:10.",
        "url": "/respond/7/",
        "topic": "incident:7",
    }
    return notify.notify(person, **said | fields)


def reach(person: User, label: str, **fields: Any) -> ContactMethod:
    return contacts.add_contact(
        person,
        kind=ContactKind.EMAIL,
        label=label,
        destination=f"{label.lower()}@example.com",
        actor=person,
        **fields,
    )


@pytest.fixture
def dead_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


def test_it_goes_to_the_address_of_the_sign_in_without_a_contact(olivia: User) -> None:
    owe(olivia)

    assert outbox.send_due(clock.now()) == 1
    assert mail.outbox[0].to == ["olivia@example.com"]
    assert "http://localhost:8000/respond/7/" in mail.outbox[0].body
    assert Notification.objects.get().state == SendState.SENT


def test_each_contact_method_has_its_own_time(olivia: User) -> None:
    reach(olivia, "Phone")
    reach(olivia, "Later", after_minutes=5)
    reach(olivia, "Newsletter", for_high=False, for_low=True)

    owe(olivia)
    outbox.send_due(clock.now())
    assert [message.to for message in mail.outbox] == [["phone@example.com"]]

    outbox.send_due(clock.now() + timedelta(minutes=6))
    assert [message.to for message in mail.outbox[1:]] == [["later@example.com"]]


def test_the_same_occasion_is_owed_once(olivia: User) -> None:
    assert owe(olivia) == owe(olivia)
    outbox.send_due(clock.now())
    outbox.send_due(clock.now())

    assert len(mail.outbox) == 1


def test_what_is_not_needed_any_more_is_taken_back(olivia: User) -> None:
    owe(olivia)

    assert notify.cancel("incident:7") == 1
    assert outbox.send_due(clock.now()) == 0
    assert mail.outbox == []


def test_a_dead_provider_delays_and_loses_nothing(
    olivia: User, dead_mail: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owe(olivia)
    outbox.send_due(clock.now())

    owed = Notification.objects.get()
    assert (owed.state, owed.attempts) == (SendState.DUE, 1)
    assert "no mail server" in owed.last_error
    assert clock.now() < owed.due_at <= clock.now() + timedelta(seconds=60)

    monkeypatch.undo()
    outbox.send_due(clock.now() + timedelta(minutes=1))
    assert len(mail.outbox) == 1


def test_after_two_failures_the_other_way_is_tried_too(olivia: User, dead_mail: None) -> None:
    reach(olivia, "Phone")
    reach(olivia, "Backup", for_high=False)

    owe(olivia)
    outbox.send_due(clock.now())
    assert Notification.objects.count() == 1
    outbox.send_due(clock.now() + timedelta(minutes=1))

    ways = [notification.contact for notification in Notification.objects.order_by("pk")]
    assert [way.label for way in ways if way] == ["Phone", "Backup"]


def test_a_late_page_says_how_late(olivia: User) -> None:
    owe(olivia, due_at=clock.now() - timedelta(minutes=7))
    outbox.send_due(clock.now())

    assert mail.outbox[0].subject == "[late by 7 min] P0 Checkout: high error rate"


def test_who_left_is_not_written_to(olivia: User) -> None:
    owe(olivia)
    User.objects.filter(pk=olivia.pk).update(is_active=False)
    outbox.send_due(clock.now())

    assert mail.outbox == []
    assert Notification.objects.get().state == SendState.CANCELLED


class TestALease:
    """A process that dies with a message in hand gives it back by letting time pass."""

    def test_holds_the_message_for_one_process(self, olivia: User) -> None:
        owe(olivia)
        assert len(leases.claim(Notification.objects.all(), clock.now(), limit=5)) == 1
        assert leases.claim(Notification.objects.all(), clock.now(), limit=5) == []

    def test_ends_and_the_message_is_due_again(self, olivia: User) -> None:
        owe(olivia)
        leases.claim(Notification.objects.all(), clock.now(), limit=5)

        later = clock.now() + leases.LEASE + timedelta(seconds=1)
        assert len(leases.claim(Notification.objects.all(), later, limit=5)) == 1

    def test_keeps_a_late_marker_from_overwriting(self, olivia: User) -> None:
        owe(olivia)
        slow = leases.claim(Notification.objects.all(), clock.now(), limit=5)[0]
        later = clock.now() + leases.LEASE + timedelta(seconds=1)
        fast = leases.claim(Notification.objects.all(), later, limit=5)[0]

        assert leases.mark_sent(fast) is True
        assert leases.mark_failed(slow, "late", longest=timedelta(minutes=1)) is False
        assert Notification.objects.get().state == SendState.SENT
