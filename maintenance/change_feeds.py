"""
Planned changes as an iCalendar file (RFC 5545): one event for each, times in UTC.

The same changes give the same bytes, so that an ETag tells whether anything is new.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet
from icalendar import Calendar, Event

from maintenance.models import ChangeFeed, MaintenanceRequest, PublishedChange
from operations.calendar_feeds import one_line

BEHIND = timedelta(days=31)
AHEAD = timedelta(days=400)


def changes_in(feed: ChangeFeed, now: datetime) -> QuerySet[PublishedChange]:
    """The changes that a feed shows: what its owner may see, and nothing after they left."""
    rows = PublishedChange.objects.select_related("request__service__team")
    if feed.revoked_at is not None:
        return rows.none()
    visible = MaintenanceRequest.objects.visible_to(feed.owner)
    rows = rows.filter(
        request__in=visible, ends_at__gt=now - BEHIND, starts_at__lt=now + AHEAD
    ).order_by("starts_at", "pk")
    if feed.is_of_own:
        own = Q(request__requester=feed.owner_id) | Q(request__implementer=feed.owner_id)
        return rows.filter(own)
    return rows.filter(request__service__team=feed.team_id) if feed.team_id else rows


def as_icalendar(feed: ChangeFeed, rows: Iterable[PublishedChange]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Evenkeel//Changes//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", one_line(feed.scope_label))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for row in rows:
        calendar.add_component(_event(row))
    written: bytes = calendar.to_ical()
    return written


def _event(row: PublishedChange) -> Event:
    event = Event()
    event.add("uid", f"{row.uid}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("sequence", row.sequence)
    event.add("dtstamp", _utc(row.changed_at))
    event.add("last-modified", _utc(row.changed_at))
    event.add("dtstart", _utc(row.starts_at))
    event.add("dtend", _utc(row.ends_at))
    event.add("status", row.status)
    event.add("summary", one_line(f"{row.request.number} {row.title}"))
    event.add("location", one_line(str(row.request.service)))
    event.add("url", f"{settings.SITE_URL}{row.request.get_absolute_url()}")
    return event


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
