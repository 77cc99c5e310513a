"""
Sends what is owed to people and channels: claims due rows, tries, marks, and tries again.

Each provider has its own lane (`portal.lanes`): what hangs is waited for a second and then
looked at again in the next round, while everything else goes on. What may wake people goes
before what can wait, severity 0 before all.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from portal import bundling, clock, events, leases
from portal.bundling import MOST_URGENT_FIRST
from portal.channels import NotDelivered, deliver
from portal.lanes import DEADLINE, Job, Lanes
from portal.metrics import SENDS
from portal.models import Event, Notification, SendState, Urgency
from portal.notify import also_through_another_way
from portal.workflow import contacts

log = logging.getLogger(__name__)

LATE_AFTER = timedelta(minutes=1)
LONGEST_WAIT = {Urgency.HIGH: timedelta(seconds=60), Urgency.LOW: timedelta(hours=1)}
WAIT_IF_LASTING = timedelta(minutes=10)  # before a way that is gone is tried again
ATTEMPTS_ON_ONE_WAY = 2
BROKEN_AFTER = 6  # failed attempts of one message
PATIENCE = 1.0  # seconds that a round waits for what it began
KEPT_FOR_HIGH = 1  # slots of a lane that what can wait leaves free
NO_TIME = timedelta(0)
SAID_ONCE_IN = timedelta(days=1)
STUCK_AT_ONCE = 100  # rows of a stuck lane that one round sends another way


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt; without an error, `channel` took it."""

    channel: str = ""
    error: str = ""
    is_lasting: bool = False
    retry_after: timedelta = timedelta(0)
    has_left: bool = False


TOO_LATE = Outcome(error="It did not answer within ten seconds.")
STUCK = Outcome(error="This provider answers nobody at present.")

Send = Job[Notification, Outcome]
_lanes: Lanes[Notification, Outcome] = Lanes("send", too_late=TOO_LATE)
_unmarked: list[tuple[Send, Outcome]] = []


def send_due(now: datetime) -> int:
    """Send what is due, what may wake people first; return how many were begun."""
    due = Notification.objects.owed().filter(due_at__lte=now).order_by()
    pairs = sorted(due.values_list("urgency", "lane").distinct())
    if pairs:
        bundling.bundle(now)
    begun = [job for urgency, lane in pairs for job in _begin(urgency, lane, now)]
    _lanes.wait(begun, PATIENCE)
    _mark_ended()
    return len(begun)


def send_one(pk: int) -> None:
    """Send this message if it is due, nobody else has it and its lane has room."""
    now = clock.now()
    mine = _with_reader(Notification.objects.filter(pk=pk))
    row = mine.filter(state=SendState.DUE, due_at__lte=now).first()
    if row is None or _lanes.free(row.lane) == 0:
        return
    same = Q(person=row.person_id, contact=row.contact_id, channel=row.channel_id)
    bundling.bundle(now, Notification.objects.filter(same))
    begun = _start(leases.claim(mine, now, limit=1))
    _lanes.wait(begun, DEADLINE)
    _mark_ended()


def finish(patience: float = DEADLINE) -> None:
    """Wait for what is in flight and mark it, before this process ends."""
    _lanes.wait(_lanes.running(), patience)
    _mark_ended()


def _begin(urgency: str, lane: str, now: datetime) -> list[Send]:
    owed = _with_reader(Notification.objects.filter(urgency=urgency, lane=lane))
    if _lanes.is_stuck(lane):
        _send_another_way(leases.claim(owed, now, limit=STUCK_AT_ONCE))
        return []
    limit = _lanes.free(lane) - (KEPT_FOR_HIGH if urgency == Urgency.LOW else 0)
    return _start(leases.claim(owed, now, limit=limit, order=MOST_URGENT_FIRST))


def _with_reader(rows: QuerySet[Notification]) -> QuerySet[Notification]:
    return rows.select_related("person", "contact", "channel")


def _start(claimed: Iterable[Notification]) -> list[Send]:
    return [
        _lanes.start(row.lane, row, _try)
        for row in claimed
        if row.kind != "bundle" or _has_words(row)
    ]


def _has_words(bundle: Notification) -> bool:
    """Write into a bundle what it tells of; one with nothing left to tell is taken back."""
    told = bundling.text_of(bundle)
    if told is None:
        leases.give_up(bundle, _("Nothing is left to tell of."), state=SendState.CANCELLED)
        return False
    bundle.subject, bundle.body = told.subject, told.body
    bundle.save(update_fields=["subject", "body"])
    return True


def _send_another_way(rows: Iterable[Notification]) -> None:
    for row in rows:
        _mark(row, STUCK)


