"""Roles: given, offered, accepted, left; and never a grave incident without its commander."""

import json
from importlib import import_module

import pytest
from django.apps import apps

from incidents import workflow
from incidents.models import Incident, IncidentRole, Role
from operations.models import Severity
from portal import events
from portal.errors import TransitionNotAllowed
from portal.models import Notification, Service, User
from tests.incidents.doors import DOORS, api, ask, signed_in_as, taken
from tests.incidents.make import make_incident

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


def holders(incident: Incident, role: str) -> list[User]:
    return [row.person for row in incident.roles.filter(role=role, ended_at=None)]


def test_who_declares_reports_and_who_answers_commands(checkout: Service, olivia: User) -> None:
    incident = make_incident(checkout, actor=olivia)
    assert holders(incident, Role.REPORTER) == [olivia]
    incident = workflow.acknowledge(incident, actor=olivia)
    assert holders(incident, Role.COMMANDER) == [incident.commander] == [olivia]


@pytest.mark.parametrize("door", DOORS)
def test_the_command_is_handed_over_at_once(
    checkout: Service, olivia: User, manager: User, ana: User, door: str
) -> None:
    incident = workflow.acknowledge(make_incident(checkout), actor=olivia)
    said = {"role": "commander", "person": manager.pk}
    assert ask(door, ana, incident, "roles", **said).status_code == 403
    assert taken(door, ask(door, olivia, incident, "roles", **said))

    incident.refresh_from_db()
    assert holders(incident, Role.COMMANDER) == [incident.commander] == [manager]
    assert IncidentRole.objects.get(person=olivia).ended_at is not None
    told = events.about(incident).get(kind="incident.role_given")
    assert (told.data["person"], told.data["before"]) == ("Max", "Olivia")
    shown = signed_in_as(olivia).get(incident.get_absolute_url()).content.decode()
    assert "Max is commander, in place of Olivia" in shown


@pytest.mark.parametrize("door", DOORS)
def test_an_offer_changes_nothing_until_it_is_accepted(
    checkout: Service, olivia: User, ana: User, manager: User, door: str
) -> None:
    incident = workflow.acknowledge(make_incident(checkout), actor=olivia)
    ask(door, olivia, incident, "roles/offer", role="commander", person=ana.pk)
    incident.refresh_from_db()
    assert incident.commander == olivia
    assert Notification.objects.get(person=ana).subject.startswith("Will you take over INC-")

    refused = ask(door, manager, incident, "roles/accept", role="commander")
    own = ask(door, olivia, incident, "roles/accept", role="commander")
    assert [refused.status_code, own.status_code] == [409, 409]
    assert taken(door, ask(door, ana, incident, "roles/accept", role="commander"))
    assert ask(door, ana, incident, "roles/accept", role="commander").status_code == 409
    incident.refresh_from_db()
    assert holders(incident, Role.COMMANDER) == [incident.commander] == [ana]


def test_an_offer_may_be_declined(checkout: Service, olivia: User, ana: User) -> None:
    incident = workflow.acknowledge(make_incident(checkout), actor=olivia)
    workflow.offer_role(incident, role="commander", person=ana, actor=olivia)
    ask("page", ana, incident, "roles/decline", role="commander")
    assert IncidentRole.objects.get(role="commander").offered_to is None
    assert ask("page", ana, incident, "roles/accept", role="commander").status_code == 409


@pytest.mark.parametrize(
    ("severity", "is_refused"), [(Severity.P0, True), (Severity.P1, True), (Severity.P2, False)]
)
def test_a_grave_one_is_never_without_a_commander(
    checkout: Service, olivia: User, severity: int, *, is_refused: bool
) -> None:
    incident = workflow.acknowledge(make_incident(checkout, severity=severity), actor=olivia)
    answer = ask("page", olivia, incident, "roles/leave", role="commander")
    incident.refresh_from_db()
    assert answer.status_code == (409 if is_refused else 302)
    assert (incident.commander is None) == (not is_refused)


def test_whoever_sees_it_may_follow_it_and_nobody_twice(
    checkout: Service, vera: User, otto: User
) -> None:
    incident = make_incident(checkout)
    assert ask("page", otto, incident, "join").status_code == 404
    assert ask("page", vera, incident, "join").status_code == 302
    assert ask("api", vera, incident, "join").status_code == 409
    assert holders(incident, Role.OBSERVER) == [vera]


def test_who_cannot_work_leads_nothing(checkout: Service, olivia: User, vera: User) -> None:
    incident = make_incident(checkout)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.give_role(incident, role="scribe", person=vera, actor=olivia)
    assert [refusal.code for refusal in refused.value.refusals] == ["cannot_work"]


def test_who_had_which_role_can_be_asked(checkout: Service, olivia: User) -> None:
    incident = workflow.acknowledge(make_incident(checkout), actor=olivia)
    path = f"/api/v1/incidents/{incident.pk}/roles-held/"
    rows = json.loads(api(signed_in_as(olivia), path).content)
    assert [(row["role"], row["ended_at"]) for row in rows] == [("commander", None)]


def test_commanders_of_before_hold_their_role(checkout: Service, olivia: User) -> None:
    incident = workflow.acknowledge(make_incident(checkout), actor=olivia)
    IncidentRole.objects.all().delete()
    import_module("incidents.migrations.0017_commanders_hold_their_role").write_roles(
        apps, None
    )
    row = IncidentRole.objects.get()
    assert (row.person, row.started_at) == (olivia, incident.acknowledged_at)
