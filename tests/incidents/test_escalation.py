"""Waking people: who, when, why; once each, and not at all when somebody has answered."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents import workflow
from incidents.escalation_plan import Decision, walk
from incidents.models import (
    EndReason,
    EscalationRun,
    EscalationStep,
    Incident,
    IncidentState,
)
from incidents.resolving import DatabaseResolver
from incidents.route import policy_for
from incidents.workflow import Rung, Target, answers, escalation, mending, pages
from incidents.workflow.incidents import page_again
from operations.models import BusinessHours, Severity
from portal import clock, events, sweeping
from portal.auditor import _questions
from portal.models import Channel, Notification, SendState, Service, Team, TeamRole, User
from tests.incidents.make import fire, make_alert, make_incident, make_schedule, page, tell
from tests.make import make_person, make_service, make_team

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def incident(checkout: Service) -> Incident:
    return make_incident(checkout, severity=Severity.P0, title="Nobody can pay")


def paged() -> list[str]:
    pages = Notification.objects.filter(kind="page").order_by("pk")
    return list(pages.values_list("person__name", flat=True))


def states(incident: Incident) -> list[str]:
    rows = EscalationStep.objects.filter(run__incident=incident)
    return list(rows.order_by("run", "loop", "order").values_list("state", flat=True))


def ends(incident: Incident) -> list[str]:
    return [run.end_reason for run in incident.runs.order_by("number")]


def found_by_the_auditor(now: datetime) -> set[str]:
    return {answer.code for ask in _questions for answer in ask(now)}


def test_the_person_on_call_first_the_managers_later_the_administrators_last(
    incident: Incident, payments: Team, olivia: User, manager: User, ada: User
) -> None:
    make_schedule(payments, olivia)

    page()
    assert paged() == ["Olivia"]
    page(4 * MINUTE)
    assert paged() == ["Olivia"]
    page(6 * MINUTE)
    assert paged() == ["Olivia", "Max"]
    page(11 * MINUTE)
    assert paged() == ["Olivia", "Max", "Ada"]
    assert page(DAY) == 0
    assert ends(incident) == [EndReason.EXHAUSTED]


def test_the_page_says_what_since_when_and_why(
    incident: Incident, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    page()

    sent = Notification.objects.get()
    assert sent.subject == "P0 Checkout: Nobody can pay"
    assert f"INC-{incident.pk}, since" in sent.body
    assert "Turn 1 of 1" in sent.body
    assert sent.priority == Severity.P0


def test_nobody_on_call_means_the_next_step_at_once_and_the_team_is_told(
    incident: Incident, payments: Team, manager: User
) -> None:
    page()

    assert paged() == ["Max"]
    told = [event.kind for event in events.about(incident)]
    assert told == ["incident.paged", "incident.paged_nobody", "incident.opened"]
    assert states(incident) == ["skipped", "done", "due"]
    assert "no on-call schedule" in EscalationStep.objects.get(order=1).reason
    gap = Notification.objects.get(kind="gap")
    assert (gap.person, gap.urgency) == (manager, "low")
    assert "Nobody was on call for Payments" in gap.subject


def test_without_managers_the_administrators_are_the_last_resort(
    incident: Incident, ada: User
) -> None:
    page()
    assert paged() == ["Ada"]
    assert states(incident) == ["skipped", "skipped", "done"]


def test_with_nobody_at_all_that_is_recorded_and_the_auditor_says_so(
    incident: Incident,
) -> None:
    page()

    assert states(incident) == ["skipped", "skipped", "skipped"]
    assert events.about(incident).filter(kind="incident.paged_nobody").count() == 3
    assert "incident_unanswered" in found_by_the_auditor(clock.now() + 2 * MINUTE)


def test_who_has_left_is_not_woken(
    incident: Incident, payments: Team, olivia: User, manager: User
) -> None:
    make_schedule(payments, olivia)
    olivia.is_active = False
    olivia.changed_by = None
    olivia.save()

    page()
    assert paged() == ["Max"]


# What starts, stops and restarts (the domain's table, whole).

Happening = Callable[[Incident, User], Any]


def _ack(it: Incident, by: User) -> Any:
    return workflow.acknowledge(it, actor=by)


def _other_alert(it: Incident, by: User) -> None:
    _ack(it, by)
    fire(it.service, name="Another", severity=Severity.P0)


def _foreign_ack(it: Incident, by: User) -> None:
    workflow.note_acknowledgement(it, actor=make_person("Stranger"))


def _unack(it: Incident, by: User) -> None:
    workflow.unacknowledge(_ack(it, by), actor=by)


def _worse(it: Incident, by: User) -> None:
    workflow.change_severity(_ack(it, by), severity=Severity.P0, actor=by)


def _lapse(it: Incident, by: User) -> None:
    workflow.change_severity(it, severity=Severity.P0, actor=by)
    _ack(it, by)
    answers.lapse_due(clock.now() + 31 * MINUTE)


def _snooze(it: Incident, by: User) -> None:
    workflow.snooze(it, until=clock.now() + 2 * MINUTE, actor=by)


def _snooze_ends(it: Incident, by: User) -> None:
    _snooze(it, by)
    answers.lapse_due(clock.now() + 3 * MINUTE)


def _escalate_now(it: Incident, by: User) -> None:
    page()
    workflow.escalate_now(it, actor=by)


def _held(it: Incident, by: User) -> None:
    escalation.stop(it, why=EndReason.HELD)


TABLE: list[tuple[str, Happening, str, int]] = [
    # what happens, by whom, is it going on after, at which rung
    ("acknowledged by the entitled", _ack, "stops", 0),
    ("acknowledged by another", _foreign_ack, "goes on", 1),
    ("resolved", lambda it, by: workflow.resolve(it, summary="Done", actor=by), "stops", 0),
    ("snoozed", _snooze, "stops", 0),
    ("the snooze ends", _snooze_ends, "restarts", 1),
    ("given back", _unack, "restarts", 1),
    ("the acknowledgement lapses", _lapse, "restarts", 1),
    ("the severity rises", _worse, "restarts", 1),
    ("another alert joins", _other_alert, "restarts", 1),
    ("escalated by hand", _escalate_now, "goes on", 2),
    ("its alerts are held", _held, "stops", 0),
]


@pytest.mark.parametrize(
    ("what", "happens", "effect", "order"), TABLE, ids=[row[0] for row in TABLE]
)
def test_what_starts_stops_and_restarts_it(
    checkout: Service,
    payments: Team,
    olivia: User,
    manager: User,
    what: str,
    happens: Happening,
    effect: str,
    order: int,
) -> None:
    make_schedule(payments, olivia)
    incident = make_incident(checkout, severity=Severity.P1, title="Slow")
    happens(incident, olivia)

    due = EscalationStep.objects.filter(run__incident=incident, state="due")
    assert [step.order for step in due] == ([order] if order else [])
    first = incident.runs.get(number=1)
    assert (first.ended_at is None) == (effect == "goes on")
    if effect == "restarts":
        assert incident.runs.order_by("number").last().because  # type: ignore[union-attr]
        incident.refresh_from_db()
        assert incident.state == IncidentState.TRIGGERED


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_an_answer_takes_back_what_has_not_left_yet(
    incident: Incident, payments: Team, olivia: User, manager: User, verb: str
) -> None:
    make_schedule(payments, olivia)
    page()
    more: dict[str, Any] = {"summary": "Done"} if verb == "resolve" else {}
    getattr(workflow, verb)(incident, actor=olivia, **more)

    page(DAY)

    assert paged() == ["Olivia"]
    assert Notification.objects.get().state == SendState.CANCELLED
    assert states(incident) == ["done", "cancelled"]


def test_giving_it_back_starts_again_and_says_so(
    incident: Incident, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    page()
    workflow.acknowledge(incident, actor=olivia)
    workflow.unacknowledge(incident, actor=olivia)
    page()

    assert paged() == ["Olivia", "Olivia"]
    assert "Olivia gave it back." in Notification.objects.latest("pk").body
    assert ends(incident) == [EndReason.ANSWERED, ""]


# What was drawn: policies.


def test_an_edit_does_not_touch_what_is_under_way_until_it_is_applied(
    checkout: Service, payments: Team, olivia: User, manager: User, ada: User
) -> None:
    policy = workflow.create_policy(
        name="Ours",
        team=payments,
        rungs=[Rung([Target("person", olivia)]), Rung([Target("person", manager)])],
        actor=olivia,
    )
    incident = make_incident(checkout, severity=Severity.P0)
    page()
    second = policy.steps.get(order=2)
    workflow.change_step(second, Rung([Target("person", ada)]), actor=olivia)

    other = make_incident(checkout, severity=Severity.P0, title="Another")
    page(6 * MINUTE)
    assert paged() == ["Olivia", "Olivia", "Max"]
    page(20 * MINUTE)
    assert paged()[3:] == ["Ada", "Ada"]
    for over in (incident, other):
        workflow.resolve(over, summary="Done", actor=olivia)

    again = make_incident(checkout, severity=Severity.P0, title="A third")
    page()
    workflow.change_step(second, Rung([Target("person", manager)]), actor=olivia)
    assert workflow.apply_now(policy, actor=olivia) == 1
    page(6 * MINUTE)
    assert paged()[5:] == ["Olivia", "Max"]
    assert events.about(again).filter(kind="incident.policy_applied").count() == 1
    assert not events.about(incident, other).filter(kind="incident.policy_applied").exists()


def test_a_round_robin_takes_turns_from_incident_to_incident(
    checkout: Service, payments: Team, olivia: User, manager: User
) -> None:
    rung = Rung([Target("team")], strategy="round_robin")
    workflow.create_policy(name="Ours", team=payments, rungs=[rung], actor=None)
    for number in range(3):
        make_incident(checkout, severity=Severity.P0, title=f"Number {number}")
        page()
    assert paged() == ["Max", "Olivia", "Max"]


def test_a_channel_is_told_with_the_people(
    checkout: Service, payments: Team, olivia: User
) -> None:
    room = Channel(name="Payments room", team=payments, kind="apprise", destination="json://x")
    room.changed_by = None
    room.save()
    rung = Rung([Target("channel", room), Target("person", olivia)])
    workflow.create_policy(name="Ours", team=payments, rungs=[rung], actor=None)
    incident = make_incident(checkout, severity=Severity.P0)
    page()

    told = Notification.objects.get(channel=room)
    assert (told.subject, told.priority) == (pages.page_subject(incident), Severity.P0)
    assert "/acknowledge/" not in told.url  # a room is nobody: the link would act for one
    assert [each["name"] for each in EscalationStep.objects.get(order=1).reached] == [
        "Olivia",
        "Payments room",
    ]


def set_hours(**fields: Any) -> BusinessHours:
    hours = BusinessHours(time_zone="UTC", **fields)
    hours.changed_by = None
    hours.save()
    return hours


def closed_now() -> list[list[Any]]:
    """Open two hours from now, for an hour, whatever the day."""
    opens = clock.now() + timedelta(hours=2)
    closes = opens + timedelta(hours=1)
    return [[opens.weekday(), f"{opens:%H:%M}", f"{closes:%H:%M}"]]


def test_p1_waits_for_the_business_hours_where_some_are_set(
    checkout: Service, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    set_hours(team=payments, ranges=closed_now())
    incident = make_incident(checkout, severity=Severity.P1)
    page()

    assert paged() == []
    step = EscalationStep.objects.get()
    opens = clock.now() + timedelta(hours=2)
    assert abs(step.due_at - opens) <= MINUTE
    assert events.about(incident).filter(kind="incident.paging_waits").count() == 1
    assert page(timedelta(minutes=119)) == 0 or paged() == []
    page(timedelta(hours=2, minutes=1))
    assert paged() == ["Olivia"]


@pytest.mark.parametrize("why", ["P0", "always", "unset", "by hand"])
def test_what_does_not_wait_for_the_business_hours(
    checkout: Service, payments: Team, olivia: User, why: str
) -> None:
    make_schedule(payments, olivia)
    if why != "unset":
        set_hours(ranges=closed_now())
    if why == "always":
        workflow.set_service_escalation(checkout, policy=None, pages_always=True, actor=olivia)
    severity = Severity.P0 if why == "P0" else Severity.P1
    incident = make_incident(checkout, severity=severity)
    if why == "by hand":
        workflow.escalate_now(incident, actor=olivia)
    page()
    assert paged() == ["Olivia"]


# By hand.


def test_escalating_by_hand_takes_the_next_step_whatever_the_severity(
    checkout: Service, payments: Team, olivia: User, manager: User
) -> None:
    make_schedule(payments, olivia)
    incident = make_incident(checkout, severity=Severity.P3)
    assert page() == 0
    workflow.escalate_now(incident, actor=manager)
    page()
    assert paged() == ["Olivia"]
    workflow.escalate_now(incident, actor=manager)
    page()
    assert paged() == ["Olivia", "Max"]


def test_who_has_it_may_call_for_help_and_keeps_it(
    incident: Incident, payments: Team, olivia: User, manager: User
) -> None:
    make_schedule(payments, olivia)
    page()
    workflow.acknowledge(incident, actor=olivia)
    workflow.escalate_now(incident, actor=olivia)
    page()

    assert paged() == ["Olivia", "Max"]
    incident.refresh_from_db()
    assert incident.state == IncidentState.ACKNOWLEDGED
    assert page(DAY) == 0  # the help was called; nobody else is told
    assert ends(incident) == [EndReason.ANSWERED, EndReason.ANSWERED]


# Outages, crashes, many at once.


def test_a_process_that_dies_in_between_loses_and_doubles_nothing(
    incident: Incident, payments: Team, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is written; before the step is marked, the process is gone."""
    make_schedule(payments, olivia)

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(escalation, "_finish", die)
        with pytest.raises(SystemExit):
            page()
    assert not Notification.objects.exists()
    assert EscalationStep.objects.get(order=1).state == "due"

    page()
    page()
    assert paged() == ["Olivia"]


