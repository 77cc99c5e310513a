"""
Who has read what, and asking others to read it.

Readings are counted for those who keep the document, and are no event: the log is read by
everybody. For the same reason the event of a request says how many were asked, not who.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from knowledge.access import may_read, readers_of
from knowledge.models import Document, ReadingDuty, ReadingRequest, Revision, RevisionReading
from knowledge.reminders import next_reminder
from knowledge.workflow.document_saving import locked_document, record_document
from portal import clock, notify
from portal.access import members_of
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Team, Urgency, User

AGAIN_AFTER = timedelta(minutes=10)  # what is opened again sooner is the same reading
MOST_ASKED = 500


def note_reading(revision: Revision, *, person: User, now: datetime) -> None:
    """Count that the person opened this revision."""
    reading, is_first = RevisionReading.objects.get_or_create(
        revision=revision,
        person=person,
        defaults={"document_id": revision.document_id, "first_at": now, "last_at": now},
    )
    if not is_first and now >= reading.last_at + AGAIN_AFTER:
        RevisionReading.objects.filter(pk=reading.pk).update(last_at=now)


@transaction.atomic
def ask_to_read(
    revision: Revision,
    *,
    people: Iterable[User],
    due_on: date,
    team: Team | None = None,
    note: str = "",
    actor: User,
) -> ReadingRequest:
    """
    Ask these people, and those of the team, to read what readers get now, and to say so.

    Whoever may not read it is left out, and so is whoever is asked already.
    """
    document = locked_document(revision.document)
    asked = {person.pk for person in [*people, *(members_of(team) if team else ())]}
    asked -= {actor.pk, *_owing(revision)}
    readers = list(readers_of(document).filter(pk__in=asked).order_by("pk")[:MOST_ASKED])
    now = clock.now()
    _check(revision, document, due_on, readers)
    request = ReadingRequest.objects.create(
        document=document,
        revision=revision,
        team=team,
        due_on=due_on,
        note=note.strip(),
        asked_by=actor,
        asked_at=now,
    )
    ReadingDuty.objects.bulk_create(
        ReadingDuty(request=request, person=person, remind_at=_next(due_on, now, person))
        for person in readers
    )
    record_document(
        "document.reading_asked",
        document,
        actor,
        number=revision.number,
        request=request.pk,
        count=len(readers),
    )
    return request


@transaction.atomic
def confirm_reading(duty: ReadingDuty, *, actor: User) -> ReadingDuty:
    """Say that one has read it, as it is for readers now."""
    locked = _locked(duty)
    if locked.confirmed_at:
        raise refuse("already_confirmed", _("You have said so already."))
    if locked.request.withdrawn_at:
        raise refuse("reading_withdrawn", _("You are not asked to read it any more."))
    published = locked.request.document.published or locked.request.revision
    locked.confirmed_at, locked.remind_at = clock.now(), None
    locked.confirmed_number = published.number
    locked.save(update_fields=["confirmed_at", "confirmed_number", "remind_at"])
    note_reading(published, person=actor, now=locked.confirmed_at)
    notify.cancel(_topic(locked.request_id), person=actor)
    return locked


@transaction.atomic
def withdraw_reading(request: ReadingRequest, *, actor: User) -> ReadingRequest:
    """Ask no more; what was confirmed stays."""
    document = locked_document(request.document)
    locked = ReadingRequest.objects.select_for_update().get(pk=request.pk)
    if locked.withdrawn_at:
        raise refuse("reading_withdrawn", _("Nobody is asked to read it any more."))
    locked.withdrawn_at = clock.now()
    locked.save(update_fields=["withdrawn_at"])
    locked.duties.owed().update(remind_at=None)
    notify.cancel(_topic(locked.pk))
    record_document("document.reading_withdrawn", document, actor, request=locked.pk)
    return locked


@transaction.atomic
def remind_to_read(duty_id: int, *, now: datetime) -> bool:
    """Remind the person if that is still owed; of several workers, one does."""
    duties = ReadingDuty.objects.select_related("person", "request__document__space")
    duty = duties.select_related("request__revision").get(pk=duty_id)
    request, person = duty.request, duty.person
    is_over = request.document.archived_at or not may_read(person, request.document)
    following = None if is_over else _next(request.due_on, now, person)
    due = ReadingDuty.objects.filter(pk=duty_id, remind_at=duty.remind_at)
    # Compare and swap: of two workers only one still finds the reminder due.
    if not due.with_reminder_due(now).update(remind_at=following) or is_over:
        return False
    tell_to_read(duty, key=f"reading:{duty.pk}:{duty.remind_at:%Y-%m-%d}")
    return True


def tell_to_read(duty: ReadingDuty, *, key: str) -> None:
    """Owe the person the message that they are asked to read it."""
    request = duty.request
    words = {"title": request.document.title, "number": request.revision.number}
    words["day"] = date_format(request.due_on, "j F Y")
    subject = _("Please read by %(day)s: %(title)s, revision %(number)s") % words
    notify.notify(
        duty.person,
        key=key,
        urgency=Urgency.LOW,
        kind="reminder",
        subject=subject,
        body=request.note or subject,
        url=request.document.get_absolute_url(),
        topic=_topic(request.pk),
    )


def _check(revision: Revision, document: Document, due_on: date, readers: list[User]) -> None:
    reasons = []
    if document.published_id != revision.pk or document.archived_at:
        sentence = _("Readers do not get this revision.")
        reasons.append(Refusal("not_published", sentence, _("Ask for what they get.")))
    if due_on < clock.now().date():
        reasons.append(Refusal("due_in_the_past", _("The day to read it by is over.")))
    if not readers:
        sentence = _("There is nobody to ask who may read it and is not asked already.")
        reasons.append(Refusal("nobody_to_ask", sentence))
    if reasons:
        raise TransitionNotAllowed(reasons)


def _owing(revision: Revision) -> Iterable[int]:
    owed = ReadingDuty.objects.owed().filter(request__revision=revision)
    return list(owed.values_list("person", flat=True))


def _locked(duty: ReadingDuty) -> ReadingDuty:
    rows = ReadingDuty.objects.select_for_update(of=("self",))
    return rows.select_related("request__document__published", "request__revision").get(
        pk=duty.pk
    )


def _next(due_on: date, now: datetime, person: User) -> datetime:
    return next_reminder(due_on, now, ZoneInfo(person.time_zone))


def _topic(request: int) -> str:
    return f"reading:{request}"
