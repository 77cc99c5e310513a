"""Verbs on maintenance windows: announce a time of expected work, move it, call it off."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import MaintenanceRequest, MaintenanceWindow
from operations import workflow as operations
from operations.models import Alert, AtEnd, Behaviour, Silence
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User

CHANGEABLE = {
    "title",
    "description",
    "starts_at",
    "ends_at",
    "alert_behaviour",
    "alerts_at_end",
}


@transaction.atomic
def announce_window(
    *,
    title: str,
    services: Iterable[Service],
    starts_at: datetime,
    ends_at: datetime,
    description: str = "",
    alert_behaviour: str = Behaviour.HOLD,
    alerts_at_end: str = AtEnd.REPROCESS,
    request: MaintenanceRequest | None = None,
    actor: User | None,
    now: datetime | None = None,
) -> MaintenanceWindow:
    """
    Tell everybody when work on these services is expected: `[starts_at, ends_at)`.

    Raises `ValidationError` for a window that ends before it starts, and
    `TransitionNotAllowed` for one without services or one that would be over already.
    """
    services = list(services)
    window = MaintenanceWindow(
        title=title,
        starts_at=starts_at,
        ends_at=ends_at,
        description=description,
        alert_behaviour=alert_behaviour,
        alerts_at_end=alerts_at_end,
        request=request,
    )
    _require_sense(window, services, now or clock.now())
    window.full_clean()
    window.changed_by = actor
    window.save()
    window.services.set(services)
    _record("window.announced", window, services, actor)
    return window


@transaction.atomic
def change_window(
    window: MaintenanceWindow,
    *,
    actor: User | None,
    services: Iterable[Service] | None = None,
    now: datetime | None = None,
    **fields: Any,
) -> MaintenanceWindow:
    """Change title, description, times, services or alerts of a window that is not over."""
    assert fields.keys() <= CHANGEABLE
    now = now or clock.now()
    window = _locked(window)
    if refused := why_not_change(window, now):
        raise TransitionNotAllowed(refused)
    before = {"starts_at": window.starts_at.isoformat(), "ends_at": window.ends_at.isoformat()}
    for name, value in fields.items():
        setattr(window, name, value)
    affected = list(window.services.all() if services is None else services)
    _require_sense(window, affected, now)
    window.full_clean()
    window.changed_by = actor
    window.save(update_fields=list(fields))
    window.services.set(affected)
    _record("window.changed", window, affected, actor, was=before)
    return window


@transaction.atomic
def cancel_window(
    window: MaintenanceWindow,
    *,
    actor: User | None,
    reason: str = "",
    now: datetime | None = None,
) -> MaintenanceWindow:
    """Call a window off before it is over; it stays in the list of past ones."""
    now = now or clock.now()
    window = _locked(window)
    if refused := why_not_change(window, now):
        raise TransitionNotAllowed(refused)
    window.cancelled_at = now
    window.changed_by = actor
    window.save(update_fields=["cancelled_at"])
    _record("window.cancelled", window, list(window.services.all()), actor, reason=reason)
    return window


@transaction.atomic
def end_window(
    window: MaintenanceWindow, *, actor: User | None, now: datetime | None = None
) -> MaintenanceWindow:
    """The work is done: a window that has begun ends now, and with it what it held."""
    now = now or clock.now()
    window = _locked(window)
    refused = why_not_change(window, now)
    if window.starts_at >= now:
        sentence = _("This window has not begun.")
        refused.append(Refusal("window_not_begun", sentence, _("Call it off instead.")))
    if refused:
        raise TransitionNotAllowed(refused)
    planned = window.ends_at.isoformat()
    window.ends_at = now
    window.changed_by = actor
    window.save(update_fields=["ends_at"])
    _record("window.ended", window, list(window.services.all()), actor, planned_end=planned)
    return window


def hold_alerts(window: MaintenanceWindow, *, actor: User | None) -> None:
    """Bring the silence of the window's services in line with it; doing so again is nothing."""
    if window.cancelled_at is not None:
        operations.end_maintenance_silence(reference=window.reference, actor=actor)
        return
    operations.maintenance_silence(
        reference=window.reference,
        services=window.services.all(),
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        reason=window.title,
        behaviour=window.alert_behaviour,
        at_end=window.alerts_at_end,
        actor=actor,
    )


def hold_alerts_of_announced(*, now: datetime) -> int:
    """
    Give each window that is not over its silence; return how many had none.

    Those that were announced before windows held alerts have none, and no event will come.
    """
    windows = MaintenanceWindow.objects.filter(ends_at__gt=now, cancelled_at=None)
    known = set(Silence.objects.exclude(reference="").values_list("reference", flat=True))
    missing = [window for window in windows if window.reference not in known]
    for window in missing:
        hold_alerts(window, actor=None)
    return len(missing)


@transaction.atomic
def attach_alert(reference: str, alert: Alert, *, started_at: datetime) -> None:
    """Say once on the window that this occurrence of an alert came during it."""
    kind, _colon, pk = reference.partition(":")
    window = MaintenanceWindow.objects.filter(pk=int(pk)).first() if kind == "window" else None
    if window is None:
        return
    started = started_at.isoformat()
    told = events.about(window).filter(kind="window.alert_attached")
    if told.filter(data__alert=alert.pk, data__occurrence_started_at=started).exists():
        return
    events.record(
        "window.alert_attached",
        window,
        actor=None,
        happened_at=started_at,
        service=alert.service,
        alert=alert.pk,
        occurrence_started_at=started,
        what=str(alert)[:200],
    )


def why_not_change(window: MaintenanceWindow, now: datetime) -> list[Refusal]:
    """Return every reason why this window cannot be changed or called off any more."""
    state = window.state_at(now)
    if state == "cancelled":
        return [Refusal("window_cancelled", _("This window was called off."))]
    if state == "over":
        return [Refusal("window_over", _("This window is over."))]
    return []


def _locked(window: MaintenanceWindow) -> MaintenanceWindow:
    return MaintenanceWindow.objects.select_for_update().get(pk=window.pk)


def _require_sense(window: MaintenanceWindow, services: list[Service], now: datetime) -> None:
    refused = []
    if not services:
        sentence = _("A window is for at least one service.")
        refused.append(Refusal("no_services", sentence, _("Choose the services it touches.")))
    if window.ends_at <= now:
        sentence = _("This window would be over already.")
        refused.append(Refusal("window_over", sentence, _("Choose an end in the future.")))
    if refused:
        raise TransitionNotAllowed(refused)


def _record(
    kind: str,
    window: MaintenanceWindow,
    services: list[Service],
    actor: User | None,
    **data: Any,
) -> None:
    events.record(
        kind,
        window,
        actor=actor,
        service=services[0] if len(services) == 1 else None,
        services=[service.slug for service in services],
        starts_at=window.starts_at.isoformat(),
        ends_at=window.ends_at.isoformat(),
        **data,
    )
