"""Calendars that say who is on call: by address or uploaded, the last good copy kept."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from operations.calendar_bounds import read_bounded
from operations.calendar_fetching import fetch
from operations.calendar_people import Directory
from operations.calendar_reading import Instance, Reading, Unreadable
from operations.models import CalendarImport, ImportedShift, RotationKind, Schedule
from operations.workflow.layers import add_layer, remove_layer
from operations.workflow.past import freeze
from portal import clock, events, outgoing
from portal.hints import later
from portal.models import User

EVERY = timedelta(minutes=15)
UPLOADED_EVERY = timedelta(days=1)  # a rule in it goes on when the file does not change
LEASE = timedelta(minutes=5)
BEHIND = timedelta(days=7)
AHEAD = timedelta(days=366)
SHOWN_NOTES = 50


@transaction.atomic
def add_calendar(
    schedule: Schedule,
    *,
    name: str,
    url: str = "",
    source: bytes = b"",
    priority: int = 0,
    actor: User | None,
) -> CalendarImport:
    """
    Have a calendar say who is on call in a layer of its own.

    Raises `ValidationError` for an address that is never called or a file that is no calendar.
    """
    _check_address(url)
    reading = _read(schedule, source) if source else None
    layer = add_layer(
        schedule,
        groups=[],
        name=name,
        priority=priority,
        rotation=RotationKind.CALENDAR,
        starts_on=clock.now().date(),
        actor=actor,
    )
    calendar = CalendarImport(schedule=schedule, layer=layer, name=name, url=url)
    calendar.due_at = clock.now()
    calendar.changed_by = actor
    calendar.save()
    events.record("schedule.calendar_added", schedule, actor=actor, name=name)
    if reading is not None:
        _keep(calendar, source, reading, clock.now(), actor)
    else:
        later("operations.fetch_calendars")
    return calendar


@transaction.atomic
def change_calendar(
    calendar: CalendarImport, *, name: str, url: str, source: bytes = b"", actor: User | None
) -> CalendarImport:
    """Change where it comes from; the last good copy answers until the new one is read."""
    locked = _locked(calendar)
    _check_address(url)
    reading = _read(locked.schedule, source) if source else None
    locked.name = name
    if locked.url != url:
        locked.url, locked.etag = url, ""
    locked.due_at = clock.now()
    _save(locked, actor, "name", "url", "etag", "due_at")
    events.record("schedule.calendar_changed", locked.schedule, actor=actor, name=name)
    if reading is not None:
        _keep(locked, source, reading, clock.now(), actor)
    else:
        later("operations.fetch_calendars")
    return locked


@transaction.atomic
def remove_calendar(calendar: CalendarImport, *, actor: User | None) -> None:
    """Take the calendar and its layer out of the schedule; what is past stays."""
    locked = _locked(calendar)
    schedule, name = locked.schedule, locked.name
    events.record("schedule.calendar_removed", schedule, actor=actor, name=name)
    remove_layer(locked.layer, actor=actor)


@transaction.atomic
def read_again(calendar: CalendarImport, *, actor: User | None) -> CalendarImport:
    """Fetch it now instead of when it falls due."""
    locked = _locked(calendar)
    locked.due_at = clock.now()
    _save(locked, actor, "due_at")
    later("operations.fetch_calendars")
    return locked


def fetch_all_due(now: datetime) -> int:
    """Fetch the calendars that are due and read them; return how many there were."""
    done = 0
    for pk in _claimed(now):
        calendar = CalendarImport.objects.select_related("schedule", "layer").get(pk=pk)
        fetch_calendar(calendar, now=now)
        done += 1
    return done


def fetch_calendar(calendar: CalendarImport, *, now: datetime) -> None:
    """Fetch and read one calendar; whatever is wrong with it is kept beside the good copy."""
    try:
        source, etag = _current(calendar)
        reading = _read_bounded(calendar.schedule, source, now)
    except Unreadable as error:
        _keep_failure(calendar, error, now)
        return
    with transaction.atomic():
        locked = _locked(calendar)
        locked.etag = etag
        _keep(locked, source, reading, now, None)


def _current(calendar: CalendarImport) -> tuple[bytes, str]:
    """Return what to read: what the address has now, or else the copy that is here."""
    kept = calendar.source.encode()
    if not calendar.url:
        return kept, ""
    fetched = fetch(calendar.url, etag=calendar.etag if kept else "")
    return (kept if fetched.source is None else fetched.source), fetched.etag


def _claimed(now: datetime) -> Iterator[int]:
    due = CalendarImport.objects.filter(due_at__lte=now).order_by("due_at")
    for pk, due_at in due.values_list("pk", "due_at"):
        mine = CalendarImport.objects.filter(pk=pk, due_at=due_at)
        if mine.update(due_at=now + LEASE):
            yield pk


def _read(schedule: Schedule, source: bytes) -> Reading:
    try:
        return _read_bounded(schedule, source, clock.now())
    except Unreadable as error:
        raise ValidationError({"file": ValidationError(error.sentence, error.code)}) from None


def _read_bounded(schedule: Schedule, source: bytes, now: datetime) -> Reading:
    zone = ZoneInfo(schedule.time_zone)
    return read_bounded(source, zone=zone, start=now - BEHIND, end=now + AHEAD)


def _check_address(url: str) -> None:
    if not url:
        return
    try:
        outgoing.check_url(url)
    except outgoing.OutgoingError as error:
        raise ValidationError({"url": ValidationError(error.sentence, error.code)}) from None


def _keep(
    calendar: CalendarImport,
    source: bytes,
    reading: Reading,
    now: datetime,
    actor: User | None,
) -> None:
    """Replace the last good copy and its shifts; only another answer is an event."""
    wanted, unmatched = _shifts(calendar, reading.instances)
    if _rows(calendar.shifts.all()) != _rows(wanted):
        freeze(calendar.schedule, now=now)
        calendar.shifts.all().delete()
        ImportedShift.objects.bulk_create(wanted)
        events.record(
            "schedule.changed", calendar.schedule, actor=actor, calendar=calendar.name
        )
    calendar.source = source.decode("utf-8-sig", "replace").replace("\0", "")
    calendar.source_hash = hashlib.sha256(source).hexdigest()
    calendar.read_at = calendar.tried_at = now
    calendar.due_at = now + (EVERY if calendar.url else UPLOADED_EVERY)
    calendar.error = calendar.error_code = ""
    calendar.failure_count = 0
    calendar.notes = reading.notes[:SHOWN_NOTES]
    calendar.unmatched = unmatched
    calendar.shift_count = len(wanted)
    _note(
        calendar,
        "source",
        "source_hash",
        "read_at",
        "etag",
        "notes",
        "unmatched",
        "shift_count",
    )


def _keep_failure(calendar: CalendarImport, error: Unreadable, now: datetime) -> None:
    calendar.error_code, calendar.error = error.code[:40], error.sentence[:500]
    calendar.tried_at = now
    calendar.due_at = now + EVERY
    calendar.failure_count += 1
    _note(calendar)
    if calendar.failure_count == 1:
        events.record(
            "schedule.calendar_failed",
            calendar.schedule,
            actor=None,
            name=calendar.name,
            reason=error.sentence[:500],
        )


def _note(calendar: CalendarImport, *fields: str) -> None:
    """Write what the clock found out: no version, because nobody changed anything."""
    names = ["error", "error_code", "tried_at", "due_at", "failure_count", *fields]
    values = {name: getattr(calendar, name) for name in names}
    CalendarImport.objects.filter(pk=calendar.pk).update(**values)


def _shifts(
    calendar: CalendarImport, instances: list[Instance]
) -> tuple[list[ImportedShift], list[str]]:
    directory = Directory(calendar.schedule.team_id)
    rows: list[ImportedShift] = []
    missing: dict[str, None] = {}
    for each in instances:
        matched = directory.match(each.title, each.attendees)
        missing |= dict.fromkeys(name or _("(no name)") for name in matched.unmatched)
        people: list[User | None] = [*matched.people] or [None]
        rows += [_shift(calendar, each, person) for person in people]
    return rows, list(missing)


def _shift(calendar: CalendarImport, each: Instance, person: User | None) -> ImportedShift:
    return ImportedShift(
        calendar=calendar,
        person=person,
        uid=each.uid,
        starts_at=each.starts_at,
        ends_at=each.ends_at,
        priority=each.priority,
        unmatched_name="" if person else each.title[:200],
    )


def _rows(shifts: Iterable[ImportedShift]) -> set[tuple[object, ...]]:
    names = ("uid", "person_id", "starts_at", "ends_at", "priority", "unmatched_name")
    return {tuple(getattr(row, name) for name in names) for row in shifts}


def _locked(calendar: CalendarImport) -> CalendarImport:
    rows = CalendarImport.objects.select_for_update(of=("self",))
    return rows.select_related("schedule__team", "layer").get(pk=calendar.pk)


def _save(calendar: CalendarImport, actor: User | None, *fields: str) -> None:
    calendar.changed_by = actor
    calendar.save(update_fields=fields)
