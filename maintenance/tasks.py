"""What Celery does for maintenance: remind those whom others wait for."""

from datetime import datetime, timedelta

from celery import shared_task
from celery.schedules import crontab

from maintenance import workflow
from maintenance.handlers import (
    ask,
    deciders_of,
    tell_that_it_cannot_be,
    tell_that_it_ends,
    tell_that_it_is_overdue,
    tell_that_it_waits,
)
from maintenance.models import READY, BreakGlass, MaintenanceRequest, StandardChange
from maintenance.workflow import ask_those_needed
from maintenance.workflow.ballots import glass_of
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.schedule import periodic

PATIENCE = timedelta(days=1)
SOON = timedelta(minutes=5)
ENDS_SOON = timedelta(days=14)


@periodic("Read what forges told of deployments", timedelta(minutes=1))
@shared_task(name="maintenance.read_source_calls")
def read_source_calls() -> int:
    """Read the calls that wait; a hint comes with each, and this finds what no hint told of."""
    return workflow.read_due_calls(clock.now())


@periodic("Forget old calls of forges", crontab(hour="3", minute="40"))
@shared_task(name="maintenance.forget_old_calls")
def forget_old_calls() -> int:
    """Forget what was read long ago, and suppliers' notices that were refused."""
    now = clock.now()
    return workflow.forget_old_calls(now) + workflow.forget_old_rejects(now)


@periodic("Remind managers of waiting requests", crontab(minute="0", hour="8"))
@shared_task(name="maintenance.remind_of_approvals")
def remind_of_approvals() -> int:
    """Ask again, once a day, those who are still needed for what waits for over a day."""
    now = clock.now()
    waiting = MaintenanceRequest.objects.voted_on().with_details()
    late = [request for request in waiting if _waits_since(request) < now - PATIENCE]
    for request in late:
        for person in deciders_of(request):
            ask(person, request, key=f"request:{request.pk}:reminder:{now:%Y-%m-%d}")
    return len(late)


@periodic("Look after what waits for approval", SOON)
@shared_task(name="maintenance.look_after_approvals")
def look_after_approvals() -> int:
    """
    Find out whose word is wanted now, and tell others of what waits too long.

    A delegation begins and ends without anybody doing anything, so that this is found by time.
    """
    now = clock.now()
    told = 0
    for request in MaintenanceRequest.objects.voted_on().with_details():
        ask_those_needed(request)
        told += tell_that_it_cannot_be(request)
        hours = request.approval_rule.get("escalate_after_hours")
        if hours and _waits_since(request) + timedelta(hours=hours) <= now:
            told += tell_that_it_waits(request, hours)
    return told


@periodic("End approvals that were not used in time", SOON)
@shared_task(name="maintenance.expire_approvals")
def expire_approvals() -> int:
    over = MaintenanceRequest.objects.filter(state__in=READY, approved_until__lte=clock.now())
    ended = 0
    for request in over:
        try:
            workflow.expire(request, actor=None)
        except TransitionNotAllowed:  # somebody was quicker
            continue
        ended += 1
    return ended


@periodic("Tell of emergencies that nobody has decided", crontab(minute="15"))
@shared_task(name="maintenance.tell_of_overdue_emergencies")
def tell_of_overdue_emergencies() -> int:
    """Once a day, those who decide and the administrators hear of each that is overdue."""
    overdue = BreakGlass.objects.filter(settled_at=None, due_at__lte=clock.now())
    for glass in overdue:
        request = MaintenanceRequest.objects.with_details().get(pk=glass.request_id)
        tell_that_it_is_overdue(request, glass)
    return len(overdue)


@periodic("Enforce and release lockdowns", timedelta(minutes=1))
@shared_task(name="maintenance.enforce_lockdowns")
def enforce_lockdowns() -> int:
    """Hold what a lockdown that begins stops, and let go on what one that is over held."""
    return workflow.enforce_due_lockdowns(clock.now())


def _waits_since(request: MaintenanceRequest) -> datetime:
    since = glass.broken_at if (glass := glass_of(request)) else request.submitted_at
    return since or request.created_at


@periodic("Make drafts of recurring work", timedelta(hours=1))
@shared_task(name="maintenance.make_recurring_drafts")
def make_recurring_drafts() -> int:
    """Make the drafts of recurring work whose time has come near enough."""
    return workflow.make_due_drafts(clock.now())


@periodic("Tell of standard changes that run out", crontab(hour="8", minute="10"))
@shared_task(name="maintenance.tell_of_ending_standards")
def tell_of_ending_standards() -> int:
    """Tell owners, once, whose standard changes are approved for two more weeks or less."""
    now = clock.now()
    ending = StandardChange.objects.ending_by(now + ENDS_SOON, now).select_related("owner")
    for standard in ending:
        tell_that_it_ends(standard)
    return len(ending)
