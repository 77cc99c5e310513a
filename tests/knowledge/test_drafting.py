"""Drafts kept on the server, who is writing now, and addresses that a document had."""

from datetime import UTC, datetime

import pytest
import time_machine

from knowledge import workflow
from knowledge.models import Document, DocumentDraft
from portal.errors import TransitionNotAllowed
from portal.models import Event, Team, User
from tests.knowledge.make import as_person, codes, make_document, make_published, newest

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def document(payments: Team) -> Document:
    return make_published(team=payments)


class TestDrafts:
    def test_one_for_each_person_and_document_and_no_event(
        self, document: Document, olivia: User, max: User
    ) -> None:
        before = Event.objects.count()
        for body in ("h", "he", "her"):
            workflow.keep_draft(document, base_number=1, title="T", body=body, actor=olivia)
        workflow.keep_draft(document, base_number=1, title="T", body="his", actor=max)
        assert sorted(DocumentDraft.objects.values_list("body", flat=True)) == ["her", "his"]
        assert Event.objects.count() == before

    def test_it_is_offered_when_the_editor_opens(
        self, document: Document, olivia: User, max: User
    ) -> None:
        address = document.get_absolute_url()
        client = as_person(olivia)
        words = {"base_number": 1, "title": "T", "body": "half a thou"}
        assert client.post(f"{address}draft/", words).json()["newest"] == 1
        assert client.post(f"{address}draft/", {"body": "x" * 100_001}).status_code == 422

        page = client.get(f"{address}edit/").content.decode()
        assert "Go on with it" in page
        assert "half a thou" not in page
        assert "half a thou" in client.get(f"{address}edit/?draft=1").content.decode()
        assert (
            "half a thou" not in as_person(max).get(f"{address}edit/?draft=1").content.decode()
        )

        assert client.post(f"{address}draft/", {"discard": "1"}).status_code == 302
        assert "Go on with it" not in client.get(f"{address}edit/").content.decode()

    def test_saving_ends_it_and_a_conflict_keeps_it(
        self, document: Document, olivia: User, max: User
    ) -> None:
        workflow.save_revision(document, base_number=1, title="T", body="his", actor=max)
        form = {"base_number": 1, "title": "T", "body": "hers"}
        client = as_person(olivia)
        address = f"{document.get_absolute_url()}edit/"
        assert client.post(address, form).status_code == 409
        assert DocumentDraft.objects.get().body == "hers"
        assert client.post(address, form | {"base_number": 2}).status_code == 302
        assert not DocumentDraft.objects.exists()

    def test_readers_see_who_is_at_it_for_two_minutes(
        self, document: Document, olivia: User, max: User
    ) -> None:
        with time_machine.travel(datetime(2026, 11, 30, 14, 2, tzinfo=UTC), tick=False) as now:
            workflow.keep_draft(document, base_number=1, title="T", body="b", actor=olivia)
            address = document.get_absolute_url()
            said = f"{olivia} is editing since"
            assert said in as_person(max).get(address).content.decode()
            assert said in as_person(max).get(f"{address}edit/").content.decode()
            assert said not in as_person(olivia).get(address).content.decode()
            now.shift(121)
            assert said not in as_person(max).get(address).content.decode()

    def test_by_the_api(self, document: Document, olivia: User, max: User) -> None:
        address = f"/api/v1/documents/{document.pk}/draft/"
        words = {"base_number": 1, "title": "T", "body": "half\n"}
        client = as_person(olivia)
        assert client.get(address).status_code == 404
        assert client.put(address, words, content_type=JSON).status_code == 200
        assert client.get(address).json()["body"] == "half\n"
        assert as_person(max).get(address).status_code == 404
        assert client.put(address, {}, content_type=JSON).status_code == 400
        assert client.delete(address).status_code == 204

    def test_none_of_what_is_archived(self, document: Document, olivia: User) -> None:
        workflow.archive(document, actor=olivia)
        document.refresh_from_db()
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.keep_draft(document, base_number=1, title="T", body="b", actor=olivia)
        assert codes(refused) == ["document_archived"]


