"""
Maintenance on the status page: announced, under way, verified, over or called off.

A window of a component is followed from its announcement; it begins and ends by itself unless
somebody keeps that for people. Each step is an event, from which subscribers are told, and a
post that stays on the page. What is due by the clock stands in the row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import (
    MAINTENANCE_TRANSITIONS,
    MaintenanceState,
    MaintenanceUpdate,
    PublicMaintenance,
    StatusComponent,
)
from incidents.page_settings import page_settings
from maintenance.models import MaintenanceWindow
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User
from portal.sweeping import each

SCHEDULED = MaintenanceState.SCHEDULED
IN_PROGRESS = MaintenanceState.IN_PROGRESS
VERIFYING = MaintenanceState.VERIFYING
COMPLETED = MaintenanceState.COMPLETED
CANCELLED = MaintenanceState.CANCELLED
AT_ONCE = 50

EVENT_OF_STATE = {
    IN_PROGRESS: "status.maintenance_started",
    VERIFYING: "status.maintenance_verifying",
    COMPLETED: "status.maintenance_completed",
    CANCELLED: "status.maintenance_cancelled",
}
MOMENT_OF_STATE = {
    IN_PROGRESS: "started_at",
    VERIFYING: "verifying_at",
    COMPLETED: "ended_at",
    CANCELLED: "ended_at",
}


@transaction.atomic
def announce_maintenance(window: MaintenanceWindow, *, actor: User | None) -> bool:
    """
    Follow a window of components from now on; doing so again brings its clock in line.

    Returns whether it is on the page. One that came to the page before is changed.
    """
    if not _components(window):
        return False
    now = clock.now()
    kept = PublicMaintenance.objects.select_for_update().filter(window=window).first()
    if kept is not None:
        return _follow_change(kept, window, actor, now)
    if window.cancelled_at is not None or window.ends_at <= now:
        return False
    made = PublicMaintenance(window=window, announced_at=now)
    _wind(made, window, now)
    made.changed_by = actor
    made.save()
    _record("status.maintenance_announced", made, actor)
    return True


def _follow_change(
    kept: PublicMaintenance, window: MaintenanceWindow, actor: User | None, now: datetime
) -> bool:
    """Tell of other times; a window that was called off is over on the page, too."""
    if MaintenanceState(kept.state) in {COMPLETED, CANCELLED}:
        return True
    if window.cancelled_at is not None:
        _move(kept, CANCELLED, actor=actor, now=now)
        return True
    _wind(kept, window, now)
    kept.changed_by = actor
    kept.save(update_fields=["remind_at", "turn_at"])
    _record("status.maintenance_changed", kept, actor)
    return True


@transaction.atomic
def move_maintenance(
    maintenance: PublicMaintenance, *, to: str, text: str = "", actor: User | None
) -> PublicMaintenance:
    """Say that it is in progress, verifying, completed or called off, with words for all."""
    locked = _locked(maintenance)
    if reasons := why_not_move(locked, to):
        raise TransitionNotAllowed(reasons)
    _move(locked, MaintenanceState(to), text=text, actor=actor, now=clock.now())
    return locked


@transaction.atomic
def post_about_maintenance(
    maintenance: PublicMaintenance, *, text: str, actor: User | None
) -> MaintenanceUpdate:
    """Tell everybody more without moving it."""
    locked = _locked(maintenance)
    update = MaintenanceUpdate.objects.create(
        maintenance=locked,
        state=locked.state,
        text=text,
        author=actor,
        posted_at=clock.now(),
    )
    _record("status.maintenance_posted", locked, actor, note=text)
    return update


@transaction.atomic
def set_maintenance_clock(
    maintenance: PublicMaintenance,
    *,
    starts_itself: bool,
    ends_itself: bool,
    actor: User | None,
) -> PublicMaintenance:
    """Have it begin and end by itself, or keep that for people."""
    locked = _locked(maintenance)
    if reasons := why_not_move(locked, None):
        raise TransitionNotAllowed(reasons)
    locked.starts_itself, locked.ends_itself = starts_itself, ends_itself
    _wind(locked, locked.window, clock.now())
    locked.changed_by = actor
    locked.save(update_fields=["starts_itself", "ends_itself", "remind_at", "turn_at"])
    _record("status.maintenance_clock_set", locked, actor)
    return locked


def why_not_move(maintenance: PublicMaintenance, to: str | None) -> list[Refusal]:
    """Return every reason why it cannot go there; None: why nothing can be changed at all."""
    state = MaintenanceState(maintenance.state)
    if state in {COMPLETED, CANCELLED}:
        return [Refusal("maintenance_over", _("This maintenance is over."))]
    if to is None or MaintenanceState(to) in MAINTENANCE_TRANSITIONS[state]:
        return []
    sentence = _("It is “%(state)s”; “%(to)s” does not follow.")
    words = {"state": state.label, "to": MaintenanceState(to).label}
    remedy = _("Say first that it is in progress.") if state == SCHEDULED else ""
    return [Refusal("wrong_phase", sentence % words, remedy)]


def advance_due(now: datetime) -> int:
    """Begin, end and remind of what is due; return how much that was."""
    turning = PublicMaintenance.objects.due(now).order_by("turn_at")
    reminding = PublicMaintenance.objects.to_remind_of(now).order_by("remind_at")
    done = each(list(turning.values_list("pk", flat=True)[:AT_ONCE]), _turn, what="maintenance")
    return done + each(
        list(reminding.values_list("pk", flat=True)[:AT_ONCE]), _remind, what="maintenance"
    )


@transaction.atomic
def _turn(pk: int) -> int:
    now = clock.now()
    locked = _still(pk)
    if locked is None or locked.turn_at is None or locked.turn_at > now:
        return 0
    state = MaintenanceState(locked.state)
    if state == SCHEDULED and locked.starts_itself:
        _move(locked, IN_PROGRESS, actor=None, now=now)
    elif state in {IN_PROGRESS, VERIFYING} and locked.ends_itself:
        _move(locked, COMPLETED, actor=None, now=now)
    else:
        _wind(locked, locked.window, now)
        locked.changed_by = None
        locked.save(update_fields=["remind_at", "turn_at"])
    return 1


@transaction.atomic
def _remind(pk: int) -> int:
    now = clock.now()
    locked = _still(pk)
    if locked is None or locked.remind_at is None or locked.remind_at > now:
        return 0
    locked.remind_at = None
    locked.changed_by = None
    locked.save(update_fields=["remind_at"])
    if locked.state == SCHEDULED and locked.window.starts_at > now:
        _record("status.maintenance_reminded", locked, None)
    return 1


def _move(
    locked: PublicMaintenance,
    to: MaintenanceState,
    *,
    actor: User | None,
    now: datetime,
    text: str = "",
) -> None:
    locked.state = to
    moment = MOMENT_OF_STATE[to]
    if getattr(locked, moment) is None:
        setattr(locked, moment, now)
    _wind(locked, locked.window, now)
    locked.changed_by = actor
    locked.save(update_fields=["state", moment, "remind_at", "turn_at"])
    if text:
        MaintenanceUpdate.objects.create(
            maintenance=locked, state=to, text=text, author=actor, posted_at=now
        )
    _record(EVENT_OF_STATE[to], locked, actor, note=text)


def _wind(row: PublicMaintenance, window: MaintenanceWindow, now: datetime) -> None:
    """Work out when it is next due by the clock."""
    state = MaintenanceState(row.state)
    ahead = timedelta(minutes=page_settings().remind_minutes)
    remind_at = window.starts_at - ahead
    row.remind_at = remind_at if state == SCHEDULED and remind_at > now else None
    row.turn_at = None
    if state == SCHEDULED and row.starts_itself:
        row.turn_at = window.starts_at
    elif state in {IN_PROGRESS, VERIFYING} and row.ends_itself:
        row.turn_at = window.ends_at


def _record(kind: str, row: PublicMaintenance, actor: User | None, **data: Any) -> None:
    """One event for each notice; whoever tells subscribers reads from it whom and what."""
    window = row.window
    events.record(
        kind,
        row,
        actor=actor,
        window=window.pk,
        components=[component.slug for component in _components(window)],
        state=str(row.state),
        starts_at=window.starts_at.isoformat(),
        ends_at=window.ends_at.isoformat(),
        announced_before_start=row.was_announced_before,
        **data,
    )


def _components(window: MaintenanceWindow) -> list[StatusComponent]:
    rows = StatusComponent.objects.current().filter(service__in=window.services.all())
    return list(rows.order_by("order", "name"))


def _locked(maintenance: PublicMaintenance) -> PublicMaintenance:
    rows = PublicMaintenance.objects.select_for_update(of=("self",)).select_related("window")
    return rows.get(pk=maintenance.pk)


def _still(pk: int) -> PublicMaintenance | None:
    rows = PublicMaintenance.objects.select_for_update(of=("self",)).select_related("window")
    return rows.filter(pk=pk).first()


def follow_announced(now: datetime) -> int:
    """Follow windows that were announced before the page followed any; return how many."""
    known = PublicMaintenance.objects.values("window")
    windows = MaintenanceWindow.objects.filter(cancelled_at=None, ends_at__gt=now)
    return sum(
        announce_maintenance(window, actor=None) for window in windows.exclude(pk__in=known)
    )
