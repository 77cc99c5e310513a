"""Whoever gives a change its time does so alone: no two at once may both find it free."""

from django.db import connection

TIMES = 2_205_001  # our key among the database's advisory locks


def take_turns() -> None:
    """
    Let nobody else give a change its time until this transaction ends.

    On SQLite every transaction that writes has the database to itself from its beginning.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TIMES])
