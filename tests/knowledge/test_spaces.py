"""Spaces: one rule of who reads what, at every door; and who writes, approves and manages."""

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

from knowledge import workflow
from knowledge.access import may_change_document, reviewers_for, writers_for
from knowledge.models import (
    FIRST_SPACE,
    Document,
    Reading,
    Repair,
    RevisionState,
    RunbookRun,
    Space,
    SpaceGrant,
    Writing,
    first_space,
)
from knowledge.panels import events_of_narrow_documents
from knowledge.suggestions import suggested_runbooks
from knowledge.workflow.spaces import Grant
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, Team, User
from portal.timeline import visible_events
from tests.knowledge.make import (
    as_person,
    codes,
    make_document,
    make_published,
    make_run,
    newest,
)

pytestmark = pytest.mark.django_db


def grant(space: Space, to: User | Team, may: str) -> None:
    workflow.grant(space, Grant(to, may), actor=None)


@pytest.fixture
def vault(payments: Team) -> Space:
    """Payments' own: nobody else reads it unless they are named."""
    return workflow.create_space(
        name="Vault", team=payments, reading=Reading.NAMED, writing=Writing.NAMED, actor=None
    )


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
        run = make_run(secret)
        repair = workflow.report_repair(
            secret, reason="wrong", what="Zebra", order=1, run=run, actor=olivia
        )
        workflow.dismiss_repair(repair, reason="Zebra", actor=olivia)
        workflow.change_space(secret.space, description="Zebra", actor=olivia)
        kinds = ContentType.objects.get_for_models(Document, RunbookRun, Repair, Space)
        about = Event.objects.filter(content_type__in=kinds.values())
        assert {event.kind.partition(".")[0] for event in about} == {
            *("document", "run", "repair", "space"),
        }
        assert visible_events(olivia, about).count() == about.count()
        assert not visible_events(ana, about).exists()
        assert not about.exclude(events_of_narrow_documents(None)).exists()

    def test_the_event_of_a_service_does_not_name_its_runbook(
        self, secret: Document, checkout: Service, olivia: User, ana: User
    ) -> None:
        workflow.set_service_runbook(checkout, document=secret, actor=olivia)
        told = visible_events(ana).get(kind="service.runbook_set")
        assert told.data == {"named": True}

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

    def test_nothing_is_begun_or_moved_where_one_may_not_write(
        self, vault: Space, payments: Team, ana: User, olivia: User
    ) -> None:
        def begin(person: User, **said: Any) -> int:
            body = {"kind": "runbook", "title": "T", "body": "b", "team": None} | said
            client = as_person(person)
            answer = client.post("/api/v1/documents/", body, content_type="application/json")
            return answer.status_code

        def move(person: User) -> int:
            said: dict[str, Any] = {
                "team": None,
                "space": vault.slug,
                "services": [],
                "alert_names": [],
            }
            address = f"/api/v1/documents/{document.pk}/change/"
            client = as_person(person)
            return client.post(address, said, content_type="application/json").status_code

        document = make_document()
        assert begin(olivia, space="vault") == 201
        assert begin(ana, space="vault") == 400  # as for a space that nobody has
        grant(vault, ana, "read")
        assert begin(ana, space="vault") == 403
        assert move(ana) == 403
        workflow.change_space(first_space(), writing=Writing.NAMED, actor=None)
        assert begin(ana) == 403
        assert move(olivia) == 403  # she may write there, but not change what lies here
        grant(first_space(), olivia, "write")
        assert move(olivia) == 200
        assert Event.objects.filter(kind="document.moved").exists()

    def test_the_page_offers_only_where_one_may_write(
        self, vault: Space, olivia: User, ana: User
    ) -> None:
        grant(vault, ana, "read")
        assert "Vault" in as_person(olivia).get("/learn/documents/new/").content.decode()
        assert "Vault" not in as_person(ana).get("/learn/documents/new/").content.decode()


