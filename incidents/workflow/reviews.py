"""
The post-incident review: owed by the end of a P0 or P1, and written together.

Its draft is filled in with what is known. Saving names the version that it was built on, so
that of two writers neither loses a word. How it is looked over and published stands in
`review_publishing.py`, who may do without it in `review_waivers.py`.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from incidents import review_text
from incidents.models import Incident, Review, ReviewState
from incidents.policies import policy_of
from incidents.refilling import refilled
from incidents.reminders import next_reminder
from incidents.review_facts import facts_of, texts
from incidents.review_text import LONGEST, NO_ACTION, SHORT
from incidents.workflow import review_templates
from incidents.workflow.review_saving import (
    contributes,
    ensure_written,
    locked_review,
    record_review,
    set_review,
    topic_of,
)
from incidents.workflow.review_waivers import lapse_waivers
from knowledge.models import ActionItem, Origin, Priority
from knowledge.workflow import create_action
from operations.on_call import who_is_on_call
from portal import clock, events, notify
from portal.access import managers_of
from portal.errors import DomainError, Refusal, refuse
from portal.models import Event, User


class ReviewConflict(DomainError):
    """Somebody saved the review while this text was being written; nothing was overwritten."""

    def __init__(self, current: Review) -> None:
        self.current = current
        sentence = _("Somebody saved this review while you were writing.")
        remedy = _("Bring your words into the newest text and save again.")
        super().__init__([Refusal("newer_version", sentence, remedy)])


@transaction.atomic
def owe(incident: Incident, *, now: datetime) -> Review | None:
    """Make the draft that the severity demands, or let the clock of the one there is run."""
    hours = policy_of(incident.severity).review_hours
    review = Review.objects.select_for_update().filter(incident=incident).first()
    if review is None and hours is None:
        return None
    assert incident.resolved_at is not None
    due_at = incident.resolved_at + timedelta(hours=hours) if hours is not None else None
    if review is None:
        return _draft(incident, due_at, now)
    if review.is_being_written and due_at is not None:
        set_review(review, None, due_at=due_at, remind_at=next_reminder(due_at, now))
    return review


@transaction.atomic
def set_aside(incident: Incident, *, actor: User | None) -> None:
    """The incident goes on: its review waits, and one that was settled is a draft again."""
    lapse_waivers(incident, actor=actor)
    review = Review.objects.select_for_update().filter(incident=incident).first()
    if review is None:
        return
    was_settled = not review.is_being_written
    set_review(
        review,
        actor,
        state=ReviewState.DRAFT,
        published_at=None,
        published_by=None,
        not_needed_because="",
        due_at=None,
        remind_at=None,
    )
    notify.cancel(topic_of(review))
    if was_settled:
        record_review("review.reopened", review, actor)


@transaction.atomic
def save_review(
    review: Review, *, version: int, sections: dict[str, str], actor: User | None
) -> Review:
    """
    Keep these sections, by key; others stay as they are.

    Raises `ReviewConflict` if `version` is not the newest, and a refusal for a section that
    the review does not have.
    """
    locked = locked_review(review)
    ensure_written(locked)
    if locked.version != version:
        raise ReviewConflict(locked)
    known = {section["key"] for section in locked.outline} | {NO_ACTION}
    if unknown := set(sections) - known:
        sentence = _("This review has no section “%(key)s”.") % {"key": min(unknown)}
        raise refuse("section_unknown", sentence)
    changed = {
        key: text[:LONGEST]
        for key, text in sections.items()
        if locked.sections.get(key, "") != text[:LONGEST]
    }
    if not changed:
        return locked
    set_review(
        locked, actor, sections={**locked.sections, **changed}, version=locked.version + 1
    )
    contributes(locked, actor)
    record_review("review.saved", locked, actor, sections=sorted(changed))
    return locked


@transaction.atomic
def refill_section(review: Review, *, key: str, actor: User | None) -> Review:
    """
    Fill a section in again with what is known by now.

    What somebody typed stays, what they took out stays out, and what is news comes in at its
    place. Raises a refusal for a section that nothing is known of.
    """
    locked = locked_review(review)
    ensure_written(locked)
    facts = facts_of(locked.incident).get(key)
    if not facts or key not in {section["key"] for section in locked.outline}:
        sentence = _("Nothing is known that could be filled in here.")
        raise refuse("nothing_to_fill_in", sentence)
    before = [line["text"] for line in locked.filled.get(key, {}).get("lines", [])]
    text = refilled(
        locked.sections.get(key, ""),
        before,
        [fact["text"] for fact in facts],
        is_short=key in SHORT,
    )[:LONGEST]
    filled = {**locked.filled, key: {"at": clock.now().isoformat(), "lines": facts}}
    if text == locked.sections.get(key, ""):
        set_review(locked, actor, filled=filled)
        return locked
    sections = {**locked.sections, key: text}
    set_review(locked, actor, sections=sections, filled=filled, version=locked.version + 1)
    contributes(locked, actor)
    record_review("review.filled_in", locked, actor, sections=[key])
    return locked


@transaction.atomic
def set_review_people(
    review: Review, *, owner: User, contributors: Iterable[User], actor: User | None
) -> Review:
    """Say who answers for the review, and who else writes in it."""
    locked = locked_review(review)
    ensure_written(locked)
    if not owner.may_work:
        sentence = _("%(person)s may not work here and cannot own a review.")
        raise refuse("owner_may_not_work", sentence % {"person": owner})
    people = [person for person in contributors if person.pk != owner.pk]
    if owner.pk != locked.owner_id:
        set_review(locked, actor, owner=owner)
        notify.cancel(topic_of(locked))
    locked.contributors.set(people)
    names = [person.name for person in people]
    record_review("review.people_set", locked, actor, owner=owner.name, contributors=names)
    return locked


@transaction.atomic
def add_review_action(
    review: Review,
    *,
    title: str,
    owner: User,
    due_on: date,
    actor: User | None,
    priority: int = Priority.NORMAL,
    verification: str = "",
) -> ActionItem:
    """Promise what will be done, in the one tracker that all promises are in."""
    locked = locked_review(review)
    incident = locked.incident
    action = create_action(
        title=title,
        owner=owner,
        due_on=due_on,
        priority=priority,
        verification=verification,
        service=incident.service,
        origin=Origin.REVIEW,
        reference=incident.reference,
        reference_label=str(incident),
        reference_url=incident.get_absolute_url(),
        actor=actor,
    )
    url = action.get_absolute_url()
    record_review("review.action_added", locked, actor, title=title, url=url)
    return action


@transaction.atomic
def set_public_text(review: Review, *, text: str, actor: User | None) -> Review:
    """Write what the public may read; it is posted when the review is published."""
    locked = locked_review(review)
    if locked.public_text == text:
        return locked
    set_review(locked, actor, public_text=text)
    record_review("review.public_text_saved", locked, actor)
    return locked


def actions_of(incident: Incident) -> list[ActionItem]:
    """What was promised because of this incident."""
    promised = ActionItem.objects.filter(reference=incident.reference)
    return list(promised.with_list_columns().order_by("pk"))


def _draft(incident: Incident, due_at: datetime | None, now: datetime) -> Review:
    began = review_templates.newest_version()
    facts = facts_of(incident)
    filled_at = now.isoformat()
    review = Review(
        incident=incident,
        owner=_owner_of(incident, now),
        sections={key: text[:LONGEST] for key, text in texts(facts).items()},
        filled={key: {"at": filled_at, "lines": lines} for key, lines in facts.items()},
        outline=review_text.outline(began),
        template_version=began,
        due_at=due_at,
        remind_at=next_reminder(due_at, now) if due_at else None,
        created_at=now,
        is_demo=incident.is_demo,
    )
    review.changed_by = None
    review.save()
    record_review("review.drafted", review, None)
    return review


def _owner_of(incident: Incident, now: datetime) -> User | None:
    """Who led it or answered it, else who is on call, else who manages the team."""
    for person in (incident.commander, _who_answered(incident)):
        if person is not None and person.may_work:
            return person
    team = incident.service.team
    return who_is_on_call(team, now).person or managers_of(team).first()


def _who_answered(incident: Incident) -> User | None:
    answers = events.about(incident).filter(kind="incident.acknowledged", actor__isnull=False)
    answered: Event | None = answers.order_by("-pk").first()
    return answered.actor if answered else None
