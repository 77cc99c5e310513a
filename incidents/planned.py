"""
Planned time: what a maintenance window was announced as before it began; no database.

Whoever extends a window while it runs says so before that time comes, and it counts. A window
told of after it began, or moved back over an outage, leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.intervals import Interval, union


@dataclass(frozen=True)
class Told:
    """What was said of a window from `said_at` on; called off, it has no time."""

    said_at: datetime
    starts_at: datetime
    ends_at: datetime
    is_off: bool = False


def announced_time(told: Sequence[Told]) -> list[Interval]:
    """Return the planned time of one window from all that was said of it, in order."""
    found: list[Interval] = []
    goes_on = False
    for number, each in enumerate(told):
        following = told[number + 1].said_at if number + 1 < len(told) else each.ends_at
        counts = not each.is_off and (each.said_at <= each.starts_at or goes_on)
        end = min(each.ends_at, following) if counts else each.said_at
        found.append((max(each.starts_at, each.said_at), end))
        goes_on = counts and each.starts_at <= following < each.ends_at
    return union(found)
