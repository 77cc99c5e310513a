"""
The post-incident review: owed by the end of a P0 or P1, written together, published once.

Its draft is filled in with what is known. Saving names the version that it was built on, so
that of two writers neither loses a word. Publishing makes a document that everybody finds.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents import review_text
from incidents.models import Incident, Review, ReviewState
from incidents.policies import policy_of
from incidents.reminders import next_reminder
from incidents.review_text import LONGEST, NO_ACTION, REQUIRED
from knowledge.models import ActionItem, Document, DocumentKind, Origin
from knowledge.workflow import create_action, create_document, publish, save_revision
from operations.on_call import who_is_on_call
from portal import clock, events, notify
from portal.access import managers_of
from portal.errors import DomainError, Refusal, TransitionNotAllowed, refuse
from portal.markdown import MarkdownRefused
from portal.models import Urgency, User


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
    if review.state == ReviewState.DRAFT and due_at is not None:
        _set(review, None, due_at=due_at, remind_at=next_reminder(due_at, now))
    return review


@transaction.atomic
def set_aside(incident: Incident, *, actor: User | None) -> None:
    """The incident goes on: its review waits, and one that was published is a draft again."""
    review = Review.objects.select_for_update().filter(incident=incident).first()
    if review is None:
        return
    was_published = review.state == ReviewState.PUBLISHED
    _set(
        review,
        actor,
        state=ReviewState.DRAFT,
        published_at=None,
        published_by=None,
        due_at=None,
        remind_at=None,
    )
    notify.cancel(topic_of(review))
    if was_published:
        _record("review.reopened", review, incident, actor)


@transaction.atomic
def save_review(
    review: Review, *, version: int, sections: dict[str, str], actor: User | None
) -> Review:
    """
    Keep these sections, by key; others stay as they are.

    Raises `ReviewConflict` if `version` is not the newest, and a refusal for a section that
    the review does not have.
    """
    locked = _locked(review)
    if locked.state == ReviewState.PUBLISHED:
        raise TransitionNotAllowed([_published()])
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
    _set(locked, actor, sections={**locked.sections, **changed}, version=locked.version + 1)
    _record("review.saved", locked, locked.incident, actor, sections=sorted(changed))
    return locked


@transaction.atomic
def add_review_action(
    review: Review, *, title: str, owner: User, due_on: date, actor: User | None
) -> ActionItem:
    """Promise what will be done, in the one tracker that all promises are in."""
    locked = _locked(review)
    incident = locked.incident
    action = create_action(
        title=title,
        owner=owner,
        due_on=due_on,
        service=incident.service,
        origin=Origin.REVIEW,
        reference=incident.reference,
        reference_label=str(incident),
        reference_url=incident.get_absolute_url(),
        actor=actor,
    )
    url = action.get_absolute_url()
    _record("review.action_added", locked, incident, actor, title=title, url=url)
    return action


def actions_of(incident: Incident) -> list[ActionItem]:
    """What was promised because of this incident."""
    promised = ActionItem.objects.filter(reference=incident.reference)
    return list(promised.with_list_columns().order_by("pk"))


def why_not_publish(review: Review, actions: list[ActionItem]) -> list[Refusal]:
    """Return every reason why this review cannot be published now."""
    if review.state == ReviewState.PUBLISHED:
        return [_published()]
    reasons = []
    if review.incident.is_unresolved:
        reasons.append(Refusal("not_resolved", _("The incident is not resolved.")))
    titles = {section["key"]: section["title"] for section in review.outline}
    reasons += [
        Refusal(
            "section_empty",
            _("The section “%(title)s” is empty.") % {"title": titles.get(key, key)},
        )
        for key in REQUIRED
        if key in titles and not review.sections.get(key, "").strip()
    ]
    if not actions and not review.sections.get(NO_ACTION, "").strip():
        reasons.append(
            Refusal(
                "action_missing",
                _("There is no action item."),
                _("Add one, or say why none is needed."),
            )
        )
    return reasons


@transaction.atomic
def publish_review(review: Review, *, actor: User | None) -> Review:
    """Make it a document of the knowledge base; the incident may then be closed."""
    locked = _locked(review)
    actions = actions_of(locked.incident)
    if reasons := why_not_publish(locked, actions):
        raise TransitionNotAllowed(reasons)
    try:
        document = _as_document(locked, review_text.body(locked, actions), actor)
    except MarkdownRefused as error:
        raise refuse("text_refused", str(error)) from error
    _set(
        locked,
        actor,
        state=ReviewState.PUBLISHED,
        published_at=clock.now(),
        published_by=actor,
        document=document,
        remind_at=None,
        version=locked.version + 1,
    )
    notify.cancel(topic_of(locked))
    url = document.get_absolute_url()
    _record("review.published", locked, locked.incident, actor, url=url)
    return locked


def due_for_reminder(now: datetime) -> list[int]:
    due = Review.objects.filter(remind_at__isnull=False, remind_at__lte=now)
    return list(due.order_by("remind_at").values_list("pk", flat=True)[:500])


@transaction.atomic
def remind(review_id: int, *, now: datetime) -> bool:
    """Remind those who owe it, if a reminder still is due; return whether it was."""
    review = (
        Review.objects.select_for_update(of=("self",))
        .select_related("incident__service__team", "owner")
        .filter(pk=review_id, remind_at__lte=now)
        .first()
    )
    if review is None or review.due_at is None or review.remind_at is None:
        return False
    for person in _who_is_reminded(review, now):
        notify.notify(
            person,
            key=f"review:{review.pk}:{review.remind_at.isoformat()}",
            urgency=Urgency.LOW,
            kind="reminder",
            subject=_reminder_subject(review, now),
            body=str(review.incident),
            url=review.get_absolute_url(),
            topic=topic_of(review),
        )
    # Clockwork: no version of the review says more by it.
    upcoming = next_reminder(review.due_at, now)
    Review.objects.filter(pk=review.pk).update(remind_at=upcoming)
    return True


def topic_of(review: Review) -> str:
    return f"review:{review.pk}"


def _who_is_reminded(review: Review, now: datetime) -> list[User]:
    owner = review.owner if review.owner is not None and review.owner.may_work else None
    people = [owner] if owner else []
    if review.is_overdue_at(now) or not people:
        people += managers_of(review.incident.service.team)
    return list(dict.fromkeys(people))


def _reminder_subject(review: Review, now: datetime) -> str:
    names = {"number": review.incident.number}
    if review.is_overdue_at(now):
        return _("The review of %(number)s is overdue") % names
    return _("The review of %(number)s is due soon") % names


def _draft(incident: Incident, due_at: datetime | None, now: datetime) -> Review:
    review = Review(
        incident=incident,
        owner=_owner_of(incident, now),
        sections=review_text.first_words(incident),
        outline=review_text.outline(),
        due_at=due_at,
        remind_at=next_reminder(due_at, now) if due_at else None,
        created_at=now,
        is_demo=incident.is_demo,
    )
    review.changed_by = None
    review.save()
    _record("review.drafted", review, incident, None)
    return review


def _owner_of(incident: Incident, now: datetime) -> User | None:
    """Who led it, else who is on call, else who manages the team."""
    if incident.commander is not None and incident.commander.may_work:
        return incident.commander
    team = incident.service.team
    return who_is_on_call(team, now).person or managers_of(team).first()


def _as_document(review: Review, body: str, actor: User | None) -> Document:
    incident = review.incident
    title = _("Post-incident review: %(incident)s") % {"incident": incident}
    if review.document is None:
        document = create_document(
            kind=DocumentKind.REVIEW,
            title=title[:200],
            body=body,
            team=incident.service.team,
            services=[incident.service],
            message=_("Published"),
            actor=actor,
        )
        publish(document.revisions.get(number=1), actor=actor)
        return document
    document = review.document
    revision = save_revision(
        document,
        base_number=document.latest_number,
        title=title[:200],
        body=body,
        message=_("Published again"),
        actor=actor,
    )
    if document.published_id != revision.pk:
        publish(revision, actor=actor)
    return document


def _published() -> Refusal:
    return Refusal(
        "already_published",
        _("This review is published."),
        _("To change it, revise its document."),
    )


def _locked(review: Review) -> Review:
    return (
        Review.objects.select_for_update(of=("self",))
        .select_related("incident__service__team", "document", "owner")
        .get(pk=review.pk)
    )


def _set(review: Review, actor: User | None, **fields: object) -> None:
    for name, value in fields.items():
        setattr(review, name, value)
    review.changed_by = actor
    review.save(update_fields=list(fields))


def _record(
    kind: str, review: Review, incident: Incident, actor: User | None, **told: Any
) -> None:
    events.record(kind, review, actor=actor, service=incident.service, **told)
