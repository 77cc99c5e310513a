"""
When an action item's owner is reminded: before it is due, on the day, then every week.

Reminders come in the morning of the owner's own day. After two weeks the team's managers
hear of it, too.
"""

from datetime import date, datetime, time, timedelta, tzinfo
from itertools import count

DAYS_BEFORE = (7, 1, 0)
WEEKLY = 7  # days between reminders of what is overdue
MANAGERS_AFTER = 14  # days overdue
MORNING = time(8)  # of the owner


def next_reminder(due_on: date, after: datetime, zone: tzinfo) -> datetime:
    """Return the first reminder later than `after`; until it is done there is always one."""

    def morning_of(day: date) -> datetime:
        return datetime.combine(day, MORNING, zone)

    for days in DAYS_BEFORE:
        at = morning_of(due_on - timedelta(days=days))
        if at > after:
            return at
    weeks_gone = max(1, (after.astimezone(zone).date() - due_on).days // WEEKLY)
    return next(
        at
        for weeks in count(weeks_gone)
        if (at := morning_of(due_on + timedelta(days=WEEKLY * weeks))) > after
    )


def managers_hear_of_it(due_on: date, today: date) -> bool:
    return (today - due_on).days >= MANAGERS_AFTER
