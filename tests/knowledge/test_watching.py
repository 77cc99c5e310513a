"""Watching and being named: who is told of what, once, and only while they may read it."""

import pytest

from knowledge import workflow
from knowledge.access import readers_of
from knowledge.models import Document, Reading, Space, Watch
from knowledge.workflow.freshness import make_due
from portal import clock
from portal.models import Notification, Team, User
from portal.reactions import react_to_all_due
from tests.knowledge.make import as_person, make_document, make_published, newest

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(payments: Team, max: User) -> Document:
    document = make_published(team=payments, actor=max)
    told()
    Notification.objects.all().delete()
    return document


def told() -> dict[str, list[str]]:
    """Everybody who was told, and of what; each message once by name."""
    react_to_all_due(clock.now())
    found: dict[str, list[str]] = {}
    for row in Notification.objects.filter(in_inbox=True).order_by("pk"):
        assert row.person is not None
        found.setdefault(row.person.name, []).append(row.subject)
    return found


def closed_to(space: Space, team: Team) -> None:
    space.reading, space.team, space.changed_by = Reading.NAMED, team, None
    space.save()


class TestWatching:
    def test_watchers_hear_of_each_change_once_and_never_of_their_own(
        self, document: Document, olivia: User, ana: User, max: User
    ) -> None:
        browser = as_person(ana)
        browser.post(f"{document.get_absolute_url()}watch/")
        assert "Stop watching" in browser.get(document.get_absolute_url()).content.decode()
        workflow.watch(document, actor=olivia)
        workflow.watch(document, actor=olivia)

        workflow.save_revision(document, base_number=1, title="T", body="b", actor=olivia)
        workflow.publish(newest(document), actor=olivia)
        workflow.comment_on(newest(document), text="Good", actor=max)
        document.refresh_from_db()
        workflow.archive(document, actor=max)

        assert told() == {
            "Ana": ["Published: T, revision 2", "Max commented on “T”", "Archived: T"],
            "Olivia": ["Max commented on “T”", "Archived: T"],
            "Max": ["Published: T, revision 2"],  # he wrote it first
        }

    def test_whoever_works_at_it_watches_unless_they_said_otherwise(
        self, document: Document, olivia: User, ana: User, max: User
    ) -> None:
        workflow.set_watches_own(watches_own=False, actor=ana)
        workflow.unwatch(document, actor=max)
        for person in (olivia, ana, max):
            workflow.comment_on(newest(document), text="Hm", actor=person)
        told()
        watching = Watch.objects.on().filter(document=document)
        assert [(watch.person, watch.reason) for watch in watching] == [(olivia, "comment")]
        page = as_person(olivia).get("/learn/watching/").content.decode()
        assert "you commented on it" in page

    def test_a_review_tells_whoever_asked_for_it_once(
        self, payments: Team, olivia: User, max: User, ada: User
    ) -> None:
        workflow.set_review_policy(["runbook"], actor=ada)
        document = make_document("T", team=payments, actor=olivia)
        workflow.ask_for_review(newest(document), reviewers=[max], actor=olivia)
        workflow.approve_revision(newest(document), actor=max)
        assert told() == {"Max": ["To review: T"], "Olivia": ["Approved: T"]}

    def test_a_watched_space_tells_of_what_is_not_watched_off(
        self, document: Document, ana: User, vera: User, max: User
    ) -> None:
        slug = document.space.slug
        answer = as_person(ana).post(f"/learn/spaces/{slug}/watch/", follow=True)
        assert "Stop watching" in answer.content.decode()
        as_person(vera).post(f"/learn/spaces/{slug}/watch/")
        workflow.unwatch(document, actor=vera)
        workflow.archive(document, actor=max)
        workflow.archive(make_published("Other"), actor=max)
        assert told()["Ana"][0] == "Archived: High error rate"
        assert told()["Vera"] == ["Published: Other, revision 1", "Archived: Other"]

    def test_watchers_hear_that_it_is_to_be_looked_at_again_and_keepers_are_reminded(
        self, document: Document, ana: User
    ) -> None:
        workflow.watch(document, actor=ana)
        make_due(document, reason="The alert rule has changed.")
        assert told() == {"Ana": ["To be looked at again: High error rate"]}

    def test_losing_access_ends_it(
        self, document: Document, olivia: User, ana: User, payments: Team, max: User
    ) -> None:
        for person in (olivia, ana):
            workflow.watch(document, actor=person)
        closed_to(document.space, payments)
        workflow.comment_on(newest(document), text="@Ana @Olivia, look", actor=max)
        assert told() == {"Olivia": ["Max names you in “High error rate”"]}
        assert "High error rate" not in as_person(ana).get("/learn/watching/").content.decode()


