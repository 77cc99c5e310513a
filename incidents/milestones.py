"""
The moments of an incident, and what may be worked out from them.

Each is recorded, pending, not applicable or invalid: one that was skipped is no zero, and one
that is out of order is shown and left out of every figure. No database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Value(StrEnum):
    RECORDED = "recorded"
    PENDING = "pending"
    NOT_APPLICABLE = "not_applicable"
    INVALID = "invalid"


VALUE_WORDS = {
    Value.RECORDED: _("Recorded"),
    Value.PENDING: _("Pending"),
    Value.NOT_APPLICABLE: _("Not applicable"),
    Value.INVALID: _("Out of order"),
}
# In order; each is a field of the incident.
FIELDS = {
    "impact_started": "impact_started_at",
    "detected": "detected_at",
    "acknowledged": "acknowledged_at",
    "mitigated": "mitigated_at",
    "resolved": "resolved_at",
    "closed": "closed_at",
}
LABELS = {
    "impact_started": _("Impact started"),
    "detected": _("Detected"),
    "acknowledged": _("Acknowledged"),
    "mitigated": _("Mitigated"),
    "resolved": _("Resolved"),
    "closed": _("Closed"),
}
# Which must not come after which.
ORDER = [
    ("impact_started", "detected", "impact_started"),
    ("detected", "acknowledged", "acknowledged"),
    ("detected", "mitigated", "mitigated"),
    ("detected", "resolved", "resolved"),
    ("acknowledged", "resolved", "acknowledged"),
    ("mitigated", "resolved", "mitigated"),
    ("resolved", "closed", "closed"),
]


@dataclass(frozen=True)
class Milestone:
    key: str
    at: datetime | None
    value: Value

    @property
    def label(self) -> str:
        return str(LABELS[self.key])

    @property
    def value_word(self) -> str:
        return str(VALUE_WORDS[self.value])


@dataclass(frozen=True)
class Measure:
    """A length of time between two moments, by name: never a “duration” without its ends."""

    key: str
    label: Any
    start: str
    end: str

    @property
    def ends(self) -> str:
        ends = {"start": LABELS[self.start], "end": LABELS[self.end]}
        return str(_("%(start)s to %(end)s")) % ends


MEASURES = {
    "mttd": Measure("mttd", _("Time to detect"), "impact_started", "detected"),
    "mtta": Measure("mtta", _("Time to acknowledge"), "detected", "acknowledged"),
    "mttm": Measure("mttm", _("Time to mitigate"), "detected", "mitigated"),
    "mttr": Measure("mttr", _("Time to resolve"), "detected", "resolved"),
}


def milestones(incident: Any) -> list[Milestone]:
    """Return the six of an incident, or of anything with its moments, in their order."""
    at = {key: getattr(incident, field, None) for key, field in FIELDS.items()}
    wrong = {blamed for before, after, blamed in ORDER if _is_after(at[before], at[after])}
    return [Milestone(key, at[key], _value(key, at, wrong)) for key in FIELDS]


def measured(incident: Any, measure: Measure) -> tuple[Value, timedelta | None]:
    """Return what is known of a length of time; without a length unless it is recorded."""
    by_key = {each.key: each for each in milestones(incident)}
    ends = by_key[measure.start], by_key[measure.end]
    for value in (Value.INVALID, Value.NOT_APPLICABLE, Value.PENDING):
        if any(each.value == value for each in ends):
            return value, None
    start, end = ends[0].at, ends[1].at
    assert start is not None
    assert end is not None
    return Value.RECORDED, end - start


def _is_after(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other


def _value(key: str, at: dict[str, datetime | None], wrong: set[str]) -> Value:
    if key in wrong:
        return Value.INVALID
    if at[key] is not None:
        return Value.RECORDED
    is_over: Callable[[str], bool] = lambda end: at[end] is not None  # noqa: E731
    skipped = {
        "impact_started": is_over("closed"),
        "acknowledged": is_over("resolved"),
        "mitigated": is_over("resolved"),
    }
    return Value.NOT_APPLICABLE if skipped.get(key) else Value.PENDING
