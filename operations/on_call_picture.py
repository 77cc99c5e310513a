"""
A picture of shifts as rows of bars, in percent of the width, for `on_call_picture.html`.

People keep their number of colour through all rows; a name stands in each bar, and a table
beside the picture says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from operations.on_call import Shift
from portal.models import User

COLOURS = 8
NARROW = 5  # percent: less is too narrow for a name
MOST_BARS = 400  # in one row; hourly turns of weeks are no picture


@dataclass(frozen=True)
class Bar:
    x: str
    width: str
    name: str
    title: str
    colour: int | None  # None: nobody


@dataclass(frozen=True)
class Row:
    label: str
    bars: list[Bar]
    is_final: bool = False
    is_cut: bool = False


@dataclass(frozen=True)
class Tick:
    x: str
    label: str
    is_week: bool


@dataclass
class Picture:
    start: datetime
    end: datetime
    zone: ZoneInfo
    now: datetime
    rows: list[Row] = field(default_factory=list)
    colours: dict[User, int] = field(default_factory=dict)

    def add(self, label: str, shifts: Sequence[Shift], *, is_final: bool = False) -> None:
        """Add a row; shifts outside the picture are cut."""
        bars = [self._bar(shift, is_final=is_final) for shift in shifts[:MOST_BARS]]
        shown = [bar for bar in bars if bar is not None]
        self.rows.append(Row(label, shown, is_final, is_cut=len(shifts) > MOST_BARS))

    @property
    def ticks(self) -> list[Tick]:
        """Midnights by the schedule's clock."""
        day = self.start.astimezone(self.zone).date() + timedelta(days=1)
        found = []
        while (at := datetime.combine(day, datetime.min.time(), self.zone)) < self.end:
            is_week = day.weekday() == 0
            label = date_format(day, "j M") if is_week else ""
            found.append(Tick(self._percent(at), label, is_week))
            day += timedelta(days=1)
        return found

    @property
    def now_x(self) -> str:
        return self._percent(self.now) if self.start <= self.now < self.end else ""

    @property
    def legend(self) -> list[tuple[User, int]]:
        return list(self.colours.items())

    def _bar(self, shift: Shift, *, is_final: bool) -> Bar | None:
        start, end = max(shift.starts_at, self.start), min(shift.ends_at, self.end)
        if end <= start or (not shift.people and not is_final):
            return None
        names = ", ".join(str(person) for person in shift.people) or _("Nobody")
        colour = self._colour(shift.people[0]) if shift.people else None
        width = 100 * ((end - start) / (self.end - self.start))
        when = f"{self._shown(shift.starts_at)} - {self._shown(shift.ends_at)}"
        title = f"{names}: {when}. {shift.reason}"
        name = names if width >= NARROW else ""
        return Bar(self._percent(start), f"{width:.3f}%", name, title, colour)

    def _colour(self, person: User) -> int:
        return self.colours.setdefault(person, len(self.colours) % COLOURS)

    def _percent(self, at: datetime) -> str:
        return f"{100 * ((at - self.start) / (self.end - self.start)):.3f}%"

    def _shown(self, at: datetime) -> str:
        return date_format(at.astimezone(self.zone), "D j M, H:i")