def _try(notification: Notification) -> Outcome:
    """Send; this runs in a thread of its own and never touches the database."""
    person, channel = notification.person, notification.channel
    if (person and not person.is_active) or (channel and not channel.is_active):
        return Outcome(error="inactive", has_left=True)
    try:
        return Outcome(deliver(notification, late_by=_late_by(notification)))
    except NotDelivered as error:
        return Outcome(
            error=str(error), is_lasting=error.is_lasting, retry_after=error.retry_after
        )
    except Exception as error:  # a channel's own fault must not stop the other messages
        log.exception("A channel failed in a way it should not.")
        return Outcome(error=type(error).__name__)


def _mark_ended() -> None:
    """Write down what came of each send; what the database does not take is kept for later."""
    ended = [*_unmarked, *_lanes.collect()]
    _unmarked.clear()
    for number, (job, outcome) in enumerate(ended):
        try:
            _mark_one(job, outcome)
        except (OperationalError, InterfaceError):
            _unmarked.extend(ended[number:])
            raise
        except Exception:  # one strange row must not keep the others from being marked
            log.exception("What came of message %s could not be written down.", job.row.pk)


def _mark_one(job: Send, outcome: Outcome) -> None:
    if not job.was_given_up or outcome is TOO_LATE:
        _mark(job.row, outcome)
    elif not outcome.error:
        leases.mark_sent_after_all(job.row)


def _mark(notification: Notification, outcome: Outcome) -> None:
    SENDS.labels(outcome.channel or "none", "failed" if outcome.error else "sent").inc()
    if not outcome.error:
        _mark_sent(notification)
    elif outcome.has_left:
        reason = _("The reader is not active any more.")
        leases.give_up(notification, reason, state=SendState.CANCELLED)
    else:
        _mark_failed(notification, outcome)


def _mark_sent(notification: Notification) -> None:
    leases.mark_sent(notification)
    if notification.contact and notification.contact.is_broken:
        contacts.note_working(notification.contact)


def _mark_failed(notification: Notification, outcome: Outcome) -> None:
    attempts = notification.attempts + 1
    is_mine = leases.mark_failed(
        notification,
        outcome.error,
        longest=LONGEST_WAIT[Urgency(notification.urgency)],
        at_least=max(outcome.retry_after, WAIT_IF_LASTING if outcome.is_lasting else NO_TIME),
    )
    if not is_mine:
        return
    contact = notification.contact
    if contact and (outcome.is_lasting or attempts >= BROKEN_AFTER):
        contacts.note_broken(contact, outcome.error)
    if outcome.is_lasting or attempts == ATTEMPTS_ON_ONE_WAY:
        also_through_another_way(notification)
        if notification.urgency == Urgency.HIGH and _every_way_has_failed(notification):
            _say_that_nothing_works(notification, outcome.error)


def _say_that_nothing_works(notification: Notification, error: str) -> None:
    """Record once for each occasion that its reader cannot be reached; others may act on it."""
    to = notification.person or notification.channel
    kind = "page.delivery_failed"
    lately = Event.objects.filter(kind=kind, recorded_at__gt=clock.now() - SAID_ONCE_IN)
    if to is None or lately.filter(data__occasion=notification.occasion).exists():
        return
    told = notification.told.values_list("topic", flat=True)
    events.record(
        kind,
        to,
        actor=None,
        topic=notification.topic,
        topics=sorted({notification.topic, *told} - {""}),
        message=notification.kind,
        notification=notification.pk,
        occasion=notification.occasion,
        person_id=notification.person_id,
        channel_id=notification.channel_id,
        error=error[:300],
    )


def _every_way_has_failed(notification: Notification) -> bool:
    """Whether whatever was begun on this occasion failed; what comes later does not count."""
    if not notification.occasion:  # owed by a release that did not know of occasions
        return False
    now = clock.now()
    begun = Notification.objects.filter(
        Q(due_at__lte=now) | Q(attempts__gt=0) | ~Q(state=SendState.DUE),
        occasion=notification.occasion,
    )
    given_up_for_now = Q(attempts__gt=0, due_at__gt=now + LATE_AFTER)
    hopeful = Q(attempts__lt=ATTEMPTS_ON_ONE_WAY) & ~given_up_for_now
    hopeful &= ~Q(contact__is_broken=True)
    has_left = Q(state__in=[SendState.SENT, SendState.BUNDLED, SendState.CANCELLED])
    return not begun.filter(hopeful | has_left).exists()


def _late_by(notification: Notification) -> str:
    late = clock.now() - notification.wanted_at
    if late < LATE_AFTER:
        return ""
    return _("late by %(minutes)d min") % {"minutes": late // timedelta(minutes=1)}
