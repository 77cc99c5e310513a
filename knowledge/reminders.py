"""
When an action item's owner is reminded: before it is due, on the day, then every week.

Reminders come in the morning of the owner's own day. What stays undone is told to the team's
managers, too: at once where it matters most, after two weeks as a rule.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from itertools import count

from knowledge.models import Priority

DAYS_BEFORE = (7, 1, 0)
WEEKLY = 7  # days between reminders of what is overdue
MORNING = time(8)  # of the owner
# Days overdue from which the managers hear of it.
MANAGERS_AFTER = {Priority.HIGH: 1, Priority.NORMAL: 14, Priority.LOW: 28}


def next_reminder(
    due_on: date,
    after: datetime,
    zone: tzinfo,
    *,
    priority: int = Priority.NORMAL,
    quiet_until: date | None = None,
) -> datetime:
    """
    Return the first reminder later than `after`; until it is done there is always one.

    Of high priority there is one on the day after the due date, too. Before `quiet_until`
    there is none, and on that day there is one.
    """

    def morning_of(day: date) -> datetime:
        return datetime.combine(day, MORNING, zone)

    if quiet_until is not None and morning_of(quiet_until) > after:
        return morning_of(quiet_until)
    days_before = (*DAYS_BEFORE, -1) if priority == Priority.HIGH else DAYS_BEFORE
    for days in days_before:
        at = morning_of(due_on - timedelta(days=days))
        if at > after:
            return at
    weeks_gone = max(1, (after.astimezone(zone).date() - due_on).days // WEEKLY)
    return next(
        at
        for weeks in count(weeks_gone)
        if (at := morning_of(due_on + timedelta(days=WEEKLY * weeks))) > after
    )


def managers_hear_of_it(due_on: date, today: date, priority: int = Priority.NORMAL) -> bool:
    return (today - due_on).days >= MANAGERS_AFTER[Priority(priority)]
