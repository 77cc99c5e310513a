"""Alert states after ANSI/ISA 18.2: every event in every state, held back or not."""

from datetime import timedelta
from itertools import product

import pytest

from operations import workflow
from operations.models import Alert, AlertState, Condition, Silence
from portal import clock
from portal.models import Service, User
from tests.operations.make import NOON, make_alert, receive, told

HOUR = timedelta(hours=1)
U, A, R, N = AlertState.UNACKED, AlertState.ACKED, AlertState.RETURNED, AlertState.NORMAL

# From, event, to; what is not in it leaves the state as it is.
TABLE: dict[tuple[AlertState, str], AlertState] = {
    (N, "occurs"): U,
    (U, "acknowledged"): A,
    (U, "clears"): R,
    (A, "clears"): N,
    (A, "worsens"): U,
    (R, "acknowledged"): N,
    (R, "occurs"): U,
    (A, "occurs"): U,  # a newer occurrence, of which nobody knows yet
    (A, "taken back"): U,
    (U, "closed"): N,
    (A, "closed"): N,
}
EVENTS = ["occurs", "acknowledged", "clears", "worsens", "taken back", "closed"]
# While a rule holds it, what clears needs nobody's acknowledgement.
HELD_TABLE = TABLE | {(U, "clears"): N}


def happen(alert: Alert, event: str, olivia: User) -> None:
    """Let it happen if the alert's state knows it; a verb says no otherwise."""
    match event:
        case "occurs":
            receive(alert.integration, told(at=NOON + HOUR))
        case "clears":
            receive(alert.integration, told(at=alert.started_at, ended=NOON + 2 * HOUR))
        case "worsens":
            receive(alert.integration, told(at=alert.started_at, severity="p0"))
        case "acknowledged" if not workflow.why_not_acknowledge(alert):
            workflow.acknowledge_alert(alert, actor=olivia)
        case "taken back" if not workflow.why_not_unacknowledge(alert):
            workflow.unacknowledge_alert(alert, actor=olivia)
        case "closed" if not workflow.why_not_close(alert):
            workflow.close_alert(alert, reason="Gone", actor=olivia)
    alert.refresh_from_db()


def hold(checkout: Service, how: str) -> Silence:
    if how == "shelved":
        return workflow.make_silence(
            team=checkout.team,
            services=[checkout],
            reason="Known",
            ends_at=clock.now() + HOUR,
            actor=None,
        )
    silence = workflow.maintenance_silence(
        reference="window:1",
        services=[checkout],
        starts_at=clock.now(),
        ends_at=clock.now() + HOUR,
        reason="Moving",
        actor=None,
    )
    assert silence is not None
    workflow.look_at_silences(clock.now())
    return silence


@pytest.mark.parametrize(("state", "event"), list(product(AlertState, EVENTS)))
def test_every_event_in_every_state(
    checkout: Service, olivia: User, state: AlertState, event: str
) -> None:
    alert = make_alert(service=checkout, state=state, severity="p1")
    happen(alert, event, olivia)

    assert alert.state == TABLE.get((state, event), state)


@pytest.mark.parametrize("how", ["shelved", "suppressed"])
@pytest.mark.parametrize(("state", "event"), list(product([U, A], EVENTS)))
def test_every_event_while_it_is_held(
    checkout: Service, olivia: User, state: AlertState, event: str, how: str
) -> None:
    alert = make_alert(service=checkout, state=state, severity="p1")
    silence = hold(checkout, how)
    alert.refresh_from_db()
    assert alert.condition == how
    happen(alert, event, olivia)
    expected = HELD_TABLE.get((state, event), state)
    assert alert.state == expected
    assert alert.is_held is alert.is_firing

    # When the hold ends: normal if cleared, else the state that it has come to.
    workflow.look_at_silences(silence.ends_at)
    alert.refresh_from_db()
    assert (alert.state, alert.condition) == (expected, Condition.IN_SERVICE)


def test_out_of_service_while_its_integration_is_switched_off(
    checkout: Service, olivia: User
) -> None:
    alert = make_alert(service=checkout, state=A)
    workflow.switch_off(alert.integration, actor=olivia)
    off = Alert.objects.select_related("integration").get()
    assert (off.standing, off.state) == (Condition.OUT_OF_SERVICE, A)

    workflow.switch_on(off.integration, actor=olivia)
    on = Alert.objects.select_related("integration").get()
    assert (on.standing, on.state) == (Condition.IN_SERVICE, A)


def test_a_silence_holds_no_second_time_what_it_holds_already(checkout: Service) -> None:
    alert = make_alert(service=checkout)
    silence = hold(checkout, "shelved")
    for _again in range(3):
        workflow.look_at_silence(silence.pk, now=clock.now())
        receive(alert.integration, told())

    assert alert.holds.count() == 1


def test_a_change_of_labels_is_weighed_again(checkout: Service) -> None:
    workflow.make_silence(
        matchers=[{"label": "zone", "op": "=", "value": "a"}],
        reason="Known",
        ends_at=clock.now() + HOUR,
        actor=None,
    )
    alert = make_alert(service=checkout, zone="a")
    states = [alert.is_held]
    for zone in ("b", "a"):
        receive(alert.integration, told(zone=zone))
        alert.refresh_from_db()
        states.append(alert.is_held)

    assert states == [True, False, True]
    assert alert.holds.filter(outcome="reprocessed").count() == 1