def test_after_a_long_night_people_are_told_in_order_and_late_steps_say_so(
    incident: Incident, payments: Team, olivia: User, manager: User, ada: User
) -> None:
    make_schedule(payments, olivia)
    assert page(timedelta(hours=9)) == 1
    assert paged() == ["Olivia"]
    assert "fell due 5" in Notification.objects.get().body  # 539 or 540 minutes ago
    late = EscalationStep.objects.get(order=1).late_by
    assert late is not None
    assert abs(late - timedelta(hours=9)) < MINUTE

    assert page(timedelta(hours=9, minutes=4)) == 0
    page(timedelta(hours=9, minutes=5))
    assert paged() == ["Olivia", "Max"]
    assert EscalationStep.objects.get(order=2).late_by is None


def test_one_incident_that_cannot_go_on_stops_no_other(
    incident: Incident, checkout: Service, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    EscalationRun.objects.filter(incident=incident).update(snapshot={"odd": True})
    make_incident(checkout, severity=Severity.P0, title="Another")
    page()
    assert [n.subject for n in Notification.objects.all()] == ["P0 Checkout: Another"]
    assert "escalation_late" in found_by_the_auditor(clock.now() + 3 * MINUTE)


def test_the_pager_sweeps_it(incident: Incident, manager: User) -> None:
    names = {sweep.name for sweep in sweeping.sweeps()}
    assert {"escalate incidents", "take back acknowledgements"} <= names
    sweeping.run_all(clock.now())
    assert paged() == ["Max"]


def test_the_auditor_sees_a_late_step_and_an_incident_without_a_next_one(
    incident: Incident, ada: User
) -> None:
    later = clock.now() + 3 * MINUTE
    assert "escalation_late" in found_by_the_auditor(later)
    assert "incident_without_next_step" not in found_by_the_auditor(later)

    escalation.stop(incident)
    assert "escalation_late" not in found_by_the_auditor(later)
    assert "incident_without_next_step" in found_by_the_auditor(later)
    EscalationRun.objects.update(end_reason=EndReason.HELD)
    assert "incident_without_next_step" not in found_by_the_auditor(later)


def test_what_was_forgotten_is_paged_again(incident: Incident, ada: User) -> None:
    """RELIABILITY R13: what the auditor finds is repaired, once, and the room says so."""
    escalation.stop(incident)
    soon, later = clock.now() + 30 * timedelta(seconds=1), clock.now() + 3 * MINUTE
    assert mending.mend(soon) == 0

    assert mending.mend(later) == 1
    assert mending.mend(later) == 0

    assert "incident_without_next_step" not in found_by_the_auditor(later)
    assert events.about(incident).filter(kind="incident.paging_mended").count() == 1
    escalation.escalate_due(later)
    assert Notification.objects.filter(kind="page", person=ada).exists()


@pytest.mark.parametrize("why", [EndReason.EXHAUSTED, EndReason.HELD])
def test_what_came_to_its_end_is_not_begun_again(incident: Incident, why: EndReason) -> None:
    escalation.stop(incident, why=why)
    assert mending.mend(clock.now() + 3 * MINUTE) == 0


def test_what_somebody_has_is_left_to_them(incident: Incident, ada: User) -> None:
    workflow.acknowledge(incident, actor=ada)
    assert mending.mend(clock.now() + 3 * MINUTE) == 0


@pytest.mark.django_db(transaction=True)
def test_two_pagers_wake_nobody_twice(checkout: Service, payments: Team, olivia: User) -> None:
    make_schedule(payments, olivia)
    for number in range(3):
        make_incident(checkout, severity=Severity.P0, title=f"Incident {number}")
    ready = threading.Barrier(4)

    def sweep() -> None:
        ready.wait()
        try:
            for _ in range(3):
                escalation.escalate_due(clock.now())
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert paged() == ["Olivia"] * 3


@pytest.mark.parametrize(
    ("model", "change", "name"),
    [
        (EscalationRun, {"end_reason": "resolved"}, "escalation_run_ended_iff_reason"),
        (EscalationStep, {"state": "odd"}, "escalation_step_state_known"),
        (EscalationStep, {"state": "done"}, "escalation_step_taken_iff_executed_at"),
    ],
)
def test_the_database_holds_the_states(
    incident: Incident, model: Any, change: dict[str, Any], name: str
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.update(**change)


def test_only_one_climb_and_one_step_are_under_way(incident: Incident) -> None:
    run = incident.runs.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        EscalationRun.objects.create(incident=incident, number=2, snapshot={})
    with pytest.raises(IntegrityError), transaction.atomic():
        EscalationStep.objects.create(run=run, order=2, due_at=clock.now())


# What is foretold is what happens.


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_the_engine_does_what_the_plan_foretells(db: None, data: st.DataObject) -> None:
    """Random policies, climbed by the pager with the clock put forward step by step."""
    with transaction.atomic():
        service, rungs, fields = _random_world(data)
        workflow.create_policy(
            name="Random", team=service.team, rungs=rungs, actor=None, **fields
        )
        severity = data.draw(st.sampled_from([Severity.P0, Severity.P1]))
        snapshot = policy_for(service, severity).snapshot
        incident = make_incident(service, severity=severity)
        begins = incident.runs.get().started_at
        foretold = walk(snapshot, begins, escalation.facts_of(incident), DatabaseResolver())
        for each in foretold:
            escalation.escalate(incident.pk, now=each.at)
        happened = EscalationStep.objects.filter(run__incident=incident).order_by("pk")
        assert [_seen(step) for step in happened] == [
            _foreseen(each) for each in foretold if each.waits_until is None
        ]
        assert incident.runs.get().end_reason == EndReason.EXHAUSTED
        transaction.set_rollback(True)


def _random_world(data: st.DataObject) -> tuple[Service, list[Rung], dict[str, Any]]:
    team, other = make_team("Ours"), make_team("Theirs")
    people = [
        make_person("Ann", team=team),
        make_person("Ben", team=team, role=TeamRole.MANAGER),
        make_person("Cid", team=other),
    ]
    if data.draw(st.booleans()):
        make_schedule(team, people[0], people[1])
    if data.draw(st.booleans()):
        ranges = [[day, "09:00", "17:00"] for day in data.draw(st.sets(st.integers(0, 6)))]
        set_hours(team=team, ranges=ranges)
    targets = st.sampled_from(
        [
            Target("person", people[0]),
            Target("person", people[2]),
            Target("schedule"),
            Target("team"),
            Target("team", other),
            Target("managers"),
            Target("managers", other),
        ]
    )
    conditions = st.sampled_from(
        [
            {"kind": "severity", "severities": [0]},
            {"kind": "calendar", "hours": None, "open": True},
            {"kind": "queue", "hours": None},
            {"kind": "night"},
            {"kind": "volume", "alerts": 1, "minutes": 5},
        ]
    )
    rungs = st.builds(
        Rung,
        st.lists(targets, min_size=1, max_size=2),
        st.sampled_from([0, 1, 30]),
        st.sampled_from(["all", "round_robin"]),
        st.lists(conditions, max_size=1),
    )
    fields = {
        "repeat_count": data.draw(st.integers(0, 2)),
        "last_resort": data.draw(st.sampled_from([None, people[2]])),
    }
    drawn = data.draw(st.lists(rungs, max_size=3))
    return make_service("Thing", team=team), drawn, fields


def _seen(step: EscalationStep) -> tuple[Any, ...]:
    names = [each["name"] for each in step.reached]
    return (step.loop, step.order, step.executed_at, names, step.reason)


def _foreseen(decision: Decision) -> tuple[Any, ...]:
    at = decision.position
    names = [each.name for each in decision.reached]
    reason = (decision.skipped_because or decision.reason)[:500]
    return (at.loop, at.order, decision.at, names, reason)


def test_an_alert_that_pages_again_restarts_with_its_reason(
    checkout: Service, payments: Team, olivia: User
) -> None:
    make_schedule(payments, olivia)
    incident = make_incident(checkout, severity=Severity.P0)
    workflow.acknowledge(incident, actor=olivia)
    incident.refresh_from_db()
    page_again(incident, because="Another alert joined: disk full")
    page()
    assert "disk full" in Notification.objects.latest("pk").body
    tell("alert.opened", make_alert(checkout, name="Third"))
    assert ends(incident)[-1] == ""
