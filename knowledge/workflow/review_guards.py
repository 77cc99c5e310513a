"""
Why not? The one table of rules about giving a revision to readers.

Verbs refuse by it, buttons are disabled by it with the same sentences beside them, and the
API answers 409 with them. Codes are part of the API and never get a second meaning.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from knowledge.models import (
    REVIEWABLE,
    Document,
    Reviewing,
    ReviewPolicy,
    Revision,
    RevisionReview,
)
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User


class Verb(StrEnum):
    PUBLISH = "publish"
    ASK_FOR_REVIEW = "ask_for_review"
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    PUBLISH_URGENTLY = "publish_urgently"


Finding = Mapping[str, object] | None  # names for the sentence, or None: nothing in the way


class Question:
    """What is asked of the table: may this person do this with the revision now?"""

    def __init__(self, document: Document, revision: Revision, actor: User | None) -> None:
        self.document, self.revision, self.actor = document, revision, actor

    @cached_property
    def published(self) -> int:
        return self.document.published.number if self.document.published else 0

    @cached_property
    def review(self) -> RevisionReview | None:
        return self.revision.reviews.unanswered().first()

    @cached_property
    def blocking_count(self) -> int:
        return self.document.comments.blocking().count()

    @cached_property
    def review_needed(self) -> bool:
        """What the portal itself publishes, as the first documents, needs nobody."""
        return self.actor is not None and is_review_needed(self.document)

    @cached_property
    def hands(self) -> set[int | None]:
        """Whoever wrote anything that readers would get anew, or put it before them."""
        since = self.review.since_number if self.review else self.published
        written = self.document.revisions.filter(
            number__gt=since, number__lte=self.revision.number
        )
        hands: set[int | None] = {*written.values_list("author", flat=True)}
        if self.review and self.review.is_urgent:
            hands.add(self.review.asked_by_id)
        return hands


class Guard(NamedTuple):
    code: str
    sentence: Any  # a lazy string, with the finding's names as %(placeholders)s
    remedy: Any
    find: Callable[[Question], Finding]

    def ask(self, question: Question) -> Refusal | None:
        finding = self.find(question)
        if finding is None:
            return None
        return Refusal(self.code, str(self.sentence) % finding, str(self.remedy) % finding)


def when(speaks_against: object, **names: object) -> Finding:
    return names if speaks_against else None


ARCHIVED = Guard(
    "document_archived",
    _("This document is archived."),
    "",
    lambda question: when(question.document.archived_at is not None),
)
NEWER = (
    Guard(
        "already_published",
        _("Readers already get revision %(number)s."),
        "",
        lambda question: when(
            question.published == question.revision.number, number=question.published
        ),
    ),
    Guard(
        "newer_published",
        _("Readers already get revision %(number)s, which is newer."),
        _("Restore this revision as a new one instead."),
        lambda question: when(
            question.published > question.revision.number, number=question.published
        ),
    ),
)
NOT_ASKED = Guard(
    "not_in_review",
    _("Nobody has asked for a review of revision %(number)s."),
    _("Ask for one."),
    lambda question: when(question.review is None, number=question.revision.number),
)
FOUR_EYES = Guard(
    "reviewer_is_author",
    _("You wrote at this text; somebody else has to review it."),
    _("Ask another who may change this document."),
    lambda question: when(question.actor is not None and question.actor.pk in question.hands),
)
APPROVED_ALREADY = Guard(
    "approved_already",
    _("You have approved revision %(number)s already."),
    _("Somebody else has to approve it, too."),
    lambda question: when(
        question.review is not None
        and question.actor is not None
        and question.review.approvals.filter(person=question.actor).exists(),
        number=question.revision.number,
    ),
)
OVERTAKEN = Guard(
    "newer_published",
    _("Readers already get revision %(number)s, which is newer."),
    _("Review that one."),
    lambda question: when(
        question.published > question.revision.number, number=question.published
    ),
)
UNSETTLED = Guard(
    "blocking_comments_open",
    _("Comments that have to be settled before an approval are open: %(number)s."),
    _("Settle them, or say that they need not be settled first."),
    lambda question: when(question.blocking_count, number=question.blocking_count),
)

GUARDS: dict[Verb, tuple[Guard, ...]] = {
    Verb.PUBLISH: (
        ARCHIVED,
        *NEWER,
        Guard(
            "review_missing",
            _("This document goes to readers once somebody else has approved it."),
            _("Ask for a review, or publish urgently and say why."),
            lambda question: when(question.review_needed),
        ),
    ),
    Verb.ASK_FOR_REVIEW: (
        ARCHIVED,
        *NEWER,
        Guard(
            "already_in_review",
            _("Revision %(number)s waits for a review already."),
            "",
            lambda question: when(question.review is not None, number=question.revision.number),
        ),
    ),
    Verb.APPROVE: (ARCHIVED, NOT_ASKED, OVERTAKEN, FOUR_EYES, APPROVED_ALREADY, UNSETTLED),
    Verb.REJECT: (ARCHIVED, NOT_ASKED, FOUR_EYES),
    Verb.WITHDRAW: (
        ARCHIVED,
        NOT_ASKED,
        Guard(
            "urgent_not_withdrawn",
            _("It was published urgently; only a review takes the mark away."),
            _("Ask somebody else to review it."),
            lambda question: when(question.review is not None and question.review.is_urgent),
        ),
    ),
    Verb.PUBLISH_URGENTLY: (
        ARCHIVED,
        *NEWER,
        Guard(
            "review_not_needed",
            _("This document needs no review."),
            _("Publish it."),
            lambda question: when(not is_review_needed(question.document)),
        ),
    ),
}


def is_review_needed(document: Document) -> bool:
    """As its space says; where that leaves it to the house, as the house says of its kind."""
    if document.kind not in REVIEWABLE or document.space.reviewing == Reviewing.NEVER:
        return False
    if document.space.reviewing == Reviewing.ALWAYS:
        return True
    return ReviewPolicy.objects.filter(kind=document.kind, review_needed=True).exists()


def why_not(
    verb: Verb, document: Document, revision: Revision, actor: User | None
) -> list[Refusal]:
    """Return every reason why the person cannot do this with the revision now."""
    question = Question(document, revision, actor)
    asked = (guard.ask(question) for guard in GUARDS[verb])
    return [refusal for refusal in asked if refusal is not None]


def require(verb: Verb, document: Document, revision: Revision, actor: User | None) -> None:
    if reasons := why_not(verb, document, revision, actor):
        raise TransitionNotAllowed(reasons)
