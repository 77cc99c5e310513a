"""Who is reminded of a review and when: rows with a due time, asked again under the lock."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Review
from incidents.reminders import next_reminder
from incidents.workflow.review_saving import topic_of
from portal import notify
from portal.access import managers_of
from portal.models import Urgency, User


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
