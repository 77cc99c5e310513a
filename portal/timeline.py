"""How events read on a timeline and in the log."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from portal.hidden_events import hidden_from
from portal.models import Event, User

ICONS = {
    "person": "person",
    "team": "people",
    "service": "service",
    "contact": "bell",
    "token": "key",
    "webhook": "webhook",
    "alert": "alert",
    "incident": "incident",
    "review": "review",
    "action": "action",
    "request": "request",
    "deployment": "deployment",
    "document": "document",
    "run": "runbook",
    "checklist": "checklist",
    "heartbeat": "clock",
}
NEWEST = 20  # lines on a page about something else
# About one person's own affairs: for them and for administrators.
PERSONAL = (
    Q(kind__startswith="contact.") | Q(kind__startswith="token.") | Q(kind="person.signed_in")
)


def visible_events(user: User, events: QuerySet[Event] | None = None) -> QuerySet[Event]:
    """Those of the events, by default of all, that this person may read of, newest first."""
    if not user.may_look:
        return Event.objects.none()
    found = Event.objects.all() if events is None else events
    found = found.select_related("actor", "service", "content_type").order_by("-pk")
    for hidden in hidden_from(user):
        found = found.exclude(hidden)
    return found if user.is_administrator else found.exclude(PERSONAL & ~Q(actor=user))


def newest(
    user: User, events: QuerySet[Event], *, about: Model | None = None
) -> list[dict[str, Any]]:
    """Return the lines of the newest events that the person may read, by when they happened."""
    shown = lines(visible_events(user, events)[:NEWEST], about=about)
    return sorted(shown, key=lambda line: line["at"], reverse=True)


def lines(events: Iterable[Event], *, about: Model | None = None) -> list[dict[str, Any]]:
    """
    Return what `components/timeline.html` shows of each event.

    With `about`, the page's own object, lines do not repeat its name or link to it.
    """
    rows = list(events)
    if about is None:
        prefetch_related_objects(rows, "subject")
    return [_line(event, about) for event in rows]


def _line(event: Event, about: Model | None) -> dict[str, Any]:
    is_own = about is not None and event.object_id == about.pk
    subject = None if is_own else event.subject
    what = event.data.get("what", "")
    named = "" if is_own else event.subject_label
    return {
        "at": event.happened_at,
        "icon": ICONS.get(event.kind.partition(".")[0], "history"),
        "actor": event.actor_label or _("Evenkeel"),
        "text": ": ".join(part for part in (words(event.kind), named, str(what)) if part),
        "url": "" if is_own or subject is None else _address_of(subject),
    }


def words(kind: str) -> str:
    """Return “Service dependency added” for `service.dependency_added`."""
    return kind.replace(".", " ").replace("_", " ").capitalize()


def _address_of(subject: Model) -> str:
    address = getattr(subject, "get_absolute_url", None)
    return str(address()) if address else ""
