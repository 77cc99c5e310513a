"""Spaces: one rule of who reads what, at every door; and who writes, approves and manages."""

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from knowledge import workflow
from knowledge.access import may_change_document, reviewers_for, writers_for
from knowledge.models import Document, Reading, RunbookRun, Space, SpaceGrant, Writing
from knowledge.suggestions import suggested_runbooks
from portal.models import Event, Service, Team, User
from portal.timeline import visible_events
from tests.knowledge.make import as_person, make_document, make_published, make_run

pytestmark = pytest.mark.django_db


def make_space(name: str = "Vault", **fields: Any) -> Space:
    space = Space(name=name, slug=name.lower(), **fields)
    space.changed_by = None
    space.save()
    return space


def grant(space: Space, to: User | Team, may: str) -> None:
    named = {"person": to} if isinstance(to, User) else {"team": to}
    row = SpaceGrant(space=space, may=may, **named)
    row.changed_by = None
    row.save()


@pytest.fixture
def vault(payments: Team) -> Space:
    """Payments' own: nobody else reads it unless they are named."""
    return make_space(team=payments, reading=Reading.NAMED, writing=Writing.NAMED)


@pytest.fixture
def secret(vault: Space, payments: Team, checkout: Service) -> Document:
    return make_published(
        "Zebra keys",
        space=vault,
        team=payments,
        services=[checkout],
        alert_names=["ZebraDown"],
    )


class TestWhoReads:
    def test_its_team_whoever_is_named_and_administrators(
        self, secret: Document, olivia: User, ana: User, vera: User, otto: User, ada: User
    ) -> None:
        def readers() -> set[User]:
            everybody = [olivia, ana, vera, otto, ada]
            seen = Document.objects.visible_to
            return {one for one in everybody if seen(one).filter(pk=secret.pk).exists()}

        assert readers() == {olivia, ada}
        grant(secret.space, vera, "read")
        assert readers() == {olivia, ada, vera}
        grant(secret.space, ana.teams.get(), "write")
        assert readers() == {olivia, ada, vera, ana}
        grant(secret.space, otto, "read")  # who has no access to the portal has none here
        assert readers() == {olivia, ada, vera, ana}

    def test_a_document_may_be_narrower_than_its_space(
        self, payments: Team, olivia: User, ana: User
    ) -> None:
        document = make_published(team=payments, is_team_only=True)
        assert Document.objects.visible_to(olivia).filter(pk=document.pk).exists()
        assert not Document.objects.visible_to(ana).filter(pk=document.pk).exists()

    @pytest.mark.parametrize(
        "path",
        [
            "/learn/documents/{0.slug}/",
            "/learn/documents/{0.slug}/history/",
            "/learn/documents/{0.slug}/revisions/1/",
            "/learn/documents/{0.slug}/edit/",
            "/learn/runs/{1.pk}/",
            "/api/v1/documents/{0.pk}/",
            "/api/v1/documents/{0.pk}/revisions/",
            "/api/v1/documents/by-slug/{0.slug}/",
            "/api/v1/runs/{1.pk}/",
            "/admin/knowledge/document/{0.pk}/change/",
            "/admin/knowledge/document/{0.pk}/history/",
            "/admin/knowledge/revision/{0.published_id}/change/",
            "/admin/knowledge/runbookrun/{1.pk}/change/",
        ],
    )
    def test_for_others_it_is_not_there_at_any_door(
        self, secret: Document, olivia: User, ana: User, path: str
    ) -> None:
        address = path.format(secret, make_run(secret))
        assert as_person(olivia).get(address).status_code == 200
        assert as_person(ana).get(address).status_code in {302, 404}  # the admin leads home

    @pytest.mark.parametrize(
        "path",
        [
            "/learn/documents/",
            "/learn/runs/",
            "/learn/",
            "/search/?q=zebra",
            "/events/",
            "/services/{.slug}/",
            "/admin/knowledge/document/",
            "/admin/knowledge/revision/",
            "/api/v1/documents/",
            "/api/v1/runs/",
        ],
    )
    def test_no_list_tells_others_of_it(
        self, secret: Document, checkout: Service, olivia: User, ana: User, path: str
    ) -> None:
        make_run(secret, service=checkout)
        address = path.format(checkout)
        assert "Zebra" in as_person(olivia).get(address).content.decode()
        assert "Zebra" not in as_person(ana).get(address).content.decode()

    def test_events_of_it_are_for_those_who_read_it(
        self, secret: Document, olivia: User, ana: User
    ) -> None:
        make_run(secret)
        kinds = ContentType.objects.get_for_models(Document, RunbookRun).values()
        about = Event.objects.filter(content_type__in=kinds)
        assert visible_events(olivia, about).count() == about.count() > 2
        assert not visible_events(ana, about).exists()

    def test_an_alert_suggests_it_to_those_who_read_it(
        self, secret: Document, olivia: User, ana: User
    ) -> None:
        assert suggested_runbooks(olivia, "ZebraDown", None) == [secret]
        assert suggested_runbooks(ana, "ZebraDown", None) == []

    def test_a_run_of_it_is_begun_by_those_who_read_it(
        self, secret: Document, olivia: User, ana: User
    ) -> None:
        def begin(person: User) -> int:
            said = {"document": secret.slug}
            client = as_person(person)
            answer = client.post("/api/v1/runs/", said, content_type="application/json")
            return answer.status_code

        assert begin(olivia) == 201
        assert begin(ana) == 400  # as for a document that nobody has


class TestWhoWrites:
    def test_whoever_is_named_and_nobody_else(
        self, secret: Document, olivia: User, max: User, ana: User, vera: User
    ) -> None:
        assert may_change_document(olivia, secret)
        grant(secret.space, ana, "read")
        assert not may_change_document(ana, secret)
        SpaceGrant.objects.filter(person=ana).update(may="write")
        assert may_change_document(ana, secret)
        grant(secret.space, vera, "write")  # who only looks changes nothing
        assert not may_change_document(vera, secret)
        assert {olivia, max, ana} <= set(writers_for(secret))
        assert vera not in writers_for(secret)
        assert olivia not in reviewers_for(secret, olivia)

    def test_in_an_open_space_the_owner_team_or_anybody(
        self, payments: Team, olivia: User, ana: User
    ) -> None:
        theirs = make_document(team=payments)
        everybodys = make_document("Open")
        assert [may_change_document(one, theirs) for one in (olivia, ana)] == [True, False]
        assert may_change_document(ana, everybodys)
        assert ana in writers_for(everybodys)
        assert ana not in writers_for(theirs)

    def test_the_owner_may_whatever_the_team(
        self, payments: Team, ana: User, olivia: User
    ) -> None:
        document = make_document(team=payments)
        workflow.change_document(
            document, team=payments, owner=ana, services=[], alert_names=[], actor=olivia
        )
        document.refresh_from_db()
        assert may_change_document(ana, document)
        assert ana in writers_for(document)