class TestRenaming:
    def test_every_old_address_leads_there_in_one_step(
        self, document: Document, olivia: User, vera: User, otto: User
    ) -> None:
        for slug in ("errors", "too-many-errors"):
            workflow.rename(document, slug=slug, actor=olivia)
        client = as_person(vera)
        for old in ("high-error-rate", "errors"):
            answer = client.get(f"/learn/documents/{old}/history/?page_size=10")
            to = "/learn/documents/too-many-errors/history/?page_size=10"
            assert (answer.status_code, answer.headers["Location"]) == (302, to)
        # A stranger does not learn the new name.
        assert as_person(otto).get("/learn/documents/errors/").status_code == 404

    def test_what_was_typed_goes_along(self, document: Document, olivia: User) -> None:
        old = document.get_absolute_url()
        workflow.rename(document, slug="errors", actor=olivia)
        form = {"base_number": 1, "title": "T", "body": "new words"}
        answer = as_person(olivia).post(f"{old}edit/", form, follow=True)
        assert answer.redirect_chain[0][1] == 307
        assert newest(document).body == "new words\n"

    def test_back_again_is_no_circle(self, document: Document, olivia: User) -> None:
        workflow.rename(document, slug="errors", actor=olivia)
        workflow.rename(document, slug="high-error-rate", actor=olivia)
        client = as_person(olivia)
        assert client.get("/learn/documents/high-error-rate/").status_code == 200
        assert client.get("/learn/documents/errors/").status_code == 302

    @pytest.mark.parametrize(
        ("slug", "code"),
        [
            ("two words", "slug_invalid"),
            ("x" * 181, "slug_invalid"),
            ("", "slug_invalid"),
            ("new", "slug_taken"),
            ("other", "slug_taken"),
            ("high-error-rate", "same_slug"),
            ("past", "slug_taken"),
        ],
    )
    def test_refused(self, document: Document, olivia: User, slug: str, code: str) -> None:
        other = make_document("Past", actor=olivia)
        workflow.rename(other, slug="other", actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.rename(document, slug=slug, actor=olivia)
        assert codes(refused) == [code]

    def test_a_new_document_takes_no_address_of_the_past(
        self, document: Document, olivia: User
    ) -> None:
        workflow.rename(document, slug="errors", actor=olivia)
        assert make_document("High error rate").slug == "high-error-rate-2"

    def test_by_page_and_api(self, document: Document, olivia: User, vera: User) -> None:
        client = as_person(olivia)
        assert "Rename" in client.get(f"{document.get_absolute_url()}change/").content.decode()
        answer = client.post(f"{document.get_absolute_url()}rename/", {"slug": "errors"})
        assert answer.headers["Location"] == "/learn/documents/errors/"
        address = f"/api/v1/documents/{document.pk}/rename/"
        renamed = client.post(address, {"slug": "faults"}, content_type=JSON)
        assert renamed.json()["slug"] == "faults"
        refused = client.post(address, {"slug": "faults"}, content_type=JSON)
        assert refused.json()["reasons"][0]["code"] == "same_slug"
        old = as_person(vera).get("/api/v1/documents/by-slug/errors/")
        assert old.headers["Location"] == "/api/v1/documents/by-slug/faults/"
        assert as_person(vera).get(old.headers["Location"]).json()["id"] == document.pk
        assert as_person(vera).get("/api/v1/documents/by-slug/nothing/").status_code == 404

    def test_an_archived_one_says_so_at_its_old_address(
        self, document: Document, olivia: User, vera: User
    ) -> None:
        workflow.rename(document, slug="errors", actor=olivia)
        workflow.archive(document, actor=olivia)
        assert as_person(vera).get("/learn/documents/high-error-rate/").status_code == 410
