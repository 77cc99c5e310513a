"""
Pausing the clock of the resolution while somebody else has to act, and letting it go on.

Nothing else pauses: an answer is owed however long a vendor takes.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import ClockReason, Incident, PauseReason
from incidents.workflow.clock_book import Book
from incidents.workflow.clock_guards import resolution_of
from incidents.workflow.guards import ensure
from incidents.workflow.saving import locked_incident
from portal import clock, events
from portal.errors import refuse
from portal.models import User

# What people may say that an incident waits for.
WAITING = [PauseReason.VENDOR, PauseReason.CUSTOMER]


@transaction.atomic
def pause_clock(
    incident: Incident, *, waiting_for: str, note: str, actor: User | None
) -> Incident:
    """Stop counting towards the resolution while somebody else has to act; say for what."""
    locked = locked_incident(incident)
    ensure(locked, "pause_clock")
    reason = PauseReason(waiting_for)
    if reason not in WAITING:
        raise refuse("no_reason", _("Say whether it waits for a vendor or for a customer."))
    book = Book(
        locked, now=clock.now(), actor=actor, reason=ClockReason.PAUSED, note=note.strip()
    )
    row = resolution_of(book.rows)
    assert row is not None
    book.pause(row, reason)
    book.write()
    events.record(
        "incident.clock_paused",
        locked,
        actor=actor,
        waiting_for=str(reason),
        note=note.strip(),
    )
    return locked


@transaction.atomic
def resume_clock(incident: Incident, *, actor: User | None) -> Incident:
    """Count towards the resolution again; the time of the pause stays left out."""
    locked = locked_incident(incident)
    ensure(locked, "resume_clock")
    book = Book(locked, now=clock.now(), actor=actor, reason=ClockReason.RESUMED)
    row = resolution_of(book.rows)
    assert row is not None
    book.resume(row)
    book.write()
    due = row.due_at.isoformat() if row.due_at else ""
    events.record("incident.clock_resumed", locked, actor=actor, due=due)
    return locked
