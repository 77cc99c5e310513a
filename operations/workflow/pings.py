"""
Pings of jobs: kept as they come and answered; what follows from them comes after.

Whoever looks at a heartbeat locks it, reads the pings that wait, in order, and lets the time
pass until now. The turn to down and its alert are one transaction, and so are the turn back
and the alert's end. What was down and up again before anybody looked is told as an event, and
wakes nobody.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from operations.heartbeat_times import Heard, Rhythm, Standing
from operations.models import DownReason, Heartbeat, HeartbeatState, Ping, PingKind
from operations.workflow.internal import clear_alert, raise_alert
from portal import clock, events
from portal.hints import later

log = logging.getLogger(__name__)

BODY_KEPT = 100_000  # bytes of a ping
PINGS_KEPT = 100  # of each heartbeat
READ_AT_ONCE = 500  # pings of one heartbeat in one transaction
LOOKED_AT_ONCE = 200  # heartbeats in one sweep
ALERT_NAME = "HeartbeatDown"


def accept_ping(
    key: uuid.UUID,
    *,
    kind: PingKind,
    exit_status: int | None = None,
    run_id: uuid.UUID | None = None,
    method: str,
    agent: str = "",
    body: bytes = b"",
    is_cut: bool = False,
) -> Ping | None:
    """
    Keep one ping as it came; None when nobody knows the key.

    One look and one INSERT: a storm of pings costs little, and is read when there is time.
    """
    found = Heartbeat.objects.filter(ping_key=key).values_list("pk", flat=True).first()
    if found is None:
        return None
    ping = Ping.objects.create(
        heartbeat_id=found,
        at=clock.now(),
        kind=kind,
        exit_status=exit_status,
        run_id=run_id,
        method=method[:4],
        agent=agent[:200].replace("\0", "\ufffd"),
        body=body,
        is_cut=is_cut,
    )
    later("operations.look_at_heartbeats")
    return ping


def look_at_due(now: datetime) -> int:
    """Look at each heartbeat with a ping to read or a time that came; return how many."""
    waiting = Ping.objects.filter(is_read=False).order_by("heartbeat")
    heard = waiting.values_list("heartbeat", flat=True).distinct()[:LOOKED_AT_ONCE]
    due = Heartbeat.objects.filter(due_at__lte=now).order_by("due_at")
    pks = {*heard, *due.values_list("pk", flat=True)[:LOOKED_AT_ONCE]}
    for pk in sorted(pks):
        try:
            look_at(pk, now=now)
        except Exception:  # one that cannot be read must not hold the others up
            log.exception("A heartbeat could not be looked at: %s", pk)
    return len(pks)


@transaction.atomic
def look_at(pk: int, *, now: datetime) -> None:
    """Read what waits and let the time pass; doing so again changes nothing."""
    free = Heartbeat.objects.select_for_update(skip_locked=True, of=("self",))
    if locked := free.select_related("service").filter(pk=pk).first():
        read_waiting(locked, now)


def standing_of(heartbeat: Heartbeat) -> Standing:
    """Return what is known of the job, as the rules of time want it."""
    return Standing(
        state=HeartbeatState(heartbeat.state),
        since=heartbeat.since,
        expected_at=heartbeat.expected_at,
        heard_at=heartbeat.heard_at,
        succeeded_at=heartbeat.succeeded_at,
        starts=tuple((run, datetime.fromisoformat(at)) for run, at in heartbeat.starts),
        because=heartbeat.down_because,
        duration=heartbeat.last_duration,
        is_resumed_by_ping=heartbeat.is_resumed_by_ping,
    )


def rhythm_of(heartbeat: Heartbeat) -> Rhythm:
    return Rhythm(
        grace=heartbeat.grace,
        period=heartbeat.period,
        cron=heartbeat.cron,
        on_calendar=heartbeat.on_calendar,
        zone=heartbeat.zone,
    )


def read_waiting(heartbeat: Heartbeat, now: datetime) -> None:
    """Apply the pings that wait, then the time; only the last standing is told to people."""
    first, rhythm = standing_of(heartbeat), rhythm_of(heartbeat)
    standing = first
    unread = heartbeat.pings.filter(is_read=False).order_by("pk").defer("body")
    waiting = list(unread[:READ_AT_ONCE])
    for ping in waiting:
        told = Heard(PingKind(ping.kind), ping.at, str(ping.run_id or ""))
        reached = standing.passed(ping.at, rhythm)
        heard = reached.heard(told, rhythm)
        _record_turn(heartbeat, standing, reached)
        _record_turn(heartbeat, reached, heard)
        ping.is_read, ping.duration = True, heard.duration
        standing = heard
    if waiting:
        Ping.objects.bulk_update(waiting, ["is_read", "duration"], batch_size=200)
        _forget_old(heartbeat)
    if len(waiting) < READ_AT_ONCE:  # else one that still waits may be the word that is missed
        before, standing = standing, standing.passed(now, rhythm)
        _record_turn(heartbeat, before, standing)
    if waiting or standing != first:
        turn(heartbeat, first, standing, now, is_recorded=True)


def turn(
    heartbeat: Heartbeat,
    before: Standing,
    after: Standing,
    now: datetime,
    *,
    is_recorded: bool = False,
) -> None:
    """Write the new standing down, and open or end the alert that goes with it."""
    if not is_recorded:
        _record_turn(heartbeat, before, after)
    _write(heartbeat, after)
    if after.state == HeartbeatState.DOWN and before.state != HeartbeatState.DOWN:
        tell(heartbeat, after, now)
    elif before.state == HeartbeatState.DOWN and after.state != HeartbeatState.DOWN:
        clear_alert(key=_key(heartbeat), now=now)


def _write(heartbeat: Heartbeat, standing: Standing) -> None:
    """Write without a version: pings and the clock are no person's work."""
    values = asdict(standing)
    values["down_because"] = values.pop("because")
    values["last_duration"] = values.pop("duration") or heartbeat.last_duration
    values["starts"] = [[run, at.isoformat()] for run, at in standing.starts]
    values["due_at"] = standing.due_at(rhythm_of(heartbeat))
    del values["is_resumed_by_ping"]
    Heartbeat.objects.filter(pk=heartbeat.pk).update(**values)
    for name, value in values.items():
        setattr(heartbeat, name, value)