class TestBeingNamed:
    def test_in_a_comment_once_even_when_it_is_edited(
        self, document: Document, olivia: User, ana: User
    ) -> None:
        workflow.watch(document, actor=ana)
        comment = workflow.comment_on(newest(document), text="@Ana `@Max`?", actor=olivia)
        assert told()["Ana"] == ["Olivia names you in “High error rate”"]
        workflow.edit_comment(comment, text="@Ana, @Max?", actor=olivia)
        assert told()["Ana"] == ["Olivia names you in “High error rate”"]
        assert told()["Max"][-1] == "Olivia commented on “High error rate”"  # as its author
        page = as_person(ana).get(document.get_absolute_url()).content.decode()
        assert '<span class="mention">@Ana</span>' in page

    def test_in_what_readers_get_once_for_each_document(
        self, payments: Team, olivia: User, ana: User, max: User
    ) -> None:
        document = make_document(body="Ask @Ana, not `@Max`.", team=payments, actor=olivia)
        assert "Ana" not in told()  # nobody is told of a draft
        workflow.publish(newest(document), actor=olivia)
        assert told() == {"Ana": ["Olivia names you in “High error rate”"]}
        body = "Ask @Ana. At once.\n"
        workflow.save_revision(document, base_number=1, title="T", body=body, actor=olivia)
        workflow.publish(newest(document), actor=olivia)
        assert told() == {"Ana": ["Olivia names you in “High error rate”"]}
        page = as_person(ana).get(document.get_absolute_url()).content.decode()
        assert 'Ask <span class="mention">@Ana</span>. At' in page

    def test_in_the_note_of_a_review(
        self, payments: Team, olivia: User, ana: User, max: User, ada: User
    ) -> None:
        workflow.set_review_policy(["runbook"], actor=ada)
        document = make_document("T", team=payments, actor=olivia)
        workflow.ask_for_review(
            newest(document), reviewers=[max], note="@Max, and @Ana knows it", actor=olivia
        )
        assert told() == {"Max": ["To review: T"], "Ana": ["Olivia names you in “T”"]}

    def test_no_markup_slips_in_with_a_name(self, document: Document, ana: User) -> None:
        ana.name, ana.changed_by = "Ana > Onclick=x", None
        ana.save()
        text = '![a](/attachments/x.png "b > @Ana > Onclick=x") and @Ana'
        comment = workflow.comment_on(newest(document), text=text, actor=ana)
        assert comment.html.count("<span") == 1


@pytest.mark.parametrize("is_named", [False, True])
@pytest.mark.parametrize("is_team_only", [False, True])
def test_who_reads_it_is_one_rule_asked_from_two_sides(
    document: Document,
    payments: Team,
    is_named: bool,
    is_team_only: bool,
    olivia: User,
    ana: User,
    vera: User,
    otto: User,
    ada: User,
) -> None:
    document.is_team_only, document.changed_by = is_team_only, None
    document.save()
    if is_named:
        closed_to(document.space, payments)
    readers = set(readers_of(document))
    for person in User.objects.all():
        may = Document.objects.visible_to(person).filter(pk=document.pk).exists()
        assert (person in readers) == may, person
