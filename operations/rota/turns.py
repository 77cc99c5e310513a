"""
Whose turn it is: units are given out in order, and excluded ones do not eat a turn.

`turn = floor(E / interval) mod participants`, E being the number of eligible units from the
first one until this. A unit is eligible if it holds any time that the days and hours allow,
so that over any span the turns of two participants differ by one at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from operations.rota.days import ALWAYS, Days
from operations.rota.units import DAY, Units, local_day, moment

# A window starts this many days before the local day of an instant in it, at most; one more
# where a zone skips a whole day.
LOOK_BACK = 2


class Piece(NamedTuple):
    """A time in force that one unit holds: `[start, end)`."""

    start: datetime
    end: datetime
    unit: int


@dataclass(frozen=True)
class Rule:
    """Units, how many of them a turn has, and when they are in force."""

    units: Units
    interval: int = 1
    days: Days = ALWAYS

    def unit_at(self, at: datetime) -> int | None:
        """Return the unit in force at an instant, None between them and before the first."""
        if self.days.is_always:
            number: int | None = self.units.at(at)
        elif self.units.kind == "hourly":  # slots end at their hour, whatever the window
            number = self.units.at(at) if self._is_in_force(at) else None
        else:
            number = self._piece_at(at)
        return number if number is not None and number >= 0 else None

    def turn_of(self, unit: int) -> int:
        """Return the number of a unit's turn, which is the next person's or group's."""
        eligible = unit if self.days.is_always else _counter(self).before(unit)
        return eligible // self.interval

    def edges(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Return all instants from `start` to `end`, and some around, where it may change."""
        if self.days.is_always:
            for number in range(max(self.units.at(start), 0), self.units.at(end) + 1):
                yield self.units.begins(number)
        else:
            first, last = local_day(start, self.units.zone), local_day(end, self.units.zone)
            for piece in self.pieces(first - LOOK_BACK * DAY, last + DAY):
                yield piece.start
                yield piece.end
            yield self.units.begins(0)

    def pieces(self, first: date, last: date) -> Iterator[Piece]:
        """Return the pieces of the windows that start on the days from `first` to `last`."""
        zone = self.units.zone
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if self.units.is_elapsed:
                yield from self._elapsed_pieces(day)
                continue
            for start, end, unit in self.local_pieces(day):
                yield Piece(moment(start, zone), moment(end, zone), unit)

    def _piece_at(self, at: datetime) -> int | None:
        around = local_day(at, self.units.zone)
        pieces = self.pieces(around - LOOK_BACK * DAY, around + DAY)
        holding = [piece for piece in pieces if piece.start <= at < piece.end]
        # Where windows overlap, the later one takes over.
        last = max(holding, key=lambda piece: (piece.start, piece.unit), default=None)
        return last.unit if last else None

    def _is_in_force(self, at: datetime) -> bool:
        around = local_day(at, self.units.zone)
        return any(
            moment(start, self.units.zone) <= at < moment(end, self.units.zone)
            for number in range(-LOOK_BACK, 2)
            for start, end in self.days.windows(around + number * DAY, self.units.handoff)
        )

    def local_pieces(self, day: date) -> Iterator[Piece]:
        """Return the pieces of a day in local time."""
        for start, end in self.days.windows(day, self.units.handoff):
            edge = start
            for unit in range(self.units.at_local(start), self.units.at_local(end) + 1):
                until = min(self.units.local(unit + 1), end)
                if self._is_one(day, until):
                    until = end
                if until > edge:
                    yield Piece(edge, until, unit)
                    edge = until

    def _is_one(self, day: date, until: datetime) -> bool:
        """A window belongs to the day it starts: after midnight nobody hands over in it."""
        return self.units.kind != "hourly" and until.date() > day

    def _elapsed_pieces(self, day: date) -> Iterator[Piece]:
        for local_start, local_end in self.days.windows(day, self.units.handoff):
            start, end = (
                moment(local_start, self.units.zone),
                moment(local_end, self.units.zone),
            )
            for unit in range(self.units.at(start), self.units.at(end) + 1):
                piece = Piece(
                    max(start, self.units.begins(unit)),
                    min(end, self.units.begins(unit + 1)),
                    unit,
                )
                if piece.end > piece.start:
                    yield piece

    def is_eligible(self, unit: int) -> bool:
        """Whether a unit holds any time in force."""
        if self.units.kind == "hourly":
            return self._is_slot_eligible(unit)
        first = self.units.local(unit).date()
        last = self.units.local(unit + 1).date()
        days = [*range((last - first).days + 1), -1]
        return any(
            piece.unit == unit
            for number in days
            for piece in self.local_pieces(first + timedelta(days=number))
        )

    def _is_slot_eligible(self, unit: int) -> bool:
        """Whether a slot touches a window, by the clock or, if it is elapsed, by instants."""
        if self.units.is_elapsed:
            zone = self.units.zone
            begins, ends = self.units.begins(unit), self.units.begins(unit + 1)
            first, last = local_day(begins, zone), local_day(ends, zone)
        else:
            zone = ""
            begins, ends = self.units.local(unit), self.units.local(unit + 1)
            first, last = begins.date(), ends.date()
        return any(
            (moment(start, zone) if zone else start) < ends
            and (moment(end, zone) if zone else end) > begins
            for number in range(-1, (last - first).days + 1)
            for start, end in self.days.windows(first + number * DAY, self.units.handoff)
        )


class _Counter:
    """How many eligible units there are before each; counted once, kept for the process."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.counts = [0]
        self.lock = Lock()

    def before(self, unit: int) -> int:
        with self.lock:
            while len(self.counts) <= unit:
                last = len(self.counts) - 1
                self.counts.append(self.counts[last] + self.rule.is_eligible(last))
        return self.counts[max(unit, 0)]


@lru_cache(maxsize=512)
def _counter(rule: Rule) -> _Counter:
    return _Counter(rule)
