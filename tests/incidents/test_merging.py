"""Merging, and taking apart again: what moves, what stands still, and that nothing is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents import workflow
from incidents.models import (
    EscalationStep,
    GroupingRule,
    Incident,
    IncidentAlert,
    IncidentState,
    StepState,
)
from operations.models import Severity
from portal import clock, events
from portal.errors import TransitionNotAllowed
from portal.models import Service, Team, User
from tests.incidents.doors import DOORS, ask, signed_in_as, taken
from tests.incidents.make import (
    clear,
    fire,
    fire_again,
    make_alert,
    make_incident,
    make_schedule,
    page,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

HOUR = timedelta(hours=1)


def codes(error: pytest.ExceptionInfo[TransitionNotAllowed]) -> list[str]:
    return [refusal.code for refusal in error.value.refusals]


@pytest.mark.parametrize("door", DOORS)
def test_alerts_go_to_the_target_and_come_back(
    checkout: Service, olivia: User, ana: User, door: str
) -> None:
    alert = fire(checkout)
    source = Incident.objects.get()
    target = make_incident(checkout, title="The larger one", severity=Severity.P1)
    assert ask(door, ana, source, "merge", into=target.pk).status_code == 403
    assert taken(door, ask(door, olivia, source, "merge", into=target.pk, reason="Same"))

    source.refresh_from_db()
    assert (source.state, source.merged_into) == (IncidentState.MERGED, target)
    assert [row.alert for row in target.alerts.all()] == [alert]
    assert not EscalationStep.objects.filter(run__incident=source, state="due").exists()
    client = signed_in_as(olivia)
    assert "has its alerts" in client.get(source.get_absolute_url()).content.decode()
    assert source.title in client.get(target.get_absolute_url()).content.decode()
    assert ask(door, olivia, source, "merge", into=target.pk).status_code in {409, 422}

    assert taken(door, ask(door, olivia, source, "unmerge"))
    source.refresh_from_db()
    assert (source.state, source.merged_into) == (IncidentState.TRIGGERED, None)
    assert [row.alert for row in source.alerts.all()] == [alert]
    assert EscalationStep.objects.filter(run__incident=source, state="due").count() == 1
    kinds = {event.kind for event in events.about(target)}
    assert {"incident.took_in", "incident.gave_back"} <= kinds


def test_what_stands_in_the_way(checkout: Service, olivia: User) -> None:
    one, two, three = (make_incident(checkout, title=f"{n}") for n in range(3))
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.merge(one, into=one, actor=olivia)
    assert codes(refused) == ["itself"]
    workflow.merge(two, into=three, actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.merge(one, into=two, actor=olivia)
    assert codes(refused) == ["target_merged"]
    workflow.resolve(three, summary="Done", actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.merge(one, into=three, actor=olivia)
    assert codes(refused) == ["target_over"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.merge(three, into=one, actor=olivia)
    assert codes(refused) == ["already_resolved"]
    workflow.set_private(one, is_private=True, actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.merge(one, into=make_incident(checkout), actor=olivia)
    assert codes(refused) == ["target_not_private"]


def test_the_sources_clocks_stand_still(checkout: Service, olivia: User) -> None:
    source = make_incident(checkout, severity=Severity.P0)
    target = make_incident(checkout, severity=Severity.P1)
    due = source.resolution_due_at
    source = workflow.merge(source, into=target, actor=olivia)
    later = clock.now() + 5 * HOUR
    states = {each.state_at(later) for each in source.clocks.all() if each.is_running}
    assert states == {"frozen"}
    assert workflow.unmerge(source, actor=olivia).resolution_due_at == due


@pytest.mark.parametrize("elsewhere", [False, True])
def test_new_occurrences_and_alerts_of_its_group_go_to_the_target(
    checkout: Service, search: Service, olivia: User, *, elsewhere: bool
) -> None:
    GroupingRule.objects.update(group_by=["team"])  # so that the source has a key of its own
    alert = fire(checkout)
    source = Incident.objects.get()
    target = make_incident(search if elsewhere else checkout, severity=Severity.P1)
    workflow.merge(source, into=target, actor=olivia)
    target = workflow.acknowledge(target, actor=olivia)

    fire_again(alert)
    other = fire(checkout, name="DiskFull")

    assert Incident.objects.count() == 2
    assert {row.alert for row in target.alerts.all()} == {alert, other}
    target.refresh_from_db()
    assert target.state == IncidentState.TRIGGERED  # acknowledged is not deaf
    workflow.unmerge(source, actor=olivia)
    assert {row.alert for row in source.alerts.all()} == {alert, other}
    assert source.alerts.get(alert=alert).started_at == alert.started_at


def test_what_clears_meanwhile_is_clear_afterwards(checkout: Service, olivia: User) -> None:
    alert = fire(checkout)
    source = Incident.objects.get()
    workflow.merge(source, into=make_incident(checkout), actor=olivia)
    clear(alert)
    workflow.unmerge(source, actor=olivia)
    assert source.alerts.get().cleared_at == alert.ended_at


def test_paging_goes_on_where_it_stood(
    checkout: Service, payments: Team, olivia: User, manager: User
) -> None:
    make_schedule(payments, olivia)
    fire(checkout)
    source = Incident.objects.get()
    page()
    due = EscalationStep.objects.get(state=StepState.DUE)
    workflow.merge(source, into=make_incident(checkout), actor=olivia)
    assert page(HOUR) == 0
    workflow.unmerge(source, actor=olivia)
    assert EscalationStep.objects.get(state=StepState.DUE) == due
    assert page(HOUR) > 0


def test_many_at_once(checkout: Service, search: Service, olivia: User) -> None:
    one, two = make_incident(checkout, title="One"), make_incident(checkout, title="Two")
    foreign = make_incident(search, title="Theirs")
    target = make_incident(checkout, title="The larger one")
    client = signed_in_as(olivia)
    pks = [one.pk, two.pk, foreign.pk, target.pk]
    asked = client.post("/respond/incidents/merge/", {"incident": pks})
    assert "The larger one" in asked.content.decode()
    done = client.post("/respond/incidents/merge/", {"incident": pks, "into": target.pk})
    assert done.headers["Location"] == target.get_absolute_url()
    states = dict(Incident.objects.values_list("title", "state"))
    assert states == {
        "One": "merged",
        "Two": "merged",
        "Theirs": "triggered",
        "The larger one": "triggered",
    }


def world() -> dict[str, Any]:
    """All that may not differ: everything but versions, events and rows about the merge."""
    incidents = {
        row["id"]: row
        for row in Incident.objects.values(
            *("id", "state", "severity", "group_key", "quiet_due_at", "ack_expires_at"),
            *("snoozed_until", "mitigated_at", "acknowledged_by", "commander"),
            *("response_due_at", "resolution_due_at", "merged_into", "merged_at"),
        )
    }
    alerts = list(IncidentAlert.objects.order_by("pk").values())
    steps = list(
        EscalationStep.objects.order_by("pk").values("run", "order", "state", "due_at")
    )
    return {"incidents": incidents, "alerts": alerts, "steps": steps}


moves = st.lists(
    st.tuples(
        st.sampled_from(["fire", "ack", "mitigate", "snooze", "page"]), st.integers(0, 2)
    ),
    max_size=5,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=moves, pair=st.sampled_from([(0, 1), (0, 2), (1, 2)]), chain=st.booleans())
def test_a_merge_taken_back_has_changed_nothing(
    checkout: Service,
    search: Service,
    olivia: User,
    moves: list[tuple[str, int]],
    pair: tuple[int, int],
    *,
    chain: bool,
) -> None:
    outside = transaction.savepoint()
    shared = make_alert(search, name="Shared")
    incidents = [
        make_incident(service, severity=severity, title=f"{severity}")
        for service, severity in ((checkout, 0), (search, 1), (checkout, 2))
    ]
    for incident, ago in zip(incidents[:2], (2, 1), strict=True):
        IncidentAlert.objects.create(
            incident=incident, alert=shared, started_at=clock.now() - ago * HOUR
        )
    for n, (move, which) in enumerate(moves):
        _make(move, incidents[which], n, olivia)
    first, second = (incidents[at] for at in pair)
    if chain:
        third = next(each for each in incidents if each not in (first, second))
        workflow.merge(third, into=first, actor=olivia)
    before = world()

    workflow.merge(first, into=second, actor=olivia)
    assert world() != before
    workflow.unmerge(first, actor=olivia)

    assert world() == before
    transaction.savepoint_rollback(outside)


def _make(move: str, incident: Incident, n: int, actor: User) -> None:
    """Let something happen to it, if that can happen now."""
    incident.refresh_from_db()
    if move == "fire":
        alert = make_alert(None, name=f"Alert{n}")
        IncidentAlert.objects.create(
            incident=incident, alert=alert, started_at=alert.started_at
        )
    elif move == "page":
        page()
    elif move == "ack" and not workflow.refusals(incident, "acknowledge"):
        workflow.acknowledge(incident, actor=actor)
    elif move == "mitigate" and not workflow.refusals(incident, "mitigate"):
        workflow.mitigate(incident, actor=actor)
    elif move == "snooze" and not workflow.refusals(incident, "snooze"):
        workflow.snooze(incident, until=clock.now() + HOUR, actor=actor)
