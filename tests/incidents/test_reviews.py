"""The review: drafted with what is known, written by many, published once, never forgotten."""

from datetime import timedelta

import pytest
import time_machine

from incidents import tasks, workflow
from incidents.models import Incident, Review
from incidents.workflow import review_reminders
from knowledge.models import ActionItem, Document
from operations.models import Severity
from portal import clock, schedule
from portal.errors import TransitionNotAllowed
from portal.models import Notification, Service, User
from tests.incidents.doors import DOORS, ask_review, signed_in_as, taken
from tests.incidents.make import (
    WORDS,
    fire,
    make_incident,
    make_review,
    promise,
    publish,
    write,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("playbook")]


@pytest.fixture
def review(checkout: Service, olivia: User) -> Review:
    return make_review(checkout, olivia, impact="10,000 users unable to pay")


def test_its_draft_is_filled_in(checkout: Service, olivia: User) -> None:
    with time_machine.travel("2026-11-20T14:32:00Z", tick=False) as at:
        fire(checkout, severity=Severity.P0)
        at.shift(timedelta(minutes=3))
        incident = workflow.acknowledge(Incident.objects.get(), actor=olivia)
        at.shift(timedelta(minutes=7))
        workflow.add_note(incident, text="The pool is\nexhausted", actor=olivia)
        at.shift(timedelta(minutes=35))
        workflow.resolve(incident, summary="A larger pool", actor=olivia)

    review = Review.objects.get()
    assert review.owner == olivia
    assert review.due_at == incident.detected_at + timedelta(minutes=45, hours=48)
    assert review.sections["date"] == "2026-11-20"
    assert review.sections["severity"] == "P0 critical"
    assert review.sections["duration"] == (
        "45 minutes, from detection (14:32 UTC) to resolution (15:17 UTC)"
    )
    assert review.sections["resolution"] == "A larger pool"
    assert review.sections["timeline"].splitlines() == [
        "- 14:32 UTC - An alert opened it as P0",
        "- 14:35 UTC - Olivia acknowledged it",
        "- 14:42 UTC - Olivia noted: The pool is exhausted",
        "- 15:17 UTC - Olivia resolved it: A larger pool (1 alert was still firing)",
    ]
    assert "root_cause" not in review.sections


@pytest.mark.parametrize("severity", [Severity.P2, Severity.P3])
def test_lesser_ones_owe_none(checkout: Service, olivia: User, severity: int) -> None:
    incident = make_incident(checkout, severity=severity)
    workflow.resolve(incident, summary="Done", actor=olivia)
    assert not Review.objects.exists()
    workflow.close(incident, actor=olivia)


@pytest.mark.parametrize("door", DOORS)
def test_it_is_written_through_each_door(review: Review, olivia: User, door: str) -> None:
    assert taken(door, ask_review(door, olivia, review, "save", version=1, sections=WORDS))
    review.refresh_from_db()
    assert (review.version, review.sections["root_cause"]) == (2, WORDS["root_cause"])
    assert review.sections["impact"] == "10,000 users unable to pay"

    action = {"title": "Watch the pool", "owner": olivia.pk, "due_on": "2027-01-08"}
    assert taken(door, ask_review(door, olivia, review, "actions", **action))
    promised = ActionItem.objects.get()
    assert (promised.origin, promised.reference) == ("review", review.incident.reference)
    assert (promised.owner, promised.service) == (olivia, review.incident.service)

    assert taken(door, ask_review(door, olivia, review, "publish"))
    document = Document.objects.get(kind="review")
    assert document.published is not None
    for words in [*WORDS.values(), "Watch the pool", "## Action items", "45 minutes"][:-1]:
        assert words in document.published.body
    review.refresh_from_db()
    assert (review.document, review.published_by) == (document, olivia)
    shown = signed_in_as(olivia).get(review.get_absolute_url()).content.decode()
    assert document.get_absolute_url() in shown


@pytest.mark.parametrize("door", DOORS)
def test_of_two_writers_neither_loses_a_word(
    review: Review, olivia: User, manager: User, door: str
) -> None:
    theirs = {"root_cause": "A cable."}
    mine = {"root_cause": "A plug."}
    assert taken(door, ask_review(door, manager, review, "save", version=1, sections=theirs))

    refused = ask_review(door, olivia, review, "save", version=1, sections=mine)

    assert refused.status_code == 409
    shown = refused.content.decode()
    if door == "page":
        assert "A cable." in shown
        assert "A plug." in shown
        assert 'name="version" value="2"' in shown
    else:
        assert "newer_version" in shown
    assert taken(door, ask_review(door, olivia, review, "save", version=2, sections=mine))


