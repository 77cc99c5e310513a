"""Sends letters to subscribers, and acts on what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.letter_words import by_mail, by_webhook, has_met_challenge
from incidents.models import (
    LetterKind,
    Subscriber,
    SubscriberDelivery,
    SubscriberKind,
    SubscriberState,
)
from incidents.posting import Desk, Outcome, try_again
from incidents.workflow import subscribing
from portal import clock, leases
from portal.models import SendState

SLOTS = 4  # of a lane; fewer than pages have, of a mail server that both use
GIVES_UP_AFTER = timedelta(days=1)  # what is older stands on the page
FAILURES_BEFORE_SUSPENSION = 3  # announcements in a row


def send_due(now: datetime) -> int:
    """Begin what is due and has room; return how many were begun."""
    return desk.send_due(now)


def _rows() -> QuerySet[SubscriberDelivery]:
    return SubscriberDelivery.objects.select_related("subscriber", "announcement")


def _send(row: SubscriberDelivery) -> Outcome:
    state = row.subscriber.state
    is_post = row.kind == LetterKind.POST
    if state == SubscriberState.LEFT or (is_post and state != SubscriberState.ACTIVE):
        sentence = _("The subscriber does not want it any more.")
        return Outcome(sentence, is_unwanted=True)
    is_mail = row.subscriber.kind == SubscriberKind.EMAIL
    return by_mail(row) if is_mail else by_webhook(row)


def _settle(row: SubscriberDelivery, outcome: Outcome) -> None:
    if not outcome.error:
        _note_success(row, outcome)
    elif outcome.is_unwanted:
        leases.give_up(row, outcome.error, state=SendState.CANCELLED)
    elif outcome.is_lasting or clock.now() - row.wanted_at > GIVES_UP_AFTER:
        if leases.give_up(row, outcome.error):
            _note_failure(row, outcome)
    else:
        try_again(row, outcome)


def _note_success(row: SubscriberDelivery, outcome: Outcome) -> None:
    if not leases.mark_sent(row, answer_status=outcome.status):
        return
    if row.subscriber.failures:
        Subscriber.objects.filter(pk=row.subscriber_id).update(failures=0)
    if has_met_challenge(row, outcome.answers):
        subscribing.confirm(row.subscriber)


def _note_failure(row: SubscriberDelivery, outcome: Outcome) -> None:
    """A mailbox that is not there is not written to again; nor one that fails for long."""
    failures = row.subscriber.failures + 1
    Subscriber.objects.filter(pk=row.subscriber_id).update(failures=failures)
    if outcome.is_lasting or failures >= FAILURES_BEFORE_SUSPENSION:
        subscribing.suspend(row.subscriber, reason=outcome.error, actor=None)


desk: Desk[SubscriberDelivery] = Desk(
    "letter", rows=_rows, send=_send, settle=_settle, slots=SLOTS
)
