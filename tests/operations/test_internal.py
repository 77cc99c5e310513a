"""Alerts that the portal raises itself: like every other, in the caller's transaction."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from operations import workflow
from operations.models import Alert, AlertState, Integration, Occurrence, Receipt
from operations.seeds import seed
from portal.models import Event, Service, User
from tests.operations.make import MINUTE, NOON, make_integration


def wrong(severity: int = 2, **fields: object) -> Alert:
    said = {"key": "heartbeat:7", "name": "HeartbeatDown", "summary": "No word", "now": NOON}
    return workflow.raise_alert(**{**said, "severity": severity, **fields})  # type: ignore[arg-type]


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="alert.").values_list("kind", flat=True))


def test_it_is_an_alert_like_any_other(checkout: Service) -> None:
    alert = wrong(service=checkout, labels={"heartbeat": "Backup"}, description="At night.")

    assert (alert.state, alert.severity, alert.service) == (AlertState.UNACKED, 2, checkout)
    assert (alert.name, alert.summary) == ("HeartbeatDown", "No word")
    assert (alert.description, alert.started_at) == ("At night.", NOON)
    assert alert.labels == {
        "alertname": "HeartbeatDown",
        "heartbeat": "Backup",
        "service": "checkout",
        "severity": "p2",
    }
    assert (alert.integration.name, alert.integration.kind) == ("Evenkeel", "internal")
    event = Event.objects.get(kind="alert.opened")
    assert (event.service, event.data["severity"]) == (checkout, 2)
    assert event.data["occurrence_started_at"] == NOON.isoformat()
    assert not Receipt.objects.exists()


def test_saying_it_again_opens_nothing_new(db: None) -> None:
    wrong()
    again = wrong(now=NOON + MINUTE, summary="Still no word")

    assert (again.started_at, again.summary) == (NOON, "Still no word")
    assert (again.last_seen_at, again.occurrence_count) == (NOON + MINUTE, 1)
    assert kinds().count("alert.opened") == 1


def test_a_worse_one_rings_again_and_a_better_one_does_not(db: None, olivia: User) -> None:
    workflow.acknowledge_alert(wrong(), actor=olivia)

    assert wrong(1).state == AlertState.UNACKED
    assert (wrong(3).severity, kinds().count("alert.worsened")) == (1, 1)


def test_it_clears_once_and_then_begins_anew(db: None) -> None:
    wrong()
    cleared = workflow.clear_alert(key="heartbeat:7", now=NOON + MINUTE)

    assert cleared is not None
    assert (cleared.state, cleared.ended_at) == (AlertState.RETURNED, NOON + MINUTE)
    assert workflow.clear_alert(key="heartbeat:7", now=NOON + 2 * MINUTE) is None
    assert workflow.clear_alert(key="heartbeat:8", now=NOON) is None
    again = wrong(now=NOON + 3 * MINUTE)
    assert (again.started_at, again.occurrence_count) == (NOON + 3 * MINUTE, 2)
    assert [kind for kind in kinds() if kind in {"alert.opened", "alert.ended"}] == [
        "alert.opened",
        "alert.ended",
        "alert.opened",
    ]


@pytest.mark.parametrize("at", [NOON - MINUTE, NOON, NOON + MINUTE, NOON + 9 * MINUTE])
def test_no_occurrence_begins_before_the_last_one_ended(db: None, at: datetime) -> None:
    """What is raised must never count as late, however long ago it says it began."""
    wrong()
    workflow.clear_alert(key="heartbeat:7", now=NOON + 2 * MINUTE)

    again = wrong(at=at, now=NOON + 9 * MINUTE)

    assert again.is_firing
    assert again.started_at == max(at, NOON + 2 * MINUTE)
    assert Occurrence.objects.filter(ended_at=None).count() == 1


def test_one_that_ended_as_it_began_can_begin_again(db: None) -> None:
    wrong()
    workflow.clear_alert(key="heartbeat:7", now=NOON - MINUTE)

    assert wrong().started_at == NOON + timedelta(microseconds=1)


def test_it_is_undone_with_the_callers_transaction(db: None) -> None:
    workflow.internal_integration()

    @transaction.atomic
    def fail_afterwards() -> None:
        wrong()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_afterwards()
    assert not Alert.objects.exists()
    assert not kinds()


def test_a_long_key_is_a_key_too(db: None) -> None:
    wrong(key="x" * 300)

    assert workflow.clear_alert(key="x" * 300, now=NOON + MINUTE) is not None


def test_set_up_seeds_one_integration_that_no_key_opens(db: None) -> None:
    seed()
    seed()

    internal = Integration.objects.get(kind="internal")
    assert workflow.internal_integration() == internal
    assert workflow.caller_by("internal").integration is None
    assert workflow.caller_by("").integration is None
    with pytest.raises(IntegrityError, match=r"integration_internal_once|kind"):
        Integration.objects.filter(pk=make_integration("Other").pk).update(kind="internal")


def test_an_operators_monitor_of_that_name_is_left_alone(db: None) -> None:
    make_integration("Evenkeel")

    assert workflow.internal_integration().name == "Evenkeel itself"
