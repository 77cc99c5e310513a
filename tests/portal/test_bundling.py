"""In a storm a reader gets a few messages singly, the rest in one; severity 0 never waits."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from portal import bundling, clock, notify, outbox
from portal.models import Channel, ContactMethod, Notification, SendState, Urgency, User
from portal.natures import MOST_WITHIN_WINDOW, Nature, lane_of, nature_of
from portal.workflow import channels, contacts

MOST = MOST_WITHIN_WINDOW[Nature.MAIL]


def page(person: User, n: int, *, priority: int | None = 1, **fields: Any) -> Notification:
    said: dict[str, Any] = {
        "key": f"incident {n}",
        "urgency": Urgency.HIGH,
        "kind": "page",
        "subject": f"P{priority} Service {n}",
        "body": "Down.",
        "url": f"/respond/{n}/",
        "topic": f"incident:{n}",
        "priority": priority,
    }
    return notify.notify(person, **(said | fields))[0]


def send_all(now: datetime) -> None:
    while outbox.send_due(now):
        pass


def test_a_few_go_singly_and_the_rest_in_one_that_names_them(olivia: User) -> None:
    rows = [page(olivia, n) for n in range(MOST + 7)]
    send_all(clock.now())
    assert len(mail.outbox) == MOST

    send_all(clock.now() + bundling.FIRST_WAITS + timedelta(seconds=1))
    [bundle] = mail.outbox[MOST:]
    assert bundle.subject.startswith("7 more incidents: P1 Service 20; P1 Service 21")
    for n in range(MOST, MOST + 7):
        assert f"P1 Service {n} http://localhost:8000/respond/{n}/" in str(bundle.body)
    told = Notification.objects.filter(state=SendState.BUNDLED)
    assert set(told) == set(rows[MOST:])
    assert {row.bundle for row in told} == {Notification.objects.get(kind="bundle")}


def test_severity_0_leaves_at_once_and_singly(olivia: User) -> None:
    for n in range(MOST + 5):
        page(olivia, n)
    send_all(clock.now())
    for n in range(100, 110):
        page(olivia, n, priority=0)
    send_all(clock.now())

    assert {m.subject for m in mail.outbox[MOST:]} == {
        f"P0 Service {n}" for n in range(100, 110)
    }


def test_severity_0_goes_before_what_came_earlier(olivia: User) -> None:
    page(olivia, 1, priority=2)
    page(olivia, 2, priority=None)
    page(olivia, 3, priority=0)
    page(olivia, 4, urgency=Urgency.LOW, priority=None)
    with_slots = outbox._lanes.slots_of_a_lane
    outbox._lanes.slots_of_a_lane = 1
    try:
        send_all(clock.now())
    finally:
        outbox._lanes.slots_of_a_lane = with_slots

    # What can wait leaves one slot of each lane to what may wake somebody.
    assert [m.subject for m in mail.outbox] == [
        "P0 Service 3",
        "P2 Service 1",
        "PNone Service 2",
    ]


def test_what_is_acknowledged_meanwhile_is_not_told_of(olivia: User) -> None:
    for n in range(MOST + 3):
        page(olivia, n)
    send_all(clock.now())
    assert notify.cancel(f"incident:{MOST}") == 1

    send_all(clock.now() + timedelta(minutes=2))
    assert mail.outbox[-1].subject.startswith("2 more incidents")
    assert f"Service {MOST} " not in str(mail.outbox[-1].body)


def test_a_bundle_with_nothing_left_to_tell_is_taken_back(olivia: User) -> None:
    for n in range(MOST + 1):
        page(olivia, n)
    send_all(clock.now())
    notify.cancel(f"incident:{MOST}")

    send_all(clock.now() + timedelta(minutes=2))
    assert len(mail.outbox) == MOST
    assert Notification.objects.get(kind="bundle").state == SendState.CANCELLED


def test_the_next_bundle_waits_longer(olivia: User) -> None:
    for n in range(MOST + 1):
        page(olivia, n)
    send_all(clock.now())
    send_all(clock.now() + timedelta(minutes=2))
    page(olivia, 99)
    send_all(clock.now())

    newest = Notification.objects.filter(kind="bundle").latest("pk")
    assert newest.due_at > clock.now() + bundling.NEXT_WAITS - timedelta(seconds=30)


def test_each_way_has_its_own_measure(olivia: User) -> None:
    voice = "twilio://ACa:b@15551234567/15557654321?method=call"
    assert [
        nature_of("apprise", voice),
        nature_of("apprise", "twilio://ACa:b@15551234567/15557654321"),
        nature_of("apprise", "slack://a/b/c"),
        nature_of("email", "a@example.com"),
        nature_of("webhook", "https://example.com/hook"),
    ] == [Nature.VOICE, Nature.SMS, Nature.CHAT, Nature.MAIL, Nature.PROGRAM]
    assert [MOST_WITHIN_WINDOW[n] for n in list(Nature)[:4]] == [3, 5, 10, 20]
    assert lane_of("apprise", voice) == "apprise:twilio"
    assert lane_of("webhook", "https://hooks.example.com/secret") == "webhook:hooks.example.com"


def test_one_way_that_is_full_holds_up_no_other(olivia: User) -> None:
    first = contacts.add_contact(
        olivia, kind="email", label="A", destination="a@example.com", actor=olivia
    )
    for n in range(MOST + 2):
        page(olivia, n)
    send_all(clock.now())
    contacts.add_contact(
        olivia, kind="email", label="B", destination="b@example.com", actor=olivia
    )
    page(olivia, 99)
    send_all(clock.now())

    assert mail.outbox[-1].to == ["b@example.com"]
    assert ContactMethod.objects.filter(pk=first.pk).exists()


def test_a_program_is_told_of_each(olivia: User) -> None:
    channel, _secret = channels.create_channel(
        name="Hook", team=None, kind="webhook", destination="https://example.com", actor=None
    )
    for n in range(MOST + 10):
        notify.notify_channel(channel, key=str(n), subject=str(n), body="", priority=1)

    assert bundling.bundle(clock.now()) == 0
    assert Channel.objects.count() == 1


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_and_severity_0_is_never_late(
    olivia: User, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes in whatever order, each page is sent or named in one that is."""
    chance = random.Random(seed)
    at = clock.now()
    sent_at: dict[str, datetime] = {}
    monkeypatch.setattr(clock, "now", lambda: at)
    owed: dict[str, tuple[Notification, datetime]] = {}
    n = 0
    for _minute in range(25):
        for _ in range(chance.choice([0, 0, 1, 3, 12])):
            n += 1
            row = page(olivia, n, priority=chance.choice([0, 1, 1, 2, None]))
            owed[row.subject] = (row, at)
        send_all(at)
        for message in mail.outbox[len(sent_at) :]:
            sent_at[f"{len(sent_at)} {message.subject}"] = at
        at += timedelta(minutes=1)
    at += timedelta(minutes=30)
    send_all(at)

    everything = "\n".join(f"{m.subject}\n{m.body}" for m in mail.outbox)
    for subject, (row, due) in owed.items():
        assert subject in everything
        row.refresh_from_db()
        assert row.state in {SendState.SENT, SendState.BUNDLED}
        if row.priority == 0:
            assert (row.state, row.sent_at) == (SendState.SENT, due)
        if row.state == SendState.BUNDLED:
            assert row.bundle is not None
            assert row.bundle.state == SendState.SENT
