"""Flap damping: one page, then updates only, until it is quiet."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations import flapping, workflow
from operations.models import Alert, AlertState, Integration, NoiseSettings
from portal import clock
from portal.models import Event, User
from tests.operations.make import MINUTE, NOON, make_integration, receive, told

pytestmark = pytest.mark.django_db
HALF_HOUR = 30 * MINUTE


@pytest.fixture
def prometheus(db: None) -> Integration:
    return make_integration()


def cycle(
    prometheus: Integration,
    times: int,
    *,
    minutes: int = 2,
    severity: str = "p1",
    begin: int = 0,
) -> Alert:
    """The alert begins and ends again and again; it fires at last."""
    for number in range(times):
        at = NOON + (begin + number * minutes) * MINUTE
        receive(prometheus, told(at=at, severity=severity))
        if number < times - 1:
            receive(prometheus, told(at=at, ended=at + MINUTE, severity=severity))
    return Alert.objects.get()


def through() -> int:
    """How many openings nothing held back."""
    opened = Event.objects.filter(kind="alert.opened")
    return sum(not event.data["held_by"] for event in opened)


def test_five_changes_in_half_an_hour_are_a_flap(prometheus: Integration) -> None:
    assert not cycle(prometheus, 2).is_flapping
    alert = cycle(prometheus, 2, begin=6)

    assert (alert.is_flapping, alert.is_held) == (True, True)
    assert alert.holds.get().kind == "flapping"


def test_only_the_first_ones_go_through(prometheus: Integration) -> None:
    alert = cycle(prometheus, 10)

    assert through() == 2
    assert alert.flap_count == 14  # every start and end since, counted and not told
    assert alert.holds.count() == 8


def test_slowly_is_not_a_flap(prometheus: Integration) -> None:
    assert not cycle(prometheus, 10, minutes=20).is_flapping
    assert through() == 10


def test_still_firing_when_quiet_is_released_and_counted(prometheus: Integration) -> None:
    cycle(prometheus, 4)
    alert = Alert.objects.get()
    assert alert.flap_due_at is not None
    assert workflow.calm_flapping(alert.flap_due_at - timedelta(seconds=1)) == 0

    workflow.calm_flapping(alert.flap_due_at)

    alert.refresh_from_db()
    assert (alert.is_flapping, alert.is_held, alert.flap_count) == (False, False, 0)
    assert Event.objects.get(kind="alert.flapping_ended").data["kept_back"] == 2
    assert Event.objects.filter(kind="alert.released").count() == 1


def test_quiet_and_cleared_is_only_over(prometheus: Integration) -> None:
    alert = cycle(prometheus, 4)
    receive(prometheus, told(at=alert.started_at, ended=alert.started_at + MINUTE))
    workflow.calm_flapping(clock.now() + HALF_HOUR)

    alert.refresh_from_db()
    assert (alert.is_flapping, alert.state) == (False, AlertState.RETURNED)
    assert not Event.objects.filter(kind="alert.released").exists()


def test_an_acknowledgement_survives_the_flap(prometheus: Integration, olivia: User) -> None:
    alert = cycle(prometheus, 3)
    workflow.acknowledge_alert(alert, actor=olivia)
    receive(prometheus, told(at=alert.started_at, ended=alert.started_at + MINUTE))
    alert = cycle(prometheus, 3, begin=10)

    assert (alert.state, alert.acknowledged_by) == (AlertState.ACKED, olivia)

    # Once quiet, the next time is new.
    receive(prometheus, told(at=alert.started_at, ended=alert.started_at + MINUTE))
    workflow.calm_flapping(clock.now() + HALF_HOUR)
    receive(prometheus, told(at=NOON + 600 * MINUTE))
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by) == (AlertState.UNACKED, None)


def test_a_silence_survives_the_flap(prometheus: Integration) -> None:
    workflow.make_silence(
        matchers=[{"label": "alertname", "op": "=", "value": "HighErrorRate"}],
        reason="Known",
        ends_at=clock.now() + HALF_HOUR,
        actor=None,
    )
    alert = cycle(prometheus, 6)

    assert through() == 0
    assert "silence" in {hold.kind for hold in alert.holds.filter(released_at=None)}


def test_what_nobody_heard_of_goes_through_once(prometheus: Integration) -> None:
    silence = workflow.make_silence(
        matchers=[{"label": "alertname", "op": "=", "value": "HighErrorRate"}],
        reason="Known",
        ends_at=clock.now() + HALF_HOUR,
        actor=None,
    )
    cycle(prometheus, 4)
    workflow.end_silence(silence, actor=None)

    assert not Alert.objects.get().is_held
    assert Event.objects.filter(kind="alert.released").count() == 1


def test_a_graver_one_goes_through(prometheus: Integration) -> None:
    cycle(prometheus, 4, severity="p2")
    before = through()
    alert = Alert.objects.get()
    receive(prometheus, told(at=alert.started_at, ended=alert.started_at + MINUTE))
    cycle(prometheus, 1, begin=12, severity="p0")

    assert through() == before + 1


def test_worse_while_it_flaps_goes_through(prometheus: Integration) -> None:
    alert = cycle(prometheus, 4, severity="p2")
    receive(prometheus, told(at=alert.started_at, severity="p0"))

    assert Event.objects.get(kind="alert.worsened").data["held_by"] == []
    alert.refresh_from_db()
    assert not alert.is_held


def test_what_is_a_flap_can_be_set(prometheus: Integration, ada: User) -> None:
    workflow.change_noise_settings(flap_changes=3, actor=ada)

    assert cycle(prometheus, 2).is_flapping
    assert NoiseSettings.objects.get().history.latest().history_user == ada


moments = st.integers(0, 3600).map(lambda second: NOON + timedelta(seconds=second))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(moments, st.none() | moments), max_size=12), moments)
def test_changes_do_not_depend_on_the_order(spans: list[tuple], until: object) -> None:  # type: ignore[type-arg]
    since = NOON
    found = flapping.changes(spans, since=since, until=until)  # type: ignore[arg-type]

    assert found == flapping.changes(reversed(spans), since=since, until=until)  # type: ignore[arg-type]
    assert found == sorted(set(found))
    assert all(since < moment <= until for moment in found)  # type: ignore[operator]
