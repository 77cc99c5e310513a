"""Documents: written, published, restored and archived, by page and API alike."""

from typing import Any
from unittest.mock import ANY

import pytest

from knowledge import workflow
from knowledge.models import Document, Revision, RevisionState
from knowledge.workflow import EditConflict
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, Team, User
from tests.knowledge.make import (
    RUNBOOK,
    as_person,
    codes,
    make_document,
    make_published,
    newest,
)

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    events = Event.objects.filter(kind__startswith="document.").order_by("pk")
    return list(events.values_list("kind", flat=True))


class TestSaving:
    def test_a_document_begins_as_a_draft_with_number_one(self, olivia: User) -> None:
        document = make_document(actor=olivia)

        first = newest(document)
        assert (first.number, first.state, first.author) == (1, RevisionState.DRAFT, olivia)
        assert "<ol>" in first.html
        assert kinds() == ["document.created"]

    def test_addresses_stay_apart(self) -> None:
        slugs = [make_document("High latency").slug for _ in range(2)]
        assert slugs == ["high-latency", "high-latency-2"]
        assert make_document("高延迟").slug == "runbook"
        assert make_document("New").slug == "new-2"

    def test_a_revision_builds_on_the_newest(self, olivia: User) -> None:
        document = make_published()

        revision = workflow.save_revision(
            document, base_number=1, title="High error rate", body="Better", actor=olivia
        )

        document.refresh_from_db()
        assert (revision.number, document.latest_number) == (2, 2)
        assert document.published is not None
        assert document.published.number == 1  # readers keep what they get
        assert kinds()[-1] == "document.revised"

    def test_a_text_on_an_old_revision_is_refused_and_leaves_no_trace(
        self, olivia: User, ana: User
    ) -> None:
        document = make_document()
        workflow.save_revision(document, base_number=1, title="T", body="hers", actor=olivia)

        with pytest.raises(EditConflict) as refused:
            workflow.save_revision(document, base_number=1, title="T", body="his", actor=ana)

        assert refused.value.newest.body == "hers\n"
        assert document.revisions.count() == 2
        assert kinds().count("document.revised") == 1

    def test_the_same_form_sent_twice_saves_once(self, olivia: User) -> None:
        document = make_document()
        words = {"base_number": 1, "title": "T", "body": "hers", "actor": olivia}
        first = workflow.save_revision(document, **words)  # type: ignore[arg-type]
        again = workflow.save_revision(document, **words)  # type: ignore[arg-type]
        assert first == again

    def test_unchanged_words_add_nothing(self, olivia: User) -> None:
        document = make_document()
        same = RUNBOOK.replace("\n", "\r\n") + "\n\n"
        revision = workflow.save_revision(
            document, base_number=1, title=document.title, body=same, actor=olivia
        )
        assert revision.number == 1
        assert document.revisions.count() == 1


class TestPublishing:
    def test_readers_get_the_revision_and_its_title(self, olivia: User) -> None:
        document = make_published()
        workflow.save_revision(document, base_number=1, title="New", body="b", actor=olivia)

        workflow.publish(newest(document), actor=olivia)

        document.refresh_from_db()
        assert (document.published, document.title) == (newest(document), "New")
        assert newest(document).published_by == olivia
        assert kinds()[-1] == "document.published"

    def test_twice_is_refused(self) -> None:
        document = make_published()
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.publish(newest(document), actor=None)
        assert codes(refused) == ["already_published"]

    def test_an_older_one_is_restored_instead(self, olivia: User) -> None:
        document = make_document()
        first = newest(document)
        workflow.save_revision(document, base_number=1, title="T", body="b", actor=olivia)
        workflow.publish(newest(document), actor=olivia)

        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.publish(first, actor=olivia)
        assert codes(refused) == ["newer_published"]

        restored = workflow.restore_revision(first, actor=olivia)
        assert (restored.number, restored.restored_from) == (3, 1)
        assert restored.body == first.body

    def test_restoring_the_newest_words_is_refused(self) -> None:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.restore_revision(newest(make_document()), actor=None)
        assert codes(refused) == ["same_words"]


