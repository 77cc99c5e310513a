"""What Celery does for the ground floor: hints that hurry, and the periodic work."""

from datetime import timedelta

from celery import shared_task

from portal import audit, auditor, clock, housekeeping, outbox, reactions
from portal.heartbeats import beat
from portal.schedule import periodic
from portal.search import building
from portal.workflow.pictures import sweep_pictures


@shared_task(name="portal.react_to_events")
def react_to_events() -> None:
    """Run what events owe now, instead of at the pager's next look; one hint for a storm."""
    reactions.react_to_all_due(clock.now())


@shared_task(name="portal.send_notification")
def send_notification(notification_id: int) -> None:
    """Send one message now, instead of at the pager's next look."""
    outbox.send_one(notification_id)


@periodic("Audit what was due", timedelta(minutes=1))
@shared_task(name="portal.audit")
def audit_what_was_due() -> None:
    """Ask whether everything that was due happened; repair what can be."""
    beat("celery", "worker")
    reactions.react_to_all_due(clock.now())
    audit.seal_new_events()
    auditor.audit(clock.now())


@periodic("Keep the search index up to date", timedelta(seconds=5))
@shared_task(name="portal.follow_changes")
def follow_changes() -> None:
    """Have what changed be found as it is now; build the index where there is none."""
    building.follow(clock.now())


@periodic("Look whether the search index is whole", timedelta(days=1))
@shared_task(name="portal.mend_search")
def mend_search() -> None:
    """Add what is missing in the search index, and remove what is no longer there."""
    building.mend()


@periodic("Forget what is no longer needed", timedelta(hours=6))
@shared_task(name="portal.forget")
def forget() -> None:
    """Remove expired sessions and answers kept for repeated requests."""
    housekeeping.forget(clock.now())


@periodic("Remove pictures that nothing uses", timedelta(hours=6))
@shared_task(name="portal.sweep_pictures")
def sweep_unused_pictures() -> None:
    """Remove pictures that were sent and never used, and files that no row knows."""
    sweep_pictures(clock.now())
