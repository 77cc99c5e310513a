"""What Celery does for the ground floor: hints that hurry, and the periodic work."""

from celery import shared_task

from portal import outbox, reactions


@shared_task(name="portal.react")
def react(reaction_id: int) -> None:
    """Run one handler of one event now, instead of at the pager's next look."""
    reactions.react(reaction_id)


@shared_task(name="portal.send_notification")
def send_notification(notification_id: int) -> None:
    """Send one message now, instead of at the pager's next look."""
    outbox.send_one(notification_id)
