"""
What the pager says about clocks: once when one is at risk, once when it is breached.

A breach of a P0 or P1 pages, others are mailed. Reviews have reminders of their own, so that
nobody is told of the same thing twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.clock_words import COMMITMENTS
from incidents.models import ClockKind, ClockReason, Incident, IncidentClock
from incidents.workflow import pages
from incidents.workflow.clock_book import Book
from operations.models import Severity
from operations.on_call import who_is_on_call
from operations.spans import moment_text
from portal import events
from portal.access import managers_of
from portal.models import Urgency, User
from portal.notify import notify
from portal.sweeping import each

GRAVE = [Severity.P0, Severity.P1]
MINUTE = timedelta(minutes=1)


def ring_due(now: datetime, *, limit: int = 100) -> int:
    """Say what is due about clocks, incident by incident; return how many were looked at."""
    due = IncidentClock.objects.filter(wake_at__lte=now).order_by("wake_at", "pk")
    incidents = dict.fromkeys(due.values_list("incident_id", flat=True)[:limit])
    return each(incidents, lambda pk: ring(pk, now=now), what="Clocks of incident")


@transaction.atomic
def ring(incident_id: int, *, now: datetime) -> int:
    """Say what is due about the clocks of one incident; return how much that was."""
    incident = (
        Incident.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("service__team", "commander", "acknowledged_by")
        .filter(pk=incident_id)
        .first()
    )
    if incident is None:
        return 0
    book = Book(incident, now=now, actor=None, reason=ClockReason.TIME)
    due = [row for row in book.rows if row.wake_at is not None and row.wake_at <= now]
    for row in due:
        is_over = row.due_at is not None and row.due_at <= now
        if is_over:
            row.breach_told_at = now
        else:
            row.at_risk_told_at = now
        book.settle(row)
        _tell(incident, row, now, is_over=is_over)
    book.write()
    return len(due)


def _tell(incident: Incident, row: IncidentClock, now: datetime, *, is_over: bool) -> None:
    if not is_over:
        due = row.due_at.isoformat() if row.due_at else ""
        events.record("incident.clock_at_risk", incident, actor=None, clock=row.kind, due=due)
    if row.kind == ClockKind.REVIEW or row.due_at is None:
        return
    people = _who_works_on(incident, now)
    if is_over:
        people = list(dict.fromkeys([*people, *managers_of(incident.service.team)]))
    what = "breached" if is_over else "at-risk"
    key = f"clock:{row.pk}:{what}:{row.due_at.isoformat()}"
    for person in people:
        sentence = _sentence(row, person, is_over=is_over)
        if is_over and incident.severity in GRAVE:
            pages.to_person(person, incident, key=key, reasons=[sentence], at=now)
        else:
            _mail(person, incident, key, sentence)


def _who_works_on(incident: Incident, now: datetime) -> list[User]:
    """Who leads it and who answered it, else whoever is on call."""
    people = [incident.commander, incident.acknowledged_by]
    known = [person for person in people if person is not None and person.may_work]
    return list(dict.fromkeys(known or who_is_on_call(incident.service.team, now).people))


def _sentence(row: IncidentClock, person: User, *, is_over: bool) -> str:
    assert row.due_at is not None
    said = {
        "what": COMMITMENTS[ClockKind(row.kind)],
        "due": moment_text(row.due_at, person.time_zone),
    }
    if is_over and row.breach_reason == ClockReason.SEVERITY:
        return _("Too late by the new severity: %(what)s was due %(due)s.") % said
    if is_over:
        return _("Too late: %(what)s was due %(due)s.") % said
    return _("Soon too late: %(what)s is due %(due)s.") % said


def _mail(person: User, incident: Incident, key: str, sentence: str) -> None:
    """What is at risk in the night of a P0 cannot wait for the morning."""
    is_urgent = incident.severity in GRAVE
    notify(
        person,
        key=key,
        urgency=Urgency.HIGH if is_urgent else Urgency.LOW,
        kind="reminder",
        subject=f"{pages.page_subject(incident)}: {sentence}",
        body=f"{incident}\n{sentence}",
        url=incident.get_absolute_url(),
        topic=incident.reference,
        priority=incident.severity,
    )