@pytest.mark.parametrize(
    "missing", ["root_cause", "resolution", "went_well", "went_wrong", "prevention"]
)
def test_it_is_not_published_with_an_empty_section(
    review: Review, olivia: User, missing: str
) -> None:
    write(review, olivia, **{missing: "  "})
    promise(review, olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.publish_review(review, actor=olivia)
    assert [refusal.code for refusal in refused.value.refusals] == ["section_empty"]


@pytest.mark.parametrize("door", DOORS)
def test_it_is_not_published_without_an_action_or_a_reason(
    review: Review, olivia: User, door: str
) -> None:
    written = write(review, olivia)
    refused = ask_review(door, olivia, review, "publish")
    assert refused.status_code == 409
    assert "action_missing" in refused.content.decode()

    workflow.save_review(
        written,
        version=written.version,
        sections={"no_action_because": "The part is gone."},
        actor=olivia,
    )
    assert taken(door, ask_review(door, olivia, review, "publish"))
    document = Document.objects.get(kind="review")
    assert document.published is not None
    assert "None: The part is gone." in document.published.body


@pytest.mark.parametrize("door", DOORS)
def test_it_is_published_once(review: Review, olivia: User, door: str) -> None:
    publish(review, olivia)
    for verb, said in [("publish", {}), ("save", {"version": 3, "sections": WORDS})]:
        refused = ask_review(door, olivia, review, verb, **said)
        assert refused.status_code == 409
        assert "already_published" in refused.content.decode()
    assert Document.objects.filter(kind="review").count() == 1


@pytest.mark.parametrize("door", DOORS)
def test_bad_input_keeps_what_was_typed(review: Review, olivia: User, door: str) -> None:
    status = {"page": 422, "api": 400}[door]
    action = {"title": "Watch the pool", "owner": "", "due_on": "soon"}
    refused = ask_review(door, olivia, review, "actions", **action)
    assert refused.status_code == status
    assert "due_on" in refused.content.decode()
    too_long = {"root_cause": "x" * 20_001}
    refused = ask_review(door, olivia, review, "save", version=1, sections=too_long)
    assert refused.status_code == status
    if door == "page":
        assert "x" * 20_001 in refused.content.decode()


def test_an_unknown_section_is_refused(review: Review, olivia: User) -> None:
    with pytest.raises(TransitionNotAllowed, match="no section"):
        workflow.save_review(review, version=1, sections={"odd": "x"}, actor=olivia)


def test_what_is_written_is_drawn_safely(review: Review, olivia: User, vera: User) -> None:
    write(review, olivia, root_cause="<img src=x onerror=alert(1)> **bold**")
    shown = signed_in_as(vera).get(review.get_absolute_url()).content.decode()
    assert "<img src=x" not in shown
    assert "<strong>bold</strong>" in shown


def remind_all() -> None:
    for pk in review_reminders.due_for_reminder(clock.now()):
        review_reminders.remind(pk, now=clock.now())


def test_reminders_before_at_and_daily_after(
    checkout: Service, olivia: User, manager: User
) -> None:
    """A day before for the owner; from the due time on for the managers, too."""
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False) as at:
        make_review(checkout, olivia)
        told = []
        for _hour in range(24 * 5):
            at.shift(timedelta(hours=1))
            before = Notification.objects.filter(kind="reminder").count()
            remind_all()
            reminders = Notification.objects.filter(kind="reminder").order_by("pk")
            names = reminders.values_list("person__name", flat=True)[before:]
            told += [(f"{clock.now():%d %H}h", name) for name in names]

    assert told == [
        ("21 12h", "Olivia"),
        ("22 12h", "Olivia"),
        ("23 12h", "Olivia"),
        ("23 12h", "Max"),
        ("24 12h", "Olivia"),
        ("24 12h", "Max"),
        ("25 12h", "Olivia"),
        ("25 12h", "Max"),
    ]


def test_missed_reminders_come_once_and_not_in_a_burst(review: Review, olivia: User) -> None:
    with time_machine.travel(clock.now() + timedelta(days=9), tick=False):
        remind_all()
        remind_all()
    assert Notification.objects.filter(kind="reminder", person=olivia).count() == 1


def test_publishing_ends_the_reminders(review: Review, olivia: User) -> None:
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1), tick=False):
        remind_all()
    publish(review, olivia)
    states = Notification.objects.filter(kind="reminder").values_list("state", flat=True)
    assert list(states) == ["cancelled"]
    with time_machine.travel(clock.now() + timedelta(days=9), tick=False):
        remind_all()
        assert not review_reminders.remind(review.pk, now=clock.now())
    assert Notification.objects.filter(kind="reminder").count() == 1


def test_beat_looks_for_reminders(review: Review) -> None:
    entry = {entry.name: entry for entry in schedule.entries()}
    assert entry["Remind of post-incident reviews"].task == "incidents.remind_of_reviews"
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        tasks.remind_of_reviews()
        tasks.remind_of_review(review.pk)
    assert Notification.objects.filter(kind="reminder").count() == 1


def test_without_an_owner_the_managers_hear_of_it(
    checkout: Service, olivia: User, manager: User
) -> None:
    incident = make_incident(checkout, severity=Severity.P0)
    workflow.resolve(incident, summary="By itself", actor=None)
    review = Review.objects.get()
    assert review.owner == manager
    assert review.history.get().history_user is None
