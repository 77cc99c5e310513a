"""Handing over a role: those at hand first, told to whom it goes, and never twice at once."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from incidents import workflow
from incidents.models import Incident, IncidentRole
from operations.models import Severity
from portal.errors import TransitionNotAllowed
from portal.models import Notification, Service, Team, User
from tests.incidents.doors import DOORS, ask, signed_in_as, taken
from tests.incidents.make import make_incident, make_schedule
from tests.make import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture
def incident(checkout: Service, olivia: User) -> Incident:
    """One that Olivia commands."""
    return workflow.acknowledge(make_incident(checkout), actor=olivia)


def hand(door: str, by: User, incident: Incident, to: User, before: User | None) -> Any:
    said: dict[str, Any] = {"person": to.pk, "before": before.pk if before else None}
    if door == "page":
        said = {name: value for name, value in said.items() if value is not None}
        return ask(door, by, incident, "hand-over/commander", **said)
    return ask(door, by, incident, "roles/hand-over", role="commander", **said)


@pytest.mark.parametrize("door", DOORS)
def test_it_passes_at_once_and_whoever_gets_it_is_told(
    incident: Incident, olivia: User, max: User, door: str
) -> None:
    assert taken(door, hand(door, olivia, incident, max, olivia))
    incident.refresh_from_db()
    assert incident.commander == max
    told = Notification.objects.get(person=max, kind="role")
    assert told.subject == f"You are commander of {incident.number} now"


@pytest.mark.parametrize("door", DOORS)
def test_who_looked_at_an_old_page_is_told_who_has_it(
    incident: Incident, olivia: User, max: User, ana: User, door: str
) -> None:
    workflow.give_role(incident, role="commander", person=max, actor=max)
    refused = hand(door, olivia, incident, ana, olivia)
    assert refused.status_code == 409
    assert "Max is commander now." in refused.content.decode()
    incident.refresh_from_db()
    assert incident.commander == max
    assert taken(door, hand(door, olivia, incident, ana, max))


@pytest.mark.parametrize("door", DOORS)
def test_refusals(
    incident: Incident, olivia: User, ana: User, vera: User, otto: User, door: str
) -> None:
    assert hand(door, ana, incident, ana, olivia).status_code == 403
    assert hand(door, vera, incident, olivia, olivia).status_code == 403
    assert hand(door, otto, incident, olivia, olivia).status_code == 404
    assert hand(door, olivia, incident, olivia, olivia).status_code == 409  # has it already
    nobody = {"page": 422, "api": 400}[door]
    assert hand(door, olivia, incident, vera, olivia).status_code == nobody  # only looks


def test_a_role_that_many_hold_has_no_such_page(incident: Incident, olivia: User) -> None:
    client = signed_in_as(olivia)
    for role in ("observer", "reporter", "king"):
        assert client.get(f"/respond/{incident.pk}/hand-over/{role}/").status_code == 404


def test_two_taps_from_the_room_with_those_at_hand_first(
    incident: Incident, payments: Team, olivia: User, max: User, ana: User
) -> None:
    make_schedule(payments, max)
    zoe = make_person("Zoe", team=payments)
    workflow.give_role(incident, role="scribe", person=ana, actor=olivia)
    client = signed_in_as(olivia)
    path = f"/respond/{incident.pk}/hand-over/commander/"
    assert f'href="{path}"' in client.get(f"/respond/{incident.pk}/").content.decode()

    answer = client.get(path)
    at_hand = [(each.person, each.because) for each in answer.context["at_hand"]]
    assert at_hand == [(ana, "Scribe"), (max, "on call for Payments"), (zoe, "in Payments")]
    shown = answer.content.decode()
    assert f"Max becomes commander of {incident.number}, in place of Olivia." in shown
    assert "Somebody else" in shown


def test_the_page_costs_the_same_however_many_work_here(
    incident: Incident, payments: Team, olivia: User, django_assert_num_queries: Any
) -> None:
    make_schedule(payments, olivia)
    client = signed_in_as(olivia)
    path = f"/respond/{incident.pk}/hand-over/communications/"
    client.get(path)
    with django_assert_num_queries(13):
        client.get(path)
    for number in range(30):
        make_person(f"Person {number}", team=payments if number % 2 else None)
    with django_assert_num_queries(13):
        client.get(path)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_wins_and_the_other_is_told(
    incident: Incident, olivia: User, max: User, ana: User
) -> None:
    ready, said = Barrier(2), []

    def take(person: User) -> None:
        ready.wait()
        try:
            workflow.hand_over(
                incident, role="commander", person=person, before=olivia, actor=olivia
            )
        except TransitionNotAllowed as refused:
            said.append([each.code for each in refused.refusals])
        finally:
            connection.close()

    threads = [Thread(target=take, args=[person]) for person in (max, ana)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert said == [["holder_changed"]]
    incident.refresh_from_db()
    held = IncidentRole.objects.get(incident=incident, role="commander", ended_at=None)
    assert held.person == incident.commander
    assert incident.commander in {max, ana}
    assert Notification.objects.filter(kind="role").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("crossed", [True, False])
def test_merges_at_once_leave_one_whole(
    checkout: Service, olivia: User, *, crossed: bool
) -> None:
    """Two ways round, or the same twice: one is done, the other refused, nothing is lost."""
    one = make_incident(checkout, severity=Severity.P2)
    other = make_incident(checkout, severity=Severity.P2)
    pairs = [(one, other), (other, one) if crossed else (one, other)]
    ready, said = Barrier(2), []

    def merge(source: Incident, target: Incident) -> None:
        ready.wait()
        try:
            workflow.merge(source, into=target, actor=olivia)
        except TransitionNotAllowed as refused:
            said.append(refused.refusals[0].code)
        finally:
            connection.close()

    threads = [Thread(target=merge, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(said) == 1
    assert said[0] in {"merged", "target_merged"}
    states = sorted(Incident.objects.values_list("state", flat=True))
    assert states == ["merged", "triggered"]
    part = Incident.objects.get(state="merged")
    assert part.merges.filter(undone_at=None).count() == 1
    workflow.unmerge(part, actor=olivia)
    assert set(Incident.objects.values_list("state", flat=True)) == {"triggered"}
