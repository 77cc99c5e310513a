"""What follows an event: after the commit, at least once, each handler by itself."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from portal import clock, events, reactions, subscribers
from portal.models import Event, Reaction, Service


@pytest.fixture
def heard() -> Iterator[list[str]]:
    said: list[str] = []

    @subscribers.on("service.tested")
    def listen(event: Event) -> None:
        said.append(event.subject_label)

    yield said
    subscribers._handlers.pop("service.tested")


@pytest.fixture
def broken(heard: list[str]) -> None:
    @subscribers.on("service.tested")
    def fail(event: Event) -> None:
        raise ConnectionError("away")


def test_a_handler_hears_of_the_event_once(checkout: Service, heard: list[str]) -> None:
    events.record("service.tested", checkout, actor=None)

    assert reactions.react_to_all_due(clock.now()) == 1
    assert reactions.react_to_all_due(clock.now()) == 0
    assert heard == ["Checkout"]


def test_a_handler_that_fails_is_tried_again_and_stops_no_other(
    checkout: Service, heard: list[str], broken: None
) -> None:
    events.record("service.tested", checkout, actor=None)
    reactions.react_to_all_due(clock.now())

    owed = Reaction.objects.get(state=Reaction.State.DUE)
    assert heard == ["Checkout"]
    assert (owed.attempts, owed.error) == (1, "ConnectionError: away")
    assert owed.due_at > clock.now()
    assert reactions.react_to_all_due(clock.now() + timedelta(minutes=1)) == 1
    assert heard == ["Checkout"]


def test_a_kind_that_nobody_hears_owes_nothing(checkout: Service) -> None:
    events.record("service.unheard", checkout, actor=None)

    assert not Reaction.objects.exists()
