"""
A whole schedule: temporary shifts above overrides above layers.

Of the layers, the highest priority that has somebody decides, and equal ones add up. What has
nobody is transparent; if nothing is left, that is a gap and an answer, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from operations.rota.layers import Entry, LayerPlan
from operations.rota.people import Person, able, names
from operations.rota.units import utc


class Answer(NamedTuple):
    """
    Who is on call, first the one to be called, and why in sentences.

    `source` names the row that decided ("layer:5", "override:7", "temporary:3", ""), `slot`
    the turn; `layer_id` is the layer below, if one has a turn.
    """

    people: tuple[Person, ...]
    reason: str
    source: str = ""
    slot: str = ""
    layer_id: int | None = None


Asked = Callable[[datetime], Answer]


class Shift(NamedTuple):
    """The same answer for all of `[starts_at, ends_at)`."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[Person, ...]
    reason: str
    source: str = ""
    layer_id: int | None = None
    slot: str = ""


@dataclass(frozen=True)
class OverridePlan:
    """What holds for a while instead of a layer, or of all of them if `layer_id` is None."""

    id: int | None
    kind: str  # replace, add or remove
    starts_at: datetime
    ends_at: datetime
    person: Person | None = None
    replaces: Person | None = None
    layer_id: int | None = None
    reason: str = ""

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def apply(self, people: tuple[Person, ...], notes: list[str]) -> tuple[Person, ...] | None:
        """Return who it is with this, None if this changes nothing."""
        if self.kind == "remove":
            left = tuple(p for p in people if self.person is not None and p != self.person)
            return left if left != people else None
        assert self.person is not None
        if not able([self.person], notes):
            return None
        if self.kind == "add":
            return None if self.person in people else (*people, self.person)
        if self.replaces is None:
            return (self.person,)
        if self.replaces not in people:
            return None
        changed = (self.person if p == self.replaces else p for p in people)
        return tuple(dict.fromkeys(changed))

    def why(self) -> str:
        sentences = {
            "replace": _("Override of the rotation."),
            "add": _("%(person)s is added by an override."),
            "remove": _("%(person)s is taken out by an override."),
        }
        if self.reason and self.kind == "replace":
            return _("Override: %(reason)s") % {"reason": self.reason}
        sentence = sentences[self.kind] % {"person": self.person or _("Everybody")}
        return f"{sentence} ({self.reason})" if self.reason else sentence


@dataclass(frozen=True)
class TemporaryPlan:
    """Fixed shifts for a while: `(person, start, end)` each."""

    id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str = ""
    shifts: tuple[tuple[Person, datetime, datetime], ...] = ()

    def at(self, at: datetime) -> list[Person]:
        return [person for person, start, end in self.shifts if start <= at < end]


