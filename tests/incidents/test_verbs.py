"""The life of an incident: every verb, every refusal, and of many at once one."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q

from incidents import workflow
from incidents.models import (
    INCIDENT_TRANSITIONS,
    EscalationStep,
    Incident,
    IncidentState,
    Phase,
    Review,
)
from incidents.workflow.guards import RULES
from operations.models import Severity
from portal import clock, events
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.incidents.make import make_incident, make_review, promise, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

STATES = list(IncidentState)
VERBS: dict[str, Callable[[Incident, User], Any]] = {
    "acknowledge": lambda it, by: workflow.acknowledge(it, actor=by),
    "unacknowledge": lambda it, by: workflow.unacknowledge(it, actor=by),
    "resolve": lambda it, by: workflow.resolve(it, summary="Done", actor=by),
    "reopen": lambda it, by: workflow.reopen(it, reason="It is back", actor=by),
    "close": lambda it, by: workflow.close(it, actor=by),
    "change_severity": lambda it, by: workflow.change_severity(it, severity=3, actor=by),
    "post_update": lambda it, by: workflow.post_update(
        it, phase=Phase.IDENTIFIED, text="A cable.", actor=by
    ),
    "add_note": lambda it, by: workflow.add_note(it, text="Hm", actor=by),
}


def bring_to(incident: Incident, state: IncidentState, actor: User) -> Incident:
    """Lead an incident to a state by the verbs."""
    if state in {IncidentState.ACKNOWLEDGED, IncidentState.RESOLVED, IncidentState.CLOSED}:
        incident = workflow.acknowledge(incident, actor=actor)
    if state in {IncidentState.RESOLVED, IncidentState.CLOSED}:
        incident = workflow.resolve(incident, summary="Done", actor=actor)
    if state == IncidentState.CLOSED:
        incident = workflow.close(incident, actor=actor)
    return incident


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", list(VERBS))
def test_each_verb_in_each_state(
    checkout: Service, olivia: User, verb: str, state: IncidentState
) -> None:
    incident = bring_to(make_incident(checkout), state, olivia)
    before = Event.objects.count()
    rule = RULES[verb]

    if state in rule.when:
        VERBS[verb](incident, olivia)
        incident.refresh_from_db()
        assert incident.state == (rule.to or state)
        assert Event.objects.count() > before
        return
    with pytest.raises(TransitionNotAllowed) as refused:
        VERBS[verb](incident, olivia)
    assert refused.value.refusals == workflow.refusals(incident, verb) != []
    incident.refresh_from_db()
    assert (incident.state, Event.objects.count()) == (state, before)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_verbs_and_table_agree_on_every_pair(
    before: IncidentState, after: IncidentState
) -> None:
    by_verbs = any(before in rule.when and rule.to == after for rule in RULES.values())
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
    assert incident.escalation.filter(state="due").count() == 2


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
        ({"state": "odd", "resolved_at": F("detected_at")}, "incident_state_known"),
        ({"state": "resolved"}, "incident_resolved_iff_resolved_at"),
        ({"state": "acknowledged"}, "incident_acknowledged_by_somebody"),
        ({"severity": 7}, "incident_severity_known"),
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
