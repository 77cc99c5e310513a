"""What the status page publishes becomes an announcement, and that letters to subscribers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from incidents import letters
from incidents.components import components_of, components_of_incident
from incidents.letter_words import page_zone
from incidents.models import (
    Announcement,
    AnnouncementKind,
    Incident,
    StatusUpdate,
    Subscriber,
    SubscriberDelivery,
)
from incidents.public_words import incident_title, maintenance_words
from maintenance.models import MaintenanceWindow
from portal import clock
from portal.sweeping import each

AT_ONCE = 250  # subscribers in one transaction


def announce_update(update: StatusUpdate) -> Announcement | None:
    """Announce what was posted about an incident, once; None where no component shows it."""
    incident = update.incident
    shown = components_of_incident(incident)
    if not shown:
        return None
    return _announce(
        f"update:{update.pk}",
        kind=AnnouncementKind.INCIDENT,
        topic=incident.reference,
        phase=update.phase,
        title=incident_title(incident, update),
        text=update.text,
        components=shown,
        path=f"/status/#update-{update.pk}",
        published_at=update.posted_at,
        is_demo=incident.is_demo,
    )


def announce_maintenance(
    window: MaintenanceWindow, phase: str, *, key: str, at: datetime, note: str = ""
) -> Announcement | None:
    """Announce a step of a window, once for each `key`; None where no component shows it."""
    shown = components_of(window.services.all())
    if not shown:
        return None
    title, text = maintenance_words(window, phase, note)
    return _announce(
        key,
        kind=AnnouncementKind.MAINTENANCE,
        topic=window.reference,
        phase=phase,
        title=title,
        text=text,
        components=shown,
        published_at=at,
        is_demo=window.is_demo,
    )


def _announce(key: str, **fields: Any) -> Announcement:
    """What belongs to the demo is shown as sent: nobody outside asked for it."""
    if fields["is_demo"]:
        fields["fanned_out_at"] = fields["published_at"]
    fields["title"] = fields["title"][:250]
    fields["zone"] = page_zone().key
    return Announcement.objects.get_or_create(key=key, defaults=fields)[0]


def fan_out_due(_now: datetime) -> int:
    """Write letters for a part of those who wait; return how many were looked at."""
    waiting = Announcement.objects.filter(fanned_out_at=None).order_by("pk")
    return each(list(waiting.values_list("pk", flat=True)[:10]), fan_out, what="announcement")


@transaction.atomic
def fan_out(pk: int) -> int:
    """
    Owe a letter to the next subscribers who want this; return how many were looked at.

    A bounded part each time, so that one page-long list never holds the database.
    """
    found = Announcement.objects.select_for_update(skip_locked=True).filter(pk=pk)
    told = found.filter(fanned_out_at=None).first()
    if told is None:
        return 0
    following = Subscriber.objects.following().filter(
        pk__gt=told.reached_pk, is_demo=told.is_demo
    )
    some = list(following.order_by("pk")[:AT_ONCE])
    now = clock.now()
    SubscriberDelivery.objects.bulk_create(
        (
            SubscriberDelivery(
                subscriber=subscriber,
                announcement=told,
                lane=letters.lane_of(subscriber),
                due_at=now,
                wanted_at=now,
                created_at=now,
            )
            for subscriber in some
            if subscriber.wants(told.kind, told.components)
        ),
        ignore_conflicts=True,
    )
    if some:
        told.reached_pk = some[-1].pk
    if len(some) < AT_ONCE:
        told.fanned_out_at = now
    told.save(update_fields=["reached_pk", "fanned_out_at"])
    return len(some)


def incident_of(announcement: Announcement) -> Incident | None:
    """The incident that an announcement is about, if it is about one."""
    kind, _colon, pk = announcement.topic.partition(":")
    return Incident.objects.filter(pk=int(pk)).first() if kind == "incident" else None
