"""What people say about the sections of a review: open until somebody resolves it."""

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Review, ReviewComment
from incidents.workflow.review_saving import (
    ensure_written,
    locked_review,
    record_review,
    topic_of,
)
from portal import clock, notify
from portal.errors import refuse
from portal.mentions import people_mentioned
from portal.models import Urgency, User


@transaction.atomic
def comment_on(
    review: Review, *, text: str, section: str = "", actor: User | None
) -> ReviewComment:
    """Say something about a section, or about the whole; who is named with an @ is told."""
    locked = locked_review(review)
    ensure_written(locked)
    if section and section not in {known["key"] for known in locked.outline}:
        sentence = _("This review has no section “%(key)s”.") % {"key": section}
        raise refuse("section_unknown", sentence)
    if not text.strip():
        raise refuse("text_missing", _("Write what you want to say."))
    comment = ReviewComment.objects.create(
        review=locked,
        section=section,
        text=text.strip(),
        author=actor,
        created_at=clock.now(),
    )
    record_review("review.commented", locked, actor, section=section, comment=comment.pk)
    _tell(locked, comment, actor)
    return comment


@transaction.atomic
def resolve_comment(comment: ReviewComment, *, actor: User | None) -> ReviewComment:
    return _settle(comment, resolved=True, actor=actor)


@transaction.atomic
def reopen_comment(comment: ReviewComment, *, actor: User | None) -> ReviewComment:
    return _settle(comment, resolved=False, actor=actor)


def _settle(comment: ReviewComment, *, resolved: bool, actor: User | None) -> ReviewComment:
    review = locked_review(comment.review)
    ensure_written(review)
    locked = ReviewComment.objects.select_for_update().get(pk=comment.pk)
    if (locked.resolved_at is not None) == resolved:
        if resolved:
            raise refuse("already_resolved", _("This comment is resolved."))
        raise refuse("already_open", _("This comment is open."))
    locked.resolved_at = clock.now() if resolved else None
    locked.resolved_by = actor if resolved else None
    locked.save(update_fields=["resolved_at", "resolved_by"])
    kind = "review.comment_resolved" if resolved else "review.comment_reopened"
    record_review(kind, review, actor, comment=locked.pk)
    return locked


def _tell(review: Review, comment: ReviewComment, actor: User | None) -> None:
    """Those who are named, and the owner; nobody hears of their own words."""
    named = people_mentioned(comment.text)
    people = {person.pk: person for person in named}
    if review.owner is not None:
        people.setdefault(review.owner.pk, review.owner)
    for person in people.values():
        if actor is not None and person.pk == actor.pk:
            continue
        words = _("%(who)s names you in the review of %(number)s")
        if person not in named:
            words = _("%(who)s commented on the review of %(number)s")
        notify.notify(
            person,
            key=f"review:{review.pk}:comment:{comment.pk}",
            urgency=Urgency.LOW,
            kind="notice",
            subject=words % {"who": actor or _("Evenkeel"), "number": review.incident.number},
            body=comment.text,
            url=f"{review.get_absolute_url()}#comment-{comment.pk}",
            topic=topic_of(review),
        )
