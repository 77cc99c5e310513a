"""Formats whose alerts bring no start: read in order, and no worse for an accident."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from operations import workflow
from operations.models import Alert, Integration, Occurrence, Receipt
from portal import clock
from portal.models import Event, Service
from tests.make import make_service, make_team
from tests.operations.make import MINUTE, NOON, make_integration, receive, told


@pytest.fixture
def tool(checkout: Service) -> Integration:
    return make_integration("Tool", service=checkout, kind="pagerduty")


def event(action: str, key: str = "disk", severity: str = "warning") -> bytes:
    body: dict[str, Any] = {"event_action": action, "dedup_key": key}
    if action == "trigger":
        body["payload"] = {"summary": key, "source": "db1", "severity": severity}
    return json.dumps(body).encode()


def take(integration: Integration, *actions: str) -> list[Receipt]:
    return [
        workflow.accept(integration, event(action), "application/json") for action in actions
    ]


def opened() -> int:
    return Event.objects.filter(kind="alert.opened").count()


def spans(integration: Integration) -> list[tuple[str, datetime, datetime | None]]:
    found = Occurrence.objects.filter(alert__integration=integration)
    rows = found.order_by("alert__fingerprint", "started_at")
    return list(rows.values_list("alert__fingerprint", "started_at", "ended_at"))


def test_whoever_reads_a_later_call_first_reads_the_earlier_ones(tool: Integration) -> None:
    first, over, again = take(tool, "trigger", "resolve", "trigger")
    workflow.read_receipt(again.pk, now=clock.now())

    assert spans(tool) == [
        ("disk", first.received_at, over.received_at),
        ("disk", again.received_at, None),
    ]
    assert set(Receipt.objects.values_list("state", flat=True)) == {"processed"}


def test_a_call_that_cannot_be_read_does_not_hold_up_the_others(
    tool: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _over, other = take(tool, "trigger", "resolve", "trigger")
    now = clock.now()

    def fail(*_: Any) -> None:
        raise RuntimeError("a passing fault")

    with monkeypatch.context() as patch:
        patch.setattr("operations.workflow.occurrences.Reading.go_on", fail)
        workflow.read_receipt(broken.pk, now=now)
    workflow.read_receipt(other.pk, now=now)
    assert opened() == 1

    broken.refresh_from_db()
    workflow.read_all_due(broken.due_at)

    # Its end was told since: it is kept as over, and wakes nobody.
    assert opened() == 1
    alert = Alert.objects.get()
    assert (alert.is_firing, alert.started_at) == (True, other.received_at)


def test_reading_again_changes_nothing(tool: Integration) -> None:
    receipts = take(tool, "trigger", "trigger", "resolve", "trigger")
    workflow.read_all_due(clock.now())
    before = spans(tool)

    for receipt in [*receipts, *reversed(receipts)]:
        workflow.replay(receipt, actor=None)
        workflow.read_receipt(receipt.pk, now=clock.now())

    assert (spans(tool), opened()) == (before, 2)


def test_what_failed_and_is_over_by_now_wakes_nobody(
    tool: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first] = take(tool, "trigger")
    Receipt.objects.update(state="failed")
    [over] = take(tool, "resolve")
    workflow.read_receipt(over.pk, now=clock.now())
    first.refresh_from_db()

    workflow.replay(first, actor=None)
    workflow.read_receipt(first.pk, now=clock.now())

    assert (opened(), spans(tool)) == (0, [("disk", first.received_at, over.received_at)])


def test_a_worse_trigger_rings_again(tool: Integration) -> None:
    receive(tool, body=event("trigger"))
    receive(tool, body=event("trigger", severity="critical"))

    assert Event.objects.filter(kind="alert.worsened").count() == 1
    assert Occurrence.objects.get().severity == 1


def test_an_end_leaves_the_words_as_they_were(tool: Integration) -> None:
    receive(tool, body=event("trigger"))
    receive(tool, body=event("resolve"))

    alert = Alert.objects.get()
    assert (alert.name, alert.labels["source"]) == ("disk", "db1")


# --- starts in the future


def test_a_start_in_the_future_is_the_moment_of_the_call(checkout: Service) -> None:
    prometheus = make_integration(service=checkout)
    ahead = clock.now() + timedelta(hours=1)
    receipt = receive(prometheus, told(at=ahead))
    receive(prometheus, told(at=ahead))

    occurrence = Occurrence.objects.get()
    assert (occurrence.started_at, occurrence.told_at) == (receipt.received_at, ahead)
    assert opened() == 1

    with time_machine.travel(ahead + 5 * MINUTE, tick=False):
        receive(prometheus, told(at=ahead))
        receive(prometheus, told(at=ahead, ended=ahead + MINUTE))
    occurrence = Occurrence.objects.get()
    assert (opened(), occurrence.ended_at) == (1, ahead + MINUTE)


def test_an_end_in_the_future_is_the_moment_of_the_call(checkout: Service) -> None:
    prometheus = make_integration(service=checkout)
    receive(prometheus, told())
    before = clock.now()
    receive(prometheus, told(ended=before + timedelta(days=1)))

    ended_at = Occurrence.objects.get().ended_at
    assert ended_at is not None
    assert before <= ended_at <= clock.now()


# --- the whole, at random

Step = tuple[str, str, int]  # action, key, severity
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["trigger", "trigger", "resolve"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from([1, 2]),
    ),
    max_size=12,
)


def truth(steps: list[tuple[Step, datetime]]) -> list[tuple[str, datetime, datetime | None]]:
    """What a person would write down who hears the calls one after the other."""
    spans: dict[str, list[list[Any]]] = {"a": [], "b": []}
    for (action, key, _severity), at in steps:
        is_open = bool(spans[key]) and spans[key][-1][1] is None
        if action == "trigger" and not is_open:
            spans[key].append([at, None])
        elif action == "resolve" and is_open:
            spans[key][-1][1] = at
    return [(key, start, end) for key in "ab" for start, end in spans[key]]


class OrderedTests(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS, st.data())
    def test_however_the_reading_is_shuffled_and_repeated_it_is_as_they_came(
        self, steps: list[Step], data: st.DataObject
    ) -> None:
        service = make_service("Checkout", team=make_team("Payments"))
        tool = make_integration("Tool", service=service, kind="pagerduty")
        kept = []
        for number, (action, key, severity) in enumerate(steps):
            with time_machine.travel(NOON + number * MINUTE, tick=False):
                word = {1: "critical", 2: "warning"}[severity]
                kept.append(workflow.accept(tool, event(action, key, word), ""))

        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            for receipt in data.draw(st.permutations(kept)):
                for _ in range(data.draw(st.integers(1, 2))):
                    workflow.read_receipt(receipt.pk, now=clock.now())
            if kept:
                again = data.draw(st.sampled_from(kept))
                workflow.replay(again, actor=None)
                workflow.read_receipt(again.pk, now=clock.now())

        times = [receipt.received_at for receipt in kept]
        assert spans(tool) == truth(list(zip(steps, times, strict=True)))
