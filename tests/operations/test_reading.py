"""What a receipt does to alerts and occurrences; the table is in `workflow.occurrences`."""

from datetime import timedelta
from typing import Any

import pytest

from operations import workflow
from operations.models import Alert, AlertState, Integration, Receipt, ReceiptState, Severity
from portal import clock
from portal.models import Event, Service, ServiceLabel
from tests.operations.make import (
    MINUTE,
    NOON,
    ZERO_TIME,
    make_alert,
    make_integration,
    receive,
    told,
    webhook,
)

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def prometheus(checkout: Service) -> Integration:
    return make_integration(service=checkout)


def kinds() -> list[str]:
    events = Event.objects.filter(kind__startswith="alert.").order_by("pk")
    return [event.kind for event in events]


def occurrences(alert: Alert) -> list[tuple[object, object, str]]:
    return [
        (each.started_at, each.ended_at, each.end_reason)
        for each in alert.occurrences.order_by("started_at")
    ]


def test_a_firing_alert_opens_an_occurrence_and_says_so(
    prometheus: Integration, checkout: Service
) -> None:
    receipt = receive(prometheus, told(severity="critical"))

    alert = Alert.objects.get()
    assert (alert.state, alert.severity, alert.service) == ("unacked", Severity.P1, checkout)
    assert (alert.name, alert.summary) == ("HighErrorRate", "HighErrorRate is bad")
    assert (alert.started_at, alert.ended_at) == (NOON, None)
    assert occurrences(alert) == [(NOON, None, "")]
    assert (receipt.state, receipt.alert_count) == ("processed", 1)
    event = Event.objects.get(kind="alert.opened")
    assert (event.subject, event.service, event.happened_at) == (alert, checkout, NOON)
    assert event.data == {
        "occurrence_started_at": NOON.isoformat(),
        "severity": 1,
        "held_by": [],
    }


def test_a_repeat_changes_words_and_says_nothing(prometheus: Integration) -> None:
    receive(prometheus, told())
    seen = Alert.objects.get().last_seen_at
    again = told()
    again["annotations"]["summary"] = "Still bad"
    receive(prometheus, again)

    alert = Alert.objects.get()
    assert (alert.summary, alert.occurrence_count, kinds()) == (
        "Still bad",
        1,
        ["alert.opened"],
    )
    assert alert.last_seen_at > seen


def test_worse_than_before_rings_again(prometheus: Integration) -> None:
    alert = make_alert(prometheus, state=AlertState.ACKED, severity="warning")
    receive(prometheus, told(severity="p0"))
    receive(prometheus, told(severity="warning"))  # the worst stands while it fires

    alert.refresh_from_db()
    assert (alert.state, alert.severity, alert.acknowledged_by) == ("unacked", 0, None)
    assert kinds()[-1] == "alert.worsened"
    assert Event.objects.get(kind="alert.worsened").data["before"] == 2
    assert alert.occurrences.get().severity == 0


def test_the_end_is_the_monitors_own(prometheus: Integration) -> None:
    receive(prometheus, told())
    receive(prometheus, told(ended=NOON + MINUTE))
    receive(prometheus, told(ended=NOON + MINUTE))

    alert = Alert.objects.get()
    assert (alert.state, alert.ended_at) == (AlertState.RETURNED, NOON + MINUTE)
    assert occurrences(alert) == [(NOON, NOON + MINUTE, "resolved")]
    assert kinds() == ["alert.opened", "alert.ended"]


def test_a_zero_end_is_when_it_was_received(prometheus: Integration) -> None:
    receive(prometheus, told())
    receipt = receive(prometheus, told(ended=LATER) | {"endsAt": ZERO_TIME})

    assert Alert.objects.get().ended_at == receipt.received_at


def test_an_end_before_the_beginning_is_the_beginning(prometheus: Integration) -> None:
    receive(prometheus, told(), told(ended=NOON - MINUTE))

    assert Alert.objects.get().ended_at == NOON


