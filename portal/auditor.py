"""
The auditor asks: did everything that was due happen?

It looks with its own questions, not through the code that should have done the work. What it
finds stands on the health page; alarms stand in the band and in `/health/paging`, too, and
the outside heartbeat is pinged only when there is nothing but warnings (RELIABILITY R13, R14).
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from portal import clock, outgoing, paging
from portal.models import (
    UNSEALED,
    Event,
    Finding,
    Gravity,
    Reaction,
)

log = logging.getLogger(__name__)

LATE_AFTER = paging.LATE_AFTER
CLOCKS_APART = timedelta(seconds=5)


@dataclass(frozen=True)
class Found:
    """Something that was due and did not happen."""

    code: str
    sentence: str
    count: int = 1
    gravity: Gravity = Gravity.FAULT
    url: str = ""


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
    if all(answer.gravity == Gravity.WARNING for answer in found):
        _ping_outside()
    return found


@question
def pages_are_sent(now: datetime) -> Iterator[Found]:
    owed = paging.pages_owed()
    if late := owed.filter(wanted_at__lt=now - LATE_AFTER).count():
        sentence = _("Pages are late: they fell due over a minute ago.")
        yield Found("page_late", sentence, late, Gravity.ALARM)
    if stuck := owed.filter(lease_until__lt=now - LATE_AFTER).count():
        yield Found("lease_stuck", _("Messages were taken in hand and not let go."), stuck)


@question
def events_are_reacted_to(now: datetime) -> Iterator[Found]:
    owed = Reaction.objects.filter(state=Reaction.State.DUE)
    late = owed.filter(Q(due_at__lt=now - LATE_AFTER) | Q(attempts__gt=3))
    if count := late.count():
        sentence = _("Events still wait for what should follow them.")
        yield Found("reaction_late", sentence, count, Gravity.ALARM)


@question
def events_are_sealed(now: datetime) -> Iterator[Found]:
    unsealed = Event.objects.filter(UNSEALED, is_demo=False)
    if late := unsealed.filter(recorded_at__lt=now - 5 * LATE_AFTER).count():
        yield Found("unsealed", _("Events wait for their place in the audit chain."), late)


@question
def the_pager_lives(now: datetime) -> Iterator[Found]:
    if paging.state(now).is_quiet:
        sentence = _("No pager process has given a sign of life lately.")
        yield Found("pager_quiet", sentence, gravity=Gravity.ALARM)


@question
def clocks_agree(_now: datetime) -> Iterator[Found]:
    """The database's is followed; but whoever reads logs of this machine should know."""
    apart = abs(clock.ahead())
    if apart > CLOCKS_APART:
        sentence = _("The clock of a machine is %(n)d s off the database's, which is followed.")
        said = sentence % {"n": apart.total_seconds()}
        yield Found("clock_apart", said, gravity=Gravity.WARNING)


@question
def the_synthetic_page_arrives(now: datetime) -> Iterator[Found]:
    if paging.synthetic_is_missed(now):
        sentence = _("The hourly synthetic page has not gone through.")
        yield Found("no_synthetic_page", sentence, gravity=Gravity.ALARM)


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
        said = {
            "sentence": answer.sentence,
            "url": answer.url,
            "gravity": answer.gravity,
            "count": answer.count,
            "seen_at": now,
        }
        if known is None or known.cleared_at is not None:
            level = logging.WARNING if answer.gravity == Gravity.WARNING else logging.ERROR
            log.log(level, "The auditor found: %s", answer.sentence)
            said |= {"found_at": now, "cleared_at": None}
        Finding.objects.update_or_create(code=answer.code, defaults=said)


def _ping_outside() -> None:
    if not settings.HEARTBEAT_URL:
        return
    try:
        outgoing.send("GET", settings.HEARTBEAT_URL, headers={}, content=b"")
    except outgoing.OutgoingError as error:
        log.warning("The outside heartbeat could not be reached: %s", error)
