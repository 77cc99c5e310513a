"""
Shifts as an iCalendar file (RFC 5545), and what of it changed since it was last given out.

A calendar program knows a shift by its UID, hears of a change by a higher SEQUENCE, and of
one that was called off by `STATUS:CANCELLED`: nothing just vanishes. The same shifts give the
same bytes, so that an ETag tells whether anything is new.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from operations.models import CalendarFeed, PublishedShift

BEHIND = timedelta(days=31)
AHEAD = timedelta(days=190)  # more than six months
CONTENT_TYPE = "text/calendar; charset=utf-8"


class Wanted(NamedTuple):
    """A person's shift as the schedule has it now."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    reason: str


class Alignment(NamedTuple):
    """What must be written so that the published shifts are those that are wanted."""

    new: list[Wanted]
    moved: list[tuple[PublishedShift, Wanted]]
    called_off: list[PublishedShift]


def align(
    known: Iterable[PublishedShift], wanted: Iterable[Wanted], *, begins: datetime
) -> Alignment:
    """
    Find for each shift the one that it was before: of that person, by start, then by overlap.

    `wanted` begins at `begins`; a shift that was cut there keeps the start that is known.
    """
    left: dict[int, list[PublishedShift]] = {}
    for shift in known:
        left.setdefault(shift.person_id, []).append(shift)
    new, moved, rest = [], [], []
    for each in wanted:
        same = _same_start(left.get(each.person_id, []), each, begins)
        if same is None:
            rest.append(each)
            continue
        left[each.person_id].remove(same)
        each = each._replace(starts_at=min(each.starts_at, same.starts_at))
        if (same.starts_at, same.ends_at) != (each.starts_at, each.ends_at):
            moved.append((same, each))
    for each in rest:
        if other := _overlapping(left.get(each.person_id, []), each):
            left[each.person_id].remove(other)
            moved.append((other, each))
        else:
            new.append(each)
    return Alignment(new, moved, [row for rows in left.values() for row in rows])


def _same_start(
    rows: list[PublishedShift], wanted: Wanted, begins: datetime
) -> PublishedShift | None:
    for row in rows:
        if row.starts_at == wanted.starts_at:
            return row
        if wanted.starts_at == begins and row.starts_at < begins < row.ends_at:
            return row
    return None


def _overlapping(rows: list[PublishedShift], wanted: Wanted) -> PublishedShift | None:
    for row in rows:
        if row.starts_at < wanted.ends_at and wanted.starts_at < row.ends_at:
            return row
    return None


def shifts_in(feed: CalendarFeed, now: datetime) -> QuerySet[PublishedShift]:
    """The shifts that a feed shows: what its owner may see, and nothing after they left."""
    rows = PublishedShift.objects.select_related("schedule__team", "person")
    if not feed.owner.may_look or feed.revoked_at is not None:
        return rows.none()
    rows = rows.filter(ends_at__gt=now - BEHIND).order_by("starts_at", "pk")
    if feed.schedule_id is not None:
        return rows.filter(schedule=feed.schedule_id)
    return rows.filter(person=feed.owner_id)


def as_icalendar(feed: CalendarFeed, rows: Iterable[PublishedShift]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Evenkeel//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = str(feed.schedule) if feed.schedule else _("My on-call shifts")
    calendar.add("x-wr-calname", one_line(name))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for row in rows:
        calendar.add_component(_event(feed, row))
    written: bytes = calendar.to_ical()
    return written


def _event(feed: CalendarFeed, row: PublishedShift) -> Event:
    event = Event()
    event.add("uid", f"{row.uid}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("sequence", row.sequence)
    event.add("dtstamp", _utc(row.changed_at))
    event.add("last-modified", _utc(row.changed_at))
    event.add("dtstart", _utc(row.starts_at))
    event.add("dtend", _utc(row.ends_at))
    event.add("status", "CANCELLED" if row.is_cancelled else "CONFIRMED")
    event.add("summary", one_line(_summary(feed, row)))
    event.add("description", one_line(row.reason))
    event.add("url", f"{settings.SITE_URL}{row.schedule.get_absolute_url()}")
    event.add("transp", "TRANSPARENT")  # being on call does not make anybody busy
    return event


def _summary(feed: CalendarFeed, row: PublishedShift) -> str:
    if feed.schedule_id is None:
        return _("On call: %(schedule)s") % {"schedule": row.schedule}
    return _("%(name)s on call: %(schedule)s") % {"name": row.person, "schedule": row.schedule}


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def one_line(text: str) -> str:
    """Return text that cannot begin a line of its own: no control or separator characters."""
    kept = (
        " " if unicodedata.category(letter) in {"Cc", "Zl", "Zp", "Cs"} else letter
        for letter in text
    )
    return " ".join("".join(kept).split())
