"""Heartbeats: jobs that ping us when they ran, set up and paused by people."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from operations.cron_times import check_cron
from operations.heartbeat_times import paused, reckoned_anew, resumed
from operations.models import (
    Heartbeat,
    HeartbeatState,
    Ping,
    PingKind,
    RetiredPingKey,
    RhythmKind,
)
from operations.on_calendar import check_on_calendar
from operations.workflow.pings import (
    accept_ping,
    read_waiting,
    rhythm_of,
    standing_of,
    tell,
    turn,
)
from portal import events
from portal.errors import refuse
from portal.models import Service, User

OURS = ["name", "service", "kind", "period_minutes", "cron", "on_calendar", "time_zone"]
OURS += ["grace_minutes", "severity", "runbook_url", "is_resumed_by_ping"]


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

    `rest` is any of kind, period_minutes, cron, on_calendar, time_zone, grace_minutes,
    severity, runbook_url and is_resumed_by_ping. Raises `BadCron` or `BadCalendar` for an
    expression that is none.
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
    read_waiting(locked, now)
    before = standing_of(locked)
    _set(locked, values, now)
    standing = reckoned_anew(before, now, rhythm_of(locked))
    locked.changed_by = actor
    locked.save(update_fields=OURS)
    turn(locked, before, standing, now)
    if before.state == standing.state == HeartbeatState.DOWN:
        tell(locked, standing, now)
    events.record("heartbeat.changed", locked, actor=actor)
    return locked


@transaction.atomic
def pause_heartbeat(heartbeat: Heartbeat, *, now: datetime, actor: User | None) -> Heartbeat:
    """Wait for it no more; an alert about it ends, for nobody knows."""
    locked = _locked(heartbeat.pk)
    read_waiting(locked, now)
    if locked.is_paused:
        raise refuse("already_paused", _("This heartbeat is paused already."))
    events.record("heartbeat.paused", locked, actor=actor)
    turn(locked, before := standing_of(locked), paused(before, now), now)
    return locked


@transaction.atomic
def resume_heartbeat(heartbeat: Heartbeat, *, now: datetime, actor: User | None) -> Heartbeat:
    """Wait for it again: if it was ever heard, the silence that follows is noticed."""
    locked = _locked(heartbeat.pk)
    read_waiting(locked, now)
    if not locked.is_paused:
        raise refuse("not_paused", _("This heartbeat is not paused."))
    events.record("heartbeat.resumed", locked, actor=actor)
    before = standing_of(locked)
    turn(locked, before, resumed(before, now, rhythm_of(locked)), now)
    return locked


@transaction.atomic
def renew_ping_key(heartbeat: Heartbeat, *, actor: User | None) -> Heartbeat:
    """Give it another address at once; pings to the old one are turned away and counted."""
    locked = _locked(heartbeat.pk)
    RetiredPingKey.objects.create(heartbeat=locked, ping_key=locked.ping_key)
    locked.ping_key = uuid.uuid4()
    locked.changed_by = actor
    locked.save(update_fields=["ping_key"])
    events.record("heartbeat.key_renewed", locked, actor=actor)
    return locked


def send_test_ping(heartbeat: Heartbeat, *, actor: User | None) -> Ping:
    """
    Take in a ping by the way that real ones come, so that whoever set it up sees it arrive.

    It is a line for the log, from which nothing follows: the job's standing stays as it is.
    """
    words = _("A test, sent by %(who)s") % {"who": actor or _("the portal")}
    ping = accept_ping(
        heartbeat.ping_key,
        kind=PingKind.LOG,
        method="POST",
        agent="Evenkeel",
        body=words.encode(),
    )
    if ping is None:  # somebody gave it another address meanwhile
        raise refuse("address_changed", _("The address was changed just now. Try it again."))
    return ping


def _set(heartbeat: Heartbeat, values: dict[str, Any], now: datetime) -> None:
    for name, value in values.items():
        if name not in OURS:
            raise TypeError(f"A heartbeat has no {name} to set.")
        setattr(heartbeat, name, value)
    if heartbeat.kind == RhythmKind.CRON:
        check_cron(heartbeat.cron, now=now)
    else:
        heartbeat.cron = ""
    if heartbeat.kind == RhythmKind.CALENDAR:
        check_on_calendar(heartbeat.on_calendar, now=now)
    else:
        heartbeat.on_calendar = ""


def _locked(pk: int) -> Heartbeat:
    rows = Heartbeat.objects.select_for_update(of=("self",)).select_related("service")
    return rows.get(pk=pk)
