"""
The verbs of clocks: follow the incident, be answered, freeze and thaw, count anew.

`follow` is called by every verb that moves an incident, under its lock: it looks at what is
true of the incident and brings the clocks to that, so that calling it twice changes nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.clock_targets import Demand, until
from incidents.models import (
    ClockKind,
    ClockReason,
    Incident,
    IncidentClock,
    Outcome,
    PauseReason,
    Review,
    ReviewState,
)
from incidents.workflow.clock_book import Book
from incidents.workflow.saving import locked_incident
from portal import clock
from portal.models import User
from portal.sweeping import each

BY_SEVERITY = [ClockKind.RESPONSE, ClockKind.RESOLUTION, ClockKind.COMMUNICATION]


def follow(
    locked: Incident,
    *,
    actor: User | None,
    reason: ClockReason = ClockReason.TIME,
    note: str = "",
) -> None:
    """Bring the clocks of a locked incident to what is true of it now; frozen ones rest."""
    book = Book(locked, now=clock.now(), actor=actor, reason=reason, note=note)
    if book.is_frozen:
        return
    _begin_missing(book)
    _judge_by_severity(book)
    _follow_response(book)
    _follow_resolution(book)
    _follow_communication(book)
    _follow_review(book)
    book.write()


def told(locked: Incident, *, actor: User | None, next_by: datetime | None = None) -> None:
    """
    Somebody was told about a locked incident: what waited for that is answered.

    `next_by` is when they were promised to hear more; that is a clock of its own.
    """
    now = clock.now()
    book = Book(locked, now=now, actor=actor)
    for row in book.rows:
        if row.kind == ClockKind.COMMUNICATION and row.is_running and not row.frozen_at:
            book.stop(row, now)
    if next_by is not None and next_by > now:
        demand = until(next_by, now, _("the promised next update"))
        book.begin(ClockKind.COMMUNICATION, now, demand)
    book.write()


def freeze_clocks(locked: Incident, *, actor: User | None) -> None:
    """Its incident is merged into another: nothing of it falls due until it is thawed."""
    book = Book(locked, now=clock.now(), actor=actor)
    for row in book.rows:
        if row.is_running and row.frozen_at is None:
            row.frozen_at = book.now
            book.settle(row)
    book.write()


def thaw_clocks(locked: Incident, *, actor: User | None) -> None:
    """As if it had never been merged: the merged time counts, and what is over is over."""
    book = Book(locked, now=clock.now(), actor=actor, reason=ClockReason.THAWED)
    for row in book.rows:
        if row.frozen_at is not None:
            row.frozen_at = None
            book.settle(row)
    book.write()
    follow(locked, actor=actor, reason=ClockReason.THAWED)


def recount_all(*, reason: ClockReason = ClockReason.CALENDAR) -> int:
    """Work out anew all clocks that run by a calendar; return of how many incidents."""
    running = IncidentClock.objects.running().filter(kind__in=BY_SEVERITY, number=1)
    pks = running.order_by("incident").values_list("incident", flat=True).distinct()
    rows = Incident.objects.in_bulk(list(pks))
    return each(
        rows.values(),
        lambda incident: bool(recount(incident, reason=reason, actor=None)),
        what="Clocks of incident",
    )


@transaction.atomic
def recount(incident: Incident, *, reason: ClockReason, actor: User | None) -> Incident:
    """The calendars behind the clocks that run read otherwise now: work these out anew."""
    locked = locked_incident(incident)
    book = Book(locked, now=clock.now(), actor=actor, reason=reason)
    for row in book.rows:
        if row.kind in BY_SEVERITY and row.number == 1 and row.is_running:
            demand = book.demands.of(row.kind)
            book.follow_calendar(row, demand)
    book.write()
    return locked


def _begin_missing(book: Book) -> None:
    for kind in BY_SEVERITY:
        if book.newest(kind) is None:
            row = book.begin(kind, book.incident.detected_at, book.demands.of(kind))
            if kind == ClockKind.COMMUNICATION and (first := _first_word(book.incident)):
                book.stop(row, first)


def _first_word(incident: Incident) -> datetime | None:
    """When somebody was told first of an incident that had no clocks yet."""
    posted = incident.updates.order_by("posted_at").values_list("posted_at", flat=True)
    return posted.first()


def _judge_by_severity(book: Book) -> None:
    """Swap the targets of another severity; let them start from where they should."""
    incident = book.incident
    for row in book.rows:
        if row.kind not in BY_SEVERITY or row.number != 1:
            continue
        if row.severity != incident.severity:
            book.demand_anew(row, book.demands.of(row.kind))
        if row.started_at != incident.detected_at:
            book.start_from(row, incident.detected_at, book.demands.of(row.kind))


def _follow_response(book: Book) -> None:
    row = book.newest(ClockKind.RESPONSE)
    assert row is not None
    answered, ended = book.incident.acknowledged_at, book.incident.resolved_at
    _bring(book, row, answered or ended, needed=answered is not None)


def _follow_resolution(book: Book) -> None:
    row = book.newest(ClockKind.RESOLUTION)
    assert row is not None
    _bring(book, row, book.incident.resolved_at)


def _bring(
    book: Book, row: IncidentClock, stop: datetime | None, *, needed: bool = True
) -> None:
    if stop is None and row.stopped_at is not None:
        is_back = book.reason == ClockReason.REOPENED
        book.go_on(row, without=PauseReason.RESOLVED if is_back else None)
    elif stop is not None and row.stopped_at != stop:
        book.stop(row, stop, needed=needed)


def _follow_communication(book: Book) -> None:
    """
    The first word is not needed any more once it is over in time; a promise stands.

    Who was not told in time is still to be told; closing ends that too.
    """
    incident, now = book.incident, book.now
    for row in [one for one in book.rows if one.kind == ClockKind.COMMUNICATION]:
        is_late = row.due_at is not None and row.due_at <= now
        if row.is_running and incident.closed_at is not None:
            book.stop(row, incident.closed_at, needed=False)
        elif row.number > 1:
            continue
        elif row.is_running and incident.resolved_at is not None and not is_late:
            book.stop(row, incident.resolved_at, needed=False)
        elif row.outcome == Outcome.NOT_NEEDED and incident.resolved_at is None:
            book.go_on(row, without=PauseReason.RESOLVED)


def _follow_review(book: Book) -> None:
    """It runs from the end of the incident until the review is published, if one is owed."""
    review = Review.objects.filter(incident=book.incident).first()
    if review is None:
        return
    row = book.newest(ClockKind.REVIEW)
    running = row if row is not None and row.is_running else None
    if review.state == ReviewState.PUBLISHED:
        if running is not None and review.published_at is not None:
            book.stop(running, review.published_at)
        return
    start = book.incident.resolved_at
    if not review.is_being_written or review.due_at is None or start is None:
        if running is not None:
            book.stop(running, book.now, needed=False)
        return
    demand = _review_demand(review.due_at, start)
    if running is None:
        book.begin(ClockKind.REVIEW, start, demand)
    elif (running.started_at, running.target) != (start, demand.length):
        book.start_from(running, start, demand)


def _review_demand(due_at: datetime, start: datetime) -> Demand:
    hours = round((due_at - start).total_seconds() / 3600)
    return until(due_at, start, _("within %(n)d hours") % {"n": hours})
