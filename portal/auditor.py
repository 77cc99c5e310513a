"""
The auditor asks: did everything that was due happen?

It looks with its own questions, not through the code that should have done the work. What it
finds stands on the health page and in `/health/paging`, and the outside heartbeat is pinged
only when it found nothing (RELIABILITY R13, R14).
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal import outgoing, paging
from portal.models import (
    UNSEALED,
    Event,
    Finding,
    Reaction,
)

log = logging.getLogger(__name__)

LATE_AFTER = paging.LATE_AFTER


@dataclass(frozen=True)
class Found:
    """Something that was due and did not happen."""

    code: str
    sentence: str
    count: int = 1


Question = Callable[[datetime], Iterator[Found]]
_questions: list[Question] = []


def question(ask: Question) -> Question:
    """Have the auditor ask this too; apps name theirs in `found.py`."""
    _questions.append(ask)
    return ask


def audit(now: datetime) -> list[Found]:
    """Ask every question, keep the answers as findings, and return them."""
    found = [answer for ask in _questions for answer in ask(now)]
    _keep(found, now)
    if not found:
        _ping_outside()
    return found


@question
def pages_are_sent(now: datetime) -> Iterator[Found]:
    owed = paging.pages_owed()
    if late := owed.filter(wanted_at__lt=now - LATE_AFTER).count():
        yield Found("page_late", _("Pages are late: they fell due over a minute ago."), late)
    if stuck := owed.filter(lease_until__lt=now - LATE_AFTER).count():
        yield Found("lease_stuck", _("Messages were taken in hand and not let go."), stuck)


@question
def events_are_reacted_to(now: datetime) -> Iterator[Found]:
    owed = Reaction.objects.filter(state=Reaction.State.DUE)
    late = owed.filter(Q(due_at__lt=now - LATE_AFTER) | Q(attempts__gt=3))
    if count := late.count():
        yield Found("reaction_late", _("Events still wait for what should follow them."), count)


@question
def events_are_sealed(now: datetime) -> Iterator[Found]:
    unsealed = Event.objects.filter(UNSEALED, is_demo=False)
    if late := unsealed.filter(recorded_at__lt=now - 5 * LATE_AFTER).count():
        yield Found("unsealed", _("Events wait for their place in the audit chain."), late)


@question
def the_pager_lives(now: datetime) -> Iterator[Found]:
    if paging.state(now).is_quiet:
        yield Found("pager_quiet", _("No pager process has given a sign of life lately."))


@question
def the_synthetic_page_arrives(now: datetime) -> Iterator[Found]:
    if paging.synthetic_is_missed(now):
        yield Found("no_synthetic_page", _("The hourly synthetic page has not gone through."))


@question
def channels_work(now: datetime) -> Iterator[Found]:
    """A page to a channel has no other way, so what fails there for long must be seen."""
    failing = paging.pages_owed().filter(
        channel__isnull=False, attempts__gt=5, wanted_at__lt=now - LATE_AFTER
    )
    if count := failing.values("channel").distinct().count():
        yield Found("channel_fails", _("Pages to channels are not taken there."), count)


@transaction.atomic
def _keep(found: list[Found], now: datetime) -> None:
    gone = Finding.objects.filter(cleared_at=None).exclude(code__in=[f.code for f in found])
    gone.update(cleared_at=now)
    for answer in found:
        known = Finding.objects.select_for_update().filter(code=answer.code).first()
        if known is None or known.cleared_at is not None:
            log.error("The auditor found: %s", answer.sentence)
            Finding.objects.update_or_create(
                code=answer.code,
                defaults={
                    "sentence": answer.sentence,
                    "count": answer.count,
                    "found_at": now,
                    "seen_at": now,
                    "cleared_at": None,
                },
            )
        else:
            known.count, known.seen_at = answer.count, now
            known.save(update_fields=["count", "seen_at"])


def _ping_outside() -> None:
    if not settings.HEARTBEAT_URL:
        return
    try:
        outgoing.send("GET", settings.HEARTBEAT_URL, headers={}, content=b"")
    except outgoing.OutgoingError as error:
        log.warning("The outside heartbeat could not be reached: %s", error)
