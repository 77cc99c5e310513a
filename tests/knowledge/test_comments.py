"""Comments on documents: said about a revision, found again in others, settled, never lost."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from knowledge import workflow
from knowledge.models import Document, DocumentComment
from portal.errors import TransitionNotAllowed
from portal.models import Event, Team, User
from tests.knowledge.make import as_person, codes, make_document, make_published, newest

pytestmark = pytest.mark.django_db

WORDS = "# Queue stuck\n\n## Look\n\nFirst *look* at the pods.\n\n## Mend\n\nThen restart.\n"


@pytest.fixture
def document(payments: Team, max: User) -> Document:
    return make_published(body=WORDS, team=payments, actor=max)


def say(document: Document, text: str = "Which pods?", **fields: Any) -> DocumentComment:
    return workflow.comment_on(newest(document), text=text, **fields)


def page_of(document: Document, person: User) -> str:
    return as_person(person).get(document.get_absolute_url()).content.decode()


class TestSaying:
    def test_page_and_api_show_who_said_what_about_which_words(
        self, document: Document, olivia: User, vera: User
    ) -> None:
        address = f"{document.get_absolute_url()}comments/"
        sent = {"text": "**Which** pods?", "quote": "First look at", "heading": "s-look"}
        answer = as_person(olivia).post(address, sent)
        comment = DocumentComment.objects.get()
        assert answer["Location"] == comment.get_absolute_url()

        shown = page_of(document, vera)
        assert "<strong>Which</strong> pods?" in shown
        assert "#:~:text=First%20look%20at" in shown
        assert "1 open comment" in shown
        assert f"/comments/{comment.pk}/answer/" not in shown  # she only looks

        api = APIClient()
        api.force_authenticate(vera)
        [row] = api.get(f"/api/v1/documents/{document.pk}/comments/?open=true").json()[
            "results"
        ]
        assert (row["text"], row["made_on"]) == ("**Which** pods?", 1)
        assert (row["author"], row["settled_in"]) == ("Olivia", None)
        assert (
            api.get(f"/api/v1/documents/{document.pk}/comments/?open=0").json()["results"] == []
        )

    def test_nothing_typed_is_lost_on_an_error(self, document: Document, olivia: User) -> None:
        address = f"{document.get_absolute_url()}comments/"
        answer = as_person(olivia).post(address, {"text": "Mine", "quote": "x" * 501})
        assert answer.status_code == 422
        assert ">\nMine</textarea>" in answer.content.decode()
        assert not DocumentComment.objects.exists()

    def test_no_script_runs_from_what_is_said(self, document: Document, olivia: User) -> None:
        say(document, "<script>alert(1)</script> [x](javascript:alert(1))", actor=olivia)
        shown = page_of(document, olivia)
        assert "<script>alert(1)" not in shown
        assert 'href="javascript' not in shown

    def test_what_was_quoted_is_found_again_or_said_to_have_changed(
        self, document: Document, olivia: User, max: User
    ) -> None:
        say(document, quote="look at the pods.", actor=olivia)
        say(document, quote="Then restart.", actor=olivia)
        body = WORDS.replace("Then restart", "Then delete the pod")
        revision = workflow.save_revision(
            document, base_number=1, title="T", body=body, actor=max
        )

        shown = as_person(max).get(revision.get_absolute_url()).content.decode()

        assert "#:~:text=look%20at%20the%20pods." in shown
        assert "Then restart." in shown  # never lost
        assert shown.count("The text has changed here since revision 1") == 1

    def test_an_answer_joins_the_thread_whatever_it_answers(
        self, document: Document, olivia: User, ana: User
    ) -> None:
        comment = say(document, actor=olivia)
        first = workflow.answer_comment(comment, text="All", actor=ana)
        second = workflow.answer_comment(first, text="Thanks", actor=olivia)
        assert [first.parent, second.parent] == [comment, comment]
        assert DocumentComment.objects.open().get() == comment


class TestOnesOwn:
    def test_an_edit_keeps_the_old_words(
        self, document: Document, olivia: User, ana: User
    ) -> None:
        comment = say(document, actor=olivia)
        address = f"{document.get_absolute_url()}comments/{comment.pk}/edit/"
        assert as_person(ana).post(address, {"text": "Hers"}).status_code == 403
        as_person(olivia).post(address, {"text": "Which of them?"})
        comment.refresh_from_db()
        assert [version.text for version in comment.history.all()] == [
            "Which of them?",
            "Which pods?",
        ]
        history = as_person(ana).get(f"/history/knowledge.documentcomment/{comment.pk}/")
        assert "Which pods?" in history.content.decode()

    def test_deleted_words_leave_a_mark_where_somebody_answered(
        self, document: Document, olivia: User, ana: User
    ) -> None:
        alone, answered = say(document, "Alone", actor=olivia), say(document, actor=olivia)
        answer = workflow.answer_comment(answered, text="All of them", actor=ana)
        workflow.remove_comment(alone, actor=olivia)
        workflow.remove_comment(answered, actor=olivia)
        shown = page_of(document, ana)
        assert "Alone" not in shown
        assert "Which pods?" not in shown
        assert "Deleted" in shown
        assert "All of them" in shown
        history = as_person(ana).get(f"/history/knowledge.documentcomment/{alone.pk}/")
        assert history.status_code == 404
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.edit_comment(alone, text="Again", actor=olivia)
        assert codes(refused) == ["comment_removed"]

        workflow.remove_comment(answer, actor=ana)
        assert not document.comments.open().exists()
        assert not document.comments.threads().exists()


class TestSettling:
    def test_it_says_in_which_revision_and_by_whom(
        self, document: Document, olivia: User, max: User
    ) -> None:
        comment = say(document, actor=olivia)
        workflow.save_revision(document, base_number=1, title="T", body="b", actor=max)
        workflow.resolve_comment(comment, actor=max)
        comment.refresh_from_db()
        assert comment.resolved_in is not None
        assert (comment.resolved_by, comment.resolved_in.number) == (max, 2)
        shown = as_person(olivia).get(f"{document.get_absolute_url()}comments/")
        assert "in revision 2 by Max" in shown.content.decode()
        assert "No comment is open" in page_of(document, olivia)

        # Of two at once, the second is told.
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.resolve_comment(comment, actor=olivia)
        assert codes(refused) == ["already_resolved"]

        workflow.reopen_comment(comment, actor=olivia)
        assert document.comments.open().get() == comment
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.reopen_comment(comment, actor=max)
        assert codes(refused) == ["already_open"]
        kinds = list(
            Event.objects.filter(data__comment=comment.pk).values_list("kind", flat=True)
        )
        assert kinds[::-1] == [
            "document.commented",
            "document.comment_resolved",
            "document.comment_reopened",
        ]

    def test_the_database_knows_that_settled_means_in_a_revision(
        self, document: Document, olivia: User
    ) -> None:
        say(document, actor=olivia)
        with pytest.raises(IntegrityError, match="comment_resolved_iff"), transaction.atomic():
            DocumentComment.objects.update(resolved_in=newest(document))

    def test_an_approval_waits_for_what_has_to_be_settled(
        self, payments: Team, olivia: User, max: User, ada: User
    ) -> None:
        workflow.set_review_policy(["runbook"], actor=ada)
        document = make_document(team=payments, actor=olivia)
        workflow.ask_for_review(newest(document), actor=olivia)
        comment = say(document, is_blocking=True, actor=max)
        say(document, "A thought", actor=max)

        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.approve_revision(newest(document), actor=max)
        assert codes(refused) == ["blocking_comments_open"]
        shown = as_person(max).get(newest(document).get_absolute_url()).content.decode()
        assert "before an approval are open: 1." in shown
        assert "Which pods?" in shown

        workflow.set_blocking(comment, is_blocking=False, actor=olivia)
        workflow.set_blocking(comment, is_blocking=True, actor=max)
        workflow.resolve_comment(comment, actor=olivia)
        workflow.approve_revision(newest(document), actor=max)


def test_others_see_it_come_without_loading_the_page(
    document: Document, olivia: User, ana: User
) -> None:
    browser = as_person(ana)
    page = browser.get(document.get_absolute_url()).content.decode()
    seen = page.split("seen=")[1].split('"')[0]
    address = f"{document.get_absolute_url()}comments/live/?revision=1&seen={seen}"
    assert browser.get(address, headers={"HX-Request": "true"}).status_code == 204
    say(document, actor=olivia)
    fresh = browser.get(address, headers={"HX-Request": "true"})
    assert "Which pods?" in fresh.content.decode()
    assert browser.get(address)["Location"] == document.get_absolute_url()


def test_the_page_asks_as_often_with_many_as_with_one(
    document: Document, olivia: User, max: User
) -> None:
    def asked() -> int:
        browser = as_person(olivia)
        browser.get(document.get_absolute_url())
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(document.get_absolute_url())
            browser.get(f"{document.get_absolute_url()}comments/")
        return len(queries)

    workflow.answer_comment(say(document, quote="pods", actor=max), text="a", actor=olivia)
    few = asked()
    for _ in range(20):
        workflow.answer_comment(say(document, quote="pods", actor=max), text="a", actor=olivia)
    assert asked() == few
    assert "1 older open comment" in page_of(document, olivia)


def test_only_who_may_read_it_is_offered_behind_an_at(
    document: Document, olivia: User, ana: User, otto: User
) -> None:
    address = f"{document.get_absolute_url()}people/"
    found = as_person(olivia).get(address, {"q": "a"}).json()["people"]
    assert found == [{"name": "Ana", "call": "Ana"}]
    assert as_person(olivia).get(address, {"q": "ot"}).json()["people"] == []
