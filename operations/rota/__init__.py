"""
The arithmetic of who is on call, without a database: plans that can be asked.

`plan.at(instant)` answers for an instant, `plan.between(start, end)` for a window; both say
why. Shifts are half open, `[start, end)`. All arithmetic is by the wall clock of one zone: a
time that happens twice is its first, one that is skipped is the first instant after the gap.
"""

from operations.rota.changes import ClockChange, Difference, clock_changes, differences
from operations.rota.days import Days
from operations.rota.layers import Entry, Fixed, LayerPlan
from operations.rota.people import Person
from operations.rota.plan import Answer, OverridePlan, Plan, Shift, TemporaryPlan
from operations.rota.rows import LayerRow, rule_of
from operations.rota.turns import Rule
from operations.rota.units import Units

__all__ = [
    "Answer",
    "ClockChange",
    "Days",
    "Difference",
    "Entry",
    "Fixed",
    "LayerPlan",
    "LayerRow",
    "OverridePlan",
    "Person",
    "Plan",
    "Rule",
    "Shift",
    "TemporaryPlan",
    "Units",
    "clock_changes",
    "differences",
    "rule_of",
]
