"""
What must hold after the faults, asked of the database in plain SQL and of the mail server.

Nothing of the product is used here, so that it cannot agree with itself by mistake.
"""

from collections import Counter
from datetime import datetime
from statistics import quantiles
from typing import Any, NamedTuple

import psycopg

from tests.faults.sender import Call, Occurrence

SENT = ("sent", "bundled")
OVER = ("sent", "bundled", "cancelled")


class Delays(NamedTuple):
    """Seconds: half of all are below `p50`, 99 of 100 below `p99`."""

    p50: float
    p99: float
    longest: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f} s, p99 {self.p99:.1f} s, longest {self.longest:.1f} s"


class Oracle:
    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def close(self) -> None:
        self._connection.close()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.encode(), values).fetchall()

    def number(self, sql: str, *values: Any) -> int:
        [(found,)] = self.rows(sql, *values)
        return int(found)

    # --- what came in -----------------------------------------------------------------------

    def unread(self) -> int:
        return self.number("SELECT count(*) FROM operations_receipt WHERE state = 'received'")

    def receipts_lost(self, calls: list[Call]) -> set[str]:
        """Receipts that a sender was given with a 202 and that are not there."""
        given = {receipt for call in calls for receipt in call.receipts}
        kept = {str(pk) for (pk,) in self.rows("SELECT public_id FROM operations_receipt")}
        return given - kept

    def receipts_not_read(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "SELECT public_id, state, error FROM operations_receipt WHERE state <> 'processed'"
        )

    def occurrences(self) -> Counter[Occurrence]:
        return Counter(
            Occurrence(fingerprint, started_at)
            for fingerprint, started_at in self.rows(
                "SELECT a.fingerprint, o.started_at FROM operations_occurrence o"
                " JOIN operations_alert a ON a.id = o.alert_id"
            )
        )

    # --- what followed ----------------------------------------------------------------------

    def reactions_owed(self) -> int:
        return self.number("SELECT count(*) FROM portal_reaction WHERE state = 'due'")

    def alerts_without_an_incident(self) -> int:
        return self.number(
            "SELECT count(*) FROM operations_alert a WHERE NOT EXISTS"
            " (SELECT 1 FROM incidents_incidentalert i WHERE i.alert_id = a.id)"
        )

    def incidents_by_service(self) -> Counter[int]:
        found = self.rows("SELECT service_id FROM incidents_incident")
        return Counter(service for (service,) in found)

    # --- who was told -----------------------------------------------------------------------

    def steps_overdue(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "SELECT id, state, due_at FROM incidents_escalationstep"
            " WHERE state NOT IN ('done', 'skipped', 'cancelled') AND due_at <= now()"
        )

    def pages_owed(self) -> int:
        return self.number(
            "SELECT count(*) FROM portal_notification WHERE kind = 'page'"
            " AND state IN ('due', 'claimed') AND due_at <= now()"
        )

    def pages(self) -> dict[str, str]:
        """Every page by its key, which is also the Message-ID, with its state."""
        return dict(
            self.rows(
                "SELECT idempotency_key, state FROM portal_notification WHERE kind = 'page'"
            )
        )

    def pages_of_one_step_to_one_person(self) -> Counter[tuple[Any, ...]]:
        """How many pages each incident's step owes each person by each way."""
        return Counter(
            self.rows(
                "SELECT topic, person_id, contact_id, wanted_at, subject FROM"
                " portal_notification WHERE kind = 'page'"
            )
        )

    def lateness(self) -> Delays:
        """From when a page was wanted to when it left."""
        return _delays(
            self.rows(
                "SELECT wanted_at, sent_at FROM portal_notification"
                " WHERE kind = 'page' AND sent_at IS NOT NULL"
            )
        )

    def from_accept_to_page(self) -> Delays:
        """From the receipt of an incident's first alert to its first page."""
        return _delays(
            self.rows(
                "SELECT min(r.received_at), min(n.sent_at) FROM incidents_incident i"
                " JOIN incidents_incidentalert ia ON ia.incident_id = i.id"
                " JOIN operations_occurrence o ON o.alert_id = ia.alert_id"
                " JOIN operations_receipt r ON r.id = o.receipt_id"
                " JOIN portal_notification n ON n.topic = 'incident:' || i.id"
                " WHERE n.kind = 'page' AND n.sent_at IS NOT NULL GROUP BY i.id"
            )
        )


def _delays(moments: list[tuple[datetime, datetime]]) -> Delays:
    seconds = sorted((end - start).total_seconds() for start, end in moments)
    cuts = quantiles(seconds, n=100, method="inclusive")
    return Delays(cuts[49], cuts[98], seconds[-1])
