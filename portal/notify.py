"""
Verbs that put messages to people and to channels into the outbox.

A row here is the promise that somebody is told; `portal.outbox` keeps it.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from portal import clock, reach
from portal.hints import later
from portal.models import (
    Channel,
    ContactMethod,
    Event,
    Notification,
    SendState,
    Urgency,
    User,
)
from portal.natures import lane_of

COPIED = ("urgency", "priority", "kind", "subject", "body", "url", "topic", "event", "occasion")


@transaction.atomic
def notify(
    person: User,
    *,
    key: str,
    urgency: Urgency,
    kind: str,
    subject: str,
    body: str,
    url: str = "",
    topic: str = "",
    event: Event | None = None,
    due_at: datetime | None = None,
    priority: int | None = None,
) -> list[Notification]:
    """
    Owe this message to the person by each step of their chain for this urgency.

    `key` names the occasion: a second call with the same key owes nothing more. `url` is a
    path of ours. `priority` is the severity as a number; 0 goes before all, and is never
    bundled. What can wait leaves after the person's quiet hours.
    """
    occasion = _hash(key, f"person {person.pk}")
    if known := list(Notification.objects.filter(occasion=occasion, person=person)):
        return sorted(known, key=lambda row: row.pk)
    steps = reach.due_times(person, urgency, due_at or clock.now())
    shared = {
        "person": person,
        "occasion": occasion,
        "urgency": urgency,
        "priority": priority,
        "kind": kind,
        "subject": subject[:250],
        "body": body,
        "url": url,
        "topic": topic,
        "event": event,
        "is_demo": person.is_demo and bool(event and event.is_demo),
    }
    return [
        _owe(
            _hash(occasion, f"step {number}"),
            contact=way.contact,
            lane=way.lane,
            due_at=due,
            in_inbox=number == 0,
            **shared,
        )
        for number, (way, due) in enumerate(steps)
    ]


@transaction.atomic
def notify_channel(
    channel: Channel,
    *,
    key: str,
    subject: str,
    body: str,
    url: str = "",
    topic: str = "",
    event: Event | None = None,
    priority: int | None = None,
    urgency: Urgency = Urgency.HIGH,
    kind: str = "page",
) -> Notification:
    """Owe this message to a channel, now; a second call with the same key owes nothing more."""
    occasion = _hash(key, f"channel {channel.pk}")
    return _owe(
        occasion,
        channel=channel,
        occasion=occasion,
        lane=lane_of(channel.kind, channel.destination),
        urgency=urgency,
        priority=priority,
        kind=kind,
        subject=subject[:250],
        body=body,
        url=url,
        topic=topic,
        event=event,
        due_at=clock.now(),
        in_inbox=False,
        is_demo=channel.is_demo and bool(event and event.is_demo),
    )


@transaction.atomic
def also_through_another_way(notification: Notification) -> list[Notification]:
    """After two failures, owe the same message through the person's other ways, now."""
    person = notification.person
    if person is None:
        return []
    tried = _ways_tried(notification)
    contacts = list(ContactMethod.objects.filter(person=person))
    others: list[ContactMethod | None] = [way for way in contacts if way.pk not in tried]
    if None not in tried and all(way.is_broken for way in others if way):
        others.append(None)
    shared = {name: getattr(notification, name) for name in COPIED}
    return [
        _owe(
            _hash(notification.idempotency_key, f"also by {way.pk if way else '-'}"),
            person=person,
            contact=way,
            lane=reach.way_by(person, way, timedelta(0)).lane,
            due_at=clock.now(),
            wanted_at=notification.wanted_at,
            in_inbox=False,
            **shared,
        )
        for way in others
    ]


@transaction.atomic
def tell_of_broken_way(
    contact: ContactMethod, *, key: str, subject: str, body: str, url: str
) -> Notification:
    """Tell a person by another of their ways, the sign-in address if need be."""
    others = ContactMethod.objects.filter(person=contact.person_id, is_broken=False)
    way = others.exclude(pk=contact.pk).order_by(F("verified_at").asc(nulls_last=True)).first()
    occasion = _hash(key, f"person {contact.person_id}")
    due_at = reach.not_in_quiet_hours(contact.person, Urgency.LOW, clock.now())
    return _owe(
        occasion,
        person=contact.person,
        contact=way,
        occasion=occasion,
        lane=reach.way_by(contact.person, way, timedelta(0)).lane,
        urgency=Urgency.LOW,
        kind="notice",
        subject=subject[:250],
        body=body,
        url=url,
        due_at=due_at,
    )


def _ways_tried(notification: Notification) -> set[int | None]:
    """The ways by which this occasion has already been tried, or is being."""
    if not notification.occasion:
        return {notification.contact_id}
    begun = Q(due_at__lte=clock.now()) | Q(attempts__gt=0) | ~Q(state=SendState.DUE)
    rows = Notification.objects.filter(begun, occasion=notification.occasion)
    return {notification.contact_id, *rows.values_list("contact_id", flat=True)}


@transaction.atomic
def cancel(topic: str, *, kind: str | None = None, person: User | None = None) -> int:
    """
    Take back what is still owed about `topic`; return how many messages that was.

    Of one kind only, or to one person only, where that is said.
    """
    waiting = Q(state=SendState.DUE) | Q(
        state=SendState.BUNDLED, bundle__state__in=[SendState.DUE, SendState.CLAIMED]
    )
    owed = Notification.objects.filter(waiting, topic=topic)
    if kind:
        owed = owed.filter(kind=kind)
    if person:
        owed = owed.filter(person=person)
    return owed.update(state=SendState.CANCELLED)


@transaction.atomic
def mark_read(person: User, pks: list[int] | None = None) -> int:
    """Take messages out of the person's inbox; all of them without `pks`."""
    unread = inbox_of(person)
    if pks is not None:
        unread = unread.filter(pk__in=pks)
    return unread.update(read_at=clock.now())


def inbox_of(person: User) -> QuerySet[Notification]:
    """What the person has not read yet, the newest first; one of each occasion."""
    return Notification.objects.filter(person=person, in_inbox=True, read_at=None)


def _owe(key: str, **fields: Any) -> Notification:
    """Write the row unless the same one is there, and hint when it is due at once."""
    fields.setdefault("wanted_at", fields["due_at"])
    notification, created = Notification.objects.get_or_create(
        idempotency_key=key, defaults=fields
    )
    if created and notification.due_at <= clock.now():
        later("portal.send_notification", notification.pk)
    return notification


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
