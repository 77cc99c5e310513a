"""
How an app tells the others that something happened.

The producer records an event and never names a consumer. Reactions come after commit and
at least once, so a handler must bear running twice.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from portal import clock, subscribers
from portal.hints import later
from portal.models import Event, Reaction, Service, User


def record(
    kind: str,
    subject: models.Model,
    *,
    actor: User | None,
    service: Service | None = None,
    happened_at: datetime | None = None,
    **data: Any,
) -> Event:
    """
    Write the event in the caller's transaction; what reacts to it starts once that commits.

    `data` must be plain JSON. `service` defaults to the subject's own. `happened_at` is when
    it really happened, where that was earlier than now.
    """
    event = made(kind, subject, actor=actor, service=service, happened_at=happened_at, **data)
    event.save(force_insert=True)
    _owe_reactions([event])
    return event


def record_all(events: Iterable[Event]) -> list[Event]:
    """Write events that were `made`, in this order, as `record` writes one."""
    written = Event.objects.bulk_create(events)
    _owe_reactions(written)
    return written


def made(
    kind: str,
    subject: models.Model,
    *,
    actor: User | None,
    service: Service | None = None,
    happened_at: datetime | None = None,
    **data: Any,
) -> Event:
    """Return the event that `record` would write, for `record_all`."""
    now = clock.now()
    return Event(
        kind=kind,
        subject=subject,
        subject_label=str(subject)[:250],
        service=service or _service_of(subject),
        actor=actor,
        actor_label=str(actor)[:150] if actor else "",
        data=data,
        happened_at=min(happened_at or now, now),
        recorded_at=now,
        is_demo=bool(getattr(subject, "is_demo", False)),
    )


def about(*subjects: models.Model) -> models.QuerySet[Event]:
    """The events of these objects, the newest first."""
    wanted = models.Q(pk__in=[])
    for subject in subjects:
        kind = ContentType.objects.get_for_model(subject)
        wanted |= models.Q(content_type=kind, object_id=subject.pk)
    return Event.objects.filter(wanted).select_related("actor")


def _owe_reactions(written: Iterable[Event]) -> None:
    """One hint for all of them: whoever follows it looks for whatever is owed."""
    owed = [
        Reaction(event=event, handler=name)
        for event in written
        for name in subscribers.of(event.kind)
    ]
    if owed:
        Reaction.objects.bulk_create(owed)
        later("portal.react_to_events")


def _service_of(subject: models.Model) -> Service | None:
    if isinstance(subject, Service):
        return subject
    service = getattr(subject, "service", None)
    return service if isinstance(service, Service) else None
