"""What people do with alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from operations import matchers as matching
from operations import noise
from operations.models import ALERT_TRANSITIONS, Alert, AlertState, Hold, Occurrence
from operations.workflow import holds
from operations.workflow.silences import make_silence
from portal import clock, events
from portal.errors import DomainError, Refusal, TransitionNotAllowed
from portal.models import User

AFTER_ACKNOWLEDGING = {
    AlertState.UNACKED: AlertState.ACKED,
    AlertState.RETURNED: AlertState.NORMAL,
}


class Outcome(NamedTuple):
    """What became of one of several alerts; no refusals means that it was done."""

    alert: Alert
    refusals: list[Refusal]


def why_not_acknowledge(alert: Alert) -> list[Refusal]:
    """Return every reason why this alert cannot be acknowledged now."""
    state = AlertState(alert.state)
    to = AFTER_ACKNOWLEDGING.get(state)
    if to is not None and to in ALERT_TRANSITIONS[state]:
        return []
    if state == AlertState.ACKED:
        return [Refusal("already_acknowledged", "Somebody has acknowledged this alert.")]
    return [Refusal("nothing_to_acknowledge", "This alert has cleared and was dealt with.")]


def why_not_unacknowledge(alert: Alert) -> list[Refusal]:
    """Return every reason why nobody's acknowledgement can be taken back now."""
    if alert.state == AlertState.ACKED:
        return []
    if alert.state == AlertState.NORMAL:
        return [Refusal("not_firing", _("This alert does not fire any more."))]
    return [Refusal("not_acknowledged", _("Nobody has acknowledged this alert."))]


def why_not_close(alert: Alert) -> list[Refusal]:
    """Return every reason why this alert cannot be closed by hand now."""
    if alert.is_firing:
        return []
    remedy = _("Acknowledge it.") if alert.state == AlertState.RETURNED else ""
    return [Refusal("not_firing", _("This alert does not fire any more."), remedy)]


def why_not_silence_alert(alert: Alert) -> list[Refusal]:
    """Return every reason why a silence for this very alert makes no sense now."""
    if alert.is_held and alert.holds.open().filter(kind="silence").exists():
        return [Refusal("silenced_already", _("A silence holds this alert already."))]
    return []


@transaction.atomic
def acknowledge_alert(alert: Alert, *, actor: User | None) -> Alert:
    """Say that somebody looks at it; one that has cleared meanwhile is then dealt with."""
    locked = _locked(alert)
    if reasons := why_not_acknowledge(locked):
        raise TransitionNotAllowed(reasons)
    locked.state = AFTER_ACKNOWLEDGING[AlertState(locked.state)]
    locked.acknowledged_at = clock.now()
    locked.acknowledged_by = actor
    _save_acknowledgement(locked)
    _record("alert.acknowledged", locked, actor)
    return locked


@transaction.atomic
def unacknowledge_alert(alert: Alert, *, actor: User | None) -> Alert:
    """Take back that somebody looks at it; it waits for somebody again."""
    locked = _locked(alert)
    if reasons := why_not_unacknowledge(locked):
        raise TransitionNotAllowed(reasons)
    locked.state = AlertState.UNACKED
    locked.acknowledged_at = locked.acknowledged_by = None
    _save_acknowledgement(locked)
    _record("alert.unacknowledged", locked, actor)
    return locked


@transaction.atomic
def close_alert(alert: Alert, *, reason: str, actor: User | None) -> Alert:
    """
    Declare over what its monitor still says fires, as when the monitor itself is gone.

    A later start that the monitor tells of is a new occurrence; the same one stays closed.
    """
    locked = _locked(alert)
    if reasons := why_not_close(locked):
        raise TransitionNotAllowed(reasons)
    now = clock.now()
    holds.let_go(locked, outcome=Hold.Outcome.CLOSED, now=now)
    locked.acknowledged_at = locked.acknowledged_at or now
    locked.acknowledged_by = locked.acknowledged_by or actor
    _save_acknowledgement(locked)
    _record("alert.closed", locked, actor, reason=reason, what=reason[:200])
    holds.end_occurrence(locked, reason=Occurrence.EndReason.CLOSED, now=now)
    return locked


def silence_alert(alert: Alert, *, ends_at: datetime, reason: str, actor: User | None) -> Alert:
    """
    Have this very alert wake nobody until then; a silence with exactly its labels.

    Its severity is one of them, so that a graver one is heard.
    """
    if reasons := why_not_silence_alert(alert):
        raise TransitionNotAllowed(reasons)
    make_silence(
        matchers=matching.exactly(noise.subject_of(alert).labels),
        team=alert.service.team if alert.service else None,
        services=[alert.service] if alert.service else [],
        reason=reason,
        ends_at=ends_at,
        actor=actor,
    )
    alert.refresh_from_db()
    return alert


def acknowledge_alerts(alerts: Iterable[Alert], *, actor: User | None) -> list[Outcome]:
    """Acknowledge each by itself; what is refused for one stops no other."""
    return each(alerts, acknowledge_alert, actor=actor)


def close_alerts(alerts: Iterable[Alert], *, reason: str, actor: User | None) -> list[Outcome]:
    """Close each by itself; what is refused for one stops no other."""
    return each(alerts, close_alert, reason=reason, actor=actor)


def silence_alerts(
    alerts: Iterable[Alert], *, ends_at: datetime, reason: str, actor: User | None
) -> list[Outcome]:
    """Silence each by itself; what is refused for one stops no other."""
    return each(alerts, silence_alert, ends_at=ends_at, reason=reason, actor=actor)


def each(alerts: Iterable[Alert], verb: Callable[..., Alert], **said: Any) -> list[Outcome]:
    outcomes = []
    for alert in alerts:
        try:
            outcomes.append(Outcome(verb(alert, **said), []))
        except DomainError as refused:
            outcomes.append(Outcome(alert, refused.refusals))
    return outcomes


def _locked(alert: Alert) -> Alert:
    rows = Alert.objects.select_for_update(of=("self",)).select_related(
        "service", "integration"
    )
    return rows.get(pk=alert.pk)


def _save_acknowledgement(locked: Alert) -> None:
    """Save it, and keep in the history of this alert who answered which occurrence."""
    locked.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    locked.occurrences.filter(started_at=locked.started_at).update(
        acknowledged_at=locked.acknowledged_at, acknowledged_by=locked.acknowledged_by
    )


def _record(kind: str, alert: Alert, actor: User | None, **data: Any) -> None:
    started = alert.started_at.isoformat()
    events.record(kind, alert, actor=actor, occurrence_started_at=started, **data)
