"""
The clocks of one incident, held together while a verb works on them.

Rows are changed in memory, worked out anew and written back at once. Whoever opens a book has
locked the incident: all writes to its clocks go through that lock.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from incidents.clock_targets import Demand, Demands
from incidents.clocks import Segment, Terms, written
from incidents.models import (
    ClockChange,
    ClockKind,
    ClockPause,
    ClockReason,
    Incident,
    IncidentClock,
    Outcome,
    PauseReason,
)
from portal import events
from portal.models import User

WORKED_OUT = [
    "severity",
    "started_at",
    "target",
    "target_text",
    "calendars",
    "at_risk_percent",
    "at_risk_at",
    "due_at",
    "paused_for",
    "frozen_at",
    "stopped_at",
    "elapsed",
    "outcome",
    "breached_at",
    "breach_reason",
    "wake_at",
    "at_risk_told_at",
    "breach_told_at",
]
# Those that an incident shows of itself.
SHOWN = {
    ClockKind.RESPONSE: "response_due_at",
    ClockKind.RESOLUTION: "resolution_due_at",
}


class Book:
    """All clocks of one locked incident at one moment."""

    def __init__(
        self,
        incident: Incident,
        *,
        now: datetime,
        actor: User | None,
        reason: ClockReason = ClockReason.TIME,
        note: str = "",
    ) -> None:
        self.incident, self.now, self.actor = incident, now, actor
        self.reason, self.note = reason, note
        self.rows = list(incident.clocks.order_by("kind", "number"))
        self.pauses: dict[int, list[ClockPause]] = defaultdict(list)
        for pause in ClockPause.objects.filter(clock__incident=incident):
            self.pauses[pause.clock_id].append(pause)
        self._touched: list[IncidentClock] = []
        self._changes: list[ClockChange] = []
        self._demands: Demands | None = None
        self._breached: list[IncidentClock] = []

    @property
    def is_frozen(self) -> bool:
        return any(row.frozen_at is not None for row in self.rows)

    @property
    def demands(self) -> Demands:
        if self._demands is None:
            self._demands = Demands(self.incident.service, self.incident.severity)
        return self._demands

    def newest(self, kind: str) -> IncidentClock | None:
        return next((row for row in reversed(self.rows) if row.kind == kind), None)

    def begin(self, kind: ClockKind, start: datetime, demand: Demand) -> IncidentClock:
        """Start a clock with what is demanded of it."""
        last = self.newest(kind)
        row = IncidentClock(
            incident=self.incident,
            kind=kind,
            number=last.number + 1 if last else 1,
            started_at=start,
        )
        self._take_on(row, Terms(start, (Segment(start, demand.calendar),)), demand)
        self.rows.append(row)
        self.settle(row)
        return row

    def demand_anew(self, row: IncidentClock, demand: Demand) -> None:
        """Keep its start, what has elapsed and its pauses; swap the target, and say so."""
        before = self._before(row)
        since = row.stopped_at or self.now
        self._take_on(row, row.terms([]).under(demand.calendar, since), demand)
        self._moved(row, before)

    def follow_calendar(self, row: IncidentClock, demand: Demand) -> None:
        """The calendar it runs by reads otherwise now: count all that it counted anew."""
        kept = row.segments
        terms = Terms(row.started_at, (*kept[:-1], Segment(kept[-1].since, demand.calendar)))
        if terms.segments == kept and demand.target(terms) == row.target:
            return
        before = self._before(row)
        self._take_on(row, terms, demand)
        self._moved(row, before)

    def start_from(self, row: IncidentClock, start: datetime, demand: Demand) -> None:
        """Let it count from another moment."""
        before = self._before(row)
        row.started_at = start
        self._take_on(row, row.terms([]), demand)
        self._moved(row, before)

    def stop(self, row: IncidentClock, at: datetime, *, needed: bool = True) -> None:
        """It is done; not `needed` where it ended before anybody had to do it."""
        for pause in self.pauses[row.pk]:
            if pause.ended_at is None:
                pause.ended_at, pause.ended_by = max(at, pause.started_at), self.actor
                pause.save(update_fields=["ended_at", "ended_by"])
        row.stopped_at = at
        row.outcome = Outcome.MET if needed else Outcome.NOT_NEEDED
        self.settle(row)

    def go_on(self, row: IncidentClock, *, without: PauseReason | None) -> None:
        """It runs again; the time since its stop does not count where a reason is given."""
        before, stopped_at = self._before(row), row.stopped_at
        row.stopped_at, row.elapsed, row.outcome = None, None, ""
        if without is not None and stopped_at is not None:
            self.add_pause(row, without, stopped_at, self.now)
        self._moved(row, before)

    def add_pause(
        self, row: IncidentClock, reason: PauseReason, start: datetime, end: datetime | None
    ) -> None:
        pause = ClockPause.objects.create(
            clock=row,
            reason=reason,
            note=self.note[:300],
            started_at=start,
            ended_at=end,
            started_by=self.actor,
            ended_by=self.actor if end else None,
        )
        self.pauses[row.pk].append(pause)

    def pause(self, row: IncidentClock, reason: PauseReason) -> None:
        before = self._before(row)
        self.add_pause(row, reason, self.now, None)
        self._moved(row, before)

    def resume(self, row: IncidentClock) -> None:
        before = self._before(row)
        for pause in self.pauses[row.pk]:
            if pause.ended_at is None:
                pause.ended_at, pause.ended_by = self.now, self.actor
                pause.save(update_fields=["ended_at", "ended_by"])
        self._moved(row, before)

    def settle(self, row: IncidentClock) -> None:
        """Work out all that follows from the row and its pauses, at this moment."""
        terms = row.terms(self.pauses[row.pk])
        due_before, row.due_at, row.at_risk_at = row.due_at, None, None
        if row.target is not None:
            row.due_at = terms.reaches(row.target)
            row.at_risk_at = terms.reaches(row.target * row.at_risk_percent / 100)
        if row.stopped_at is not None:
            row.elapsed = terms.elapsed(row.stopped_at)
        going_on = [each.reason for each in self.pauses[row.pk] if each.ended_at is None]
        row.paused_for = going_on[0] if going_on and row.is_running else ""
        self._judge(row, due_before)
        row.wake_at = wakes_at(row)
        if row not in self._touched:
            self._touched.append(row)

    def write(self) -> None:
        """Save what was touched, and what the incident shows of it."""
        new = [row for row in self._touched if row._state.adding]
        IncidentClock.objects.bulk_create(new)
        known = [row for row in self._touched if row not in new]
        if known:
            IncidentClock.objects.bulk_update(known, WORKED_OUT)
        ClockChange.objects.bulk_create(self._changes)
        if self._touched:
            self._show_on_incident()
        for row in self._breached:
            self._tell_breach(row)
        self._touched, self._changes, self._breached = [], [], []

    def _take_on(self, row: IncidentClock, terms: Terms, demand: Demand) -> None:
        row.calendars = written(terms.segments)
        row.target, row.target_text = demand.target(terms), demand.text
        row.severity = self.incident.severity
        row.at_risk_percent = self.demands.policy.at_risk_percent

    def _judge(self, row: IncidentClock, due_before: datetime | None) -> None:
        """Say whether it is breached, since when and why; a stopped one by its stop."""
        end = row.stopped_at or self.now
        if row.due_at is None or row.due_at > end:
            row.breached_at, row.breach_reason, row.breach_told_at = None, "", None
            if row.at_risk_at is None or row.at_risk_at > end:
                row.at_risk_told_at = None
            if row.outcome == Outcome.BREACHED:
                row.outcome = Outcome.MET
            return
        if row.stopped_at is not None:
            row.outcome = Outcome.BREACHED
        if row.breached_at is None:
            was_over = due_before is not None and due_before <= end
            by_time = was_over or self.reason == ClockReason.TIME
            row.breached_at = (due_before if was_over else row.due_at) if by_time else self.now
            row.breach_reason = ClockReason.TIME if by_time else self.reason
            self._breached.append(row)

    def _before(self, row: IncidentClock) -> ClockChange:
        terms = row.terms(self.pauses[row.pk])
        return ClockChange(
            clock=row,
            at=self.now,
            reason=self.reason,
            note=self.note[:300],
            actor=self.actor,
            severity_before=row.severity,
            target_before=row.target,
            due_before=row.due_at,
            elapsed=terms.elapsed(row.stopped_at or self.now),
        )

    def _moved(self, row: IncidentClock, change: ClockChange) -> None:
        self.settle(row)
        change.severity_after = row.severity
        change.target_after, change.due_after = row.target, row.due_at
        self._changes.append(change)

    def _tell_breach(self, row: IncidentClock) -> None:
        events.record(
            "incident.clock_breached",
            self.incident,
            actor=None,
            happened_at=row.breached_at,
            clock=row.kind,
            due=row.due_at.isoformat() if row.due_at else "",
            because=row.breach_reason,
        )

    def _show_on_incident(self) -> None:
        """Clockwork: no version of the incident says more by it."""
        shown: dict[str, datetime | None] = {
            SHOWN[ClockKind(row.kind)]: row.due_at for row in self.rows if row.kind in SHOWN
        }
        running = [row.due_at for row in self.rows if row.is_running and not row.frozen_at]
        shown["next_due_at"] = min((due for due in running if due), default=None)
        Incident.objects.filter(pk=self.incident.pk).update(**shown)
        for name, value in shown.items():
            setattr(self.incident, name, value)


def wakes_at(row: IncidentClock) -> datetime | None:
    """When the pager has something to say about it next."""
    if not row.is_running or row.frozen_at is not None or row.due_at is None:
        return None
    if row.breach_told_at is not None:
        return None
    if row.at_risk_told_at is None and row.at_risk_at is not None:
        return min(row.at_risk_at, row.due_at)
    return row.due_at
