"""What is new in the documents: the list, what one has read of it, and the feed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from knowledge import workflow
from knowledge.models import Document, DocumentNews, Reading
from portal.models import Team, User
from tests.knowledge.make import as_person, make_published, newest

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(payments: Team, max: User) -> Document:
    return make_published("Queue stuck", team=payments, actor=max)


def headlines(person: User, query: str = "") -> list[str]:
    api = APIClient()
    api.force_authenticate(person)
    answer = api.get(f"/api/v1/document-news/?{query}").json()["results"]
    return [item["headline"] for item in answer]


def tab_of(person: User) -> str:
    parts = as_person(person).get("/learn/").context["parts"]
    return str(next(part["count"] for part in parts if part["label"] == "What's new"))


def test_it_lists_what_was_published_said_and_archived(
    document: Document, vera: User, olivia: User, max: User
) -> None:
    workflow.comment_on(newest(document), text="Which pods?", actor=olivia)
    workflow.archive(make_published("Secret name"), actor=max)
    page = as_person(vera).get("/learn/new/").content.decode()
    for words in ("Published: Queue stuck", "Commented on: Queue stuck", "Which pods?"):
        assert words in page
    assert "Archived: a document in Handbook" in page
    assert "Secret name" not in page  # the title of what is archived stays hidden
    assert headlines(vera) == [
        "Archived: a document in Handbook",
        "Commented on: Queue stuck",
        "Published: Queue stuck",
    ]


def test_the_tab_counts_what_others_did_until_it_is_read(
    vera: User, document: Document, olivia: User, max: User
) -> None:
    comment = workflow.comment_on(newest(document), text="Hm", actor=max)
    assert [tab_of(person) for person in (vera, max)] == ["2", "1"]
    browser = as_person(vera)
    seen = browser.get("/learn/new/").context["newest"]
    workflow.comment_on(newest(document), text="After she looked", actor=olivia)
    browser.post("/learn/new/read/", {"until": seen})
    assert tab_of(vera) == "1"
    browser.post("/learn/new/read/", {"until": 1})  # an old page takes nothing back
    assert headlines(vera, "new=1") == ["Commented on: Queue stuck"]
    workflow.remove_comment(comment, actor=max)
    assert len(headlines(vera)) == 2
    assert browser.post("/learn/new/read/", {"until": "x"}).status_code == 404


def test_only_what_one_watches(document: Document, ana: User, max: User) -> None:
    make_published("Other", actor=max)
    workflow.watch(document, actor=ana)
    page = as_person(ana).get("/learn/new/?watched=1").content.decode()
    assert "Queue stuck" in page
    assert "Other" not in page
    assert headlines(ana, "watched=1") == ["Published: Queue stuck"]


def test_nothing_of_what_one_may_not_read(
    document: Document, payments: Team, ana: User, olivia: User
) -> None:
    key = workflow.make_feed(actor=ana)
    space = document.space
    space.reading, space.team, space.changed_by = Reading.NAMED, payments, None
    space.save()
    assert (headlines(ana), len(headlines(olivia))) == ([], 1)
    assert tab_of(ana) == ""
    assert "Queue stuck" not in Client().get(f"/feeds/documents/{key}.atom").content.decode()


class TestFeed:
    def test_its_address_is_shown_once_and_needs_no_name(
        self, document: Document, ana: User
    ) -> None:
        page = as_person(ana).post("/learn/new/feed/")
        address = page.context["url"]
        path = address.partition("/feeds/")[2]
        answer = Client().get(f"/feeds/{path}")
        assert "Published: Queue stuck" in answer.content.decode()
        assert answer["Cache-Control"] == "private, no-cache"
        again = Client().get(f"/feeds/{path}", headers={"If-None-Match": answer["ETag"]})
        assert again.status_code == 304
        assert path not in as_person(ana).get("/learn/new/").content.decode()

    def test_a_closed_or_replaced_one_opens_nothing(
        self, document: Document, ana: User
    ) -> None:
        first, second = workflow.make_feed(actor=ana), workflow.make_feed(actor=ana)
        answers = [Client().get(f"/feeds/documents/{key}.atom") for key in (first, second)]
        assert [answer.status_code for answer in answers] == [404, 200]
        as_person(ana).post("/learn/new/feed/close/")
        assert Client().get(f"/feeds/documents/{second}.atom").status_code == 404

    def test_nor_does_that_of_somebody_who_left(self, document: Document, ana: User) -> None:
        key = workflow.make_feed(actor=ana)
        ana.is_active, ana.changed_by = False, None
        ana.save()
        assert Client().get(f"/feeds/documents/{key}.atom").status_code == 404


def test_it_asks_as_often_for_many_as_for_few(document: Document, ana: User) -> None:
    def asked() -> int:
        browser = as_person(ana)
        browser.get("/learn/new/")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/learn/new/")
            browser.get("/learn/new/?watched=1")
        return len(queries)

    few = asked()
    DocumentNews.objects.bulk_create(
        DocumentNews(document=document, kind="published", number=n) for n in range(60)
    )
    assert asked() == few
