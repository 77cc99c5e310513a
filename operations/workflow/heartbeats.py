"""
Heartbeats: jobs that ping us when they ran, and the alert when one does not.

A ping is kept as it came and answered; what follows from it comes after. Whoever looks at a
heartbeat locks it, reads the pings that wait, in order, and lets the time pass until now. The
turn to down and its alert are one transaction, and so are the turn back and the alert's end.
What was down and up again before anybody looked is told as an event, and wakes nobody.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from operations.cron_times import check_cron
from operations.heartbeat_times import (
    Heard,
    Rhythm,
    Standing,
    paused,
    reckoned_anew,
    resumed,
)
from operations.models import (
    DownReason,
    Heartbeat,
    HeartbeatState,
    Ping,
    PingKind,
    RhythmKind,
)
from operations.workflow.internal import clear_alert, raise_alert
from portal import clock, events
from portal.errors import refuse
from portal.hints import later
from portal.models import Service, User

log = logging.getLogger(__name__)

BODY_KEPT = 100_000  # bytes of a ping
PINGS_KEPT = 100  # of each heartbeat
READ_AT_ONCE = 500  # pings of one heartbeat in one transaction
LOOKED_AT_ONCE = 200  # heartbeats in one sweep
ALERT_NAME = "HeartbeatDown"
OURS = ["name", "service", "kind", "period_minutes", "cron", "time_zone", "grace_minutes"]
OURS += ["severity", "runbook_url", "is_resumed_by_ping"]


def rhythm_of(heartbeat: Heartbeat) -> Rhythm:
    return Rhythm(
        grace=heartbeat.grace,
        period=heartbeat.period,
        cron=heartbeat.cron,
        zone=heartbeat.zone,
    )


@transaction.atomic
def make_heartbeat(
    *,
    name: str,
    service: Service,
    actor: User | None,
    now: datetime,
    **rest: Any,
) -> Heartbeat:
    """
    Add a job to listen to; it is waited for from its first ping on.

    `rest` is any of kind, period_minutes, cron, time_zone, grace_minutes, severity,
    runbook_url and is_resumed_by_ping. Raises `BadCron` for an expression that is none.
    """
    heartbeat = Heartbeat(name=name, service=service, since=now)
    _set(heartbeat, rest, now)
    heartbeat.changed_by = actor
    heartbeat.save()
    events.record("heartbeat.created", heartbeat, actor=actor)
    return heartbeat


@transaction.atomic
def change_heartbeat(
    heartbeat: Heartbeat, *, now: datetime, actor: User | None, **values: Any
) -> Heartbeat:
    """Change what is expected; it is reckoned anew from the last success."""
    locked = _locked(heartbeat.pk)
    _read_waiting(locked, now)
    before = standing_of(locked)
    _set(locked, values, now)
    standing = reckoned_anew(before, now, rhythm_of(locked))
    locked.changed_by = actor
    locked.save(update_fields=OURS)
    _turn(locked, before, standing, now)
    if before.state == standing.state == HeartbeatState.DOWN:
        _tell(locked, standing, now)
    events.record("heartbeat.changed", locked, actor=actor)
    return locked


@transaction.atomic
def pause_heartbeat(heartbeat: Heartbeat, *, now: datetime, actor: User | None) -> Heartbeat:
    """Wait for it no more; an alert about it ends, for nobody knows."""
    locked = _locked(heartbeat.pk)
    _read_waiting(locked, now)
    if locked.is_paused:
        raise refuse("already_paused", _("This heartbeat is paused already."))
    events.record("heartbeat.paused", locked, actor=actor)
    _turn(locked, before := standing_of(locked), paused(before, now), now)
    return locked


@transaction.atomic
def resume_heartbeat(heartbeat: Heartbeat, *, now: datetime, actor: User | None) -> Heartbeat:
    """Wait for it again: if it was ever heard, the silence that follows is noticed."""
    locked = _locked(heartbeat.pk)
    _read_waiting(locked, now)
    if not locked.is_paused:
        raise refuse("not_paused", _("This heartbeat is not paused."))
    events.record("heartbeat.resumed", locked, actor=actor)
    before = standing_of(locked)
    _turn(locked, before, resumed(before, now, rhythm_of(locked)), now)
    return locked


@transaction.atomic
def renew_ping_key(heartbeat: Heartbeat, *, actor: User | None) -> Heartbeat:
    """Give it another address at once; pings to the old one find nothing."""
    locked = _locked(heartbeat.pk)
    locked.ping_key = uuid.uuid4()
    locked.changed_by = actor
    locked.save(update_fields=["ping_key"])
    events.record("heartbeat.key_renewed", locked, actor=actor)
    return locked


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
        _read_waiting(locked, now)


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


def _set(heartbeat: Heartbeat, values: dict[str, Any], now: datetime) -> None:
    for name, value in values.items():
        if name not in OURS:
            raise TypeError(f"A heartbeat has no {name} to set.")
        setattr(heartbeat, name, value)
    if heartbeat.kind == RhythmKind.CRON:
        check_cron(heartbeat.cron, now=now)
    else:
        heartbeat.cron = ""


def _read_waiting(heartbeat: Heartbeat, now: datetime) -> None:
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
        _turn(heartbeat, first, standing, now, is_recorded=True)


def _turn(
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
        _tell(heartbeat, after, now)
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
    if after.state == HeartbeatState.DOWN:
        kind, data = "heartbeat.went_down", {"because": after.because}
    elif after.state == HeartbeatState.PAUSED:
        return
    else:
        kind, data = "heartbeat.came_up", {}
    events.record(kind, heartbeat, actor=None, happened_at=after.since, **data)


def _tell(heartbeat: Heartbeat, standing: Standing, now: datetime) -> None:
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


def _locked(pk: int) -> Heartbeat:
    rows = Heartbeat.objects.select_for_update(of=("self",)).select_related("service")
    return rows.get(pk=pk)
