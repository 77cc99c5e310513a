"""
Which rules hold an alert, at any instant: asked when it comes, when a rule begins or ends,
and by whoever wants to know beforehand.

A silence holds an alert when its time includes the instant (weekly ones: one of their ranges
does), the alert's service is the team's and among the services that it names, and all its
matchers fit. An inhibition rule holds a target while an alert that matches its source fires
with equal labels. What cannot be judged holds nothing: in doubt, people are woken.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from operations.matchers import matches
from operations.models import (
    Alert,
    Hold,
    HoldKind,
    Inhibition,
    Integration,
    NoiseSettings,
    Severity,
    Silence,
    SilenceKind,
)
from operations.wall_clock import instant
from portal.models import Service

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
Labels = Mapping[str, str]


class HoldReason(NamedTuple):
    """A rule that holds an alert; `until` is None where only events will tell."""

    kind: HoldKind
    id: int
    name: str
    until: datetime | None

    def as_data(self) -> dict[str, Any]:
        """Return what an event carries: `{"kind", "id", "name"}`."""
        return {"kind": str(self.kind), "id": self.id, "name": self.name}


@dataclass(frozen=True)
class Subject:
    """What rules look at: labels with the virtual ones, and whose service it is."""

    labels: Labels
    service_id: int | None
    team_id: int | None


def labelled(
    labels: Labels,
    *,
    name: str = "",
    severity: int | None = None,
    service: Service | None = None,
    integration: Integration | None = None,
) -> dict[str, str]:
    """Return the labels with those that are always there, said by us and not by a monitor."""
    virtual = {
        "alertname": name or labels.get("alertname", ""),
        "severity": labels.get("severity", "") if severity is None else Severity(severity).name,
        "service": service.slug if service else labels.get("service", ""),
        "integration": integration.name if integration else labels.get("integration", ""),
    }
    return {**labels, **virtual}


def subject_of(alert: Alert) -> Subject:
    service = alert.service
    labels = labelled(
        alert.labels,
        name=alert.name,
        severity=alert.severity,
        service=service,
        integration=alert.integration,
    )
    return Subject(
        labels, service.pk if service else None, service.team_id if service else None
    )


def rules_holding(
    *,
    labels: Labels,
    service_id: int | None,
    at: datetime,
    integration_id: int | None = None,
) -> list[HoldReason]:
    """
    Return the silences and windows that would hold such an alert at this instant.

    `labels` carry `alertname` and `severity` ("P1") of the alert; service and integration are
    added by their keys. What inhibits depends on what fires then, and is not part of it.
    """
    service = Service.objects.filter(pk=service_id or 0).first()
    integration = Integration.objects.filter(pk=integration_id or 0).first()
    full = labelled(labels, service=service, integration=integration)
    subject = Subject(full, service_id, service.team_id if service else None)
    return Rules(at).silencing(subject)


class Rules:
    """The rules as they are at one instant, read at most once and judged many times."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def holding(self, alert: Alert, *, also_firing: Iterable[Labels] = ()) -> list[HoldReason]:
        """Return every silence and inhibition rule that holds this alert."""
        subject = subject_of(alert)
        return [*self.silencing(subject), *self.inhibiting(alert, subject, also_firing)]

    def silencing(self, subject: Subject) -> list[HoldReason]:
        return [
            reason_of(silence, self.at)
            for silence in self._silences
            if _fits(silence, subject) and holds_at(silence, self.at)
        ]

    def inhibiting(
        self, alert: Alert, subject: Subject, also_firing: Iterable[Labels] = ()
    ) -> list[HoldReason]:
        aimed = [
            rule for rule in self._inhibitions if _safely(rule.target_matchers, subject.labels)
        ]
        if not aimed:
            return []
        sources = [*self._firing_but(alert), *also_firing]
        return [
            HoldReason(HoldKind.INHIBITION, rule.pk, rule.name, None)
            for rule in aimed
            if any(mutes(rule, source, subject.labels) for source in sources)
        ]

    def concerned(self, alert: Alert) -> list[Inhibition]:
        """The inhibition rules for which this alert is a source."""
        if not self._inhibitions:
            return []
        labels = subject_of(alert).labels
        return [rule for rule in self._inhibitions if _safely(rule.source_matchers, labels)]

    def forget_firing(self) -> None:
        """Read what fires anew when it is asked next: an alert began, ended or changed."""
        vars(self).pop("_firing", None)

    def _firing_but(self, alert: Alert) -> Iterator[Labels]:
        return (labels for pk, labels in self._firing if pk != alert.pk)

    @cached_property
    def settings(self) -> NoiseSettings:
        return settings()

    @cached_property
    def _silences(self) -> list[Silence]:
        found = Silence.objects.holding_at(self.at).prefetch_related("services")
        return _read("silences", found)

    @cached_property
    def _inhibitions(self) -> list[Inhibition]:
        return _read("inhibition rules", Inhibition.objects.filter(is_active=True))

    @cached_property
    def _firing(self) -> list[tuple[int, Labels]]:
        """All that fires and could be a source; only asked where a target has been found."""
        firing = Alert.objects.firing().with_list_columns()
        return [(alert.pk, subject_of(alert).labels) for alert in _read("alerts", firing)]


