"""Mitigated: it wakes nobody, its resolution clock runs on, and news takes it back."""

from datetime import timedelta

import pytest

from incidents import workflow
from incidents.models import EscalationStep, Incident, IncidentState
from incidents.workflow import answers
from operations.models import Severity
from portal import clock, events
from portal.errors import TransitionNotAllowed
from portal.models import Service, User
from tests.incidents.doors import DOORS, ask, signed_in_as, taken
from tests.incidents.make import fire, make_incident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("door", DOORS)
def test_whoever_mitigates_has_answered(checkout: Service, olivia: User, door: str) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    assert taken(door, ask(door, olivia, incident, "mitigate", how="Rolled back"))

    incident.refresh_from_db()
    assert incident.state == IncidentState.MITIGATED
    assert (incident.acknowledged_by, incident.commander) == (olivia, olivia)
    assert set(EscalationStep.objects.values_list("state", flat=True)) == {"cancelled"}
    running = {each.kind for each in incident.clocks.all() if each.is_running}
    assert "response" not in running
    assert "resolution" in running
    told = events.about(incident).get(kind="incident.mitigated")
    assert (told.data["how"], told.happened_at) == ("Rolled back", incident.mitigated_at)


@pytest.mark.parametrize("door", DOORS)
def test_the_moment_may_be_earlier_but_not_before_it_was_detected(
    checkout: Service, olivia: User, door: str
) -> None:
    now = clock.now().replace(second=0, microsecond=0)
    incident = make_incident(checkout, detected_at=now - 30 * MINUTE)
    for wrong in (now - 40 * MINUTE, now + 5 * MINUTE):
        answer = ask(door, olivia, incident, "mitigate", mitigated_at=wrong.isoformat())
        assert answer.status_code == (422 if door == "page" else 409)
    earlier = now - 10 * MINUTE
    assert taken(
        door, ask(door, olivia, incident, "mitigate", mitigated_at=earlier.isoformat())
    )
    incident.refresh_from_db()
    assert incident.mitigated_at == earlier


@pytest.mark.parametrize("door", DOORS)
def test_back_and_forth(checkout: Service, olivia: User, door: str) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    ask(door, olivia, incident, "mitigate")
    assert taken(door, ask(door, olivia, incident, "unmitigate"))
    incident.refresh_from_db()
    assert (incident.state, incident.mitigated_at) == (IncidentState.ACKNOWLEDGED, None)
    assert incident.ack_expires_at is not None

    ask(door, olivia, incident, "mitigate")
    assert taken(door, ask(door, olivia, incident, "unacknowledge"))
    incident.refresh_from_db()
    assert (incident.state, incident.mitigated_at) == (IncidentState.TRIGGERED, None)
    assert EscalationStep.objects.filter(state="due").count() == 1


def test_it_does_not_lapse_for_want_of_activity(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    workflow.acknowledge(incident, actor=olivia)
    incident = workflow.mitigate(incident, actor=olivia)
    assert answers.lapse_due(clock.now() + timedelta(days=8)) == 0
    assert incident.ack_expires_at is None


@pytest.mark.parametrize("news", ["another alert", "a graver severity"])
def test_news_takes_it_back_and_pages(checkout: Service, olivia: User, news: str) -> None:
    fire(checkout)
    incident = workflow.mitigate(Incident.objects.get(), actor=olivia)
    if news == "another alert":
        fire(checkout, name="DiskFull")
    else:
        incident = workflow.change_severity(incident, severity=Severity.P1, actor=olivia)
        workflow.change_severity(incident, severity=Severity.P0, actor=olivia)

    incident.refresh_from_db()
    assert (incident.state, incident.mitigated_at) == (IncidentState.TRIGGERED, None)
    assert EscalationStep.objects.filter(state="due").count() == 1


def test_the_moment_stays_when_it_ends_and_goes_when_it_is_back(
    checkout: Service, olivia: User
) -> None:
    incident = workflow.mitigate(make_incident(checkout), actor=olivia)
    ended = workflow.resolve(incident, summary="A larger pool", actor=olivia)
    assert ended.mitigated_at == incident.mitigated_at is not None
    assert workflow.reopen(ended, reason="Back", actor=olivia).mitigated_at is None


def test_it_counts_as_open_everywhere(checkout: Service, olivia: User) -> None:
    incident = workflow.mitigate(make_incident(checkout), actor=olivia)
    client = signed_in_as(olivia)
    for path in (
        *("/", "/respond/", "/respond/incidents/?open=true", "/respond/incidents/?taken=true"),
        *("/respond/incidents/?state=mitigated", checkout.get_absolute_url()),
    ):
        shown = client.get(path).content.decode()
        assert incident.title in shown, path
        assert "Mitigated" in shown, path
    assert incident.title not in client.get("/respond/incidents/?taken=false").content.decode()


def test_nothing_is_put_off_that_wakes_nobody(checkout: Service, olivia: User) -> None:
    incident = workflow.mitigate(make_incident(checkout), actor=olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.snooze(incident, until=clock.now() + MINUTE, actor=olivia)
    assert [refusal.code for refusal in refused.value.refusals] == ["already_mitigated"]
