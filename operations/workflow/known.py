"""
What is known of the alerts that calls tell of, looked up once for all of these calls.

A storm is many calls about few or many alerts; each question that is asked for all at once, and
each statement that saves all at once, is one that no single alert waits for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import Q

from operations.formats import Incoming
from operations.models import Alert, Inhibition, Integration, Occurrence
from operations.noise import Rules
from operations.workflow import holds
from portal import clock, events
from portal.models import Event

Key = tuple[int, str]  # the integration's, and the fingerprint


@dataclass
class Known:
    """The alerts concerned, held; `save` writes what was put off until all is applied."""

    alerts: dict[Key, Alert] = field(default_factory=dict)
    occurrences: dict[tuple[int, datetime], Occurrence] = field(default_factory=dict)
    woken: dict[int, Inhibition] = field(default_factory=dict)
    _seen: dict[int, Alert] = field(default_factory=dict)
    _events: list[Event] | None = None

    @cached_property
    def rules(self) -> Rules:
        """What holds alerts back, as it is while this is applied."""
        return Rules(clock.now())

    def look_up(self, told: Iterable[tuple[Integration, list[Incoming]]]) -> None:
        """Lock the alerts concerned, in one order for all readers, and find their starts."""
        told = list(told)
        wanted = [
            Q(integration=integration, fingerprint__in={each.fingerprint for each in incoming})
            for integration, incoming in told
            if incoming
        ]
        if not wanted:
            return
        rows = Alert.objects.select_for_update(of=("self",)).filter(reduce(or_, wanted))
        found = list(rows.with_list_columns().order_by("integration_id", "fingerprint"))
        self.alerts.update({(each.integration_id, each.fingerprint): each for each in found})
        starts = {each.started_at for _, incoming in told for each in incoming}
        self._find_occurrences(found, {start for start in starts if start is not None})

    def begin(self, new: Iterable[tuple[Alert, Occurrence]]) -> None:
        """Keep the first occurrences of alerts that were just made."""
        for alert, _occurrence in (pairs := list(new)):
            self.alerts[alert.integration_id, alert.fingerprint] = alert
        for occurrence in Occurrence.objects.bulk_create(each for _, each in pairs):
            self.remember(occurrence)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record the events of many alerts that begin with one statement, at the end."""
        self._events = []
        yield
        events.record_all(self._events)
        self._events = None

    def record(self, event: Event) -> None:
        if self._events is None:
            events.record_all([event])
        else:
            self._events.append(event)

    def remember(self, occurrence: Occurrence) -> None:
        for start in (occurrence.started_at, occurrence.told_at):
            if start is not None:
                self.occurrences[occurrence.alert_id, start] = occurrence

    def seen(self, alert: Alert) -> None:
        """Of an alert that goes on unchanged, only when it was last seen is to be saved."""
        self._seen[alert.pk] = alert

    def save(self) -> None:
        """Write what was put off."""
        if self._seen:
            Alert.objects.bulk_update(self._seen.values(), ["last_seen_at"])
        holds.wake_inhibitions(self.woken.values(), now=self.rules.at)

    def _find_occurrences(self, alerts: list[Alert], starts: set[datetime]) -> None:
        if not alerts:
            return
        starts = starts | {alert.started_at for alert in alerts}
        found: Any = Occurrence.objects.filter(
            Q(started_at__in=starts) | Q(told_at__in=starts), alert__in=alerts
        )
        # The newest that goes by a start counts, where one before it was given up.
        for each in sorted(found, key=lambda each: each.started_at):
            self.remember(each)
