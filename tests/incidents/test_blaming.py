"""Which deployment caused an incident: suspected by the time, declared by people."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from incidents import workflow
from incidents.models import Incident
from maintenance import workflow as maintenance
from maintenance.models import Deployment
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.incidents.make import make_incident
from tests.maintenance.make import make_deployment
from tests.maintenance.test_messages import react


def deployed(service: Service, minutes: int, **told: Any) -> Deployment:
    """One that finished so many minutes ago."""
    at = clock.now() - timedelta(minutes=minutes)
    return make_deployment(service, started_at=at, finished_at=at, **told)


@pytest.fixture
def deployment(checkout: Service) -> Deployment:
    return deployed(checkout, 20)


@pytest.fixture
def incident(checkout: Service, deployment: Deployment) -> Incident:
    return make_incident(checkout)


def test_it_is_declared_on_page_and_api(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)
    body = {"reason": "The errors are of the new field"}
    for door in ("page", "api"):
        row = deployed(checkout, 90)
        incident = make_incident(checkout)
        said = {**body, "deployment": row.pk}
        if door == "page":
            answer = client.post(f"/respond/{incident.pk}/blame/", said)
            assert answer.status_code == 302
        else:
            url = f"/api/v1/incidents/{incident.pk}/caused-by/"
            answer = client.post(url, said, content_type="application/json")
            assert answer.status_code == 200
        row.refresh_from_db()
        assert (row.failed_by, row.failed_reference, row.attribution) == (
            "incident",
            incident.reference,
            "declared",
        )
        shown = client.get(f"/respond/{incident.pk}/context/").content.decode()
        assert "Declared" in shown
        assert str(incident) in client.get(row.get_absolute_url()).content.decode()


def test_of_a_private_incident_the_deployment_says_no_reason(
    checkout: Service, deployment: Deployment, olivia: User
) -> None:
    incident = make_incident(checkout, is_private=True)

    blamed = workflow.blame_deployment(
        incident, deployment=deployment, reason="The key was stolen", actor=olivia
    )

    assert blamed.failed_because == "It caused an incident that not everybody sees."
    public = Event.objects.filter(kind="deployment.failed").get()
    assert "stolen" not in str(public.data)
    own = Event.objects.filter(kind="incident.deployment_blamed").get()
    assert own.data["reason"] == "The key was stolen"


def test_it_recovers_when_users_are_well_again(
    incident: Incident, deployment: Deployment, olivia: User
) -> None:
    workflow.blame_deployment(incident, deployment=deployment, reason="x", actor=olivia)

    mitigated = workflow.mitigate(incident, actor=olivia)
    react()

    deployment.refresh_from_db()
    assert deployment.recovered_at == mitigated.mitigated_at


def test_what_is_said_afterwards_has_recovered_already(
    incident: Incident, deployment: Deployment, olivia: User
) -> None:
    workflow.acknowledge(incident, actor=olivia)
    resolved = workflow.resolve(incident, actor=olivia, summary="Taken back")

    workflow.blame_deployment(incident, deployment=deployment, reason="x", actor=olivia)

    deployment.refresh_from_db()
    assert deployment.recovered_at == resolved.resolved_at


def test_shortly_after_a_deployment_it_is_suspected_and_no_more(
    incident: Incident, deployment: Deployment, olivia: User
) -> None:
    react()

    deployment.refresh_from_db()
    assert (deployment.attribution, deployment.failed_reference) == (
        "inferred",
        incident.reference,
    )
    assert "20 minutes after it" in deployment.failed_because
    workflow.acknowledge(incident, actor=olivia)
    workflow.resolve(incident, actor=olivia, summary="x")
    react()
    deployment.refresh_from_db()
    assert deployment.recovered_at is None


def test_what_came_long_before_or_elsewhere_is_not_suspected(
    checkout: Service, olivia: User
) -> None:
    rows = [
        deployed(checkout, 90),
        deployed(checkout, 5, environment="staging"),
        deployed(checkout, 5, result="aborted"),
    ]
    make_incident(checkout)
    react()

    assert not Deployment.objects.filter(
        pk__in=[row.pk for row in rows], attribution="inferred"
    ).exists()


def test_to_declare_one_clears_the_suspicion_of_another(
    checkout: Service, olivia: User
) -> None:
    earlier, suspected = deployed(checkout, 50), deployed(checkout, 10)
    incident = make_incident(checkout)
    react()

    workflow.blame_deployment(incident, deployment=earlier, reason="x", actor=olivia)

    suspected.refresh_from_db()
    assert (suspected.failed_at, suspected.attribution) == (None, "")


def test_what_came_later_or_failed_already_is_refused(
    incident: Incident, deployment: Deployment, checkout: Service, olivia: User
) -> None:
    later = deployed(checkout, -1)
    maintenance.mark_failed(deployment, reason="x", actor=olivia)
    for row, code in [(later, "arrived_later"), (deployment, "failed_already")]:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.blame_deployment(incident, deployment=row, reason="x", actor=olivia)
        assert [refusal.code for refusal in refused.value.refusals] == [code]


def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    client: Client, incident: Incident, olivia: User
) -> None:
    client.force_login(olivia)

    answer = client.post(f"/respond/{incident.pk}/blame/", {"reason": "The new field"})

    assert answer.status_code == 422
    assert "The new field" in answer.content.decode()
