"""How the verbs of reviews hold one and save it: locked, attributed, and told of."""

from typing import Any

from django.utils.translation import gettext as _

from incidents.models import Review, ReviewRules, ReviewState
from portal import events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User


def locked_review(review: Review) -> Review:
    """Return the review as it is now, held until the transaction ends."""
    return (
        Review.objects.select_for_update(of=("self",))
        .select_related("incident__service__team", "document", "owner")
        .get(pk=review.pk)
    )


def set_review(review: Review, actor: User | None, **fields: object) -> None:
    for name, value in fields.items():
        setattr(review, name, value)
    review.changed_by = actor
    review.save(update_fields=list(fields))


def record_review(kind: str, review: Review, actor: User | None, **told: Any) -> None:
    events.record(kind, review, actor=actor, service=review.incident.service, **told)


def topic_of(review: Review) -> str:
    return f"review:{review.pk}"


def rules() -> ReviewRules:
    """What is asked of a review here; the defaults while nobody has said otherwise."""
    return ReviewRules.objects.first() or ReviewRules()


def why_not_write(review: Review) -> list[Refusal]:
    """Return why nothing in this review can be changed now."""
    if review.state == ReviewState.PUBLISHED:
        return [
            Refusal(
                "already_published",
                _("This review is published."),
                _("To change it, revise its document."),
            )
        ]
    if review.state == ReviewState.NOT_NEEDED:
        return [
            Refusal(
                "review_not_needed",
                _("It was decided that no review is needed."),
                _("Take it up again to write it."),
            )
        ]
    return []


def ensure_written(review: Review) -> None:
    if reasons := why_not_write(review):
        raise TransitionNotAllowed(reasons)


def contributes(review: Review, actor: User | None) -> None:
    """Whoever writes in it is named as one of its contributors."""
    if actor is not None and actor.pk != review.owner_id:
        review.contributors.add(actor)
