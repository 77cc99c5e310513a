"""Hints hurry things along, never hold a request up, and may be lost."""

import time
from typing import Any

import pytest
from django.db import transaction

from portal import hints


class Broker:
    """Stands at the edge of the process, where the broker's client would be."""

    def __init__(self, *, is_down: bool = False) -> None:
        self.is_down = is_down
        self.asked: list[str] = []

    def send_task(self, task: str, *_: Any, **__: Any) -> None:
        self.asked.append(task)
        if self.is_down:
            raise ConnectionError("broker is away")


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> hints.Publisher:
    own = hints.Publisher()
    monkeypatch.setattr(hints, "_publisher", own)
    return own


def settle(broker: Broker, count: int) -> None:
    end = time.monotonic() + 5
    while len(broker.asked) < count and time.monotonic() < end:
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_a_hint_leaves_after_the_commit_and_not_without_one(
    publisher: hints.Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker()
    monkeypatch.setattr(hints, "current_app", broker)

    with transaction.atomic():
        hints.later("portal.rolled_back")
        transaction.set_rollback(True)
    with transaction.atomic():
        hints.later("portal.committed", 7)
        assert broker.asked == []

    settle(broker, 1)
    assert broker.asked == ["portal.committed"]


def test_a_broker_that_is_down_is_left_alone_after_two_failures(
    publisher: hints.Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(is_down=True)
    monkeypatch.setattr(hints, "current_app", broker)

    for number in range(5):
        publisher.publish(("portal.react", (number,)))
    settle(broker, 2)
    while publisher._waiting:
        time.sleep(0.01)
    time.sleep(0.1)  # the last one was taken up; it would be sent at once

    assert len(broker.asked) == 2


def test_a_full_queue_drops_hints_instead_of_waiting(
    publisher: hints.Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "_start", lambda: None)

    for number in range(hints.QUEUE_LENGTH + 50):  # one that waited would wait for ever
        publisher.publish(("portal.react", (number,)))

    assert publisher._hints.qsize() == hints.QUEUE_LENGTH


def test_hints_that_say_the_same_become_one(
    publisher: hints.Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker()
    monkeypatch.setattr(hints, "current_app", broker)

    for _ in range(100):
        publisher.publish(("operations.read_receipts", ()))
    settle(broker, 1)
    time.sleep(3 * hints.GAP)

    assert 1 <= len(broker.asked) <= 3
