"""Sends what is owed to people: claims due rows, tries, marks, and tries again."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from portal import clock, leases
from portal.channels import NotDelivered, deliver
from portal.metrics import SENDS
from portal.models import Notification, SendState, Urgency
from portal.notify import also_through_another_way

log = logging.getLogger(__name__)

SLOTS = 8  # sends at the same time: one hung provider must not take the last of them
LATE_AFTER = timedelta(minutes=1)
LONGEST_WAIT = {Urgency.HIGH: timedelta(seconds=60), Urgency.LOW: timedelta(hours=1)}
ATTEMPTS_ON_ONE_WAY = 2

Outcome = tuple[str, str]  # channel, error


def send_due(now: datetime) -> int:
    """Send what is due, what may wake people first; return how many were tried."""
    urgent = _send(now, Urgency.HIGH)
    return urgent + _send(now, Urgency.LOW)


def send_one(pk: int) -> None:
    """Send this message if it is due and nobody else has it."""
    mine = Notification.objects.select_related("person", "contact").filter(pk=pk)
    for notification in leases.claim(mine, clock.now(), limit=1):
        _mark(notification, _try(notification))


def _send(now: datetime, urgency: Urgency) -> int:
    owed = Notification.objects.select_related("person", "contact").filter(urgency=urgency)
    claimed = leases.claim(owed, now, limit=SLOTS)
    if not claimed:
        return 0
    with ThreadPoolExecutor(SLOTS) as slots:  # these threads never touch the database
        for notification, outcome in zip(claimed, slots.map(_try, claimed), strict=True):
            _mark(notification, outcome)
    return len(claimed)


def _try(notification: Notification) -> Outcome:
    if not notification.person.is_active:
        return "", "inactive"
    try:
        return deliver(notification, late_by=_late_by(notification)), ""
    except NotDelivered as error:
        return "", str(error)
    except Exception as error:  # a channel's own fault must not stop the other messages
        log.exception("A channel failed in a way it should not.")
        return "", f"{type(error).__name__}"


def _mark(notification: Notification, outcome: Outcome) -> None:
    channel, error = outcome
    SENDS.labels(channel or "none", "failed" if error else "sent").inc()
    if not error:
        leases.mark_sent(notification)
    elif error == "inactive":
        reason = _("The person is not active any more.")
        leases.give_up(notification, reason, state=SendState.CANCELLED)
    else:
        longest = LONGEST_WAIT[Urgency(notification.urgency)]
        leases.mark_failed(notification, error, longest=longest)
        if notification.attempts + 1 == ATTEMPTS_ON_ONE_WAY:
            also_through_another_way(notification)


def _late_by(notification: Notification) -> str:
    late = clock.now() - notification.wanted_at
    if late < LATE_AFTER:
        return ""
    return _("late by %(minutes)d min") % {"minutes": late // timedelta(minutes=1)}