class TestPages:
    def test_writing_and_publishing(self, olivia: User, payments: Team) -> None:
        client = as_person(olivia)
        form = {
            "kind": "runbook",
            "title": "Queue stuck",
            "body": RUNBOOK,
            "team": payments.pk,
            "alert_names": "QueueStuck, QueueFull",
            "publish": "1",
        }
        answer = client.post("/learn/documents/new/", form)

        assert answer.status_code == 302
        document = Document.objects.get()
        assert answer.headers["Location"] == document.get_absolute_url()
        assert document.alert_names == ["QueueStuck", "QueueFull"]
        page = client.get(document.get_absolute_url()).content.decode()
        assert "kubectl" in page
        assert "QueueFull" in page
        assert "Revision 1" in page

    def test_a_preview_saves_nothing(self, olivia: User) -> None:
        form = {"kind": "runbook", "title": "T", "body": "**bold**", "preview": "1"}
        answer = as_person(olivia).post("/learn/documents/new/", form)
        assert answer.status_code == 200
        assert "<strong>bold</strong>" in answer.content.decode()
        assert Document.objects.count() == 0

    def test_what_cannot_be_drawn_is_refused_and_kept(self, olivia: User) -> None:
        document = make_document()
        address = f"{document.get_absolute_url()}edit/"
        body = "fine\n\n" + ">" * 200 + " deep"
        form = {"title": "T", "body": body, "base_number": 1}
        answer = as_person(olivia).post(address, form)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Line 3" in page
        assert "&gt;" * 200 in page

    def test_a_conflict_keeps_both_texts(self, olivia: User, ana: User) -> None:
        document = make_document()
        workflow.save_revision(document, base_number=1, title="T", body="theirs <b>", actor=ana)
        client = as_person(olivia)
        form = {"title": "T", "body": "mine entirely", "base_number": 1}

        answer = client.post(f"{document.get_absolute_url()}edit/", form)

        page = answer.content.decode()
        assert answer.status_code == 409
        assert "theirs &lt;b&gt;" in page
        assert "<b>" not in page
        assert "mine entirely" in page
        assert answer.context["form"]["base_number"].value() == 2

        retry = {"title": "T", "body": "both", "base_number": 2}
        assert client.post(f"{document.get_absolute_url()}edit/", retry).status_code == 302
        assert newest(document).body == "both\n"

    def test_history_revision_and_diff(self, olivia: User) -> None:
        document = make_published()
        body = RUNBOOK.replace("Tell the team", "Tell the <b>whole</b> team")
        workflow.save_revision(
            document, base_number=1, title=document.title, body=body, actor=olivia
        )
        client = as_person(olivia)
        address = document.get_absolute_url()

        assert "Revision 2" in client.get(f"{address}history/").content.decode()
        assert "Draft" in client.get(f"{address}revisions/2/").content.decode()
        page = client.get(f"{address}diff/?from=2&to=1").content.decode()
        assert "&lt;b&gt;whole&lt;/b&gt; " in page
        assert "<b>whole</b>" not in page
        assert client.get(f"{address}diff/?from=x&to=1").status_code == 404
        assert client.get(f"{address}revisions/9/").status_code == 404

    def test_publish_and_restore_by_their_buttons(self, olivia: User) -> None:
        document = make_document()
        address = document.get_absolute_url()
        client = as_person(olivia)
        assert client.post(f"{address}revisions/1/publish/").status_code == 302
        workflow.save_revision(document, base_number=1, title="T", body="b", actor=olivia)
        assert client.post(f"{address}revisions/1/restore/").status_code == 302
        assert newest(document).restored_from == 1
        assert client.post(f"{address}revisions/1/publish/").status_code == 409

    def test_archived_answers_410_without_its_title(self, olivia: User, vera: User) -> None:
        document = make_published("Secret plan")
        address = document.get_absolute_url()
        client = as_person(olivia)
        said = client.post(f"{address}archive/", follow=True)
        assert "“Secret plan” is archived." in said.content.decode()

        for part in ("", "history/", "revisions/1/", "edit/", "diff/?from=1&to=1"):
            gone = client.get(f"{address}{part}")
            assert gone.status_code == 410, part
            assert "Secret plan" not in gone.content.decode()
        assert "Bring it back" in client.get(address).content.decode()
        assert "Bring it back" not in as_person(vera).get(address).content.decode()
        assert as_person(vera).get(f"/api/v1/documents/{document.pk}/").status_code == 410

        assert client.post(f"{address}bring-back/").status_code == 302
        assert client.get(address).status_code == 200

    def test_what_it_is_about_can_be_changed(
        self, olivia: User, payments: Team, platform: Team, checkout: Service
    ) -> None:
        document = make_published(team=payments)
        client = as_person(olivia)
        address = f"{document.get_absolute_url()}change/"
        assert client.get(address).status_code == 200
        form = {"team": payments.pk, "services": [checkout.pk], "alert_names": "A\nB"}
        assert client.post(address, form).status_code == 302
        document.refresh_from_db()
        assert document.alert_names == ["A", "B"]
        assert list(document.services.all()) == [checkout]
        assert client.post(address, form | {"team": platform.pk}).status_code == 422


