"""What people do with alerts."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction

from operations.models import ALERT_TRANSITIONS, Alert, AlertState
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
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


@transaction.atomic
def acknowledge_alert(alert: Alert, *, actor: User | None) -> Alert:
    """Say that somebody looks at it; one that has cleared meanwhile is then dealt with."""
    locked = (
        Alert.objects.select_for_update(of=("self",))
        .select_related("service", "integration")
        .get(pk=alert.pk)
    )
    if reasons := why_not_acknowledge(locked):
        raise TransitionNotAllowed(reasons)
    locked.state = AFTER_ACKNOWLEDGING[AlertState(locked.state)]
    locked.acknowledged_at = clock.now()
    locked.acknowledged_by = actor
    locked.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    events.record(
        "alert.acknowledged",
        locked,
        actor=actor,
        occurrence_started_at=locked.started_at.isoformat(),
    )
    return locked


def acknowledge_alerts(alerts: Iterable[Alert], *, actor: User | None) -> list[Outcome]:
    """Acknowledge each by itself; what is refused for one stops no other."""
    outcomes = []
    for alert in alerts:
        try:
            outcomes.append(Outcome(acknowledge_alert(alert, actor=actor), []))
        except TransitionNotAllowed as refused:
            outcomes.append(Outcome(alert, refused.refusals))
    return outcomes
