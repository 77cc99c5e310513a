"""The life of an incident: every verb, every refusal, and of many at once one."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from incidents import workflow
from incidents.access import may_work_on
from incidents.models import (
    ANSWERED,
    INCIDENT_TRANSITIONS,
    OPEN,
    EscalationStep,
    Incident,
    IncidentState,
    Phase,
    Review,
)
from incidents.workflow import answers
from incidents.workflow.guards import RULES
from operations import workflow as operations
from operations.models import Severity
from portal import clock, events, reactions
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Service, Team, User
from tests.incidents.doors import DOORS, ask, signed_in_as, taken
from tests.incidents.make import make_incident, make_review, make_schedule, promise, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

HOUR = timedelta(hours=1)
STATES = list(IncidentState)
VERBS: dict[str, Callable[[Incident, User], Any]] = {
    "acknowledge": lambda it, by: workflow.acknowledge(it, actor=by),
    "unacknowledge": lambda it, by: workflow.unacknowledge(it, actor=by),
    "mitigate": lambda it, by: workflow.mitigate(it, how="Rolled back", actor=by),
    "unmitigate": lambda it, by: workflow.unmitigate(it, actor=by),
    "merge": lambda it, by: workflow.merge(
        it, into=make_incident(it.service, title="The larger one"), actor=by
    ),
    "give_role": lambda it, by: workflow.give_role(it, role="scribe", person=by, actor=by),
    "add_task": lambda it, by: workflow.add_task(it, text="Look", actor=by),
    "set_impact": lambda it, by: workflow.set_impact(
        it, impact="All", impact_started_at=None, impact_ended_at=None, actor=by
    ),
    "set_private": lambda it, by: workflow.set_private(it, is_private=True, actor=by),
    "resolve": lambda it, by: workflow.resolve(it, summary="Done", actor=by),
    "reopen": lambda it, by: workflow.reopen(it, reason="It is back", actor=by),
    "close": lambda it, by: workflow.close(it, actor=by),
    "change_severity": lambda it, by: workflow.change_severity(it, severity=3, actor=by),
    "post_update": lambda it, by: workflow.post_update(
        it, phase=Phase.IDENTIFIED, text="A cable.", actor=by
    ),
    "add_note": lambda it, by: workflow.add_note(it, text="Hm", actor=by),
    "snooze": lambda it, by: workflow.snooze(it, until=clock.now() + HOUR, actor=by),
    "escalate": lambda it, by: workflow.escalate_now(it, actor=by),
    "page": lambda it, by: workflow.page_person(it, person=by, actor=by),
}
# Where a verb that leads nowhere by itself moves the incident all the same.
MOVES = {("snooze", IncidentState.TRIGGERED): IncidentState.ACKNOWLEDGED}


def bring_to(incident: Incident, state: IncidentState, actor: User) -> Incident:
    """Lead an incident to a state by the verbs."""
    if state in {*ANSWERED, IncidentState.RESOLVED, IncidentState.CLOSED}:
        incident = workflow.acknowledge(incident, actor=actor)
    if state == IncidentState.MITIGATED:
        incident = workflow.mitigate(incident, actor=actor)
    if state in {IncidentState.RESOLVED, IncidentState.CLOSED}:
        incident = workflow.resolve(incident, summary="Done", actor=actor)
    if state == IncidentState.CLOSED:
        incident = workflow.close(incident, actor=actor)
    if state == IncidentState.MERGED:
        target = make_incident(incident.service, title="The larger one")
        incident = workflow.merge(incident, into=target, actor=actor)
    return incident


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", list(VERBS))
def test_each_verb_in_each_state(
    checkout: Service, olivia: User, verb: str, state: IncidentState
) -> None:
    incident = bring_to(make_incident(checkout), state, olivia)
    before = events.about(incident).count()
    rule = RULES[verb]

    if state in rule.when:
        VERBS[verb](incident, olivia)
        incident.refresh_from_db()
        assert incident.state == (rule.to or MOVES.get((verb, state), state))
        assert events.about(incident).count() > before
        return
    with pytest.raises(TransitionNotAllowed) as refused:
        VERBS[verb](incident, olivia)
    assert refused.value.refusals == workflow.refusals(incident, verb) != []
    incident.refresh_from_db()
    assert (incident.state, events.about(incident).count()) == (state, before)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_verbs_and_table_agree_on_every_pair(
    before: IncidentState, after: IncidentState
) -> None:
    by_verbs = any(before in rule.when and rule.to == after for rule in RULES.values())
    if before == IncidentState.MERGED:  # which one `unmerge` leads to is kept with the merge
        by_verbs = after in OPEN
    assert by_verbs == (after in INCIDENT_TRANSITIONS[before])


def test_whoever_acknowledges_takes_command(
    checkout: Service, olivia: User, manager: User
) -> None:
    incident = workflow.acknowledge(make_incident(checkout), actor=olivia)
    assert (incident.commander, incident.acknowledged_by) == (olivia, olivia)

    workflow.unacknowledge(incident, actor=olivia)
    incident = workflow.acknowledge(incident, actor=manager)
    assert (incident.commander, incident.acknowledged_by) == (olivia, manager)
    assert incident.history.latest().history_user == manager


def test_a_severity_change_counts_from_detection(checkout: Service, olivia: User) -> None:
    incident = make_incident(
        checkout, severity=Severity.P3, detected_at=clock.now() - timedelta(hours=2)
    )
    assert incident.resolution_due_at is None

    incident = workflow.change_severity(incident, severity=Severity.P0, actor=olivia)

    assert incident.resolution_due_at == incident.detected_at + timedelta(hours=1)
    told = events.about(incident).get(kind="incident.severity_changed")
    assert (told.data["before"], told.data["after"]) == (3, 0)


def test_the_same_severity_is_refused(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout, severity=Severity.P1)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.change_severity(incident, severity=Severity.P1, actor=olivia)
    assert [refusal.code for refusal in refused.value.refusals] == ["same_severity"]


def test_a_graver_severity_makes_the_acknowledgement_fall(
    checkout: Service, olivia: User
) -> None:
    incident = workflow.acknowledge(make_incident(checkout), actor=olivia)
    incident = workflow.change_severity(incident, severity=Severity.P0, actor=olivia)

    assert incident.state == IncidentState.TRIGGERED
    assert EscalationStep.objects.filter(run__incident=incident, state="due").count() == 1


def test_a_lesser_severity_stops_waking_people(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    workflow.change_severity(incident, severity=Severity.P3, actor=olivia)
    assert set(EscalationStep.objects.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("severity", [Severity.P0, Severity.P1])
def test_grave_ones_are_not_closed_without_their_review(
    checkout: Service, olivia: User, severity: int
) -> None:
    review = make_review(checkout, olivia, severity=severity)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.close(review.incident, actor=olivia)
    assert [refusal.code for refusal in refused.value.refusals] == ["review_missing"]

    publish(review, olivia)
    assert workflow.close(review.incident, actor=olivia).state == IncidentState.CLOSED


def test_lowering_the_severity_afterwards_does_not_get_around_the_review(
    checkout: Service, olivia: User
) -> None:
    incident = make_review(checkout, olivia).incident
    incident = workflow.change_severity(incident, severity=Severity.P3, actor=olivia)
    codes = [refusal.code for refusal in workflow.refusals(incident, "close")]
    assert codes == ["review_missing"]


def test_raising_it_afterwards_owes_a_review(checkout: Service, olivia: User) -> None:
    incident = bring_to(make_incident(checkout), IncidentState.RESOLVED, olivia)
    workflow.change_severity(incident, severity=Severity.P1, actor=olivia)
    assert Review.objects.get().due_at == incident.resolved_at + timedelta(hours=48)  # type: ignore[operator]


def test_a_reopened_incident_takes_its_review_back(checkout: Service, olivia: User) -> None:
    review = publish(make_review(checkout, olivia), olivia)

    incident = workflow.reopen(review.incident, reason="It is back", actor=olivia)

    review.refresh_from_db()
    assert (review.state, review.due_at, review.remind_at) == ("draft", None, None)
    assert (incident.resolved_at, incident.resolution) == (None, "")
    workflow.resolve(incident, summary="Again", actor=olivia)
    review.refresh_from_db()
    assert review.due_at is not None
    promise(review, olivia)
    document = workflow.publish_review(review, actor=olivia).document
    assert document is not None
    assert document.revisions.count() == 2


def test_an_update_with_a_placeholder_is_refused(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.post_update(
            incident,
            phase=Phase.INVESTIGATING,
            text="We are investigating reports of [issue description].",
            actor=olivia,
        )
    assert "[issue description]" in str(refused.value)
    posted = workflow.post_update(
        incident, phase=Phase.INVESTIGATING, text="Reports of [503] errors.", actor=olivia
    )
    assert posted.text == "Reports of [503] errors."


def test_resolved_is_not_announced_before_it_is(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout)
    said = {"phase": Phase.RESOLVED, "text": "All systems operational.", "actor": olivia}
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.post_update(incident, **said)  # type: ignore[arg-type]
    assert [refusal.code for refusal in refused.value.refusals] == ["not_resolved"]

    workflow.resolve(incident, summary="Done", actor=olivia)
    workflow.post_update(incident, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        # Two rules forbid it, and PostgreSQL names the one whose name comes first.
        ({"state": "odd", "resolved_at": F("detected_at")}, "state_known|mitigated_at"),
        ({"state": "resolved"}, "incident_resolved_iff_resolved_at"),
        ({"state": "acknowledged"}, "incident_acknowledged_by_somebody"),
        ({"severity": 7}, "incident_severity_known"),
        ({"mitigated_at": F("detected_at")}, "incident_mitigated_at_while_mitigated"),
        ({"state": "merged"}, "incident_merged_iff_merged_into"),
        ({"merged_into": F("pk")}, "incident_(not_)?merged"),
    ],
)
def test_the_database_holds_the_states(
    checkout: Service, change: dict[str, Any], name: str
) -> None:
    incident = make_incident(checkout)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(**change)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_acknowledge_at_once_one_wins(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    ready = threading.Barrier(8)
    answers: list[str] = []

    def acknowledge() -> None:
        ready.wait()
        try:
            workflow.acknowledge(incident, actor=olivia)
            answers.append("won")
        except TransitionNotAllowed as refused:
            answers.append(refused.refusals[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=acknowledge) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == ["already_acknowledged"] * 7 + ["won"]
    assert Event.objects.filter(Q(kind="incident.acknowledged")).count() == 1


@pytest.mark.parametrize(
    ("who", "may"),
    [("olivia", True), ("max", True), ("ada", True), ("ana", False), ("vera", False)],
)
def test_who_may_stop_the_paging(
    checkout: Service, request: pytest.FixtureRequest, who: str, *, may: bool
) -> None:
    person = request.getfixturevalue(who)
    incident = make_incident(checkout, severity=Severity.P0)
    assert may_work_on(person, incident) == may
    for door in DOORS:
        incident = make_incident(checkout, severity=Severity.P0, title=f"By {door}")
        answer = ask(door, person, incident, "acknowledge")
        incident.refresh_from_db()
        assert (incident.state == IncidentState.ACKNOWLEDGED) == may
        assert (
            answer.status_code
            == {
                "page": 403 if who == "vera" else 302,
                "api": 403 if who == "vera" else 200 if may else 202,
            }[door]
        )


def test_who_may_not_is_noted_and_stops_nothing(checkout: Service, ana: User) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    ask("page", ana, incident, "acknowledge")

    note = incident.notes.get()
    assert (note.author, note.is_acknowledgement) == (ana, True)
    assert EscalationStep.objects.filter(run__incident=incident, state="due").exists()
    shown = signed_in_as(ana).get(incident.get_absolute_url()).content.decode()
    assert "acknowledged it without being entitled to; paging goes on" in shown

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.note_acknowledgement(incident, actor=ana)
    assert [refusal.code for refusal in refused.value.refusals] == ["already_noted"]


@pytest.mark.parametrize("how", ["paged", "commands", "on call"])
def test_who_was_called_may_work_on_it(
    checkout: Service, payments: Team, olivia: User, ana: User, how: str
) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    if how == "paged":
        workflow.page_person(incident, person=ana, reason="You know it best", actor=olivia)
        sent = Notification.objects.get(person=ana)
        assert "Olivia asks for you. You know it best" in sent.body
    elif how == "commands":
        Incident.objects.filter(pk=incident.pk).update(commander=ana)
        incident.refresh_from_db()
    else:
        schedule = make_schedule(payments, olivia)
        now = clock.now()
        operations.override(
            schedule, person=ana, starts_at=now, ends_at=now + HOUR, actor=olivia
        )
    assert may_work_on(ana, incident)
    assert workflow.acknowledge(incident, actor=ana).acknowledged_by == ana


@pytest.mark.parametrize("door", DOORS)
def test_waking_by_hand_through_each_door(
    checkout: Service, olivia: User, ana: User, vera: User, door: str
) -> None:
    incident = make_incident(checkout, severity=Severity.P3)
    assert ask(door, ana, incident, "escalate").status_code == 403
    assert taken(door, ask(door, olivia, incident, "escalate"))
    assert EscalationStep.objects.get(run__incident=incident).is_forced

    assert ask(door, ana, incident, "page", person=ana.pk).status_code == 403
    assert taken(door, ask(door, olivia, incident, "page", person=ana.pk, reason="Help"))
    assert Notification.objects.get(person=ana).kind == "page"
    again = ask(door, olivia, incident, "page", person=ana.pk)
    refused = ask(door, olivia, incident, "page", person=vera.pk)
    assert [again.status_code, refused.status_code] == (
        [422, 422] if door == "page" else [409, 400]
    )
    assert Notification.objects.filter(kind="page").count() == 1


@pytest.mark.parametrize("door", DOORS)
def test_putting_it_off_ends_by_itself(checkout: Service, olivia: User, door: str) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    assert taken(door, ask(door, olivia, incident, "snooze", minutes=30))
    incident.refresh_from_db()
    assert incident.state == IncidentState.ACKNOWLEDGED
    assert incident.snoozed_until is not None

    assert answers.lapse_due(clock.now() + timedelta(minutes=29)) == 0
    assert answers.lapse_due(clock.now() + timedelta(minutes=31)) == 1
    incident.refresh_from_db()
    assert incident.state == IncidentState.TRIGGERED
    assert incident.snoozed_until is None


@pytest.mark.parametrize(
    ("ahead", "code"), [(timedelta(0), "is_over"), (timedelta(days=8), "too_long")]
)
def test_nothing_is_put_off_into_the_past_or_for_long(
    checkout: Service, olivia: User, ahead: timedelta, code: str
) -> None:
    incident = make_incident(checkout)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.snooze(incident, until=clock.now() + ahead, actor=olivia)
    assert [refusal.code for refusal in refused.value.refusals] == [code]


class TestAnAcknowledgementLapses:
    """P0 after 30 minutes without a sign of life, P1 after 60, the others never."""

    @pytest.mark.parametrize(("severity", "minutes"), [(0, 30), (1, 60), (2, None), (3, None)])
    def test_after_the_time_of_its_severity(
        self, checkout: Service, olivia: User, severity: int, minutes: int | None
    ) -> None:
        incident = make_incident(checkout, severity=severity)
        incident = workflow.acknowledge(incident, actor=olivia)
        if minutes is None:
            assert incident.ack_expires_at is None
            assert answers.lapse_due(clock.now() + timedelta(days=30)) == 0
            return
        after = timedelta(minutes=minutes)
        assert answers.lapse_due(clock.now() + after - timedelta(seconds=5)) == 0
        assert answers.lapse_due(clock.now() + after) == 1
        incident.refresh_from_db()
        assert incident.state == IncidentState.TRIGGERED
        assert incident.acknowledged_at is not None  # the first answer stays
        run = incident.runs.latest("number")
        assert "Olivia acknowledged it and has shown no sign of life" in run.because

    def test_any_activity_puts_it_off(self, checkout: Service, olivia: User) -> None:
        incident = make_incident(checkout, severity=Severity.P0)
        now = clock.now()
        with time_machine.travel(now, tick=False):
            workflow.acknowledge(incident, actor=olivia)
        with time_machine.travel(now + timedelta(minutes=29), tick=False):
            workflow.add_note(incident, text="Still on it", actor=olivia)
        answers.lapse_due(now + timedelta(minutes=31))
        incident.refresh_from_db()
        assert incident.state == IncidentState.ACKNOWLEDGED
        assert incident.ack_expires_at == now + timedelta(minutes=59)
        answers.lapse_due(now + timedelta(minutes=59))
        incident.refresh_from_db()
        assert incident.state == IncidentState.TRIGGERED

    def test_but_for_seven_days_at_most(self, checkout: Service, olivia: User) -> None:
        incident = make_incident(checkout, severity=Severity.P0)
        now = clock.now()
        with time_machine.travel(now, tick=False):
            workflow.acknowledge(incident, actor=olivia)
        late = now + timedelta(days=7)
        with time_machine.travel(late - timedelta(minutes=1), tick=False):
            workflow.add_note(incident, text="Still on it", actor=olivia)
        answers.lapse_due(late)
        incident.refresh_from_db()
        assert incident.state == IncidentState.TRIGGERED


def test_with_the_shift_what_is_held_passes_on(
    checkout: Service, search: Service, payments: Team, olivia: User, manager: User
) -> None:
    schedule = make_schedule(payments, olivia)
    held = workflow.acknowledge(make_incident(checkout), actor=olivia)
    elsewhere = workflow.acknowledge(make_incident(search), actor=olivia)
    managers = workflow.acknowledge(make_incident(checkout, title="Other"), actor=manager)

    for _twice in range(2):
        told: dict[str, Any] = {"from_id": olivia.pk, "to_id": manager.pk}
        told["schedule_id"] = schedule.pk
        events.record("shift.handed_over", schedule, actor=manager, **told)
        reactions.react_to_all_due(clock.now())

    for incident in (held, elsewhere, managers):
        incident.refresh_from_db()
    assert (held.acknowledged_by, held.commander) == (manager, manager)
    assert (elsewhere.acknowledged_by, managers.acknowledged_by) == (olivia, manager)
    passed = events.about(held).filter(kind="incident.acknowledgement_transferred")
    assert passed.count() == 1
