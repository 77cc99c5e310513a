"""
How long the words of a document are believed: looked at by a date, or sooner for a reason.

Publishing a revision is a look; so is saying that the published one is still correct. Its
keepers are reminded when the look is due soon, when it is due, and every week after that.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.access import keepers_of
from knowledge.models import Document, Freshness, FreshnessState
from knowledge.models.freshness import SOON, USUAL_DAYS
from knowledge.workflow.document_saving import locked_document, record_document
from portal import clock, notify
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Urgency, User

WEEK = timedelta(days=7)
MOST_TOLD = 20  # people who are reminded of one document
LONGEST_DAYS = 1095


def looked_at(document: Document, number: int, actor: User | None) -> Freshness:
    """Begin the time anew; for verbs that publish or attest, with the document held."""
    now = clock.now()
    fresh = Freshness.objects.filter(document=document).first()
    fresh = fresh or Freshness(document=document, interval_days=USUAL_DAYS)
    fresh.reviewed_at, fresh.reviewed_number, fresh.reviewed_by = now, number, actor
    fresh.due_reason = ""
    _due_by_interval(fresh)
    fresh.save()
    notify.cancel(_topic(document))
    return fresh


@transaction.atomic
def attest(document: Document, *, number: int, actor: User) -> Freshness:
    """Say that published revision `number` is still correct; it needs no new one."""
    locked = locked_document(document)
    _require(why_not_attest(locked, number))
    fresh = looked_at(locked, number, actor)
    record_document("document.attested", locked, actor, number=number)
    return fresh


def why_not_attest(document: Document, number: int | None = None) -> list[Refusal]:
    """Return every reason why nobody can say that it is still correct."""
    if document.archived_at:
        return [Refusal("document_archived", _("This document is archived."))]
    if document.published is None:
        return [Refusal("not_published", _("No revision of this document is published yet."))]
    if number is not None and document.published.number != number:
        sentence = _("Readers have revision %(number)s by now.")
        return [
            Refusal(
                "newer_published",
                sentence % {"number": document.published.number},
                _("Read that one, then say so."),
            )
        ]
    return []


@transaction.atomic
def set_review_interval(document: Document, *, days: int, actor: User | None) -> Freshness:
    """Have it looked at every so many days, counted from when it last was."""
    locked = locked_document(document)
    _require(why_not_attest(locked))
    if not 1 <= days <= LONGEST_DAYS:
        sentence = _("Between 1 and %(most)s days.") % {"most": LONGEST_DAYS}
        raise TransitionNotAllowed([Refusal("interval_out_of_range", sentence)])
    fresh = Freshness.objects.select_for_update().get(document=locked)
    fresh.interval_days = days
    if not fresh.due_reason:
        _due_by_interval(fresh)
    fresh.save()
    record_document("document.interval_set", locked, actor, days=days)
    return fresh


@transaction.atomic
def make_due(document: Document, *, reason: str, actor: User | None = None) -> bool:
    """Have it looked at now, and say why; False if it was due for a reason already."""
    fresh = Freshness.objects.select_for_update().filter(document=document).first()
    now = clock.now()
    if fresh is None or (fresh.due_reason and fresh.due_at <= now):
        return False
    fresh.due_at = min(fresh.due_at, now)
    fresh.due_reason = reason[:300]
    fresh.remind_at = now
    fresh.save()
    record_document("document.made_due", document, actor, reason=fresh.due_reason)
    return True


@transaction.atomic
def remind_of_document(pk: int, *, now: datetime) -> bool:
    """Remind its keepers, if that is still owed; of many workers one does."""
    found = Freshness.objects.select_for_update().select_related("document")
    fresh = found.of_current().filter(pk=pk, remind_at__lte=now).first()
    if fresh is None:
        return False
    state = fresh.state_at(now)
    if state == FreshnessState.FRESH:
        fresh.remind_at = fresh.due_at - SOON
    else:
        _tell_keepers(fresh, now)
        is_soon = state == FreshnessState.DUE_SOON
        fresh.remind_at = fresh.due_at if is_soon else now + WEEK
    fresh.save(update_fields=["remind_at"])
    return state != FreshnessState.FRESH


def _due_by_interval(fresh: Freshness) -> None:
    fresh.due_at = fresh.reviewed_at + timedelta(days=fresh.interval_days)
    fresh.remind_at = max(fresh.due_at - SOON, clock.now())
    if fresh.remind_at <= clock.now():  # a short interval: not before half of it
        fresh.remind_at = fresh.reviewed_at + timedelta(days=fresh.interval_days) / 2


def _tell_keepers(fresh: Freshness, now: datetime) -> None:
    document = fresh.document
    subject = _("Look at it again: %(title)s") % {"title": document.title}
    sentence = _("Last found right %(day)s.") % {"day": f"{fresh.reviewed_at:%Y-%m-%d}"}
    for person in keepers_of(document)[:MOST_TOLD]:
        notify.notify(
            person,
            key=f"freshness:{fresh.pk}:{now:%Y-%m-%dT%H:%M}",
            urgency=Urgency.LOW,
            kind="reminder",
            subject=subject,
            body=f"{fresh.due_reason} {sentence}".strip(),
            url=document.get_absolute_url(),
            topic=_topic(document),
        )


def _topic(document: Document) -> str:
    return f"freshness:{document.pk}"


def _require(reasons: list[Refusal]) -> None:
    if reasons:
        raise TransitionNotAllowed(reasons)
