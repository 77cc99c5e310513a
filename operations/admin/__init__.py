"""Catalogues are edited here, with their versions; what moves by a workflow is only shown."""

from operations.admin import (
    alerts,
    business_hours,
    daily,
    heartbeats,
    noise,
    on_call,
    pace,
    reference,
    shifts,
    sprints,
)

__all__ = [
    "alerts",
    "business_hours",
    "daily",
    "heartbeats",
    "noise",
    "on_call",
    "pace",
    "reference",
    "shifts",
    "sprints",
]
