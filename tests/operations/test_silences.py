"""Silences: when they hold, what they hold, who hears of it, and what follows at the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from operations import noise, weekly, workflow
from operations.models import Alert, AlertState, Condition, Hold, Silence
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Service, Team, User
from tests.make import make_service
from tests.operations.make import NOON, make_alert, make_integration, receive, told

HOUR = timedelta(hours=1)
ERRORS = [{"label": "alertname", "op": "=", "value": "HighErrorRate"}]


def silence(team: Team | None, *, actor: User | None = None, **fields: Any) -> Silence:
    fields.setdefault("reason", "Moving the database")
    fields.setdefault("ends_at", clock.now() + HOUR)
    fields.setdefault("matchers", ERRORS)
    return workflow.make_silence(team=team, actor=actor, **fields)


def is_held(alert: Alert) -> bool:
    alert.refresh_from_db()
    return alert.is_held


def kinds(alert: Alert) -> list[str]:
    events = Event.objects.filter(object_id=alert.pk, kind__startswith="alert.")
    return list(events.order_by("pk").values_list("kind", flat=True))


def test_what_comes_under_a_silence_is_held(checkout: Service, payments: Team) -> None:
    rule = silence(payments)
    alert = make_alert(service=checkout)

    assert (alert.is_held, alert.condition) == (True, Condition.SHELVED)
    opened = Event.objects.get(kind="alert.opened")
    assert opened.data["held_by"] == [
        {"kind": "silence", "id": rule.pk, "name": "Moving the database"}
    ]
    assert alert.holds.get().rule == "Moving the database"


def test_what_no_rule_fits_is_not_held(checkout: Service, payments: Team) -> None:
    silence(payments)
    alert = make_alert(service=checkout, name="HighLatency")

    assert not alert.is_held
    assert Event.objects.get(kind="alert.opened").data["held_by"] == []


def test_of_another_team_nothing_is_held(
    checkout: Service, payments: Team, platform: Team
) -> None:
    silence(payments)
    search = make_service("Search", team=platform)

    assert not make_alert(service=search).is_held
    assert not make_alert(make_integration("No service")).is_held


def test_declared_late_it_covers_what_fires_already(checkout: Service, payments: Team) -> None:
    alert = make_alert(service=checkout)
    silence(payments)

    assert is_held(alert)
    assert kinds(alert) == ["alert.opened", "alert.held"]


def test_still_firing_at_the_end_is_released_once(checkout: Service, payments: Team) -> None:
    rule = silence(payments)
    alert = make_alert(service=checkout)

    for _again in range(2):
        workflow.look_at_silences(rule.ends_at)

    alert.refresh_from_db()
    assert (alert.is_held, alert.condition) == (False, Condition.IN_SERVICE)
    assert kinds(alert) == ["alert.opened", "alert.released"]
    assert alert.holds.get().outcome == Hold.Outcome.REPROCESSED


def test_cleared_meanwhile_is_over_without_a_word(checkout: Service, payments: Team) -> None:
    rule = silence(payments)
    alert = make_alert(service=checkout)
    receive(alert.integration, told(ended=NOON + HOUR))
    workflow.look_at_silences(rule.ends_at)

    alert.refresh_from_db()
    assert (alert.state, alert.is_held) == (AlertState.NORMAL, False)
    assert kinds(alert) == ["alert.opened", "alert.ended"]
    assert alert.holds.get().outcome == Hold.Outcome.CLEARED


def test_two_silences_hold_until_the_last_ends(checkout: Service, payments: Team) -> None:
    first = silence(payments)
    second = silence(payments, ends_at=clock.now() + 2 * HOUR, reason="Longer")
    alert = make_alert(service=checkout)

    workflow.look_at_silences(first.ends_at)
    assert is_held(alert)
    assert "alert.released" not in kinds(alert)

    workflow.look_at_silences(second.ends_at)
    assert not is_held(alert)
    assert kinds(alert)[-1] == "alert.released"


@pytest.mark.parametrize(
    ("before", "worse", "expected"),
    [
        (AlertState.UNACKED, False, AlertState.UNACKED),
        (AlertState.ACKED, False, AlertState.ACKED),
        (AlertState.ACKED, True, AlertState.UNACKED),
    ],
)
def test_the_previous_state_comes_back(
    checkout: Service,
    payments: Team,
    before: AlertState,
    expected: AlertState,
    *,
    worse: bool,
) -> None:
    alert = make_alert(service=checkout, state=before)
    rule = silence(payments)
    if worse:
        receive(alert.integration, told(severity="p0"))
    workflow.end_silence(rule, actor=None)

    alert.refresh_from_db()
    assert (alert.state, alert.is_held) == (expected, False)


def test_a_new_occurrence_under_a_silence_is_unacknowledged_afterwards(
    checkout: Service, payments: Team
) -> None:
    alert = make_alert(service=checkout, state=AlertState.ACKED)
    rule = silence(payments)
    receive(alert.integration, told(at=NOON + HOUR))
    workflow.end_silence(rule, actor=None)

    alert.refresh_from_db()
    assert alert.state == AlertState.UNACKED


def test_a_graver_alert_breaks_through_a_silence_of_its_severity(
    checkout: Service, payments: Team, olivia: User
) -> None:
    alert = make_alert(service=checkout, severity="p2")
    workflow.silence_alert(alert, ends_at=clock.now() + HOUR, reason="Known", actor=olivia)
    assert is_held(alert)

    receive(alert.integration, told(severity="p0"))

    assert not is_held(alert)
    assert Event.objects.get(kind="alert.worsened").data["held_by"] == []


def test_three_of_one_service_are_released_as_one_batch(
    checkout: Service, payments: Team
) -> None:
    rule = silence(payments, matchers=[], services=[checkout])
    integration = make_integration(service=checkout)
    receive(integration, *(told(f"Alert{number}") for number in range(3)))
    workflow.end_silence(rule, actor=None)

    released = Event.objects.filter(kind="alert.released")
    assert {event.data["batch_size"] for event in released} == {3}
    assert len({event.data["batch"] for event in released}) == 1


@pytest.mark.parametrize(
    ("at_end", "kind", "firing"),
    [
        ("reprocess", "alert.released", True),
        ("nothing", "alert.hold_ended", True),
        ("resolve", "alert.ended", False),
    ],
)
def test_what_follows_at_the_end(
    checkout: Service, at_end: str, kind: str, *, firing: bool
) -> None:
    workflow.maintenance_silence(
        reference="window:7",
        services=[checkout],
        starts_at=clock.now(),
        ends_at=clock.now() + HOUR,
        reason="Moving",
        at_end=at_end,
        actor=None,
    )
    alert = make_alert(service=checkout)
    assert alert.condition == Condition.SUPPRESSED
    workflow.look_at_silences(clock.now() + HOUR)

    alert.refresh_from_db()
    assert kinds(alert)[-1] == kind
    assert alert.is_firing is firing


def test_a_window_that_escalates_holds_nothing(checkout: Service) -> None:
    workflow.maintenance_silence(
        reference="window:7",
        services=[checkout],
        starts_at=clock.now(),
        ends_at=clock.now() + HOUR,
        reason="Moving",
        behaviour="escalate",
        actor=None,
    )
    assert not make_alert(service=checkout).is_held


def test_the_silence_of_a_window_moves_with_it(checkout: Service) -> None:
    now = clock.now()

    def say(**fields: Any) -> Silence | None:
        fields = {"starts_at": now, "ends_at": now + HOUR, **fields}
        return workflow.maintenance_silence(
            reference="window:7", services=[checkout], reason="Moving", actor=None, **fields
        )

    first, again = say(), say()
    assert first == again
    assert Event.objects.filter(kind__startswith="silence.").count() == 1
    alert = make_alert(service=checkout)
    say(starts_at=now + HOUR, ends_at=now + 2 * HOUR)
    workflow.look_at_silences(clock.now())

    assert not is_held(alert)
    assert Silence.objects.count() == 1
    workflow.end_maintenance_silence(reference="window:7", actor=None)
    assert Silence.objects.get().state_at(clock.now()) == "expired"


def test_its_owner_hears_before_the_end_and_at_the_end(
    checkout: Service, payments: Team, olivia: User
) -> None:
    rule = silence(payments, actor=olivia, ends_at=clock.now() + 4 * HOUR)
    make_alert(service=checkout)
    workflow.look_at_silences(rule.ends_at - timedelta(minutes=31))
    assert not Notification.objects.exists()

    for _again in range(2):
        workflow.look_at_silences(rule.ends_at - timedelta(minutes=29))
    assert Notification.objects.get().subject == "Your silence ends soon: Moving the database"

    workflow.look_at_silences(rule.ends_at)
    last = Notification.objects.latest("pk")
    assert last.subject == "Your silence has ended: Moving the database"
    assert "It held 1 alert." in last.body
    assert "HighErrorRate" in last.body
    assert (last.person, last.urgency) == (olivia, "low")


def test_a_lookup_that_fails_pages(
    checkout: Service, payments: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(payments)

    def broken(*_rows: Any) -> bool:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(noise, "matches", broken)

    assert not make_alert(service=checkout).is_held


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"matchers": []}, "holds_everything"),
        ({"ends_at": NOON}, "over_already"),
    ],
)
def test_what_makes_no_sense_is_refused(
    payments: Team, fields: dict[str, Any], code: str
) -> None:
    fields = {"starts_at": NOON - HOUR, **fields}
    with pytest.raises(TransitionNotAllowed) as refused:
        silence(payments, **fields)
    assert [reason.code for reason in refused.value.refusals] == [code]


def test_it_must_have_a_reason_and_an_end_after_its_start(payments: Team) -> None:
    with pytest.raises(ValidationError, match="reason"):
        silence(payments, reason=" ")
    with pytest.raises(ValidationError, match="after it starts"):
        silence(payments, starts_at=clock.now() + 2 * HOUR)
    made = silence(payments)
    with pytest.raises(IntegrityError, match="silence_ends_after_it_starts"):
        Silence.objects.filter(pk=made.pk).update(ends_at=made.starts_at)


def test_one_that_is_over_can_be_neither_changed_nor_ended(payments: Team) -> None:
    rule = silence(payments)
    workflow.end_silence(rule, actor=None)

    with pytest.raises(TransitionNotAllowed) as ending:
        workflow.end_silence(rule, actor=None)
    with pytest.raises(TransitionNotAllowed) as changing:
        workflow.change_silence(rule, reason="Other", actor=None)
    for refused in (ending, changing):
        assert [reason.code for reason in refused.value.refusals] == ["silence_over"]


def test_changing_a_silence_lets_go_what_it_covers_no_more(
    checkout: Service, payments: Team
) -> None:
    rule = silence(payments)
    alert = make_alert(service=checkout)
    other = [{"label": "alertname", "op": "=", "value": "Other"}]
    workflow.change_silence(rule, matchers=other, actor=None)

    assert not is_held(alert)


# Weekly hours


def weekly_silence(**fields: Any) -> Silence:
    fields.setdefault("weekly", [{"weekdays": [6], "from": "22:00", "until": "04:00"}])
    fields.setdefault("time_zone", "Europe/Berlin")
    fields.setdefault("starts_at", datetime(2026, 1, 1, tzinfo=UTC))
    fields.setdefault("ends_at", datetime(2027, 1, 1, tzinfo=UTC))
    return Silence(**fields)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 3, 1, 20, 59, tzinfo=UTC), False),  # Sunday, 21:59 in Berlin
        (datetime(2026, 3, 1, 21, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 2, 59, tzinfo=UTC), True),  # past midnight, Monday
        (datetime(2026, 3, 2, 3, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 5, 20, 0, tzinfo=UTC), True),  # in summer two hours ahead
        (datetime(2027, 1, 3, 22, 0, tzinfo=UTC), False),  # after its end
    ],
)
def test_weekly_hours_are_those_of_its_zone(at: datetime, *, expected: bool) -> None:
    assert noise.holds_at(weekly_silence(), at) is expected


def test_weekly_hours_hold_and_let_go_and_hold_again(checkout: Service, payments: Team) -> None:
    now = clock.now()
    start = now.replace(hour=0, minute=0, second=0, microsecond=0) - 2 * 24 * HOUR
    every_day = [{"weekdays": list(range(7)), "from": "10:00", "until": "12:00"}]
    rule = silence(payments, starts_at=start, ends_at=now + 300 * HOUR, weekly=every_day)
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + 24 * HOUR
    alert = make_alert(service=checkout, name="HighErrorRate")

    states = []
    for hour in (9, 10, 11, 12, 34, 36):
        workflow.look_at_silences(tomorrow + hour * HOUR)
        alert.refresh_from_db()
        states.append(alert.is_held)

    assert states == [False, True, True, False, True, False]
    assert Silence.objects.get(pk=rule.pk).due_at is not None


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 350 * 24 * 60),  # minutes of the year
    st.sets(st.integers(0, 6), min_size=1),
    st.times(),
    st.times(),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)
def test_the_next_change_is_the_next_change(
    minute: int, days: set[int], begins: Any, ends: Any, zone: str
) -> None:
    rows = [{"weekdays": sorted(days), "from": f"{begins:%H:%M}", "until": f"{ends:%H:%M}"}]
    rule = weekly_silence(weekly=rows, time_zone=zone)
    at = datetime(2026, 1, 2, tzinfo=UTC) + timedelta(minutes=minute)

    change = noise.next_change(rule, at)

    assert change is not None
    assert change > at
    state = noise.holds_at(rule, at)
    probe = at
    while probe < change:  # nothing changes before
        assert noise.holds_at(rule, probe) is state
        probe += 5 * HOUR
    assert noise.holds_at(rule, change - timedelta(seconds=1)) is state


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Mon 08:00-10:00", [{"weekdays": [0], "from": "08:00", "until": "10:00"}]),
        ("Sat-Mon 22:00-6:00", [{"weekdays": [0, 5, 6], "from": "22:00", "until": "06:00"}]),
        (
            "tue, Thursday 1:00 - 2:00",
            [{"weekdays": [1, 3], "from": "01:00", "until": "02:00"}],
        ),
    ],
)
def test_weekly_hours_as_typed(typed: str, expected: list[dict[str, Any]]) -> None:
    assert weekly.parse(typed) == expected
    assert weekly.parse(weekly.text(expected)) == expected


@pytest.mark.parametrize("typed", ["soon", "Mon 8-10", "Foo 08:00-10:00", "Mon 25:00-26:00"])
def test_weekly_hours_that_cannot_be_read(typed: str) -> None:
    with pytest.raises(ValidationError):
        weekly.parse(typed)


def test_what_would_hold_an_alert_at_any_instant(checkout: Service, payments: Team) -> None:
    rule = silence(payments, starts_at=NOON + 2 * HOUR, ends_at=clock.now() + HOUR)
    labels = {"alertname": "HighErrorRate", "severity": "P1"}

    def asked(at: datetime) -> list[int]:
        found = noise.rules_holding(labels=labels, service_id=checkout.pk, at=at)
        return [reason.id for reason in found]

    assert asked(NOON) == []
    assert asked(NOON + 3 * HOUR) == [rule.pk]
    assert asked(rule.ends_at) == []
