"""What Celery does for incidents: it hurries escalations and reminds of reviews."""

from datetime import timedelta

from celery import shared_task

from incidents.workflow import (
    copies,
    coverage,
    escalation,
    reports,
    review_reminders,
    subscribing,
)
from portal import clock
from portal.hints import later
from portal.schedule import periodic


@shared_task(name="incidents.escalate")
def escalate(incident_id: int) -> None:
    """Take the due steps of this incident now, instead of at the pager's next look."""
    escalation.escalate(incident_id, now=clock.now())


@periodic("Remind of post-incident reviews", timedelta(minutes=5))
@shared_task(name="incidents.remind_of_reviews")
def remind_of_reviews() -> None:
    """Remind of reviews a day before they are due, when they are, and daily after."""
    for pk in review_reminders.due_for_reminder(clock.now()):
        later("incidents.remind_of_review", pk)


@shared_task(name="incidents.remind_of_review")
def remind_of_review(review_id: int) -> None:
    """Remind of one review, if that is still due."""
    review_reminders.remind(review_id, now=clock.now())


@periodic("Prove that every page ends at somebody", timedelta(minutes=10))
@shared_task(name="incidents.prove_coverage")
def prove_coverage() -> None:
    """Go through the next 30 days once a day, and whenever somebody has asked for it."""
    coverage.prove_due(clock.now())


@periodic("Erase subscribers who never confirmed", timedelta(hours=6))
@shared_task(name="incidents.forget_unconfirmed")
def forget_unconfirmed() -> None:
    """Erase addresses that nobody confirmed within seven days."""
    subscribing.forget_unconfirmed(clock.now())


@periodic("Erase the addresses of reporters, and old spam", timedelta(hours=6))
@shared_task(name="incidents.forget_reports")
def forget_reports() -> None:
    """Erase addresses thirty days after the last word, and spam after thirty days."""
    reports.forget_reports(clock.now())


@periodic("Write the copies of the status page", timedelta(minutes=1))
@shared_task(name="incidents.copy_status_page")
def copy_status_page() -> None:
    """Write what is due of the status page to the places outside of the portal."""
    copies.copy_due(clock.now(), patience=copies.DEADLINE)