def test_who_was_acknowledged_and_clears_is_dealt_with(prometheus: Integration) -> None:
    alert = make_alert(prometheus, state=AlertState.ACKED)
    receive(prometheus, told(ended=NOON + MINUTE))

    alert.refresh_from_db()
    assert alert.state == AlertState.NORMAL


def test_a_later_start_without_an_end_between_supersedes(prometheus: Integration) -> None:
    alert = make_alert(prometheus, state=AlertState.ACKED)
    receive(prometheus, told(at=LATER))

    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_at) == (AlertState.UNACKED, None)
    assert occurrences(alert) == [(NOON, LATER, "superseded"), (LATER, None, "")]
    assert kinds() == ["alert.opened", "alert.acknowledged", "alert.opened"]

    receive(prometheus, told(ended=NOON + MINUTE))  # its true end comes late
    assert occurrences(alert)[0] == (NOON, NOON + MINUTE, "resolved")
    assert Alert.objects.firing().contains(alert)


@pytest.mark.parametrize("was_known", [True, False])
def test_a_late_firing_is_counted_and_not_applied(
    prometheus: Integration, was_known: bool
) -> None:
    if was_known:
        receive(prometheus, told(), told(ended=NOON + MINUTE))
    receive(prometheus, told(at=LATER))
    before, said = occurrences(Alert.objects.get()), kinds()

    receipt = receive(prometheus, told())

    assert (receipt.state, receipt.late_count) == ("processed", 1)
    assert (occurrences(Alert.objects.get()), kinds()) == (before, said)


def test_a_resolve_of_something_unknown_is_kept_and_wakes_nobody(
    prometheus: Integration,
) -> None:
    receive(prometheus, told(ended=NOON + MINUTE))
    late = receive(prometheus, told())

    alert = Alert.objects.get()
    assert occurrences(alert) == [(NOON, NOON + MINUTE, "resolved")]
    assert (alert.state, late.late_count, kinds()) == (AlertState.RETURNED, 1, [])


def test_a_newer_resolve_ends_what_was_still_open(prometheus: Integration) -> None:
    receive(prometheus, told())
    receive(prometheus, told(at=LATER, ended=LATER + MINUTE))

    alert = Alert.objects.get()
    assert (alert.state, alert.started_at) == (AlertState.RETURNED, LATER)
    assert occurrences(alert)[0] == (NOON, LATER, "superseded")
    assert kinds() == ["alert.opened", "alert.ended"]


def test_each_alert_of_a_call_is_judged_by_itself(prometheus: Integration) -> None:
    receive(
        prometheus,
        body=webhook(told("A"), told("B", ended=NOON + MINUTE), status="resolved"),
    )

    states = dict(Alert.objects.values_list("name", "state"))
    assert states == {"A": AlertState.UNACKED, "B": AlertState.RETURNED}


def test_what_nobody_knows_is_accepted(prometheus: Integration) -> None:
    alert = told() | {"somethingNew": {"a": [1]}}
    body = webhook(alert, notification_reason="new", routeLabels={"x": "y"}, groupKey=7)

    assert receive(prometheus, body=body).state == ReceiptState.PROCESSED
    assert Alert.objects.count() == 1


def test_without_a_fingerprint_the_labels_are_one(prometheus: Integration) -> None:
    one = told("Down", fingerprint=None, a="1", b="2")
    other_order = one | {"labels": dict(reversed(one["labels"].items()))}
    receive(prometheus, one)
    receive(prometheus, other_order)
    receive(prometheus, told("Down", fingerprint=None, a="2", b="2"))

    assert Alert.objects.count() == 2


@pytest.mark.parametrize(
    ("labels", "severity"),
    [
        ({"severity": "P0"}, 0),
        ({"severity": "p1"}, 1),
        ({"severity": "critical"}, 1),
        ({"severity": "page"}, 1),
        ({"severity": "High"}, 1),
        ({"severity": "error"}, 2),
        ({"severity": "warning"}, 2),
        ({"severity": "info"}, 3),
        ({"severity": "info", "priority": "P0"}, 0),
        ({"priority": "urgent"}, 3),
        ({"severity": "banana"}, 3),
        ({}, 3),
    ],
)
def test_severity(checkout: Service, labels: dict[str, Any], severity: int) -> None:
    integration = make_integration(service=checkout, default_severity=Severity.P3)
    receive(integration, told(**labels))

    assert Alert.objects.get().severity == severity


