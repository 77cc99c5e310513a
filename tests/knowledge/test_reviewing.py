"""Reviews of documents: asked for, answered by somebody else, and gone ahead of in need."""

import pytest

from knowledge import workflow
from knowledge.models import Document, ReviewState, Revision, RevisionReview, RevisionState
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Team, User
from tests.knowledge.make import as_person, codes, make_document, make_published, newest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _runbooks_need_a_review(ada: User) -> None:
    workflow.set_review_policy(["runbook"], actor=ada)


@pytest.fixture
def document(payments: Team, olivia: User) -> Document:
    return make_document(team=payments, actor=olivia)


@pytest.fixture
def draft(document: Document) -> Revision:
    return newest(document)


class TestTheRule:
    def test_only_kinds_that_were_chosen_need_one(self, olivia: User, ada: User) -> None:
        how_to = make_document("How to", kind="procedure", actor=olivia)
        workflow.publish(newest(how_to), actor=olivia)
        workflow.set_review_policy([], actor=ada)
        workflow.publish(newest(make_document(actor=olivia)), actor=olivia)
        assert Event.objects.filter(kind="review_policy.changed").count() == 2

    def test_publishing_by_oneself_is_refused(self, draft: Revision, olivia: User) -> None:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.publish(draft, actor=olivia)
        assert codes(refused) == ["review_missing"]

    def test_what_somebody_else_approves_readers_get(
        self, draft: Revision, olivia: User, max: User
    ) -> None:
        workflow.ask_for_review(draft, reviewers=[max], note="The commands", actor=olivia)
        draft.refresh_from_db()
        assert draft.state == RevisionState.IN_REVIEW
        assert Notification.objects.filter(person=max, subject__startswith="To review").exists()

        review = workflow.approve_revision(draft, note="Tried it", actor=max)

        draft.refresh_from_db()
        assert (draft.state, draft.published_by) == (RevisionState.PUBLISHED, max)
        assert (review.state, review.answer) == (ReviewState.APPROVED, "Tried it")
        assert Notification.objects.filter(person=olivia).exists()
        kinds = Event.objects.filter(kind__startswith="document.").order_by("pk")
        assert list(kinds.values_list("kind", flat=True)) == [
            "document.created",
            "document.review_asked",
            "document.approved",
            "document.published",
        ]

    def test_nobody_named_the_owner_team_is_asked(
        self, draft: Revision, olivia: User, max: User
    ) -> None:
        review = workflow.ask_for_review(draft, actor=olivia)
        assert list(review.reviewers.all()) == [max]

    def test_whoever_wrote_at_it_does_not_approve(
        self, document: Document, olivia: User, max: User
    ) -> None:
        """Not the last author only: everybody whose words readers would get anew."""
        workflow.save_revision(document, base_number=1, title="T", body="b", actor=max)
        workflow.ask_for_review(newest(document), actor=max)
        for author in (olivia, max):
            with pytest.raises(TransitionNotAllowed) as refused:
                workflow.approve_revision(newest(document), actor=author)
            assert codes(refused) == ["reviewer_is_author"]

    def test_a_later_edit_needs_its_own_approval(
        self, document: Document, draft: Revision, olivia: User, max: User, ada: User
    ) -> None:
        workflow.ask_for_review(draft, actor=olivia)
        workflow.save_revision(document, base_number=1, title="T", body="b", actor=olivia)
        workflow.approve_revision(draft, actor=max)
        document.refresh_from_db()
        assert document.published == draft
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.approve_revision(newest(document), actor=ada)
        assert codes(refused) == ["not_in_review"]

    def test_sent_back_with_a_reason(self, draft: Revision, olivia: User, max: User) -> None:
        workflow.ask_for_review(draft, actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.reject_revision(draft, reason=" ", actor=max)
        assert codes(refused) == ["reason_missing"]
        workflow.reject_revision(draft, reason="Step 2 is wrong", actor=max)
        draft.refresh_from_db()
        assert draft.state == RevisionState.CHANGES
        workflow.ask_for_review(draft, actor=olivia)  # after all

    def test_asking_anew_replaces_what_waited(
        self, document: Document, draft: Revision, olivia: User
    ) -> None:
        workflow.ask_for_review(draft, actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.ask_for_review(draft, actor=olivia)
        assert codes(refused) == ["already_in_review"]
        workflow.save_revision(document, base_number=1, title="T", body="b", actor=olivia)
        workflow.ask_for_review(newest(document), actor=olivia)
        draft.refresh_from_db()
        assert draft.state == RevisionState.DRAFT
        assert RevisionReview.objects.unanswered().get().revision == newest(document)

    def test_taken_back(self, draft: Revision, olivia: User) -> None:
        workflow.ask_for_review(draft, actor=olivia)
        workflow.withdraw_review(draft, actor=olivia)
        draft.refresh_from_db()
        assert draft.state == RevisionState.DRAFT


class TestInAnEmergency:
    def test_it_is_marked_until_somebody_else_has_reviewed_it(
        self, document: Document, draft: Revision, olivia: User, max: User
    ) -> None:
        workflow.publish_urgently(draft, reason="Checkout is down", actor=olivia)

        page = as_person(max).get(document.get_absolute_url()).content.decode()
        assert "nobody else has approved it" in page
        assert (
            "Readers have it unreviewed"
            in as_person(max).get("/learn/reviews/").content.decode()
        )
        for refused_verb in (workflow.approve_revision, workflow.withdraw_review):
            with pytest.raises(TransitionNotAllowed):
                refused_verb(draft, actor=olivia)

        workflow.approve_revision(draft, actor=max)
        page = as_person(max).get(document.get_absolute_url()).content.decode()
        assert "nobody else has approved it" not in page

    def test_the_next_review_covers_what_went_before_it(
        self, document: Document, draft: Revision, olivia: User, max: User, ada: User
    ) -> None:
        workflow.publish_urgently(draft, reason="Checkout is down", actor=olivia)
        workflow.save_revision(document, base_number=1, title="T", body="b", actor=max)
        workflow.ask_for_review(newest(document), actor=max)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.approve_revision(newest(document), actor=olivia)
        assert codes(refused) == ["reviewer_is_author"]
        workflow.approve_revision(newest(document), actor=ada)
        assert not RevisionReview.objects.unanswered().exists()

    def test_only_where_a_review_is_needed(self, olivia: User) -> None:
        how_to = newest(make_document("How to", kind="procedure", actor=olivia))
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.publish_urgently(how_to, reason="Now", actor=olivia)
        assert codes(refused) == ["review_not_needed"]


def test_by_the_pages(document: Document, olivia: User, max: User, ada: User) -> None:
    address = f"{document.get_absolute_url()}revisions/1/"
    hers, his = as_person(olivia), as_person(max)
    assert "Ask for a review" in hers.get(address).content.decode()
    assert hers.post(f"{address}ask-for-review/", {"note": "Look"}).status_code == 302
    assert "Approve" in his.get(address).content.decode()
    assert "High error rate" in his.get("/learn/reviews/").content.decode()
    assert hers.post(f"{address}approve/").status_code == 409
    assert his.post(f"{address}reject/", {"reason": ""}).status_code == 409
    assert his.post(f"{address}reject/", {"reason": "No"}).status_code == 302
    assert hers.post(f"{address}ask-for-review/").status_code == 302
    assert hers.post(f"{address}withdraw/").status_code == 302
    assert hers.post(f"{address}publish-urgently/", {"reason": "Down"}).status_code == 302
    assert his.post(f"{address}approve/").status_code == 302
    assert as_person(ada).post("/learn/reviews/policy/", {"kinds": []}).status_code == 302
    assert as_person(ada).post("/learn/reviews/policy/", {"kinds": ["x"]}).status_code == 409


def test_lost_variables_are_said_to_who_saves_and_who_reviews(
    document: Document, olivia: User, max: User
) -> None:
    said = "Revision {} declared variables, this one declares none."
    settings = "---\nvariables:\n  - {name: ns}\n---\n"
    address = f"{document.get_absolute_url()}edit/"
    hers = as_person(olivia)
    form = {"title": "T", "body": f"{settings}`{{{{ns}}}}`", "base_number": 1}
    assert said.format(1) not in hers.post(address, form, follow=True).content.decode()
    form |= {"body": f"![lag](x.png){settings}`{{{{ns}}}}`", "base_number": 2}
    assert hers.post(address, form, follow=True).content.decode().count(said.format(2)) == 1
    page = f"{document.get_absolute_url()}revisions/3/"
    assert said.format(2) in as_person(max).get(page).content.decode()
    workflow.set_review_policy([], actor=None)
    form |= {"body": f"{settings}`{{{{ns}}}}`", "base_number": 3, "publish": "1"}
    hers.post(address, form)
    form |= {"body": "Nothing", "base_number": 4}
    assert said.format(4) in hers.post(address, form, follow=True).content.decode()


def test_saving_and_publishing_asks_instead(document: Document, olivia: User) -> None:
    form = {"title": "T", "body": "words", "base_number": 1, "publish": "1"}
    answer = as_person(olivia).post(f"{document.get_absolute_url()}edit/", form)
    assert answer.status_code == 302
    assert newest(document).state == RevisionState.IN_REVIEW


def test_by_the_api(document: Document, olivia: User, max: User, ana: User, ada: User) -> None:
    hers, his = as_person(olivia), as_person(max)
    address = f"/api/v1/documents/{document.pk}/revisions/1/"
    json = "application/json"
    wrong = hers.post(f"{address}ask-for-review/", {"reviewers": [ana.pk]}, content_type=json)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "reviewers")
    asked = hers.post(f"{address}ask-for-review/", {"reviewers": [max.pk]}, content_type=json)
    assert (asked.status_code, asked.json()["state"]) == (201, "asked")
    waiting = his.get("/api/v1/documents/reviews/").json()["results"]
    assert [(row["number"], row["title"]) for row in waiting] == [(1, "High error rate")]
    refused = hers.post(f"{address}approve/", {}, content_type=json)
    assert refused.json()["reasons"][0]["code"] == "reviewer_is_author"
    assert his.post(f"{address}reject/", {}, content_type=json).status_code == 400
    assert his.post(f"{address}approve/", {}, content_type=json).json()["state"] == "approved"
    policy = "/api/v1/documents/review-policy/"
    assert his.get(policy).json() == {"kinds": ["runbook"]}
    kinds = {"kinds": ["playbook"]}
    assert his.put(policy, kinds, content_type=json).status_code == 403
    assert as_person(ada).put(policy, kinds, content_type=json).json() == kinds


def test_an_archived_document_waits_for_nothing(
    document: Document, draft: Revision, olivia: User, max: User
) -> None:
    workflow.ask_for_review(draft, actor=olivia)
    workflow.archive(document, actor=olivia)
    assert "High error rate" not in as_person(max).get("/learn/reviews/").content.decode()


def test_seeds_need_nobody() -> None:
    assert make_published().published is not None
