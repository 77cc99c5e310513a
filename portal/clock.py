"""
The one place that asks what time it is.

Where several machines share a database, its clock is the one that holds: what one of them plans
must not be due an hour later because the other's clock is wrong (RELIABILITY R17).
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

TOLERATED = timedelta(seconds=1)
PRECISE = timedelta(seconds=1)  # an answer that took longer says too little

_ours = {"ahead": timedelta(0)}  # of the database's clock


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return timezone.now() - _ours["ahead"]


def ahead() -> timedelta:
    """By how much the clock of this machine is ahead of the database's, as last compared."""
    return _ours["ahead"]


def follow_the_database(**_signal: Any) -> None:
    """
    Compare the clocks, and go by the database's where they are more than a second apart.

    The embedded database has none of its own.
    """
    if not settings.FOLLOW_DATABASE_CLOCK or connection.vendor != "postgresql":
        return
    before = timezone.now()
    theirs = _by_the_database()
    took = timezone.now() - before
    if abs(took) <= PRECISE:
        apart = before + took / 2 - theirs
        _ours["ahead"] = apart if abs(apart) > TOLERATED else timedelta(0)


def _by_the_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    return theirs