def test_the_labels_name_the_service(checkout: Service) -> None:
    label = ServiceLabel(service=checkout, name="job", value="checkout-api")
    label.changed_by = None
    label.save()
    prometheus = make_integration()
    receive(prometheus, told("A", job="checkout-api"), told("B", service="checkout"))
    receive(prometheus, told("C", job="other", service="nothing-we-know"))

    services = dict(Alert.objects.values_list("name", "service__slug"))
    assert services == {"A": "checkout", "B": "checkout", "C": None}
    assert [event.subject_label for event in Event.objects.filter(kind="alert.unrouted")] == [
        "C: C is bad"
    ]


def test_a_label_given_later_routes_the_next_call(checkout: Service) -> None:
    prometheus = make_integration()
    receipt = receive(prometheus, told(job="checkout-api"))
    label = ServiceLabel(service=checkout, name="job", value="checkout-api")
    label.changed_by = None
    label.save()

    workflow.replay(receipt, actor=None)
    workflow.read_receipt(receipt.pk, now=clock.now())

    alert = Alert.objects.get()
    assert (alert.service, alert.occurrence_count) == (checkout, 1)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[]", "no list of alerts"),
        (b'{"version":"4"}', "no list of alerts"),
        (b'{"alerts":[{}]}', "neither “firing” nor “resolved”"),
        (b'{"alerts":["x"]}', "is not an object"),
        (b'{"alerts":[{"status":"firing","labels":{"a":"b"}}]}', "when it began"),
        (b'{"alerts":[{"status":"firing","labels":{},"startsAt":"soon"}]}', "labels"),
    ],
)
def test_what_cannot_be_understood_is_shown(
    prometheus: Integration, body: bytes, why: str
) -> None:
    receipt = receive(prometheus, body=body)

    assert receipt.state == ReceiptState.FAILED
    assert why in receipt.error
    assert Event.objects.get(kind="integration.misunderstood").subject == prometheus
    assert not Alert.objects.filter(integration=prometheus).exists()


def test_one_bad_alert_does_not_lose_the_others(prometheus: Integration) -> None:
    receipt = receive(prometheus, told("Good"), {"status": "odd"})

    assert (receipt.state, receipt.alert_count) == (ReceiptState.FAILED, 1)
    assert receipt.error.startswith("Alert 2 of 2:")
    assert Alert.objects.get(integration=prometheus).name == "Good"


def test_reading_again_changes_nothing(prometheus: Integration) -> None:
    receipt = receive(prometheus, told())
    workflow.read_receipt(receipt.pk, now=clock.now())
    workflow.replay(receipt, actor=None)
    workflow.read_receipt(receipt.pk, now=clock.now())

    assert kinds() == ["alert.opened"]
    assert Alert.objects.get().occurrence_count == 1


def test_a_passing_failure_is_tried_again_later(
    prometheus: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = workflow.accept(prometheus, webhook(told()), "application/json")
    now = clock.now()

    def broken(*_: Any) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("operations.workflow.occurrences.Reading.go_on", broken)
        workflow.read_receipt(receipt.pk, now=now)

    receipt.refresh_from_db()
    assert (receipt.state, receipt.attempts) == (ReceiptState.RECEIVED, 1)
    assert receipt.due_at > now
    assert workflow.read_all_due(now) == 0
    assert workflow.read_all_due(receipt.due_at) == 1
    assert Receipt.objects.get().state == ReceiptState.PROCESSED


def test_a_call_of_fifty_repeats_costs_little(
    prometheus: Integration, django_assert_max_num_queries: Any
) -> None:
    alerts = [told(f"Alert{number}") for number in range(50)]
    receive(prometheus, *alerts)
    receipt = workflow.accept(prometheus, webhook(*alerts), "application/json")

    with django_assert_max_num_queries(14):
        workflow.read_receipt(receipt.pk, now=clock.now())
