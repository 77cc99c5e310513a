"""Many receipts read in one transaction: as if one were read after the other, only cheaper."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from operations import workflow
from operations.models import Alert, AlertState, Integration, Occurrence, Receipt, ReceiptState
from operations.workflow import batches
from operations.workflow.reading import understand
from portal import clock, reactions
from portal.models import Event, Reaction, Service
from tests.operations.make import MINUTE, NOON, make_integration, told, webhook


@pytest.fixture
def prometheus(checkout: Service) -> Integration:
    return make_integration(service=checkout)


def take(integration: Integration, *alerts: dict[str, Any]) -> list[Receipt]:
    """Take each alert in by a call of its own."""
    return [workflow.accept(integration, webhook(each), "application/json") for each in alerts]


def opened() -> int:
    return Event.objects.filter(kind="alert.opened").count()


def test_what_waits_is_read_together(prometheus: Integration) -> None:
    take(prometheus, *(told(f"Alert{number}") for number in range(5)))

    assert workflow.read_all_due(clock.now()) == 5

    assert set(Receipt.objects.values_list("state", "attempts", "alert_count")) == {
        (ReceiptState.PROCESSED, 1, 1)
    }
    assert (Alert.objects.count(), Occurrence.objects.count(), opened()) == (5, 5, 5)
    assert set(Occurrence.objects.values_list("receipt", flat=True)) == set(
        Receipt.objects.values_list("pk", flat=True)
    )


def test_calls_about_one_alert_are_read_in_their_order(prometheus: Integration) -> None:
    take(
        prometheus,
        told(),
        told(severity="critical"),
        told(ended=NOON + MINUTE, severity="critical"),
        told(at=NOON + 2 * MINUTE),
        told(),  # of the occurrence that is over: late
    )
    workflow.read_all_due(clock.now())

    alert = Alert.objects.get()
    assert (alert.state, alert.occurrence_count) == (AlertState.UNACKED, 2)
    assert alert.started_at == NOON + 2 * MINUTE
    kinds = Event.objects.order_by("pk").values_list("kind", flat=True)
    assert [kind for kind in kinds if kind.startswith("alert.")] == [
        *("alert.opened", "alert.worsened", "alert.ended", "alert.opened")
    ]
    assert Receipt.objects.order_by("pk").values_list("late_count", flat=True).last() == 1


def test_one_that_says_the_same_again_is_seen_later(prometheus: Integration) -> None:
    first, second = take(prometheus, told(), told())
    workflow.read_all_due(clock.now())

    assert (Alert.objects.get().last_seen_at, opened()) == (second.received_at, 1)
    assert second.received_at > first.received_at


def test_one_that_cannot_be_read_holds_up_no_other(
    prometheus: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad, fine = take(prometheus, told("Good"), told("Bad"), told("Fine"))

    def fail(receipt: Receipt, rules: Any) -> Any:
        if receipt.pk == bad.pk:
            raise RuntimeError("a passing fault")
        return understand(receipt, rules)

    with monkeypatch.context() as patch:
        patch.setattr("operations.workflow.batches.understand", fail)
        patch.setattr("operations.workflow.reading.understand", fail)
        workflow.read_all_due(clock.now())

    states = dict(Receipt.objects.values_list("pk", "state"))
    assert states == {good.pk: "processed", bad.pk: "received", fine.pk: "processed"}
    bad.refresh_from_db()
    assert (bad.attempts, bad.due_at > clock.now()) == (1, True)

    workflow.read_all_due(bad.due_at)
    assert opened() == 3


def test_what_is_not_understood_fails_by_itself(prometheus: Integration) -> None:
    take(prometheus, told("A"), told("B"))
    workflow.accept(prometheus, b"[]", "application/json")
    workflow.read_all_due(clock.now())

    states = Receipt.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["processed", "processed", "failed"]


def test_calls_without_a_start_are_read_in_their_order(checkout: Service) -> None:
    tool = make_integration("Tool", kind="pagerduty", service=checkout)
    for action in ("trigger", "resolve", "trigger", "trigger"):
        said = {"routing_key": "x", "event_action": action, "dedup_key": "disk"}
        said["payload"] = {"summary": "Full", "source": "db", "severity": "error"}  # type: ignore[assignment]
        workflow.accept(tool, json.dumps(said).encode(), "application/json")
    Receipt.objects.filter(pk=Receipt.objects.earliest("pk").pk).update(
        due_at=clock.now() + timedelta(seconds=5)  # by the clock of another process
    )
    workflow.read_all_due(clock.now())
    workflow.read_all_due(clock.now() + timedelta(seconds=10))

    assert Occurrence.objects.count() == opened() == 2
    assert Alert.objects.get().is_firing


def test_a_long_body_is_read_by_itself(
    prometheus: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    read = batches._read
    monkeypatch.setattr(batches, "LONGEST", 1500)

    def noting(some: list[batches.Waiting], now: datetime) -> None:
        sizes.append(len(some))
        read(some, now)

    monkeypatch.setattr(batches, "_read", noting)
    take(prometheus, *(told(f"Alert{number}") for number in range(6)))
    workflow.read_all_due(clock.now())

    assert max(sizes) < 6
    assert Receipt.objects.filter(state="processed").count() == 6


@pytest.mark.parametrize("count", [5, 60])
def test_a_storm_of_new_alerts_costs_as_many_statements_as_a_few(
    prometheus: Integration, count: int, django_assert_max_num_queries: Any
) -> None:
    take(prometheus, *(told(f"Alert{number}") for number in range(count)))
    with django_assert_max_num_queries(20):
        workflow.read_all_due(clock.now())
    assert opened() == count


@pytest.mark.parametrize("count", [5, 60])
def test_a_storm_of_repeats_costs_as_many_statements_as_a_few(
    prometheus: Integration, count: int, django_assert_max_num_queries: Any
) -> None:
    alerts = [told(f"Alert{number}") for number in range(count)]
    take(prometheus, *alerts)
    workflow.read_all_due(clock.now())
    take(prometheus, *alerts)
    with django_assert_max_num_queries(14):
        workflow.read_all_due(clock.now())
    assert opened() == count


def test_many_events_owe_their_reactions(prometheus: Integration) -> None:
    take(prometheus, *(told(f"Alert{number}") for number in range(3)))
    workflow.read_all_due(clock.now())
    owed = list(Reaction.objects.values_list("pk", flat=True))

    assert len(owed) >= 3
    assert reactions.react_to_all_due(clock.now()) == len(owed)
    assert not Reaction.objects.filter(pk__in=owed, state="due").exists()
    # The incident that they opened owes reactions of its own, which the next round runs.
    assert Reaction.objects.filter(event__kind="incident.opened", state="due").exists()
    while reactions.react_to_all_due(clock.now()):
        pass
    assert not Reaction.objects.filter(state="due").exists()