def _record_turn(heartbeat: Heartbeat, before: Standing, after: Standing) -> None:
    if before.state == after.state or HeartbeatState.DOWN not in {before.state, after.state}:
        return
    if after.state == HeartbeatState.PAUSED:
        return
    if after.state == HeartbeatState.DOWN:
        events.record(
            "heartbeat.went_down",
            heartbeat,
            actor=None,
            happened_at=after.since,
            because=after.because,
        )
    else:
        events.record("heartbeat.came_up", heartbeat, actor=None, happened_at=after.since)


def tell(heartbeat: Heartbeat, standing: Standing, now: datetime) -> None:
    raise_alert(
        key=_key(heartbeat),
        name=ALERT_NAME,
        summary=_summary(heartbeat, standing),
        severity=heartbeat.severity,
        service=heartbeat.service,
        labels={"heartbeat": heartbeat.name},
        runbook_url=heartbeat.runbook_url,
        now=now,
        at=standing.since,
    )


def _summary(heartbeat: Heartbeat, standing: Standing) -> str:
    if standing.because == DownReason.FAILED:
        return _("“%(name)s” says that it failed.") % {"name": heartbeat.name}
    if standing.because == DownReason.UNFINISHED:
        sentence = _("“%(name)s” started and did not finish within %(grace)d min.")
        return sentence % {"name": heartbeat.name, "grace": heartbeat.grace_minutes}
    if standing.heard_at is None:
        return _("“%(name)s” was not heard in time.") % {"name": heartbeat.name}
    sentence = _("“%(name)s” was not heard in time; the last word came at %(at)s.")
    heard = standing.heard_at.astimezone(heartbeat.zone)
    return sentence % {"name": heartbeat.name, "at": f"{heard:%d %b, %H:%M %Z}"}


def _forget_old(heartbeat: Heartbeat) -> None:
    newest = heartbeat.pings.order_by("-pk").values_list("pk", flat=True)
    oldest_kept = newest[PINGS_KEPT - 1 : PINGS_KEPT].first()
    if oldest_kept is not None:
        heartbeat.pings.filter(pk__lt=oldest_kept, is_read=True).delete()


def _key(heartbeat: Heartbeat) -> str:
    return f"heartbeat:{heartbeat.pk}"
