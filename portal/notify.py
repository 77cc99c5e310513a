"""
Verbs that put messages to people into the outbox.

A row here is the promise that the person is told; `portal.outbox` keeps it.
"""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from portal import clock
from portal.hints import later
from portal.models import (
    ContactMethod,
    Event,
    Notification,
    SendState,
    Urgency,
    User,
    contacts_of,
)


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
) -> list[Notification]:
    """
    Owe this message to the person through each contact method that the urgency may use.

    `key` names the occasion: a second call with the same key owes nothing more. `url` is a
    path of ours. With no contact method, the address of the person's sign-in is used.
    """
    start = due_at or clock.now()
    contacts: list[ContactMethod | None] = list(contacts_of(person, urgency))
    made: list[Notification] = []
    for contact in contacts or [None]:
        due = start + timedelta(minutes=contact.delay_minutes if contact else 0)
        notification, created = Notification.objects.get_or_create(
            idempotency_key=_key(key, person, contact),
            defaults={
                "person": person,
                "contact": contact,
                "urgency": urgency,
                "kind": kind,
                "subject": subject[:250],
                "body": body,
                "url": url,
                "topic": topic,
                "event": event,
                "due_at": due,
                "wanted_at": due,
                "in_inbox": not made,
                "is_demo": person.is_demo and bool(event and event.is_demo),
            },
        )
        made.append(notification)
        if created and due <= clock.now():
            later("portal.send_notification", notification.pk)
    return made


@transaction.atomic
def also_through_another_way(notification: Notification) -> list[Notification]:
    """After two failures, owe the same message through the person's other contact methods."""
    others = ContactMethod.objects.filter(person=notification.person_id)
    ways: list[ContactMethod | None] = [
        way for way in others if way.pk != notification.contact_id
    ]
    if not ways and notification.contact_id is not None:
        ways = [None]
    now = clock.now()
    return [
        Notification.objects.get_or_create(
            idempotency_key=_key(notification.idempotency_key, notification.person, way),
            defaults={
                "person": notification.person,
                "contact": way,
                "due_at": now,
                "wanted_at": notification.wanted_at,
                "in_inbox": False,
                **{
                    name: getattr(notification, name)
                    for name in ("urgency", "kind", "subject", "body", "url", "topic", "event")
                },
            },
        )[0]
        for way in ways
    ]


@transaction.atomic
def cancel(topic: str, *, kind: str | None = None) -> int:
    """Take back what is still owed about `topic`; return how many messages that was."""
    owed = Notification.objects.filter(topic=topic, state=SendState.DUE)
    if kind:
        owed = owed.filter(kind=kind)
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


def _key(occasion: str, person: User, contact: ContactMethod | None) -> str:
    text = f"{occasion}\n{person.pk}\n{contact.pk if contact else '-'}"
    return hashlib.sha256(text.encode()).hexdigest()