class TestWhatNeedsAReview:
    def test_as_the_space_says_whatever_the_house_says(
        self, vault: Space, payments: Team, olivia: User, ada: User
    ) -> None:
        workflow.set_review_policy(["procedure"], actor=ada)
        runbook = make_document(space=vault, team=payments, actor=olivia)
        procedure = make_document("P", space=vault, team=payments, kind="procedure")
        workflow.publish(newest(runbook), actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.publish(newest(procedure), actor=olivia)
        assert codes(refused) == ["review_missing"]

        workflow.change_space(vault, reviewing="never", actor=ada)
        workflow.publish(newest(procedure), actor=olivia)
        workflow.change_space(vault, reviewing="always", actor=ada)
        second = make_document("R", space=vault, team=payments, actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.publish(newest(second), actor=olivia)
        assert codes(refused) == ["review_missing"]

    def test_two_others_approve_where_the_space_wants_two(
        self, vault: Space, payments: Team, olivia: User, max: User, ada: User
    ) -> None:
        workflow.change_space(vault, reviewing="always", approvals_needed=2, actor=ada)
        draft = newest(make_document(space=vault, team=payments, actor=olivia))
        workflow.ask_for_review(draft, actor=olivia)
        review = workflow.approve_revision(draft, actor=max)
        draft.refresh_from_db()
        assert (review.state, draft.state) == ("asked", RevisionState.IN_REVIEW)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.approve_revision(draft, actor=max)
        assert codes(refused) == ["approved_already"]
        page = as_person(max).get(draft.get_absolute_url()).content.decode()
        assert "1 of 2 approvals" in page

        workflow.approve_revision(draft, actor=ada)
        draft.refresh_from_db()
        assert draft.state == RevisionState.PUBLISHED


class TestItsRules:
    def test_a_manager_begins_one_and_names_people(
        self, max: User, olivia: User, vera: User, payments: Team
    ) -> None:
        rules = {
            "name": "Drills",
            "team": payments.pk,
            "reading": "named",
            "writing": "owners",
            "reviewing": "by_kind",
            "approvals_needed": 1,
            "description": "",
        }
        answer = as_person(olivia).post("/learn/spaces/new/", rules)
        assert answer.status_code == 422  # she manages no team that could own it
        answer = as_person(max).post("/learn/spaces/new/", rules)
        space = Space.objects.get(name="Drills")
        assert answer["Location"] == "/learn/spaces/drills/"

        named = {"person": vera.pk, "may": "read"}
        as_person(max).post("/learn/spaces/drills/grants/", named)
        assert as_person(vera).get("/learn/spaces/drills/").status_code == 200
        both = as_person(max).post(
            "/learn/spaces/drills/grants/", {**named, "team": payments.pk}
        )
        assert both.status_code == 422
        row = space.grants.get()
        as_person(max).post(f"/learn/spaces/drills/grants/{row.pk}/take-back/")
        assert as_person(vera).get("/learn/spaces/drills/").status_code == 404
        kinds = Event.objects.filter(kind__startswith="space.").order_by("pk")
        assert list(kinds.values_list("kind", flat=True)) == [
            *("space.created", "space.granted", "space.taken_back"),
        ]

    def test_the_api_does_the_same(self, max: User, olivia: User, payments: Team) -> None:
        def call(caller: User, method: str, path: str, **said: Any) -> Any:
            client = as_person(caller)
            send = getattr(client, method)
            return send(f"/api/v1/spaces/{path}", said, content_type="application/json")

        refused = call(olivia, "post", "", name="Drills", team=payments.slug)
        assert refused.status_code == 403
        made = call(max, "post", "", name="Drills", team=payments.slug, reading="named")
        assert made.status_code == 201
        pk = made.json()["id"]
        taken = call(max, "post", "", name="Drills", team=payments.slug)
        assert taken.status_code == 409
        assert "space_name_taken" in taken.content.decode()
        changed = call(max, "patch", f"{pk}/", approvals_needed=2)
        assert changed.json()["approvals_needed"] == 2
        neither = call(max, "post", f"{pk}/grants/", may="read")
        assert neither.status_code == 400
        granted = call(max, "post", f"{pk}/grants/", may="read", person=olivia.pk)
        assert call(max, "get", f"{pk}/").json()["grants"] == [granted.json()]
        grant_pk = granted.json()["id"]
        assert call(max, "delete", f"{pk}/grants/{grant_pk}/").status_code == 204
        assert call(max, "post", f"{pk}/archive/").json()["archived_at"]
        assert "space_archived" in call(max, "patch", f"{pk}/", name="X").content.decode()
        assert call(max, "post", f"{pk}/bring-back/").json()["archived_at"] is None

    def test_only_an_empty_one_is_put_away_and_the_first_never(
        self, secret: Document, max: User, ada: User
    ) -> None:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.archive_space(secret.space, actor=max)
        assert codes(refused) == ["space_not_empty"]
        workflow.archive(secret, actor=max)
        workflow.archive_space(secret.space, actor=max)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.archive_space(first_space(), actor=ada)
        assert codes(refused) == ["first_space"]
        assert first_space().slug == FIRST_SPACE

    def test_a_page_asks_as_often_for_twenty_as_for_one(
        self, secret: Document, payments: Team, olivia: User
    ) -> None:
        def queries(path: str) -> int:
            with CaptureQueriesContext(connection) as asked:
                assert as_person(olivia).get(path).status_code == 200
            return len(asked)

        for path in ("/learn/spaces/", "/learn/spaces/vault/"):
            queries(path)  # what is asked once for the whole process
        before = [queries("/learn/spaces/"), queries("/learn/spaces/vault/")]
        for number in range(20):
            workflow.create_space(name=f"S{number}", team=payments, actor=None)
            make_published(f"D{number}", space=secret.space, team=payments)
        assert [queries("/learn/spaces/"), queries("/learn/spaces/vault/")] == before