def reason_of(silence: Silence, at: datetime) -> HoldReason:
    is_window = silence.kind == SilenceKind.MAINTENANCE
    kind = HoldKind.MAINTENANCE if is_window else HoldKind.SILENCE
    return HoldReason(kind, silence.pk, silence.reason, held_until(silence, at))


def mutes(rule: Inhibition, source: Labels, target: Labels) -> bool:
    """
    Whether an alert with the labels `source` mutes one with the labels `target`.

    As in Alertmanager, a missing label equals an empty one; and where an alert is source and
    target of the same rule, others that are both do not mute it either.
    """
    if not _safely(rule.source_matchers, source):
        return False
    if any(source.get(name, "") != target.get(name, "") for name in rule.equal):
        return False
    is_source_too = _safely(rule.source_matchers, target)
    return not (is_source_too and _safely(rule.target_matchers, source))


def is_source(rule: Inhibition, labels: Labels) -> bool:
    return _safely(rule.source_matchers, labels)


def is_target(rule: Inhibition, labels: Labels) -> bool:
    return _safely(rule.target_matchers, labels)


def describes(silence: Silence, alert: Alert) -> bool:
    """Whether the silence is about this alert, whatever the time."""
    return _fits(silence, subject_of(alert))


def holds_at(silence: Silence, at: datetime) -> bool:
    """Whether the silence's time includes this instant."""
    if not silence.starts_at <= at < silence.over_at:
        return False
    return not silence.weekly or any(
        start <= at < end for start, end in ranges(silence, at - 2 * DAY, at + 2 * DAY)
    )


def held_until(silence: Silence, at: datetime) -> datetime:
    """Return the end of the silence, or of the weekly range that includes this instant."""
    if not silence.weekly:
        return silence.over_at
    ends = [
        end for start, end in ranges(silence, at - 2 * DAY, at + 2 * DAY) if start <= at < end
    ]
    return max(ends, default=silence.over_at)


def next_change(silence: Silence, after: datetime) -> datetime | None:
    """Return when the silence next begins or stops to hold; None when it is over."""
    if after >= silence.over_at:
        return None
    ends = [silence.starts_at, silence.over_at]
    if silence.weekly:
        week = max(after, silence.starts_at)
        ends += [moment for pair in ranges(silence, week, week + 9 * DAY) for moment in pair]
    return min(moment for moment in ends if moment > after)


def ranges(
    silence: Silence, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """
    Return the weekly ranges that touch `[start, end)`, cut to the life of the silence.

    A range belongs to the day it starts on; one that ends at or before its start ends on the
    next day. Wall clocks of its zone decide, so that an hour may be skipped or come twice.
    """
    zone = ZoneInfo(silence.time_zone)
    day = start.astimezone(zone).date() - DAY
    last = end.astimezone(zone).date()
    while day <= last:
        for weekly in silence.weekly:
            if day.weekday() in weekly["weekdays"]:
                begins, ends = _range_on(day, weekly, zone)
                begins, ends = max(begins, silence.starts_at), min(ends, silence.over_at)
                if begins < ends and begins < end and ends > start:
                    yield begins, ends
        day += DAY


def _range_on(day: Any, weekly: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, datetime]:
    begins, ends = time.fromisoformat(weekly["from"]), time.fromisoformat(weekly["until"])
    last_day = day if ends > begins else day + DAY
    return instant(day, begins, zone), instant(last_day, ends, zone)


def held_under(reference: str) -> QuerySet[Hold]:
    """What the silence of an upper floor's work holds and held, the newest first."""
    return Hold.objects.filter(silence__reference=reference).with_list_columns()


def settings() -> NoiseSettings:
    """Return the one row of settings, or the defaults while nobody has changed any."""
    return NoiseSettings.objects.order_by("pk").first() or NoiseSettings()


def covers(
    matchers: list[Any], *, team_id: int | None, service_ids: set[int], alert: Alert
) -> bool:
    """Whether a silence that says this is about the alert, whatever the time."""
    return _covers(matchers, team_id, service_ids, subject_of(alert))


def _fits(silence: Silence, subject: Subject) -> bool:
    services = {service.pk for service in silence.services.all()}
    return _covers(silence.matchers, silence.team_id, services, subject)


def _covers(
    matchers: list[Any], team_id: int | None, service_ids: set[int], subject: Subject
) -> bool:
    if team_id is not None and team_id != subject.team_id:
        return False
    if service_ids and subject.service_id not in service_ids:
        return False
    return _safely(matchers, subject.labels)


def _safely(rows: list[Any], labels: Labels) -> bool:
    """Judge matchers; one that breaks fits nothing: a page too many is the lesser ill."""
    try:
        return matches(rows, labels)
    except Exception:
        log.exception("Matchers cannot be judged and hold nothing: %r", rows)
        return False


def _read(what: str, rows: Any) -> list[Any]:
    try:
        with transaction.atomic():
            return list(rows)
    except Exception:
        log.exception("The %s cannot be read; nothing is held by them.", what)
        return []
