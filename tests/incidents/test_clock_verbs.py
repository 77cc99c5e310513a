"""Clocks as rows: what starts, stops, pauses and moves them, and what each change leaves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from incidents import workflow
from incidents.models import (
    ClockChange,
    ClockKind,
    ClockPause,
    Incident,
    IncidentClock,
    Outcome,
    Review,
    ServiceEscalation,
)
from incidents.workflow import clocks
from incidents.workflow.saving import locked_incident
from operations import workflow as operations
from operations.models import Severity
from portal.errors import DomainError
from portal.models import Event, Service, User
from tests.incidents.make import make_incident, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def time() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def clock_of(incident: Incident, kind: str, number: int = 1) -> IncidentClock:
    return IncidentClock.objects.get(incident=incident, kind=kind, number=number)


def response(incident: Incident) -> IncidentClock:
    return clock_of(incident, ClockKind.RESPONSE)


def resolution(incident: Incident) -> IncidentClock:
    return clock_of(incident, ClockKind.RESOLUTION)


def change(incident: Incident, severity: int, because: str = "Worse") -> Incident:
    return workflow.change_severity(incident, severity=severity, because=because, actor=None)


@pytest.mark.parametrize(
    ("severity", "answer", "end", "word"),
    [
        (0, 5 * MINUTE, HOUR, 5 * MINUTE),
        (1, 15 * MINUTE, 4 * HOUR, 15 * MINUTE),
        (2, 2 * HOUR, 24 * HOUR, None),
    ],
)
def test_each_severity_starts_its_clocks(
    checkout: Service, time: Any, severity: int, answer: Any, end: Any, word: Any
) -> None:
    incident = make_incident(checkout, severity=severity)
    due = {row.kind: row.due_at for row in incident.clocks.all()}
    assert due["response"] == incident.response_due_at == MONDAY + answer
    assert due["resolution"] == incident.resolution_due_at == MONDAY + end
    assert due["communication"] == (MONDAY + word if word else None)
    assert response(incident).at_risk_at == MONDAY + 0.8 * answer


def test_the_response_is_met_by_an_answer_before_its_due_time(
    checkout: Service, olivia: User, time: Any
) -> None:
    early, sharp = (make_incident(checkout, severity=0) for _ in range(2))
    time.shift(5 * MINUTE - timedelta(seconds=1))
    workflow.acknowledge(early, actor=olivia)
    time.shift(timedelta(seconds=1))
    workflow.acknowledge(sharp, actor=olivia)

    assert response(early).outcome == Outcome.MET
    assert response(sharp).outcome == Outcome.BREACHED
    assert response(sharp).breached_at == MONDAY + 5 * MINUTE


@pytest.mark.parametrize(("after", "outcome"), [(4, "not_needed"), (6, "breached")])
def test_resolved_before_response_is_a_result_of_its_own(
    checkout: Service, time: Any, after: int, outcome: str
) -> None:
    incident = make_incident(checkout, severity=0)
    time.shift(after * MINUTE)
    workflow.resolve(incident, summary="It went away", actor=None)
    assert response(incident).outcome == outcome


def test_what_was_given_back_runs_on_from_the_start(
    checkout: Service, olivia: User, time: Any
) -> None:
    incident = make_incident(checkout, severity=0)
    time.shift(MINUTE)
    workflow.acknowledge(incident, actor=olivia)
    workflow.unacknowledge(incident, actor=olivia)
    assert response(incident).is_running
    assert response(incident).due_at == MONDAY + 5 * MINUTE


def test_a_pause_moves_the_due_time_and_says_why(
    checkout: Service, olivia: User, time: Any
) -> None:
    incident = make_incident(checkout, severity=0)
    time.shift(10 * MINUTE)
    workflow.pause_clock(incident, waiting_for="vendor", note="Ticket 7", actor=olivia)
    paused = resolution(incident)
    assert (paused.due_at, paused.state_at(MONDAY + 9 * HOUR)) == (None, "paused")
    assert response(incident).due_at == MONDAY + 5 * MINUTE

    time.shift(30 * MINUTE)
    workflow.resume_clock(incident, actor=olivia)
    assert resolution(incident).due_at == MONDAY + HOUR + 30 * MINUTE
    assert resolution(incident).at_risk_at == MONDAY + 48 * MINUTE + 30 * MINUTE
    pause = ClockPause.objects.get()
    assert (pause.reason, pause.note, pause.started_by) == ("vendor", "Ticket 7", olivia)
    assert [row.reason for row in ClockChange.objects.all()] == ["paused", "resumed"]
    kinds = Event.objects.filter(kind__startswith="incident.clock_").values_list("kind")
    assert {kind for (kind,) in kinds} == {"incident.clock_paused", "incident.clock_resumed"}


def test_a_pause_ends_with_the_incident(checkout: Service, olivia: User, time: Any) -> None:
    incident = make_incident(checkout, severity=0)
    time.shift(50 * MINUTE)
    workflow.pause_clock(incident, waiting_for="customer", note="Logs", actor=olivia)
    time.shift(5 * HOUR)
    workflow.resolve(incident, summary="They sent them", actor=olivia)

    row = resolution(incident)
    assert (row.outcome, row.elapsed) == (Outcome.MET, 50 * MINUTE)
    assert row.taken == 5 * HOUR + 50 * MINUTE
    assert not ClockPause.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize(
    ("prepare", "verb", "code"),
    [
        ([], "resume", "not_paused"),
        (["pause"], "pause", "already_paused"),
        (["resolve"], "pause", "already_resolved"),
    ],
)
def test_why_not(
    checkout: Service, olivia: User, prepare: list[str], verb: str, code: str
) -> None:
    incident = make_incident(checkout, severity=0)

    def do(name: str) -> None:
        if name == "pause":
            workflow.pause_clock(incident, waiting_for="vendor", note="Them", actor=olivia)
        elif name == "resume":
            workflow.resume_clock(incident, actor=olivia)
        else:
            workflow.resolve(incident, summary="Done", actor=olivia)

    for name in prepare:
        do(name)
    with pytest.raises(DomainError) as refused:
        do(verb)
    assert [reason.code for reason in refused.value.refusals] == [code]


def test_what_is_not_measured_cannot_wait(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout, severity=3)
    with pytest.raises(DomainError) as refused:
        workflow.pause_clock(incident, waiting_for="vendor", note="Them", actor=olivia)
    assert refused.value.refusals[0].code == "no_clock"


def test_another_severity_keeps_the_start_and_swaps_the_target(
    checkout: Service, olivia: User, time: Any
) -> None:
    incident = make_incident(checkout, severity=2)
    time.shift(30 * MINUTE)
    workflow.change_severity(incident, severity=0, because="All of it", actor=olivia)

    row = response(incident)
    assert (row.started_at, row.due_at) == (MONDAY, MONDAY + 5 * MINUTE)
    assert (row.breached_at, row.breach_reason) == (MONDAY + 30 * MINUTE, "severity_change")
    assert resolution(incident).due_at == MONDAY + HOUR
    moved = ClockChange.objects.get(clock=row)
    assert (moved.severity_before, moved.severity_after) == (2, 0)
    assert (moved.target_before, moved.target_after) == (2 * HOUR, 5 * MINUTE)
    assert (moved.due_before, moved.due_after) == (MONDAY + 2 * HOUR, MONDAY + 5 * MINUTE)
    assert (moved.actor, moved.note, moved.elapsed) == (olivia, "All of it", 30 * MINUTE)


def test_a_lower_severity_takes_a_breach_back(checkout: Service, time: Any) -> None:
    incident = make_incident(checkout, severity=0)
    time.shift(10 * MINUTE)
    change(incident, 2, "One customer")
    row = response(incident)
    assert (row.breached_at, row.due_at) == (None, MONDAY + 2 * HOUR)


def test_another_severity_keeps_the_pauses(checkout: Service, olivia: User, time: Any) -> None:
    incident = make_incident(checkout, severity=0)
    workflow.pause_clock(incident, waiting_for="vendor", note="Them", actor=olivia)
    time.shift(20 * MINUTE)
    workflow.resume_clock(incident, actor=olivia)
    change(incident, 1)
    assert resolution(incident).due_at == MONDAY + 4 * HOUR + 20 * MINUTE


def test_reopening_goes_on_without_the_time_between(
    checkout: Service, olivia: User, time: Any
) -> None:
    incident = make_incident(checkout, severity=0)
    workflow.acknowledge(incident, actor=olivia)
    time.shift(20 * MINUTE)
    workflow.resolve(incident, summary="Done", actor=olivia)
    time.shift(3 * HOUR)
    workflow.reopen(incident, reason="It is back", actor=olivia)
    row = resolution(incident)
    assert row.due_at == MONDAY + 3 * HOUR + HOUR
    assert response(incident).outcome == Outcome.MET

    time.shift(10 * MINUTE)
    workflow.resolve(incident, summary="Done", actor=olivia)
    row = resolution(incident)
    assert (row.outcome, row.elapsed) == (Outcome.MET, 30 * MINUTE)
    assert row.taken == 3 * HOUR + 30 * MINUTE


def test_an_unanswered_one_that_is_reopened_waits_for_its_answer_again(
    checkout: Service, time: Any
) -> None:
    incident = make_incident(checkout, severity=0)
    time.shift(2 * MINUTE)
    workflow.resolve(incident, summary="Gone", actor=None)
    time.shift(HOUR)
    workflow.reopen(incident, reason="Back", actor=None)
    assert response(incident).due_at == MONDAY + HOUR + 5 * MINUTE
    assert clock_of(incident, ClockKind.COMMUNICATION).is_running


def office(service: Service) -> None:
    operations.set_business_hours(
        service=service,
        time_zone="UTC",
        ranges=[[day, "09:00", "17:00"] for day in range(5)],
        actor=None,
    )


def test_p1_counts_in_business_hours_and_p0_does_not(checkout: Service, time: Any) -> None:
    office(checkout)
    time.move_to(MONDAY + timedelta(hours=6, minutes=55))  # Monday 16:55
    high, critical = (make_incident(checkout, severity=n) for n in (1, 0))
    tuesday = MONDAY + timedelta(hours=23)  # 09:00
    assert response(high).due_at == tuesday + 10 * MINUTE
    assert resolution(high).due_at == tuesday + 3 * HOUR + 55 * MINUTE
    assert response(critical).due_at == high.detected_at + 5 * MINUTE


def test_a_service_that_pages_always_counts_always(checkout: Service, time: Any) -> None:
    office(checkout)
    own = ServiceEscalation(service=checkout, pages_always=True)
    own.changed_by = None
    own.save()
    time.move_to(MONDAY + timedelta(hours=10))
    incident = make_incident(checkout, severity=1)
    assert response(incident).due_at == incident.detected_at + 15 * MINUTE


def test_raised_in_the_night_what_has_elapsed_counts(checkout: Service, time: Any) -> None:
    office(checkout)
    time.move_to(MONDAY + timedelta(hours=8))  # Monday 18:00
    incident = make_incident(checkout, severity=2)
    time.shift(3 * HOUR)
    change(incident, 1)
    row = resolution(incident)
    assert row.due_at == MONDAY + timedelta(hours=24)  # Tuesday 10:00: one hour was left


def test_p3_is_due_with_the_next_business_day_and_sprint(checkout: Service, time: Any) -> None:
    incident = make_incident(checkout, severity=3)
    assert response(incident).due_at == datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert resolution(incident).due_at is None

    operations.set_sprints(checkout.team, begins_on=MONDAY.date(), days=14, actor=None)
    other = make_incident(checkout, severity=3, title="Later")
    assert resolution(other).due_at == datetime(2026, 12, 21, tzinfo=UTC)


def test_updates_answer_and_promise(checkout: Service, olivia: User, time: Any) -> None:
    incident = make_incident(checkout, severity=0)
    time.shift(3 * MINUTE)
    promised = MONDAY + 33 * MINUTE

    def post(text: str, next_by: datetime | None = None) -> None:
        workflow.post_update(
            incident, phase="identified", text=text, next_update_by=next_by, actor=olivia
        )

    post("We know what it is.", promised)
    first, second = (clock_of(incident, ClockKind.COMMUNICATION, n) for n in (1, 2))
    assert (first.outcome, second.due_at) == (Outcome.MET, promised)

    time.move_to(promised)
    post("It takes longer.")
    assert clock_of(incident, ClockKind.COMMUNICATION, 2).outcome == Outcome.BREACHED
    assert incident.clocks.filter(kind=ClockKind.COMMUNICATION).count() == 2


def test_the_first_update_is_not_needed_for_what_is_over_in_time(
    checkout: Service, time: Any
) -> None:
    short, long = (make_incident(checkout, severity=0) for _ in range(2))
    time.shift(MINUTE)
    workflow.resolve(short, summary="Gone", actor=None)
    time.shift(HOUR)
    workflow.resolve(long, summary="Gone", actor=None)
    assert clock_of(short, ClockKind.COMMUNICATION).outcome == Outcome.NOT_NEEDED
    assert clock_of(long, ClockKind.COMMUNICATION).is_running


def test_the_review_clock_runs_until_it_is_published(
    checkout: Service, olivia: User, time: Any
) -> None:
    incident = make_incident(checkout, severity=0)
    workflow.resolve(incident, summary="Done", actor=olivia)
    assert clock_of(incident, ClockKind.REVIEW).due_at == MONDAY + 48 * HOUR
    time.shift(HOUR)
    workflow.reopen(incident, reason="Back", actor=olivia)
    assert clock_of(incident, ClockKind.REVIEW).outcome == Outcome.NOT_NEEDED
    workflow.resolve(incident, summary="Done", actor=olivia)
    time.shift(HOUR)
    publish(Review.objects.get(), olivia)
    row = clock_of(incident, ClockKind.REVIEW, 2)
    assert (row.outcome, row.elapsed) == (Outcome.MET, HOUR)


def test_a_frozen_clock_rests_and_counts(checkout: Service, time: Any) -> None:
    incident = make_incident(checkout, severity=0)
    before = {row.pk: row.due_at for row in incident.clocks.all()}
    with transaction.atomic():
        clocks.freeze_clocks(locked_incident(incident), actor=None)
    assert not IncidentClock.objects.exclude(wake_at=None).exists()
    assert response(incident).state_at(MONDAY + HOUR) == "frozen"

    time.shift(2 * MINUTE)
    with transaction.atomic():
        clocks.thaw_clocks(locked_incident(incident), actor=None)
    assert {row.pk: row.due_at for row in incident.clocks.all()} == before
    assert response(incident).state_at(MONDAY + 2 * MINUTE) == "on_time"


def test_following_twice_changes_nothing(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout, severity=0)
    workflow.acknowledge(incident, actor=olivia)

    def rows() -> list[Any]:
        return list(IncidentClock.objects.order_by("pk").values())

    before = rows()
    with transaction.atomic():
        clocks.follow(locked_incident(incident), actor=None)
    assert rows() == before
    assert not ClockChange.objects.exists()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": "odd"}, "clock_kind_known"),
        ({"outcome": "met"}, "clock_stopped_iff_outcome"),
        ({"breach_reason": "time"}, "clock_breached_for_a_reason"),
        ({"paused_for": "vendor"}, "clock_pauses_only_the_resolution"),
    ],
)
def test_the_database_says_what_a_clock_is(
    checkout: Service, fields: dict[str, Any], constraint: str
) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    row = response(incident)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        IncidentClock.objects.filter(pk=row.pk).update(**fields)
