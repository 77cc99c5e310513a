"""Reviews on their way: looked over, explained, done without, and read together."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from incidents import review_figures, workflow
from incidents.models import (
    CausalNode,
    Factor,
    Review,
    ReviewFactor,
    ReviewState,
    ReviewTemplate,
)
from knowledge.models import ActionItem
from knowledge.workflow import finish_action
from portal import clock
from portal.errors import DomainError
from portal.models import Event, Notification, Service, User
from tests.incidents.doors import DOORS, ask_review, signed_in_as, taken
from tests.incidents.make import make_review, promise, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture
def review(checkout: Service, olivia: User) -> Review:
    return make_review(checkout, olivia)


def codes(verb: Callable[[], object]) -> list[str]:
    with pytest.raises(DomainError) as refused:
        verb()
    return [reason.code for reason in refused.value.refusals]


def ready(review: Review, owner: User) -> Review:
    written = write(review, owner)
    promise(review, owner)
    return written


@pytest.mark.parametrize("door", DOORS)
def test_reviewers_are_asked_by_name_and_answer(
    review: Review, olivia: User, max: User, ana: User, door: str
) -> None:
    ready(review, olivia)
    workflow.change_review_rules(approvals_needed=1, actor=None)
    assert "approval_missing" in ask_review(door, olivia, review, "publish").content.decode()
    assert taken(door, ask_review(door, olivia, review, "send", reviewers=[max.pk]))
    assert Notification.objects.filter(person=max, topic=f"review:{review.pk}").count() == 1
    assert ask_review(door, ana, review, "answer", verdict="approved").status_code == 409

    changes = {"verdict": "changes", "remark": "Name the switch"}
    assert taken(door, ask_review(door, max, review, "answer", **changes))
    review.refresh_from_db()
    assert review.state == ReviewState.DRAFT
    assert "changes_asked" in ask_review(door, olivia, review, "publish").content.decode()

    assert taken(door, ask_review(door, olivia, review, "send", reviewers=[max.pk]))
    assert taken(door, ask_review(door, max, review, "answer", verdict="approved"))
    assert taken(door, ask_review(door, olivia, review, "publish"))


def test_an_approval_is_of_the_version_that_was_read(
    review: Review, olivia: User, max: User
) -> None:
    ready(review, olivia)
    workflow.change_review_rules(approvals_needed=1, actor=None)
    workflow.send_for_review(review, reviewers=[max], actor=olivia)
    workflow.answer_review(review, verdict="approved", actor=max)
    review.refresh_from_db()
    write(review, olivia, prevention="Something else.")
    assert codes(lambda: workflow.publish_review(review, actor=olivia)) == ["approval_missing"]


def test_nobody_looks_over_their_own(review: Review, olivia: User) -> None:
    assert codes(
        lambda: workflow.send_for_review(review, reviewers=[olivia], actor=olivia)
    ) == ["own_review"]
    assert codes(lambda: workflow.send_for_review(review, reviewers=[], actor=olivia)) == [
        "reviewer_missing"
    ]


@pytest.mark.parametrize("door", DOORS)
def test_an_open_comment_keeps_it_from_being_published(
    review: Review, olivia: User, ana: User, max: User, door: str
) -> None:
    ready(review, olivia)
    said = {"section": "root_cause", "text": "Which pool, @Max?"}
    assert taken(door, ask_review(door, ana, review, "comments", **said))
    named = Notification.objects.filter(person=max, subject__contains="names you")
    assert named.count() == 1
    assert "comments_open" in ask_review(door, olivia, review, "publish").content.decode()
    comment = review.comments.get()
    workflow.resolve_comment(comment, actor=olivia)
    assert codes(lambda: workflow.resolve_comment(comment, actor=olivia)) == [
        "already_resolved"
    ]
    assert taken(door, ask_review(door, olivia, review, "publish"))


@pytest.mark.parametrize("door", DOORS)
def test_a_manager_who_does_not_own_it_may_waive_it(
    review: Review, olivia: User, max: User, ada: User, door: str
) -> None:
    incident = review.incident
    refused = workflow.refusals(incident, "close")
    assert [reason.code for reason in refused] == ["review_missing"]
    assert "Max" in refused[0].remedy
    assert ask_review(door, olivia, review, "waive", reason="x").status_code == 403
    assert taken(door, ask_review(door, max, review, "waive", reason="The part is gone"))
    assert codes(lambda: workflow.waive_review(incident, reason="Again", actor=ada)) == [
        "waiver_stands"
    ]
    waiver = incident.review_waivers.get()
    workflow.revoke_waiver(waiver, actor=max)
    assert workflow.refusals(incident, "close") != []
    workflow.waive_review(incident, reason="After all", actor=max)
    workflow.close(incident, actor=olivia)
    standing = workflow.standing_waiver(incident)
    assert standing is not None
    assert codes(lambda: workflow.revoke_waiver(standing, actor=max)) == ["already_closed"]
    review.refresh_from_db()
    assert review.is_being_written
    assert "After all" in signed_in_as(ada).get("/improve/").content.decode()


def test_nobody_lets_themselves_off(review: Review, max: User) -> None:
    workflow.set_review_people(review, owner=max, contributors=[], actor=max)
    review.refresh_from_db()
    refusing = [
        lambda: workflow.waive_review(review.incident, reason="x", actor=max),
        lambda: workflow.set_not_needed(review, reason="x", actor=max),
    ]
    assert [codes(verb) for verb in refusing] == [["own_review"], ["own_review"]]


def test_what_needs_no_review_is_closed_and_reopening_wants_it_again(
    review: Review, olivia: User, max: User
) -> None:
    workflow.set_not_needed(review, reason="A drill", actor=max)
    assert codes(lambda: write(review, olivia)) == ["review_not_needed"]
    workflow.close(review.incident, actor=olivia)
    workflow.reopen(review.incident, reason="It was real", actor=olivia)
    review.refresh_from_db()
    assert (review.state, review.not_needed_because) == (ReviewState.DRAFT, "")


def test_a_factor_that_comes_back_takes_up_what_was_done(
    checkout: Service, olivia: User
) -> None:
    pool = Factor.objects.get(name="Capacity too small")
    first = make_review(checkout, olivia)
    ready(first, olivia)
    action = ActionItem.objects.get()
    workflow.name_factor(
        first, factor=pool, evidence="The graph", actions=[action], actor=olivia
    )
    workflow.publish_review(first, actor=olivia)
    workflow.close(first.incident, actor=olivia)
    finish_action(action, proof="Done: https://ci.example.com/7", actor=olivia)

    again = make_review(checkout, olivia, title="Checkout fails again")
    ready(again, olivia)
    workflow.name_factor(again, factor=pool, evidence="The same graph", actor=olivia)
    assert [one.actions for one in workflow.recurrences_of(again)] == [[action]]
    workflow.publish_review(again, actor=olivia)
    action.refresh_from_db()
    assert (action.state, action.recurred_at is not None) == ("open", True)
    assert Event.objects.filter(kind="review.factor_recurred").count() == 1
    row = review_figures.factor_rows(clock.now())[0]
    assert (row.factor, row.count, row.service_count, row.trend) == (pool, 2, 1, "up")


def test_two_words_become_one_and_no_evidence_is_lost(review: Review, olivia: User) -> None:
    one, other = Factor.objects.order_by("pk")[:2]
    for factor in (one, other):
        workflow.name_factor(review, factor=factor, evidence=f"By {factor}", actor=olivia)
    workflow.merge_factor(one, into=other, actor=None)
    found = ReviewFactor.objects.get()
    assert found.factor == other
    assert f"By {one}" in found.evidence
    assert f"By {other}" in found.evidence
    one.refresh_from_db()
    assert codes(lambda: workflow.merge_factor(one, into=other, actor=None)) == [
        "already_merged"
    ]
    assert codes(
        lambda: workflow.name_factor(review, factor=one, evidence="x", actor=olivia)
    ) == ["factor_retired"]


def test_a_tree_is_drawn_step_by_step_and_nothing_is_lost(review: Review, olivia: User) -> None:
    first, second = workflow.ask_whys(review, answers=["The pool", "Its size"], actor=olivia)
    top = CausalNode.objects.get(parent=None)
    assert (top.text, first.parent, second.parent) == (review.incident.title, top, first)
    beside = workflow.add_cause(review, text="The mailing", under=top, actor=olivia)
    workflow.move_cause(beside, up=True, actor=olivia)
    assert codes(lambda: workflow.move_cause(beside, up=True, actor=olivia)) == ["at_the_end"]
    assert codes(lambda: workflow.hang_cause(first, under=second, actor=olivia)) == [
        "own_cause"
    ]
    workflow.remove_cause(first, actor=olivia)
    second.refresh_from_db()
    assert second.parent == top
    assert codes(lambda: workflow.remove_cause(top, actor=olivia)) == ["top_has_causes"]
    shown = signed_in_as(olivia).get(review.get_absolute_url()).content.decode()
    assert shown.count('class="causal-box"') == 3


def test_each_save_of_the_template_is_a_version_and_reviews_keep_theirs(
    review: Review, ada: User
) -> None:
    template = ReviewTemplate.objects.get()
    shorter = template.sections[:3]
    saved = workflow.save_template(template, base_number=1, sections=shorter, actor=ada)
    assert saved.latest_number == 2
    with pytest.raises(workflow.TemplateConflict):
        workflow.save_template(template, base_number=1, sections=shorter[:1], actor=ada)
    assert len(review.outline) == 10
    restored = workflow.restore_template(saved, number=1, actor=ada)
    assert (restored.latest_number, len(restored.sections)) == (3, 10)
    assert codes(lambda: workflow.restore_template(restored, number=1, actor=ada)) == [
        "nothing_to_restore"
    ]


def test_filling_in_again_keeps_what_was_typed(review: Review, olivia: User) -> None:
    timeline = review.sections["timeline"] + "\n- We were at lunch."
    saved = workflow.save_review(
        review, version=1, sections={"timeline": timeline}, actor=olivia
    )
    workflow.add_note(review.incident, text="It was the switch", actor=olivia)
    filled = workflow.refill_section(saved, key="timeline", actor=olivia)
    assert "- We were at lunch." in filled.sections["timeline"]
    assert "It was the switch" in filled.sections["timeline"]
    assert codes(lambda: workflow.refill_section(filled, key="went_well", actor=olivia)) == [
        "nothing_to_fill_in"
    ]


def test_it_is_a_file_and_a_page_for_paper(review: Review, olivia: User, vera: User) -> None:
    ready(review, olivia)
    client = signed_in_as(vera)
    file = client.get(f"{review.get_absolute_url()}markdown/")
    assert file.headers["Content-Disposition"].endswith('.md"')
    assert "## Root cause" in file.content.decode()
    printed = client.get(f"{review.get_absolute_url()}print/").content.decode()
    assert "Watch the pool" in printed
    assert "<textarea" not in printed


def test_times_are_from_resolution_to_publication(review: Review, olivia: User) -> None:
    assert review_figures.cycle_times(clock.now()).median is None
    ready(review, olivia)
    workflow.publish_review(review, actor=olivia)
    times = review_figures.cycle_times(clock.now() + timedelta(seconds=1))
    assert (times.n, times.on_time_share, times.overdue_count) == (1, 100, 0)
    assert times.median is not None


def test_the_page_costs_the_same_however_much_was_said(
    review: Review, olivia: User, django_assert_max_num_queries: Any
) -> None:
    client = signed_in_as(olivia)
    client.get(review.get_absolute_url())
    for number in range(20):
        workflow.comment_on(review, text=f"Comment {number}", actor=olivia)
    workflow.ask_whys(review, answers=["a", "b", "c", "d"], actor=olivia)
    with django_assert_max_num_queries(60):
        assert client.get(review.get_absolute_url()).status_code == 200


def test_what_the_public_may_read_is_posted_once_when_it_is_published(
    review: Review, olivia: User
) -> None:
    ready(review, olivia)
    workflow.set_public_text(review, text="A rule was too strict.", actor=olivia)
    incident = review.incident
    assert not incident.updates.exists()

    published = workflow.publish_review(review, actor=olivia)
    [update] = incident.updates.all()
    assert (update.phase, update.text) == ("postmortem", "A rule was too strict.")

    workflow.reopen(incident, reason="It came back", actor=olivia)
    workflow.resolve(incident, actor=olivia, summary="Again")
    workflow.publish_review(published, actor=olivia)
    assert incident.updates.count() == 1


def test_without_such_a_text_the_public_is_told_nothing(review: Review, olivia: User) -> None:
    ready(review, olivia)
    workflow.publish_review(review, actor=olivia)
    assert not review.incident.updates.exists()