class TestApi:
    def test_reading_and_saving_by_etag(self, olivia: User) -> None:
        document = make_published()
        client = as_person(olivia)
        address = f"/api/v1/documents/{document.pk}/"
        answer = client.get(address)
        assert answer.headers["ETag"] == '"r1"'
        assert answer.json()["body"] == RUNBOOK

        words = {"title": "T", "body": "new words"}
        kwargs: dict[str, Any] = {"content_type": "application/json"}
        assert client.put(address, words, **kwargs).status_code == 428
        saved = client.put(address, words, **kwargs, headers={"If-Match": '"r1"'})
        assert (saved.status_code, saved.headers["ETag"]) == (200, '"r2"')
        assert saved.json()["number"] == 2

        other = {"title": "T", "body": "other words"}
        stale = client.put(address, other, **kwargs, headers={"If-Match": '"r1"'})
        assert stale.status_code == 412
        assert stale.json()["code"] == "newer_revision"
        bad = client.put(address, other, **kwargs, headers={"If-Match": "r1"})
        assert bad.status_code == 412

    def test_the_whole_life(self, olivia: User, payments: Team, checkout: Service) -> None:
        client = as_person(olivia)
        new = {
            "kind": "runbook",
            "title": "Queue stuck",
            "body": RUNBOOK,
            "team": "payments",
            "services": ["checkout"],
            "alert_names": ["QueueStuck"],
        }
        kwargs: dict[str, Any] = {"content_type": "application/json"}
        made = client.post("/api/v1/documents/", new, **kwargs)
        assert made.status_code == 201, made.json()
        assert made.json()["published_number"] is None
        address = f"/api/v1/documents/{made.json()['id']}/"

        published = client.post(f"{address}revisions/1/publish/")
        assert published.json()["state"] == "published"
        again = client.post(f"{address}revisions/1/publish/")
        assert again.status_code == 409
        assert again.json()["reasons"][0]["code"] == "already_published"

        words = {"title": "Queue stuck", "body": "one line"}
        client.put(address, words, **kwargs, headers={"If-Match": '"r1"'})
        assert client.post(f"{address}revisions/1/restore/").status_code == 201
        numbers = [
            row["number"] for row in client.get(f"{address}revisions/").json()["results"]
        ]
        assert numbers == [3, 2, 1]
        assert client.get(f"{address}revisions/3/").json()["body"] == RUNBOOK
        lines = client.get(f"{address}diff/?from=1&to=2").json()["lines"]
        assert {
            "kind": "added",
            "old": None,
            "new": 1,
            "text": "one line",
            "marked": ANY,
        } in lines

        about: dict[str, Any] = {"team": None, "services": [], "alert_names": []}
        changed = client.post(f"{address}change/", about, **kwargs)
        assert (changed.status_code, changed.json()["team"]) == (200, None)
        assert client.post(f"{address}archive/").status_code == 204
        assert client.get(address).status_code == 410
        assert client.post(f"{address}bring-back/").status_code == 200

    def test_wrong_fields_are_named(self, olivia: User) -> None:
        new = {"kind": "poem", "title": "", "body": ">" * 200 + " x", "team": "nobody"}
        answer = as_person(olivia).post(
            "/api/v1/documents/", new, content_type="application/json"
        )
        assert answer.status_code == 400
        fields = {error["field"] for error in answer.json()["errors"]}
        assert fields == {"kind", "title", "body", "team"}

    def test_an_unknown_filter_is_an_error(self, vera: User) -> None:
        client = as_person(vera)
        assert client.get("/api/v1/documents/?kind=runbook&text=x").status_code == 200
        assert client.get("/api/v1/documents/?color=red").status_code == 400


