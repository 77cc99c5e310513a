"""Heartbeats: what is heard, what is not, and the alert that goes with it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from operations import sweeps, tasks, workflow
from operations.cron_times import BadCron
from operations.models import (
    Alert,
    AlertState,
    Heartbeat,
    HeartbeatState,
    Ping,
    PingKind,
)
from operations.workflow import pings
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.operations.make import MINUTE, NOON, make_heartbeat

S = HeartbeatState
HOURLY: dict[str, Any] = {"period_minutes": 60, "grace_minutes": 10}


@pytest.fixture
def backup(checkout: Service) -> Heartbeat:
    return make_heartbeat(checkout, **HOURLY)


def hear(
    heartbeat: Heartbeat, kind: str = "success", minutes: float = 0, **fields: Any
) -> Heartbeat:
    """A ping so long after noon, read a second later."""
    at = NOON + minutes * MINUTE
    Ping.objects.create(heartbeat=heartbeat, kind=kind, at=at, method="GET", **fields)
    return look(heartbeat, at + timedelta(seconds=1))


def look(heartbeat: Heartbeat, now: datetime) -> Heartbeat:
    sweeps.look_at_heartbeats(now)
    heartbeat.refresh_from_db()
    return heartbeat


def events_of(heartbeat: Heartbeat) -> list[str]:
    kinds = Event.objects.filter(kind__startswith="heartbeat.", object_id=heartbeat.pk)
    return list(kinds.order_by("pk").values_list("kind", flat=True))


def the_alert() -> Alert:
    return Alert.objects.get(name="HeartbeatDown")


def test_silence_becomes_late_and_then_down_with_an_alert(
    backup: Heartbeat, checkout: Service
) -> None:
    assert hear(backup).state == S.UP
    assert look(backup, NOON + 59 * MINUTE).state == S.UP
    assert look(backup, NOON + 60 * MINUTE).state == S.LATE
    assert not Alert.objects.exists()

    assert look(backup, NOON + 75 * MINUTE).state == S.DOWN
    alert = the_alert()
    assert (alert.state, alert.service, alert.severity) == (AlertState.UNACKED, checkout, 2)
    assert alert.started_at == backup.since == NOON + 70 * MINUTE
    assert alert.labels["heartbeat"] == "Nightly backup"
    assert "last word came at 02 Mar, 12:00 UTC" in alert.summary
    assert events_of(backup)[-1] == "heartbeat.went_down"


def test_a_success_ends_the_alert(backup: Heartbeat) -> None:
    hear(backup)
    look(backup, NOON + 75 * MINUTE)

    assert hear(backup, minutes=80).state == S.UP
    assert the_alert().state == AlertState.RETURNED
    assert events_of(backup)[-2:] == ["heartbeat.went_down", "heartbeat.came_up"]


def test_a_failure_is_down_at_once_and_says_so(backup: Heartbeat) -> None:
    assert hear(backup, "fail", exit_status=3).state == S.DOWN
    assert "says that it failed" in the_alert().summary


def test_a_run_that_does_not_end_is_down(backup: Heartbeat) -> None:
    assert hear(backup, "start").state == S.STARTED
    assert look(backup, NOON + 10 * MINUTE).state == S.DOWN
    assert "did not finish within 10 min" in the_alert().summary


def test_the_turn_and_its_alert_are_one_transaction(
    backup: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("no more room")

    hear(backup)
    monkeypatch.setattr(pings, "raise_alert", broken)
    assert look(backup, NOON + 75 * MINUTE).state == S.UP
    assert backup.due_at == NOON + 60 * MINUTE
    monkeypatch.undo()

    assert look(backup, NOON + 76 * MINUTE).state == S.DOWN
    assert the_alert().started_at == NOON + 70 * MINUTE


def test_a_heartbeat_that_cannot_be_read_holds_no_other_up(
    backup: Heartbeat, checkout: Service
) -> None:
    broken = make_heartbeat(checkout, "Broken", **HOURLY)
    hear(backup)
    hear(broken)
    Heartbeat.objects.filter(pk=broken.pk).update(time_zone="Mars/Olympus")

    assert look(backup, NOON + 75 * MINUTE).state == S.DOWN


def test_what_came_before_the_time_was_over_counts_however_late_it_is_read(
    backup: Heartbeat,
) -> None:
    hear(backup)
    Ping.objects.create(heartbeat=backup, kind="success", at=NOON + 69 * MINUTE, method="GET")

    assert look(backup, NOON + 75 * MINUTE).state == S.UP
    assert not Alert.objects.exists()


def test_what_was_over_before_anybody_looked_wakes_nobody(backup: Heartbeat) -> None:
    hear(backup)
    Ping.objects.create(heartbeat=backup, kind="success", at=NOON + 90 * MINUTE, method="GET")

    assert look(backup, NOON + 91 * MINUTE).state == S.UP
    assert events_of(backup)[-2:] == ["heartbeat.went_down", "heartbeat.came_up"]
    went_down = Event.objects.get(kind="heartbeat.went_down")
    assert went_down.happened_at == NOON + 70 * MINUTE
    assert not Alert.objects.exists()


def test_looking_twice_changes_nothing(backup: Heartbeat) -> None:
    hear(backup)
    look(backup, NOON + 75 * MINUTE)
    before = Event.objects.count()

    for _ in range(3):
        look(backup, NOON + 75 * MINUTE)
    tasks.look_at_heartbeats()
    assert Event.objects.count() == before
    assert sweeps.look_at_heartbeats(NOON + 80 * MINUTE) == 0


def test_a_storm_of_pings_is_read_in_a_few_queries(
    backup: Heartbeat, django_assert_max_num_queries: Any
) -> None:
    Ping.objects.bulk_create(
        Ping(heartbeat=backup, kind="success", at=NOON + n * timedelta(seconds=1), method="GET")
        for n in range(400)
    )
    with django_assert_max_num_queries(20):
        look(backup, NOON + 8 * MINUTE)

    assert backup.succeeded_at == NOON + timedelta(seconds=399)
    assert (backup.pings.count(), Ping.objects.filter(is_read=False).count()) == (100, 0)


def test_nobody_is_called_down_while_words_of_theirs_wait(
    backup: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pings, "READ_AT_ONCE", 3)
    for minutes in (0, 30, 60, 90, 120):
        at = NOON + minutes * MINUTE
        Ping.objects.create(heartbeat=backup, kind="success", at=at, method="GET")

    look(backup, NOON + 125 * MINUTE)
    assert not Alert.objects.exists()
    assert look(backup, NOON + 125 * MINUTE).succeeded_at == NOON + 120 * MINUTE


def test_the_last_hundred_are_kept_with_their_durations(backup: Heartbeat) -> None:
    for number in range(0, 110, 2):
        hear(backup, "start", minutes=number)
        hear(backup, minutes=number + 1)

    assert backup.pings.count() == 100
    assert backup.pings.filter(kind="success").first().duration == MINUTE  # type: ignore[union-attr]
    assert backup.last_duration == MINUTE


def test_a_pause_ends_the_alert_and_a_resume_waits_again(
    backup: Heartbeat, olivia: User
) -> None:
    hear(backup)
    look(backup, NOON + 75 * MINUTE)

    paused = workflow.pause_heartbeat(backup, now=NOON + 76 * MINUTE, actor=olivia)
    assert (paused.state, paused.due_at) == (S.PAUSED, None)
    assert the_alert().state == AlertState.RETURNED
    with pytest.raises(TransitionNotAllowed):
        workflow.pause_heartbeat(backup, now=NOON, actor=olivia)
    assert look(backup, NOON + 999 * MINUTE).state == S.PAUSED

    again = workflow.resume_heartbeat(backup, now=NOON + 1000 * MINUTE, actor=olivia)
    assert (again.state, again.expected_at) == (S.NEW, NOON + 1060 * MINUTE)
    with pytest.raises(TransitionNotAllowed):
        workflow.resume_heartbeat(backup, now=NOON, actor=olivia)
    assert look(backup, NOON + 1070 * MINUTE).state == S.DOWN
    assert the_alert().occurrence_count == 2


def test_a_longer_grace_takes_back_what_was_said_too_early(
    backup: Heartbeat, olivia: User
) -> None:
    hear(backup)
    look(backup, NOON + 75 * MINUTE)

    changed = workflow.change_heartbeat(
        backup, now=NOON + 76 * MINUTE, actor=olivia, grace_minutes=30
    )

    assert (changed.state, changed.due_at) == (S.LATE, NOON + 90 * MINUTE)
    assert the_alert().state == AlertState.RETURNED
    assert changed.history.first().history_user == olivia


def test_a_worse_severity_reaches_an_open_alert(backup: Heartbeat, olivia: User) -> None:
    hear(backup, "fail")
    workflow.change_heartbeat(backup, now=NOON + MINUTE, actor=olivia, severity=0)

    assert the_alert().severity == 0
    assert Event.objects.filter(kind="alert.worsened").exists()


def test_another_rhythm_by_cron(backup: Heartbeat, olivia: User) -> None:
    hear(backup)
    values = {"kind": "cron", "cron": "30 4 * * *", "time_zone": "Europe/Berlin"}
    changed = workflow.change_heartbeat(backup, now=NOON + MINUTE, actor=olivia, **values)

    assert changed.due_at == datetime.fromisoformat("2026-03-03T03:30+00:00")
    with pytest.raises(BadCron):
        workflow.change_heartbeat(backup, now=NOON, actor=olivia, kind="cron", cron="now")
    with pytest.raises(TypeError):
        workflow.change_heartbeat(backup, now=NOON, actor=olivia, state="up")
    back = workflow.change_heartbeat(backup, now=NOON, actor=olivia, kind="period")
    assert back.cron == ""


def test_a_new_key_closes_the_old_door(backup: Heartbeat, olivia: User) -> None:
    old = backup.ping_key
    workflow.renew_ping_key(backup, actor=olivia)

    assert workflow.accept_ping(old, kind=PingKind.SUCCESS, method="GET") is None
    backup.refresh_from_db()
    assert workflow.accept_ping(backup.ping_key, kind=PingKind.SUCCESS, method="GET")


def test_a_ping_is_a_hint_and_its_row_the_promise(
    backup: Heartbeat, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as hints:
        workflow.accept_ping(backup.ping_key, kind=PingKind.SUCCESS, method="GET")

    assert len(hints) == 1
    assert look(backup, clock.now()).state == S.UP


@pytest.mark.parametrize(
    ("values", "name"),
    [
        # Which of the two speaks first is the database's choice.
        ({"state": "odd"}, "heartbeat_(state_known|due_iff_it_can_turn)"),
        ({"state": "up"}, "heartbeat_due_iff_it_can_turn"),
        ({"state": "paused", "due_at": NOON}, "heartbeat_due_iff_it_can_turn"),
        ({"state": "down"}, "heartbeat_down_for_a_reason"),
        ({"down_because": "silent"}, "heartbeat_down_for_a_reason"),
        ({"kind": "cron"}, "heartbeat_has_one_rhythm"),
        ({"cron": "* * * * *"}, "heartbeat_has_one_rhythm"),
        ({"grace_minutes": 0}, "heartbeat_within_a_year"),
        ({"period_minutes": 9_999_999}, "heartbeat_within_a_year"),
    ],
)
def test_the_database_knows_what_a_heartbeat_is(
    backup: Heartbeat, values: dict[str, Any], name: str
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Heartbeat.objects.filter(pk=backup.pk).update(**values)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_look_at_once_one_opens_the_alert(checkout: Service) -> None:
    jobs = [make_heartbeat(checkout, f"Job {number}", **HOURLY) for number in range(4)]
    for job in jobs:
        Ping.objects.create(heartbeat=job, kind="success", at=NOON, method="GET")
    look(jobs[0], NOON + MINUTE)

    def look_too(_number: int) -> None:
        try:
            sweeps.look_at_heartbeats(NOON + 75 * MINUTE)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(look_too, range(4)))
    sweeps.look_at_heartbeats(NOON + 75 * MINUTE)  # what was in another's hands

    assert set(Heartbeat.objects.values_list("state", flat=True)) == {"down"}
    assert Alert.objects.count() == 4
    assert Event.objects.filter(kind="alert.opened").count() == 4
    assert Event.objects.filter(kind="heartbeat.went_down").count() == 4
