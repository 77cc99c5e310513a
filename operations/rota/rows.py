"""A layer's fields as a rule; the row may not be saved yet."""

from __future__ import annotations

from datetime import date, time
from typing import Any, Protocol

from operations.rota.days import EVERY_DAY, Days
from operations.rota.turns import Rule
from operations.rota.units import Units


class LayerRow(Protocol):
    """What is asked of a layer."""

    rotation: str
    interval: int
    starts_on: date
    handoff_time: time
    handoff_weekday: int
    weekdays: Any
    hours: Any
    holiday_rule: str
    holiday_country: str
    holiday_subdivision: str


def rule_of(layer: LayerRow, time_zone: str) -> Rule | None:
    """Return how a layer rotates, None for one that follows a calendar."""
    if layer.rotation == "calendar":
        return None
    is_hourly = layer.rotation == "hourly"
    units = Units(
        kind=str(layer.rotation),
        starts_on=layer.starts_on,
        handoff=layer.handoff_time,
        zone=time_zone,
        weekday=layer.handoff_weekday,
        hours=layer.interval if is_hourly else 1,
    )
    return Rule(units, 1 if is_hourly else layer.interval, _days_of(layer))


def _days_of(layer: LayerRow) -> Days:
    hours = tuple(
        (time.fromisoformat(row["from"]), time.fromisoformat(row["until"]))
        for row in layer.hours
    )
    return Days(
        weekdays=frozenset(layer.weekdays) or EVERY_DAY,
        hours=hours,
        holiday_rule=str(layer.holiday_rule),
        country=layer.holiday_country,
        subdivision=layer.holiday_subdivision,
    )
