"""The demo's quiet: what is silenced and muted, and one alert that is held."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from operations import noise
from operations.models import (
    Alert,
    AlertState,
    Condition,
    Hold,
    HoldKind,
    Inhibition,
    Occurrence,
    Severity,
    Silence,
    SilenceKind,
)
from portal.demo import ZONE, Story, keep, tell, wipe

HELD_FOR = timedelta(minutes=50)
SILENCED_FOR = timedelta(hours=3)
LAGS = [{"label": "alertname", "op": "=", "value": "ReplicaLag"}]
SUNDAY_NIGHT = [{"weekdays": [6], "from": "02:00", "until": "04:00"}]


def load(story: Story) -> None:
    database, search = story.services["Orders database"], story.services["Search"]
    reports = _silence(
        story,
        Silence(
            team=story.teams["Platform"],
            matchers=LAGS,
            reason="Reports of the quarter run on the replica until tomorrow; ask Ana.",
            owner=story.people["ana"],
            starts_at=story.now - SILENCED_FOR,
            ends_at=max(story.by_the_wall(-1, 18), story.now + timedelta(hours=20)),
        ),
        [database],
    )
    _silence(
        story,
        Silence(
            kind=SilenceKind.RECURRING,
            team=story.teams["Web"],
            reason="Search builds its index anew in the night to Sunday.",
            owner=story.people["sara"],
            starts_at=story.at(45, 10),
            ends_at=story.by_the_wall(-45, 10),
            weekly=SUNDAY_NIGHT,
            time_zone=str(ZONE),
        ),
        [search],
    )
    _hold(story, reports)
    _mute(story)


def remove() -> None:
    Hold.objects.filter(alert__service__is_demo=True).delete()
    Hold.objects.filter(silence__is_demo=True).delete()
    wipe(Silence.objects.filter(is_demo=True))
    wipe(Inhibition.objects.filter(is_demo=True))


def _silence(story: Story, silence: Silence, services: list[Any]) -> Silence:
    silence.is_demo = True
    silence.created_at = silence.starts_at
    silence.is_active = noise.holds_at(silence, story.now)
    silence.due_at = story.now
    keep(silence, by=silence.owner, at=silence.starts_at)
    silence.services.set(services)
    tell("silence.created", silence, at=silence.starts_at, actor=silence.owner)
    return silence


def _hold(story: Story, silence: Silence) -> None:
    """An alert that came while it was silenced: it shows, says why, and wakes nobody."""
    began = story.now - HELD_FOR
    service = story.services["Orders database"]
    alert = Alert.objects.create(
        integration=story.shelf["monitors"]["main"],
        fingerprint="demo-replica-lag",
        service=service,
        name="ReplicaLag",
        summary="Replica is 9 minutes behind",
        description="Told by Prometheus.",
        severity=Severity.P2,
        state=AlertState.UNACKED,
        condition=Condition.SHELVED,
        is_held=True,
        labels=_labels("ReplicaLag", service.slug),
        annotations={"summary": "Replica is 9 minutes behind"},
        started_at=began,
        last_seen_at=story.now,
        is_demo=True,
    )
    received = began + timedelta(seconds=20)
    Occurrence.objects.create(
        alert=alert, started_at=began, severity=Severity.P2, received_at=received
    )
    Hold.objects.create(
        alert=alert,
        occurrence_started_at=began,
        severity=Severity.P2,
        kind=HoldKind.SILENCE,
        silence=silence,
        rule=silence.reason,
        held_at=received,
    )
    held_by = [{"kind": "silence", "id": silence.pk, "name": silence.reason}]
    _tell_opened(alert, received, held_by)


def _tell_opened(alert: Alert, at: datetime, held_by: list[dict[str, Any]]) -> None:
    tell("alert.opened", alert, at=at, held_by=held_by)


def _labels(name: str, service: str) -> dict[str, str]:
    return {
        "alertname": name,
        "service": service,
        "severity": "p2",
        "host": "orders-db-2",
    }


def _mute(story: Story) -> None:
    """While the database is down, what waits for it need not say so, too."""
    at = story.at(62, 10)
    rule = Inhibition(
        name="Sign-in waits for the orders database",
        source_matchers=[
            {"label": "service", "op": "=", "value": story.services["Orders database"].slug},
            {"label": "alertname", "op": "=", "value": "DatabaseDown"},
        ],
        target_matchers=[
            {"label": "service", "op": "=", "value": story.services["Sign-in"].slug},
            {"label": "alertname", "op": "=~", "value": "High.*"},
        ],
        is_demo=True,
    )
    if Inhibition.objects.filter(name=rule.name).exists():
        rule.name = f"{rule.name} (demo)"
    keep(rule, by=story.people["ada"], at=at)
    tell("inhibition.created", rule, at=at, actor=story.people["ada"])