class TestAccess:
    @pytest.mark.parametrize(
        ("name", "read", "edit"),
        [
            ("olivia", 200, 200),
            ("max", 200, 200),
            ("ada", 200, 200),
            ("ana", 200, 403),
            ("vera", 200, 403),
            ("otto", 404, 404),
        ],
    )
    def test_owned_by_payments(
        self,
        request: pytest.FixtureRequest,
        payments: Team,
        name: str,
        read: int,
        edit: int,
    ) -> None:
        document = make_published(team=payments)
        client = as_person(request.getfixturevalue(name))
        address = document.get_absolute_url()
        api = f"/api/v1/documents/{document.pk}/"
        words = {"title": "T", "body": "b"}
        put = client.put(
            api, words, content_type="application/json", headers={"If-Match": '"r1"'}
        )

        assert client.get(address).status_code == read
        assert client.get(api).status_code == read
        assert client.get("/learn/documents/").status_code == read
        assert client.get("/api/v1/documents/").status_code == read
        assert client.get(f"{address}edit/").status_code == edit
        assert put.status_code == edit
        if edit != 200:
            assert client.post(f"{address}archive/").status_code == edit
            assert client.post(f"{api}archive/").status_code == edit

    def test_any_member_writes_what_nobody_owns(self, ana: User, vera: User) -> None:
        address = f"{make_published().get_absolute_url()}edit/"
        assert as_person(ana).get(address).status_code == 200
        assert as_person(vera).get(address).status_code == 403
        assert as_person(vera).get("/learn/documents/new/").status_code == 403

    def test_nobody_gives_a_document_to_a_team_of_others(
        self, ana: User, payments: Team
    ) -> None:
        client = as_person(ana)
        form = {"kind": "runbook", "title": "T", "body": "b", "team": payments.pk}
        assert client.post("/learn/documents/new/", form).status_code == 422
        new = {"kind": "runbook", "title": "T", "body": "b", "team": "payments"}
        answer = client.post("/api/v1/documents/", new, content_type="application/json")
        assert answer.status_code == 403
        assert Document.objects.count() == 0


def test_versions_name_who_made_them(olivia: User, ana: User, payments: Team) -> None:
    document = make_document(actor=olivia, team=payments)
    workflow.publish(newest(document), actor=ana)
    workflow.archive(document, actor=olivia)
    who = list(document.history.order_by("pk").values_list("history_user", flat=True))
    assert who == [olivia.pk, ana.pk, olivia.pk]


def test_a_revision_is_one_of_a_dense_row(olivia: User) -> None:
    document = make_document()
    for number in range(1, 6):
        workflow.save_revision(
            document, base_number=number, title="T", body=f"text {number}", actor=olivia
        )
    numbers = Revision.objects.filter(document=document).values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
