"""
The arithmetic of when production may be touched, without a database.

Instants are in UTC and spans half open, `[start, end)`: what only touches does not overlap.
What is asked about a change is asked of its effective span, which reaches from the start of
its preparation to the end of the rollback that it may need.
"""

from maintenance.timing.conflicts import (
    Change,
    Clash,
    Rule,
    Rules,
    Weight,
    clashes,
    reach,
    shared,
)
from maintenance.timing.recurrence import LAST, Frequency, Recurrence
from maintenance.timing.slots import Blocker, Need, Slot, next_slots
from maintenance.timing.spans import Span, common, covered, merged, without
from maintenance.timing.verdicts import Code, Verdict, effective, judge

__all__ = [
    "LAST",
    "Blocker",
    "Change",
    "Clash",
    "Code",
    "Frequency",
    "Need",
    "Recurrence",
    "Rule",
    "Rules",
    "Slot",
    "Span",
    "Verdict",
    "Weight",
    "clashes",
    "common",
    "covered",
    "effective",
    "judge",
    "merged",
    "next_slots",
    "reach",
    "shared",
    "without",
]
