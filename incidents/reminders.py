"""When the writer of a review is reminded: a day before it is due, when it is, then daily."""

from datetime import datetime, timedelta

DAY = timedelta(days=1)


def next_reminder(due_at: datetime, after: datetime) -> datetime:
    """Return the first reminder later than `after`; until it is published there is one."""
    for at in (due_at - DAY, due_at):
        if at > after:
            return at
    return due_at + ((after - due_at) // DAY + 1) * DAY
