"""
Who is told of what happens to documents: the people who are named, and those who watch.

One message for one change, never of what one did oneself, and only while one may read the
document. Being named comes first: whoever is named hears that, and nothing else of it.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from knowledge.access import keepers_of, readers_among
from knowledge.models import Document, DocumentComment, RevisionReview, Watch
from knowledge.texts import with_mentions
from portal import notify
from portal.markdown import plain_text
from portal.mentions import people_mentioned
from portal.models import Event, Urgency, User

LONGEST = 1000  # characters of a comment in a message
SUBJECTS: dict[str, Any] = {
    "document.published": gettext_lazy("Published: %(title)s, revision %(number)s"),
    "document.archived": gettext_lazy("Archived: %(title)s"),
    "document.brought_back": gettext_lazy("Brought back: %(title)s"),
    "document.made_due": gettext_lazy("To be looked at again: %(title)s"),
}
NAMED = gettext_lazy("%(who)s names you in “%(title)s”")
COMMENTED = gettext_lazy("%(who)s commented on “%(title)s”")


def tell_of_change(document: Document, event: Event) -> None:
    """Tell those who watch that it was published, archived, brought back or became stale."""
    subject = SUBJECTS[event.kind] % {
        "title": document.title,
        "number": event.data.get("number", ""),
    }
    body = event.data.get("reason") or (document.published and document.published.message)
    deaf = _told_by_review(document, event)
    if event.kind == "document.made_due":  # its keepers are reminded of that
        deaf |= {person.pk for person in keepers_of(document)}
    if event.kind == "document.published":
        deaf |= _tell_named_in_text(document, event)
    for person in _watchers(document, event, besides=deaf):
        _tell(person, document, event, f"document:{event.pk}", subject, body or subject)


def tell_of_comment(comment: DocumentComment, event: Event, *, is_new: bool) -> None:
    """Tell who is named in it and, when it is new, those who watch."""
    document = comment.document
    words = {"who": event.actor_label or _("Evenkeel"), "title": document.title}
    told = {"key": f"comment:{comment.pk}", "body": comment.text[:LONGEST]}
    url = comment.get_absolute_url()
    named = _readers(document, event, with_mentions(comment.html)[1])
    for person in named:
        _tell(person, document, event, told["key"], NAMED % words, told["body"], url=url)
    if not is_new:
        return
    for person in _watchers(document, event, besides={person.pk for person in named}):
        _tell(person, document, event, told["key"], COMMENTED % words, told["body"], url=url)


def tell_named_in_review(review: RevisionReview, event: Event) -> None:
    """Tell who is named in the note or the answer, and not told of the review anyhow."""
    note = review.answer or review.note
    document = review.revision.document
    deaf = {review.asked_by_id, *review.reviewers.values_list("pk", flat=True)}
    words = {"who": event.actor_label or _("Evenkeel"), "title": document.title}
    for person in _readers(document, event, people_mentioned(note)):
        if person.pk not in deaf:
            key, url = f"revision-review:{event.pk}", review.get_absolute_url()
            _tell(person, document, event, key, NAMED % words, note, url=url)


def _tell_named_in_text(document: Document, event: Event) -> set[int | None]:
    """Tell who is named in what readers get now, once for each document."""
    if document.published is None:
        return set()
    named = _readers(document, event, with_mentions(document.published.html)[1])
    words = {"who": event.actor_label or _("Evenkeel"), "title": document.title}
    first_told: set[int | None] = set()
    for person in named:
        sent = _tell(
            person,
            document,
            event,
            f"document:{document.pk}:names",
            NAMED % words,
            plain_text(document.published.message) or NAMED % words,
        )
        if sent and sent[0].event_id == event.pk:
            first_told.add(person.pk)
    return first_told


def _told_by_review(document: Document, event: Event) -> set[int | None]:
    """Who hears of this publication because they asked for its review, or are to give one."""
    if event.kind != "document.published":
        return set()
    reviews = RevisionReview.objects.filter(
        revision__document=document, revision__number=event.data.get("number")
    )
    deaf: set[int | None] = set()
    for review in reviews.exclude(state="withdrawn"):
        deaf.add(review.asked_by_id)
        if review.is_urgent:
            deaf |= set(review.reviewers.values_list("pk", flat=True))
    return deaf


def _watchers(document: Document, event: Event, *, besides: Iterable[int | None]) -> list[User]:
    people = Watch.objects.about(document).values("person")
    watching = User.objects.filter(pk__in=people).exclude(pk__in=[pk for pk in besides if pk])
    return _readers(document, event, watching)


def _readers(document: Document, event: Event, people: Iterable[User]) -> list[User]:
    return [person for person in readers_among(document, people) if person.pk != event.actor_id]


def _tell(
    person: User,
    document: Document,
    event: Event,
    key: str,
    subject: Any,
    body: Any,
    *,
    url: str = "",
) -> list[Any]:
    return notify.notify(
        person,
        key=key,
        urgency=Urgency.LOW,
        kind="notice",
        subject=str(subject),
        body=str(body),
        url=url or document.get_absolute_url(),
        topic=f"document:{document.pk}",
        event=event,
    )
