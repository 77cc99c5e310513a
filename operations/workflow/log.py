"""The operations log: lines are added and corrected by new lines, never edited."""

from datetime import datetime

from django.db import transaction

from operations.models import LogEntry
from portal import clock, events
from portal.errors import refuse
from portal.models import Service, User


@transaction.atomic
def write_log(
    *,
    text: str,
    actor: User | None,
    happened_at: datetime | None = None,
    service: Service | None = None,
    now: datetime | None = None,
) -> LogEntry:
    """Add a line about what happened at `happened_at`, by default now."""
    entered_at = now or clock.now()
    if happened_at is not None and happened_at > entered_at:
        raise refuse(
            "in_the_future",
            "A line of the log is about what has happened; this time is still to come.",
            "Choose a time that has passed.",
        )
    entry = LogEntry.objects.create(
        text=text,
        author=actor,
        happened_at=happened_at or entered_at,
        entered_at=entered_at,
        service=service,
    )
    events.record("log.written", entry, actor=actor, happened_at=entry.happened_at)
    return entry


@transaction.atomic
def correct_log(entry: LogEntry, *, text: str, actor: User) -> LogEntry:
    """
    Add a line that says what `entry` should have said; both stay readable.

    A line is corrected once; who errs again corrects the correction.
    """
    locked = (
        LogEntry.objects.select_for_update(of=("self",))
        .select_related("service")
        .get(pk=entry.pk)
    )
    if LogEntry.objects.filter(corrects=locked).exists():
        raise refuse(
            "already_corrected",
            "This line was corrected already.",
            "Correct the correction instead.",
        )
    correction = LogEntry.objects.create(
        text=text,
        author=actor,
        happened_at=locked.happened_at,
        entered_at=clock.now(),
        service=locked.service,
        corrects=locked,
    )
    events.record("log.corrected", correction, actor=actor, corrects=locked.pk)
    return correction