@dataclass(frozen=True)
class Plan:
    """A schedule that can be asked about any instant; overrides in the order they were said."""

    layers: tuple[LayerPlan, ...] = ()
    overrides: tuple[OverridePlan, ...] = ()
    temporaries: tuple[TemporaryPlan, ...] = ()

    def at(self, at: datetime) -> Answer:
        notes: list[str] = []
        answer = self._temporary_at(at, notes) or self._below(at, notes)
        return answer._replace(reason=" ".join([answer.reason, *notes]))

    def between(self, start: datetime, end: datetime) -> list[Shift]:
        """Return the shifts from `start` to `end`; gaps are shifts of nobody."""
        edges = itertools.chain(
            *(layer.edges(start, end) for layer in self.layers), self._own_edges()
        )
        return _shifts(edges, start, end, self.at)

    def layer_at(self, layer: LayerPlan, at: datetime) -> Answer:
        """Return what one layer says, with its own overrides and regardless of all others."""
        notes: list[str] = []
        answer = self._layer_answer(layer, at, notes)
        return answer._replace(reason=" ".join([answer.reason, *notes]))

    def layer_between(self, layer: LayerPlan, start: datetime, end: datetime) -> list[Shift]:
        edges = itertools.chain(layer.edges(start, end), self._own_edges())
        return _shifts(edges, start, end, lambda at: self.layer_at(layer, at))

    def with_layer(self, changed: LayerPlan) -> Plan:
        """Return the plan with this layer in the place of its former self, or added."""
        others = [layer for layer in self.layers if layer.id != changed.id]
        return replace(self, layers=(*others, changed))

    def without_layer(self, layer_id: int) -> Plan:
        left = tuple(layer for layer in self.layers if layer.id != layer_id)
        said = tuple(o for o in self.overrides if o.layer_id != layer_id)
        return replace(self, layers=left, overrides=said)

    def _own_edges(self) -> Iterator[datetime]:
        for row in self.overrides:
            yield row.starts_at
            yield row.ends_at
        for temporary in self.temporaries:
            yield temporary.starts_at
            yield temporary.ends_at
            for _person, start, end in temporary.shifts:
                yield start
                yield end

    def _temporary_at(self, at: datetime, notes: list[str]) -> Answer | None:
        for row in reversed(self.temporaries):  # the newest word first
            if not row.starts_at <= at < row.ends_at:
                continue
            if people := able(dict.fromkeys(row.at(at)), notes):
                key = f"temporary:{row.id}"
                reason = _("Temporary schedule.")
                if row.reason:
                    reason = _("Temporary schedule: %(reason)s") % {"reason": row.reason}
                slot = ":".join([key, *(str(person.pk) for person in people)])
                return Answer(people, reason, key, slot)
            notes.append(_("The temporary schedule has nobody then; the usual one decides."))
        return None

    def _below(self, at: datetime, notes: list[str]) -> Answer:
        answer = self._from_layers(at, notes)
        for row in self.overrides:
            if row.layer_id is None and row.holds(at):
                answer = _overridden(answer, row, notes)
        return answer

    def _from_layers(self, at: datetime, notes: list[str]) -> Answer:
        if not self.layers:
            return Answer((), _("Nobody takes part in the rotation."))
        why_not: dict[str, None] = {}
        for _priority, layers in _by_priority(self.layers):
            answers = [self._layer_answer(layer, at, notes) for layer in layers]
            if found := [answer for answer in answers if answer.people]:
                return _together(found)
            why_not |= dict.fromkeys(answer.reason for answer in answers)
        return Answer((), " ".join(why_not))

    def _layer_answer(self, layer: LayerPlan, at: datetime, notes: list[str]) -> Answer:
        entry = layer.at(at, notes)
        answer = _of_entry(entry, layer)
        for row in self.overrides:
            if row.layer_id is None or row.layer_id != layer.id or not row.holds(at):
                continue
            # Who takes over a layer takes its shifts; hours that it has not stay free.
            if row.kind != "replace" or entry.is_in_force:
                answer = _overridden(answer, row, notes)
        return answer


def _of_entry(entry: Entry, layer: LayerPlan) -> Answer:
    if not entry.is_in_force:
        return Answer((), entry.reason)
    return Answer(entry.people, entry.reason, f"layer:{layer.id}", entry.slot, layer.id)


def _overridden(answer: Answer, row: OverridePlan, notes: list[str]) -> Answer:
    people = row.apply(answer.people, notes)
    if people is None:
        return answer
    reason = row.why()
    if row.kind != "replace" and answer.people:
        reason = f"{answer.reason} {reason}"
    return answer._replace(people=people, reason=reason, source=f"override:{row.id}")


def _together(answers: Sequence[Answer]) -> Answer:
    """Add up what layers of one priority say."""
    if len(answers) == 1:
        return answers[0]
    return Answer(
        tuple(dict.fromkeys(person for answer in answers for person in answer.people)),
        " ".join(f"{names(answer.people)}: {answer.reason}" for answer in answers),
        "+".join(answer.source for answer in answers),
        "+".join(answer.slot for answer in answers),
        answers[0].layer_id,
    )


def _by_priority(layers: Iterable[LayerPlan]) -> Iterator[tuple[int, list[LayerPlan]]]:
    ordered = sorted(layers, key=lambda layer: -layer.priority)
    for priority, group in itertools.groupby(ordered, key=lambda layer: layer.priority):
        yield priority, list(group)


def _shifts(
    edges: Iterable[datetime], start: datetime, end: datetime, ask: Asked
) -> list[Shift]:
    """Cut the window wherever the answer may change, and join what did not."""
    inside = sorted({utc(edge) for edge in edges if start < edge < end})
    merged: list[Shift] = []
    for starts_at, ends_at in itertools.pairwise([start, *inside, end]):
        answer = ask(starts_at)
        shift = Shift(
            starts_at,
            ends_at,
            answer.people,
            answer.reason,
            answer.source,
            answer.layer_id,
            answer.slot,
        )
        if merged and merged[-1][2:] == shift[2:]:
            shift = shift._replace(starts_at=merged.pop().starts_at)
        merged.append(shift)
    return merged
