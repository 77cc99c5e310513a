"""
When a heartbeat is expected, late and down: worked out without the database.

A `Standing` is what is known of a job at an instant. Two things move it: time that passes
(`passed`) and a ping (`heard`). Both are pure, so that the sweep, the pages and the tests ask
the same functions.

    success                 up, or still running when another run has not ended; the next is
                            expected a period later, or at the expression's next time
    start                   running; without a success within the grace it is down
    failure                 down at once
    log                     nothing
    the expected time       late
    the end of the grace    down

While a job runs, it is not late: the end of a grace, of whichever, still makes it down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from operations import cron_times, on_calendar
from operations.models import DownReason, HeartbeatState, PingKind

# A start and an end further apart belong to different runs.
UNRELATED_AFTER = timedelta(hours=72)
RUNS_AT_ONCE = 20  # that are kept in mind; of more, the oldest
GREENWICH = ZoneInfo("UTC")
NEVER = datetime.max.replace(tzinfo=UTC)

Start = tuple[str, datetime]  # the run's id, empty for none, and when it began


@dataclass(frozen=True)
class Rhythm:
    """When a job should be heard; without an expression it counts from its success."""

    grace: timedelta
    period: timedelta = timedelta(days=1)
    cron: str = ""
    on_calendar: str = ""
    zone: ZoneInfo = GREENWICH

    def after(self, heard: datetime) -> datetime:
        """Return when it is expected next, having been heard then."""
        if self.cron:
            return next(cron_times.times_of(self.cron, self.zone, heard))
        if self.on_calendar:
            return next(on_calendar.times_on(self.on_calendar, self.zone, heard))
        return heard + self.period


@dataclass(frozen=True)
class Heard:
    """A ping as far as the standing goes; `run` is empty without a run id."""

    kind: PingKind
    at: datetime
    run: str = ""


@dataclass(frozen=True)
class Standing:
    """What is known of a job; `starts` are its runs under way, the oldest first."""

    state: HeartbeatState
    since: datetime
    expected_at: datetime | None = None
    heard_at: datetime | None = None
    succeeded_at: datetime | None = None
    starts: tuple[Start, ...] = ()
    because: str = ""
    duration: timedelta | None = None
    is_resumed_by_ping: bool = True

    def down_at(self, rhythm: Rhythm) -> datetime:
        """When it is down unless it is heard before."""
        awaited = [at for at in (self.expected_at, self._first_start) if at is not None]
        if self.state in {HeartbeatState.DOWN, HeartbeatState.PAUSED} or not awaited:
            return NEVER
        return min(awaited) + rhythm.grace

    def due_at(self, rhythm: Rhythm) -> datetime | None:
        """When time alone changes the state next; None when it cannot."""
        due = self.down_at(rhythm)
        if self.state in {HeartbeatState.NEW, HeartbeatState.UP} and self.expected_at:
            due = min(due, self.expected_at)
        return None if due == NEVER else due

    def passed(self, now: datetime, rhythm: Rhythm) -> Standing:
        """Return the standing when nothing was heard until now."""
        down_at = self.down_at(rhythm)
        if now >= down_at:
            return self._down(down_at, self._why_down(down_at, rhythm))
        waits = self.state in {HeartbeatState.NEW, HeartbeatState.UP}
        if waits and self.expected_at and now >= self.expected_at:
            return replace(self, state=HeartbeatState.LATE, since=self.expected_at)
        return self

    def heard(self, ping: Heard, rhythm: Rhythm) -> Standing:
        """Return the standing after a ping; one older than the last changes nothing."""
        if self.heard_at is not None and ping.at < self.heard_at:
            return replace(self, duration=None)
        now = replace(self.passed(ping.at, rhythm), heard_at=ping.at, duration=None)
        match ping.kind:
            case PingKind.LOG:
                return now
            case PingKind.START:
                return now._started(ping)
            case PingKind.FAIL:
                return now._failed(ping)
            case PingKind.SUCCESS:
                return now._succeeded(ping, rhythm)

    def _started(self, ping: Heard) -> Standing:
        others = tuple(start for start in self.starts if start[0] != ping.run)
        now = replace(self, starts=(*others, (ping.run, ping.at))[:RUNS_AT_ONCE])
        if now.state in {HeartbeatState.DOWN, HeartbeatState.PAUSED}:
            return now
        return now._turned(HeartbeatState.STARTED, ping.at)

    def _failed(self, ping: Heard) -> Standing:
        ended = replace(self, duration=self._length_of(ping), starts=())
        if ended.state == HeartbeatState.PAUSED:
            return ended
        return ended._down(ping.at, DownReason.FAILED)

    def _succeeded(self, ping: Heard, rhythm: Rhythm) -> Standing:
        # Without a run id it speaks for all runs; one that is overdue is no longer waited for.
        others = tuple(
            (run, at)
            for run, at in self.starts
            if ping.run and run != ping.run and at + rhythm.grace > ping.at
        )
        ended = replace(
            self, duration=self._length_of(ping), starts=others, succeeded_at=ping.at
        )
        if self.state == HeartbeatState.PAUSED and not self.is_resumed_by_ping:
            return ended
        state = HeartbeatState.STARTED if others else HeartbeatState.UP
        expected = replace(ended, expected_at=rhythm.after(ping.at), because="")
        return expected._turned(state, ping.at)

    def _down(self, at: datetime, because: DownReason) -> Standing:
        if self.state == HeartbeatState.DOWN:
            return replace(self, because=because)
        return replace(self, state=HeartbeatState.DOWN, since=at, starts=(), because=because)

    def _why_down(self, down_at: datetime, rhythm: Rhythm) -> DownReason:
        first = self._first_start
        is_unfinished = first is not None and first + rhythm.grace == down_at
        return DownReason.UNFINISHED if is_unfinished else DownReason.SILENT

    def _turned(self, state: HeartbeatState, at: datetime) -> Standing:
        return self if state == self.state else replace(self, state=state, since=at)

    def _length_of(self, ping: Heard) -> timedelta | None:
        begun = dict(self.starts).get(ping.run)
        if begun is None or ping.at - begun > UNRELATED_AFTER:
            return None
        return ping.at - begun

    @property
    def _first_start(self) -> datetime | None:
        return min((at for _run, at in self.starts), default=None)


def paused(standing: Standing, now: datetime) -> Standing:
    """Return the standing of a job that is not waited for."""
    return replace(
        standing,
        state=HeartbeatState.PAUSED,
        since=now,
        expected_at=None,
        starts=(),
        because="",
    )


def resumed(standing: Standing, now: datetime, rhythm: Rhythm) -> Standing:
    """
    Wait for the job again: by its rhythm from now if it was ever heard to succeed.

    One that has never succeeded is waited for from its first ping on, as when it was made.
    """
    expected = rhythm.after(now) if standing.succeeded_at else None
    return replace(standing, state=HeartbeatState.NEW, since=now, expected_at=expected)


def reckoned_anew(standing: Standing, now: datetime, rhythm: Rhythm) -> Standing:
    """
    Return the standing under another rhythm, counted from the last success.

    What was down only by its silence is not if the new rhythm waits longer; a failure stays.
    """
    if standing.state == HeartbeatState.PAUSED or standing.expected_at is None:
        return standing
    is_heard = standing.succeeded_at and standing.state != HeartbeatState.NEW
    counted_from = standing.succeeded_at if is_heard else standing.since
    assert counted_from is not None
    known = replace(standing, expected_at=rhythm.after(counted_from))
    if known.state in {HeartbeatState.UP, HeartbeatState.LATE} or (
        known.state == HeartbeatState.DOWN and known.because == DownReason.SILENT
    ):
        again = replace(known, state=HeartbeatState.UP, because="").passed(now, rhythm)
        return replace(again, since=standing.since) if again.state == standing.state else again
    return known
