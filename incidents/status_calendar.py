"""Announced maintenance as a calendar that others subscribe to (RFC 5545)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from incidents.models import MaintenanceState
from incidents.status_shapes import StatusPage

CONTENT_TYPE = "text/calendar; charset=utf-8"


def calendar(page: StatusPage, *, name: str, url: str) -> bytes:
    """Return the windows of this page; one that was called off stays, and says so."""
    made = Calendar()
    made.add("prodid", "-//Evenkeel//Maintenance//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _("%(name)s maintenance") % {"name": name})
    made.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    host = urlsplit(settings.SITE_URL).hostname
    for window in page.windows:
        event = Event()
        event.add("uid", f"maintenance-{window.pk}@{host}")
        event.add("summary", window.title)
        event.add("dtstart", window.starts_at)
        event.add("dtend", window.ends_at)
        event.add("dtstamp", window.told_at)
        event.add("last-modified", window.told_at)
        event.add("sequence", len(window.updates))
        is_off = window.state == MaintenanceState.CANCELLED
        event.add("status", "CANCELLED" if is_off else "CONFIRMED")
        event.add("description", "\n".join(filter(None, [window.where, window.description])))
        event.add("url", f"{url}#maintenance-{window.pk}")
        made.add_component(event)
    written: bytes = made.to_ical()
    return written
