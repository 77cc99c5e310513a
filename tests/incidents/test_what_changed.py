"""What changed: of every service that an incident reaches, and in the room's own timeline."""

from datetime import timedelta
from typing import Any

import pytest

from incidents import workflow
from incidents.models import Incident
from incidents.understanding import changed_before
from portal import clock
from portal.models import Service, ServiceDependency, Team, User
from tests.incidents.doors import api, signed_in_as
from tests.incidents.make import make_incident
from tests.maintenance.make import make_deployment
from tests.make import make_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


def needs(service: Service, other: Service) -> None:
    row = ServiceDependency(service=service, needs=other)
    row.changed_by = None
    row.save()


def deployed(service: Service, minutes: int, **fields: Any) -> Any:
    at = clock.now() - timedelta(minutes=minutes)
    name = f"{service.slug}-{minutes}"
    return make_deployment(
        service, finished_at=at, external_id=name, version=f"v{minutes}", **fields
    )


@pytest.fixture
def incident(checkout: Service, search: Service, platform: Team, olivia: User) -> Incident:
    """One of Checkout that reaches Search, which needs a database."""
    needs(search, make_service("Index database", team=platform))
    found = make_incident(checkout)
    workflow.set_affected(found, service=search, impact="Finds nothing", actor=olivia)
    return found


def test_changes_of_all_that_it_reaches_and_of_what_they_need(
    incident: Incident, checkout: Service, search: Service, platform: Team, olivia: User
) -> None:
    deployed(make_service("Elsewhere", team=platform), 1)
    deployed(Service.objects.get(name="Index database"), 10)
    deployed(search, 20)
    deployed(checkout, 40)

    found = changed_before(incident, olivia)

    assert [row.because for row in found] == [
        "20 minutes before, in Search itself",
        "10 minutes before, in Index database, which Search needs",
        "40 minutes before, in Checkout itself",
    ]
    path = f"/api/v1/incidents/{incident.pk}/context/"
    told = api(signed_in_as(olivia), path).json()["changed"]  # type: ignore[attr-defined]
    assert [row["service"] for row in told] == ["search", "index-database", "checkout"]
    shown = signed_in_as(olivia).get(f"/respond/{incident.pk}/context/").content.decode()
    assert "in Index database, which Search needs" in shown


def test_deployments_near_the_start_stand_in_the_timeline(
    incident: Incident, checkout: Service, search: Service, platform: Team, olivia: User
) -> None:
    deployed(make_service("Elsewhere", team=platform), 1)
    deployed(Service.objects.get(name="Index database"), 10)
    deployed(search, 20)
    deployed(checkout, 4 * 60)
    deployed(checkout, 30, environment="staging")
    client = signed_in_as(olivia)

    told = api(client, f"/api/v1/incidents/{incident.pk}/timeline/?show=changes").json()  # type: ignore[attr-defined]
    assert [line["text"] for line in told["lines"]] == [
        "Index database v10 deployed",
        "Search v20 deployed",
    ]
    room = client.get(f"/respond/{incident.pk}/").content.decode()
    assert "Search v20 deployed" in room
    assert "/change/deployments/" in room
    assert "v240 deployed" not in room
    changes = client.get(f"/respond/{incident.pk}/?show=changes").content.decode()
    assert "Search v20 deployed" in changes
    assert "Opened it" not in changes


def test_what_was_deployed_after_its_end_is_none_of_it(
    incident: Incident, checkout: Service, olivia: User
) -> None:
    workflow.resolve(incident, summary="Rolled back", actor=olivia)
    deployed(checkout, -10)
    told = api(signed_in_as(olivia), f"/api/v1/incidents/{incident.pk}/timeline/").json()  # type: ignore[attr-defined]
    assert not [line for line in told["lines"] if line["text"].endswith("deployed")]
