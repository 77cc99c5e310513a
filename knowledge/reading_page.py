"""Who has read a document, as far as its pages say so."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Q

from knowledge.models import Document, ReadingDuty, Revision, RevisionReading
from knowledge.workflow.reading import AGAIN_AFTER
from portal import clock
from portal.access import members_of
from portal.hints import later
from portal.models import User

READERS_SHOWN = 200


def note_opened(person: User, revision: Revision) -> None:
    """Have it counted that the person opened this revision; they do not wait for that."""
    recently = RevisionReading.objects.filter(
        revision=revision, person=person, last_at__gt=clock.now() - AGAIN_AFTER
    )
    if not recently.exists():
        later("knowledge.note_reading", revision.pk, person.pk)


class Before(NamedTuple):
    """An older revision that somebody has read, and when they last did."""

    number: int
    last_at: datetime


def read_before(person: User, document: Document) -> Before | None:
    """
    Return the older revision that the person read last.

    None for whoever never read one, and some minutes after they opened what is published.
    """
    if document.published is None:
        return None
    number = document.published.number
    theirs = document.readings.filter(person=person, revision__number__lte=number)
    newest = theirs.order_by("-revision__number").values_list(
        "revision__number", "last_at", "first_at"
    )[:2]
    for found, last_at, first_at in newest:
        if found < number:
            return Before(found, last_at)
        if clock.now() - first_at > AGAIN_AFTER:
            return None
    return None


def readers_in_numbers(document: Document) -> dict[str, Any]:
    """Return by how many, and how many of the owner team, the published revision was read."""
    readings = RevisionReading.objects.filter(revision=document.published_id)
    figures: dict[str, Any] = {"read_count": readings.count()}
    if document.team is not None:
        team = members_of(document.team)
        figures["team_count"] = team.count()
        figures["team_read_count"] = team.filter(pk__in=readings.values("person")).count()
    return figures


def team_without(document: Document) -> list[User]:
    """Return those of the owner team who have not opened what readers get."""
    if document.team is None:
        return []
    readings = RevisionReading.objects.filter(revision=document.published_id)
    return list(members_of(document.team).exclude(pk__in=readings.values("person")))


def requests_of(document: Document) -> list[dict[str, Any]]:
    """Return what was asked, the newest first, with who has and who has not said so."""
    requests = list(
        document.reading_requests.select_related("asked_by", "team")
        .annotate(number=F("revision__number"))
        .order_by("-pk")[:20]
    )
    duties: dict[int, list[ReadingDuty]] = {request.pk: [] for request in requests}
    asked = ReadingDuty.objects.filter(Q(request__in=requests)).select_related("person")
    for duty in asked.order_by("person__name", "pk"):
        duties[duty.request_id].append(duty)
    return [
        {
            "request": request,
            "confirmed": [duty for duty in duties[request.pk] if duty.confirmed_at],
            "owed": [duty for duty in duties[request.pk] if not duty.confirmed_at],
        }
        for request in requests
    ]
