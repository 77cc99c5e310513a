"""What was merged is named to the public only as far as the public may know of it."""

import pytest
from django.test import Client

from incidents import workflow
from incidents.models import Incident
from incidents.status_documents import Publication, all_paths
from portal import clock
from portal.models import Team, User
from tests.incidents.make import make_incident
from tests.incidents.status import make_shown_service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


def announced(name: str, team: Team, person: User, *, is_public: bool = True) -> Incident:
    incident = make_incident(make_shown_service(name, team=team, is_public=is_public))
    workflow.post_update(incident, phase="identified", text="A cable.", actor=person)
    return incident


@pytest.fixture
def target(payments: Team, max: User) -> Incident:
    return announced("Shop", payments, max)


def read(client: Client, path: str = "") -> str:
    return client.get(f"/status/{path}").content.decode()


def test_the_target_names_what_was_merged_and_that_leads_to_the_target(
    client: Client, target: Incident, payments: Team, max: User
) -> None:
    source = announced("Basket", payments, max)
    workflow.merge(source, into=target, actor=max)
    path = f"incidents/{source.pk}/"
    page = read(client)
    assert "Told of together with:" in page
    assert f'href="./{path}">Basket</a>' in page
    own = read(client, path)
    assert "It goes on as:" in own
    assert f'incidents/{target.pk}/">Shop' in own
    assert path in list(all_paths(Publication(clock.now(), is_copy=True), is_first=False))
    workflow.unmerge(source, actor=max)
    assert "Told of together with:" not in read(client)
    assert "It goes on as:" not in read(client, path)


@pytest.mark.parametrize("why", ["private", "never announced", "not for the public"])
def test_what_the_public_may_not_know_of_is_not_named(
    client: Client, target: Incident, payments: Team, max: User, why: str
) -> None:
    if why == "never announced":
        source = make_incident(make_shown_service("Basket", team=payments, is_public=True))
    else:
        source = announced("Basket", payments, max, is_public=why == "private")
    workflow.merge(source, into=target, actor=max)
    Incident.objects.filter(pk=source.pk).update(is_private=why == "private")
    page = read(client)
    assert f"incidents/{target.pk}/" in page
    assert "Told of together with:" not in page
    assert client.get(f"/status/incidents/{source.pk}/").status_code == 404


def test_a_source_does_not_name_a_target_that_is_private(
    client: Client, target: Incident, payments: Team, max: User
) -> None:
    source = announced("Basket", payments, max)
    workflow.merge(source, into=target, actor=max)
    Incident.objects.filter(pk=target.pk).update(is_private=True)
    assert "It goes on as:" not in read(client, f"incidents/{source.pk}/")
