"""
From a draft to the readers: asked for, approved or sent back by somebody who did not write it.

An approval names one revision; whatever is written later needs its own. What is published
in an emergency says so to its readers until somebody else has reviewed it.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.access import writers_for
from knowledge.models import (
    REVIEWABLE,
    Document,
    ReviewPolicy,
    ReviewState,
    Revision,
    RevisionApproval,
    RevisionReview,
    RevisionState,
)
from knowledge.workflow.document_saving import locked_document, record_document, set_document
from knowledge.workflow.freshness import looked_at
from knowledge.workflow.linking import follow, relink
from knowledge.workflow.repairs import resolve_by_revision
from knowledge.workflow.review_guards import Verb, require
from portal import clock, events, notify
from portal.access import members_of
from portal.errors import refuse
from portal.models import Event, Urgency, User

MOST_ASKED = 20  # people who are told of one review


@transaction.atomic
def publish(revision: Revision, *, actor: User | None) -> Revision:
    """Give this revision to the readers; later drafts stay drafts."""
    document, fresh = _begin(revision, Verb.PUBLISH, actor)
    _end_urgent(document, actor)
    _end_waiting(document, actor)
    return _to_readers(document, fresh, actor)


@transaction.atomic
def ask_for_review(
    revision: Revision, *, actor: User, reviewers: Iterable[User] = (), note: str = ""
) -> RevisionReview:
    """
    Ask these people, or else the owner team, whether the revision may go to readers.

    Another revision of the document that still waits is withdrawn: this one replaces it.
    """
    document, fresh = _begin(revision, Verb.ASK_FOR_REVIEW, actor)
    _end_waiting(document, actor)
    _set_state(fresh, RevisionState.IN_REVIEW)
    review = _asked(fresh, actor, note=note.strip(), since=_reviewed_number(document))
    event = record_document("document.review_asked", document, actor, number=fresh.number)
    _tell_reviewers(review, document, reviewers, event)
    return review


@transaction.atomic
def approve_revision(revision: Revision, *, actor: User, note: str = "") -> RevisionReview:
    """
    Say that it is right: it goes to readers, or loses the mark of an urgent one.

    Where the space wants more than one approval, it does so with the last of them.
    """
    document, fresh = _begin(revision, Verb.APPROVE, actor)
    review = RevisionReview.objects.unanswered().get(revision=fresh)
    RevisionApproval.objects.create(
        review=review, person=actor, note=note.strip(), at=clock.now()
    )
    if review.approvals.count() < document.space.approvals_needed:
        event = record_document(
            "document.approval_given", document, actor, number=fresh.number, what=note.strip()
        )
        _tell_asker(review, event, _("One approval more: %(title)s"))
        return review
    review = _answer(fresh, ReviewState.APPROVED, actor, note)
    event = record_document("document.approved", document, actor, number=fresh.number)
    if not review.is_urgent:
        _end_urgent(document, actor)
        _to_readers(document, fresh, actor)
    _tell_asker(review, event, _("Approved: %(title)s"))
    return review


@transaction.atomic
def reject_revision(revision: Revision, *, reason: str, actor: User) -> RevisionReview:
    """Send it back and say what is missing."""
    document, fresh = _begin(revision, Verb.REJECT, actor)
    _require_reason(reason)
    review = _answer(fresh, ReviewState.REJECTED, actor, reason)
    if not review.is_urgent:
        _set_state(fresh, RevisionState.CHANGES)
    event = record_document(
        "document.changes_asked", document, actor, number=fresh.number, what=reason.strip()
    )
    _tell_asker(review, event, _("Changes asked for: %(title)s"))
    return review


@transaction.atomic
def withdraw_review(revision: Revision, *, actor: User) -> RevisionReview:
    """Take the question back; the revision is a draft once more."""
    document, fresh = _begin(revision, Verb.WITHDRAW, actor)
    review = _answer(fresh, ReviewState.WITHDRAWN, actor)
    _set_state(fresh, RevisionState.DRAFT)
    record_document("document.review_withdrawn", document, actor, number=fresh.number)
    return review


@transaction.atomic
def publish_urgently(revision: Revision, *, reason: str, actor: User) -> RevisionReview:
    """Give it to readers before the review; it is marked until somebody else reviewed it."""
    document, fresh = _begin(revision, Verb.PUBLISH_URGENTLY, actor)
    _require_reason(reason)
    _end_waiting(document, actor)
    since = _reviewed_number(document)
    _end_urgent(document, actor)
    review = _asked(fresh, actor, note=reason.strip(), since=since, is_urgent=True)
    event = record_document(
        "document.published_urgently", document, actor, number=fresh.number, what=review.note
    )
    _to_readers(document, fresh, actor)
    _tell_reviewers(review, document, (), event)
    return review


@transaction.atomic
def set_review_policy(kinds: Iterable[str], *, actor: User | None) -> None:
    """Have documents of exactly these kinds need a review before readers get them."""
    wanted = set(kinds)
    for kind in REVIEWABLE:
        policy = ReviewPolicy.objects.select_for_update().filter(kind=kind).first()
        policy = policy or ReviewPolicy(kind=kind)
        if policy.review_needed == (kind in wanted):
            continue
        policy.review_needed = kind in wanted
        policy.changed_by = actor
        policy.save()
        events.record("review_policy.changed", policy, actor=actor, needed=policy.review_needed)


def _begin(revision: Revision, verb: Verb, actor: User | None) -> tuple[Document, Revision]:
    document = locked_document(revision.document)
    fresh = document.revisions.select_related("author").get(pk=revision.pk)
    fresh.document = document
    require(verb, document, fresh, actor)
    return document, fresh


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise refuse("reason_missing", _("Say why."))


def _to_readers(document: Document, revision: Revision, actor: User | None) -> Revision:
    revision.state = RevisionState.PUBLISHED
    revision.published_by = actor
    revision.published_at = clock.now()
    revision.save(update_fields=["state", "published_by", "published_at"])
    set_document(document, actor, published=revision, title=revision.title)
    relink(document)
    follow(document)
    record_document("document.published", document, actor, number=revision.number)
    looked_at(document, revision.number, actor)
    resolve_by_revision(revision, actor)
    return revision


def _set_state(revision: Revision, state: RevisionState) -> None:
    revision.state = state
    revision.save(update_fields=["state"])


def _asked(
    revision: Revision, actor: User, *, note: str, since: int, is_urgent: bool = False
) -> RevisionReview:
    return RevisionReview.objects.create(
        revision=revision,
        since_number=since,
        note=note,
        is_urgent=is_urgent,
        asked_by=actor,
        asked_at=clock.now(),
    )


def _answer(
    revision: Revision, state: ReviewState, actor: User | None, words: str = ""
) -> RevisionReview:
    review = RevisionReview.objects.unanswered().get(revision=revision)
    review.state, review.answer = state, words.strip()
    review.answered_by, review.answered_at = actor, clock.now()
    review.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    notify.cancel(_topic(review))
    return review


def _end_waiting(document: Document, actor: User | None) -> None:
    """What a newer revision replaces waits no more."""
    for revision in document.revisions.filter(state=RevisionState.IN_REVIEW):
        _answer(revision, ReviewState.WITHDRAWN, actor)
        _set_state(revision, RevisionState.DRAFT)


def _end_urgent(document: Document, actor: User | None) -> None:
    """What was published urgently is replaced, too; the newer review covered its words."""
    open_ones = RevisionReview.objects.unanswered().filter(revision__document=document)
    for review in open_ones.filter(is_urgent=True).select_related("revision"):
        _answer(review.revision, ReviewState.WITHDRAWN, actor)


def _reviewed_number(document: Document) -> int:
    """The number up to which readers have words that need no review any more."""
    if document.published is None:
        return 0
    urgent = document.published.reviews.filter(is_urgent=True).exclude(
        state=ReviewState.APPROVED
    )
    return min([document.published.number, *urgent.values_list("since_number", flat=True)])


def _team_of(document: Document) -> list[User]:
    """Whom a question goes to that names nobody: of the owner team, those who may change it."""
    if document.team is None:
        return []
    return [*writers_for(document).filter(pk__in=members_of(document.team).values("pk"))]


def _tell_reviewers(
    review: RevisionReview, document: Document, reviewers: Iterable[User], event: Event
) -> None:
    named = list(reviewers)
    people = named or _team_of(document)
    authors = set(
        document.revisions.filter(
            number__gt=review.since_number, number__lte=review.revision.number
        ).values_list("author", flat=True)
    )
    others = [one for one in people if one.pk not in {*authors, review.asked_by_id}]
    review.reviewers.set(others[:MOST_ASKED])
    subject = _("To review: %(title)s")
    if review.is_urgent:
        subject = _("Published urgently, to review: %(title)s")
    for person in others[:MOST_ASKED]:
        _tell(person, review, event, subject)


def _tell_asker(review: RevisionReview, event: Event, subject: str) -> None:
    if review.asked_by and review.asked_by.is_active:
        _tell(review.asked_by, review, event, subject)


def _tell(person: User, review: RevisionReview, event: Event, subject: str) -> None:
    notify.notify(
        person,
        key=f"revision-review:{review.pk}:{event.pk}",
        urgency=Urgency.LOW,
        kind="reminder",
        subject=subject % {"title": review.revision.title},
        body=review.answer or review.note or review.revision.message or review.revision.title,
        url=review.revision.get_absolute_url(),
        topic=_topic(review),
        event=event,
    )


def _topic(review: RevisionReview) -> str:
    return f"revision-review:{review.pk}"
