"""One layer: whose turn it is at an instant, or whom a calendar names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from operations.rota.people import Person, able
from operations.rota.turns import Rule


class Entry(NamedTuple):
    """
    Who a layer has at an instant, and why; `slot` tells one turn from the next.

    `is_in_force` is False where the layer has no time then, whoever takes part.
    """

    people: tuple[Person, ...]
    reason: str
    slot: str = ""
    is_in_force: bool = True


@dataclass(frozen=True)
class Fixed:
    """A shift of an imported calendar; `person` is None for a name that nobody has here."""

    starts_at: datetime
    ends_at: datetime
    person: Person | None
    key: str = ""
    priority: int = 0
    unmatched_name: str = ""


@dataclass(frozen=True)
class LayerPlan:
    """A rotation of groups by a rule, or the fixed shifts of a calendar if there is none."""

    id: int | None
    name: str = ""
    priority: int = 0
    rule: Rule | None = None
    groups: tuple[tuple[Person, ...], ...] = ()
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    fixed: tuple[Fixed, ...] = ()

    def at(self, at: datetime, notes: list[str]) -> Entry:
        """Return who it is; who is passed over is said in `notes`."""
        if not self._is_valid(at):
            return _nobody(_("The layer is not in force at this time."))
        return self._fixed_at(at, notes) if self.rule is None else self._turn_at(at, notes)

    def edges(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Return all instants between where the answer may change."""
        yield from (edge for edge in (self.valid_from, self.valid_until) if edge)
        for shift in self.fixed:
            if shift.starts_at < end and shift.ends_at > start:
                yield shift.starts_at
                yield shift.ends_at
        if self.rule is not None:
            yield from self.rule.edges(start, end)

    def _is_valid(self, at: datetime) -> bool:
        has_begun = self.valid_from is None or self.valid_from <= at
        return has_begun and (self.valid_until is None or at < self.valid_until)

    def _turn_at(self, at: datetime, notes: list[str]) -> Entry:
        assert self.rule is not None
        if not self.groups:
            return _nobody(_("Nobody takes part in the rotation."))
        if at < self.rule.units.begins(0):
            return _nobody(_("The rotation has not begun yet."))
        unit = self.rule.unit_at(at)
        if unit is None:
            return _nobody(_("Nobody is planned for this time of the week."))
        turn = self.rule.turn_of(unit)
        slot = f"layer:{self.id}:{turn}"
        for step in range(len(self.groups)):
            place = (turn + step) % len(self.groups)
            if people := able(self.groups[place], notes):
                return Entry(people, self._why(place), slot)
        return Entry((), _("Nobody in the rotation can work."), slot)

    def _why(self, place: int) -> str:
        assert self.rule is not None
        sentences = {
            "hourly": _("Turn %(turn)d of %(turns)d in the hourly rotation%(name)s."),
            "daily": _("Turn %(turn)d of %(turns)d in the daily rotation%(name)s."),
            "weekly": _("Turn %(turn)d of %(turns)d in the weekly rotation%(name)s."),
            "monthly": _("Turn %(turn)d of %(turns)d in the monthly rotation%(name)s."),
        }
        name = f" “{self.name}”" if self.name else ""
        facts = {"turn": place + 1, "turns": len(self.groups), "name": name}
        return sentences[self.rule.units.kind] % facts

    def _fixed_at(self, at: datetime, notes: list[str]) -> Entry:
        """Of the calendar's shifts then, the highest priority that has somebody."""
        now = [shift for shift in self.fixed if shift.starts_at <= at < shift.ends_at]
        for priority in sorted({shift.priority for shift in now}, reverse=True):
            here = [shift for shift in now if shift.priority == priority]
            if people := able(dict.fromkeys(s.person for s in here if s.person), notes):
                slot = "+".join(f"calendar:{self.id}:{shift.key}" for shift in here)
                reason = _("Planned in the calendar “%(name)s”.") % {"name": self.name}
                return Entry(people, reason, slot)
        unknown = ", ".join(dict.fromkeys(s.unmatched_name for s in now if not s.person))
        if unknown:
            sentence = _("The calendar “%(name)s” names %(who)s, who is nobody here.")
            facts = {"name": self.name, "who": f"“{unknown}”"}
            return Entry((), sentence % facts, "+".join(f"calendar:{s.key}" for s in now))
        return _nobody(_("The calendar “%(name)s” has nobody.") % {"name": self.name})


def _nobody(reason: str) -> Entry:
    return Entry((), reason, is_in_force=False)
