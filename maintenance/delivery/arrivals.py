"""What is known of one deployment, as far as the metrics ask."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Known(StrEnum):
    """Whether something is so, and how it is known."""

    NO = "no"
    INFERRED = "inferred"
    DECLARED = "declared"


@dataclass(frozen=True)
class Change:
    """A change that reached production with this deployment for the first time."""

    sha: str
    committed_at: datetime


@dataclass(frozen=True)
class Arrival:
    """One production deployment that finished in the period."""

    number: int
    finished_at: datetime
    is_rollback: bool = False
    failed: Known = Known.NO
    recovered_at: datetime | None = None
    # Unplanned: for a production incident, for a bug that users saw; one may be both.
    for_incident: Known = Known.NO
    for_bug: Known = Known.NO
    changes: tuple[Change, ...] = ()


def without_rollbacks(arrivals: Iterable[Arrival]) -> list[Arrival]:
    return [arrival for arrival in arrivals if not arrival.is_rollback]
