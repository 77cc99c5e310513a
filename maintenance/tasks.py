"""What Celery does for maintenance: remind those whom others wait for."""

from datetime import timedelta

from celery import shared_task
from celery.schedules import crontab

from maintenance.handlers import ask, deciders_of
from maintenance.models import MaintenanceRequest, RequestState
from portal import clock
from portal.schedule import periodic

PATIENCE = timedelta(days=1)


@periodic("Remind managers of waiting requests", crontab(minute="0", hour="8"))
@shared_task(name="maintenance.remind_of_approvals")
def remind_of_approvals() -> int:
    """Ask again, once a day, for a decision that has been waiting for more than a day."""
    now = clock.now()
    waiting = MaintenanceRequest.objects.with_details().filter(
        state=RequestState.AWAITING_APPROVAL, submitted_at__lt=now - PATIENCE
    )
    for request in waiting:
        for manager in deciders_of(request):
            ask(manager, request, key=f"request:{request.pk}:reminder:{now:%Y-%m-%d}")
    return len(waiting)
