"""Lanes: a provider that hangs, drips or lies delays nobody but its own, and loses nothing."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from portal import clock, notify, outbox
from portal.channels import NotDelivered
from portal.lanes import Lanes
from portal.models import Notification, SendState, Urgency, User
from portal.workflow import contacts


class Providers:
    """Stands where the house ends: each message goes to its lane, which may misbehave."""

    def __init__(self) -> None:
        self.got: Counter[str] = Counter()
        self.hung: set[str] = set()
        self.release = threading.Event()
        self.fails: Callable[[], bool] = bool  # false

    def deliver(self, notification: Notification, *, late_by: str = "") -> str:
        if notification.lane in self.hung:
            self.release.wait(60)
            raise NotDelivered("let go")
        if self.fails():
            raise NotDelivered("503")
        self.got[notification.idempotency_key] += 1
        return notification.lane


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Providers]:
    fake = Providers()
    lanes: Lanes[Notification, outbox.Outcome] = Lanes(
        "test", too_late=outbox.TOO_LATE, deadline=0.3
    )
    monkeypatch.setattr(outbox, "_lanes", lanes)
    monkeypatch.setattr(outbox, "deliver", fake.deliver)
    monkeypatch.setattr(outbox, "PATIENCE", 0.05)
    yield fake
    fake.release.set()
    lanes.wait(lanes.running(), 5)


def owe(person: User, n: int, urgency: Urgency = Urgency.HIGH) -> list[Notification]:
    return notify.notify(
        person, key=str(n), urgency=urgency, kind="page", subject=str(n), body="x", priority=0
    )


def by_push(person: User, label: str = "Push") -> None:
    contacts.add_contact(
        person, kind="apprise", label=label, destination="ntfy://example.com/x", actor=person
    )


pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")


def test_a_hung_lane_delays_no_other(olivia: User, ana: User, providers: Providers) -> None:
    by_push(olivia)
    providers.hung = {"apprise:ntfy"}
    for n in range(30):
        owe(olivia, n)
    [hers] = owe(ana, 0)

    begun = time.monotonic()
    outbox.send_due(clock.now())
    assert time.monotonic() - begun < 30  # half of what a hung one takes
    hers.refresh_from_db()
    assert hers.state == SendState.SENT


def test_what_hangs_fails_after_its_deadline_and_goes_another_way(
    olivia: User, providers: Providers
) -> None:
    by_push(olivia)
    providers.hung = {"apprise:ntfy"}
    for n in range(20):
        owe(olivia, n)

    later = clock.now()
    for _ in range(12):
        outbox.send_due(later)
        time.sleep(0.1)
        later += timedelta(minutes=1)
    pushed = Notification.objects.filter(lane="apprise:ntfy")
    assert pushed.count() == 20
    assert not pushed.filter(attempts__lt=outbox.ATTEMPTS_ON_ONE_WAY).exists()
    # The sign-in address has been told of each.
    assert Notification.objects.filter(contact=None, state=SendState.SENT).count() >= 20


def test_what_can_wait_leaves_a_slot_to_what_may_wake(
    olivia: User, providers: Providers
) -> None:
    by_push(olivia)
    providers.hung = {"email:localhost"}
    for n in range(30):
        owe(olivia, n, Urgency.LOW)
    outbox.send_due(clock.now())

    assert outbox._lanes.free("email:localhost") == outbox.KEPT_FOR_HIGH


def test_one_that_ends_after_its_deadline_is_not_sent_again(
    olivia: User, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(notification: Notification, *, late_by: str = "") -> str:
        providers.release.wait(5)
        return "email"

    monkeypatch.setattr(outbox, "deliver", slowly)
    [row] = owe(olivia, 1)
    outbox.send_due(clock.now())
    time.sleep(0.35)
    outbox.send_due(clock.now())
    row.refresh_from_db()
    assert (row.state, row.attempts) == (SendState.DUE, 1)

    providers.release.set()
    time.sleep(0.1)
    outbox.send_due(clock.now())
    row.refresh_from_db()
    assert row.state == SendState.SENT


@pytest.mark.parametrize("seed", range(5))
def test_whatever_fails_each_message_is_sent_once(
    olivia: User, providers: Providers, seed: int
) -> None:
    chance = random.Random(seed)
    providers.fails = lambda: chance.random() < 0.4
    rows = [owe(olivia, n)[0] for n in range(25)]

    now = clock.now()
    for _ in range(60):
        outbox.send_due(now)
        now += timedelta(minutes=1)
    assert {row.idempotency_key for row in rows} <= set(providers.got)
    assert set(providers.got.values()) == {1}
    assert not Notification.objects.exclude(state=SendState.SENT).exists()


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_send_is_repeated_once_at_most(
    olivia: User, providers: Providers, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process dies now and then between sending and marking; its lease gives the row back."""
    chance = random.Random(seed)
    kills: Counter[str] = Counter()
    real = outbox._mark_one

    def die_sometimes(job: outbox.Send, outcome: outbox.Outcome) -> None:
        if chance.random() < 0.3:
            kills[job.row.idempotency_key] += 1
        else:
            real(job, outcome)

    monkeypatch.setattr(outbox, "_mark_one", die_sometimes)
    for n in range(20):
        owe(olivia, n)
    now = clock.now()
    for _ in range(40):
        outbox.send_due(now)
        now += timedelta(minutes=1)

    for key, times in providers.got.items():
        assert times <= 1 + kills[key]
    assert not Notification.objects.exclude(state=SendState.SENT).exists()


class TestLanes:
    def test_write_off_what_never_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("portal.lanes.WRITTEN_OFF_AFTER", 0.2)
        lanes: Lanes[int, str] = Lanes("t", too_late="late", slots_of_a_lane=2, deadline=0.05)
        stop = threading.Event()

        def hang(_row: int) -> str:
            stop.wait(5)
            return "ok"

        for row in (1, 2):
            lanes.start("a", row, hang)
        assert lanes.free("a") == 0
        assert lanes.free("b") == 2
        time.sleep(0.1)
        assert [outcome for _job, outcome in lanes.collect()] == ["late", "late"]
        assert lanes.is_stuck("a")
        time.sleep(0.15)
        lanes.collect()
        assert (lanes.is_stuck("a"), lanes.free("a")) == (False, 2)
        stop.set()

    def test_that_hang_leave_slots_to_those_that_do_not(self) -> None:
        lanes: Lanes[int, str] = Lanes("t", too_late="late", deadline=0.0)
        stop = threading.Event()

        def hang(_row: int) -> str:
            stop.wait(5)
            return "ok"

        for lane in range(20):
            for row in range(lanes.free(str(lane))):
                lanes.start(str(lane), row, hang)
            lanes.collect()
        assert lanes.free("0") == 0
        assert lanes.free("sound") > 0 or len(lanes.running()) == 0
        stop.set()
