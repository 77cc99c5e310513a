"""
What is known later about what was told: calls that are read again open nothing that is over.

Calls that are read in their turn need none of this. One that is read again (after its mapping
changed, or after it failed) is followed by calls that were received since, and one of those may
have told that the alert is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from operations.formats import Incoming, Told


@dataclass
class Ends:
    """The ends that were told, from the newest call back to the one that is looked at."""

    _of_start: dict[tuple[str, datetime], datetime] = field(default_factory=dict)
    _of_key: dict[str, datetime] = field(default_factory=dict)

    def note(self, told: Incoming, received_at: datetime) -> None:
        ended_at = told.ended_at or received_at
        if told.started_at is None:
            self._of_key[told.fingerprint] = ended_at
        else:
            self._of_start[told.fingerprint, told.started_at] = ended_at

    def of(self, told: Incoming) -> datetime | None:
        by_key = self._of_key.get(told.fingerprint)
        if told.started_at is None:
            starts = (key for key in self._of_start if key[0] == told.fingerprint)
            return by_key or min((self._of_start[key] for key in starts), default=None)
        return self._of_start.get((told.fingerprint, told.started_at), by_key)


def in_hindsight(calls: Iterable[tuple[datetime, Told]]) -> list[Told]:
    """
    Return what each call told, the oldest first, with the ends that later ones told.

    Takes (received at, what it told). What fires and is over has `ended_at`.
    """
    ends = Ends()
    known: list[Told] = []
    for received_at, told in reversed(list(calls)):
        alerts = []
        for alert in reversed(told.alerts):
            ended_at = ends.of(alert) if alert.is_firing else None
            alerts.append(replace(alert, ended_at=ended_at) if ended_at else alert)
            if not alert.is_firing:
                ends.note(alert, received_at)
        known.append(replace(told, alerts=alerts[::-1]))
    return known[::-1]
