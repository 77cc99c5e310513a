"""
Applies what a receipt told: which alerts began, went on and ended.

An alert is (integration, fingerprint), an occurrence (alert, start). Calls come at least once
and in any order, so the monitor's own times decide and never the order of arrival:

    told                    known                  what follows
    firing, later start     -                      new occurrence, alert.opened; an open one
                                                   is superseded
    firing, same start      open                   brought up to date; alert.worsened if it
                                                   is worse than before
    firing                  ended, or a newer one  late: counted, not applied
    resolved, same start    open                   ended, alert.ended
    resolved, same start    superseded             its true end
    resolved                ended                  nothing
    resolved                unknown                kept as ended; nobody is paged
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from operations.alertmanager import Incoming
from operations.models import Alert, AlertState, Integration, Occurrence, Receipt
from operations.routing import Router
from portal import events


@dataclass
class Reading:
    """One receipt being applied; `late` counts what was older than what is known."""

    receipt: Receipt
    router: Router
    late: int = 0
    _occurrences: dict[tuple[int, datetime], Occurrence] = field(default_factory=dict)

    @property
    def integration(self) -> Integration:
        return self.receipt.integration

    def apply(self, incoming: list[Incoming]) -> None:
        """Lock the alerts concerned, in one order for all readers, and apply each."""
        known = {
            alert.fingerprint: alert
            for alert in Alert.objects.select_for_update(of=("self",))
            .filter(
                integration=self.integration,
                fingerprint__in={told.fingerprint for told in incoming},
            )
            .select_related("service")
            .order_by("fingerprint")
        }
        starts = {told.started_at for told in incoming}
        self._look_up(known.values(), starts)
        for told in incoming:
            alert = known.get(told.fingerprint)
            if alert is None:
                alert, is_new = self._begin(told)
                known[told.fingerprint] = alert
                if is_new:
                    continue
                self._look_up([alert], starts)
            self._apply_to(alert, told)

    def _look_up(self, alerts: Iterable[Alert], starts: set[datetime]) -> None:
        found = Occurrence.objects.filter(alert__in=alerts, started_at__in=starts)
        self._occurrences.update({(each.alert_id, each.started_at): each for each in found})

    def _begin(self, told: Incoming) -> tuple[Alert, bool]:
        """Make the alert with its first occurrence, unless another reader just did."""
        state = AlertState.UNACKED if told.is_firing else AlertState.RETURNED
        alert, is_new = Alert.objects.select_for_update(of=("self",)).get_or_create(
            integration=self.integration,
            fingerprint=told.fingerprint,
            defaults={
                **self._words(told),
                "service": self.router.service_of(told),
                "severity": self._severity(told),
                "state": state,
                "started_at": told.started_at,
                "ended_at": None if told.is_firing else self._end_of(told),
                "last_seen_at": self.receipt.received_at,
                "is_demo": self.integration.is_demo,
            },
        )
        if is_new:
            self._keep_occurrence(alert, told)
            if told.is_firing:
                self._opened(alert)
        return alert, is_new

    def _apply_to(self, alert: Alert, told: Incoming) -> None:
        occurrence = self._occurrences.get((alert.pk, told.started_at))
        if occurrence is None and told.started_at > alert.started_at:
            self._occur_again(alert, told)
        elif occurrence is None and not told.is_firing:
            self._keep_occurrence(alert, told)
            alert.occurrence_count += 1
            alert.save(update_fields=["occurrence_count"])
        elif occurrence is None or (told.is_firing and occurrence.ended_at is not None):
            self.late += 1
        elif told.is_firing:
            self._go_on(alert, occurrence, told)
        else:
            self._end(alert, occurrence, told)

    def _occur_again(self, alert: Alert, told: Incoming) -> None:
        was_firing = alert.is_firing
        if was_firing:
            self._supersede(alert, told.started_at)
        alert.state = AlertState.UNACKED if told.is_firing else AlertState.RETURNED
        alert.severity = self._severity(told)
        alert.started_at = told.started_at
        alert.ended_at = None if told.is_firing else self._end_of(told)
        alert.acknowledged_at = None
        alert.acknowledged_by = None
        alert.occurrence_count += 1
        self._refresh(alert, told)
        self._keep_occurrence(alert, told)
        if told.is_firing:
            self._opened(alert)
        elif was_firing:
            self._ended(alert)

    def _supersede(self, alert: Alert, by: datetime) -> None:
        ended = {"ended_at": by, "end_reason": Occurrence.EndReason.SUPERSEDED}
        alert.occurrences.filter(ended_at=None).update(**ended)
        if known := self._occurrences.get((alert.pk, alert.started_at)):
            known.ended_at, known.end_reason = by, Occurrence.EndReason.SUPERSEDED

    def _go_on(self, alert: Alert, occurrence: Occurrence, told: Incoming) -> None:
        """While it fires, the worst severity that was told stands; worse rings again."""
        worse = self._severity(told)
        if worse < alert.severity:
            before, alert.severity = alert.severity, worse
            occurrence.severity = worse
            occurrence.save(update_fields=["severity"])
            alert.state = AlertState.UNACKED
            alert.acknowledged_at = None
            alert.acknowledged_by = None
            self._refresh(alert, told)
            self._record(alert, "alert.worsened", severity=int(worse), before=int(before))
        else:
            self._refresh(alert, told)

    def _end(self, alert: Alert, occurrence: Occurrence, told: Incoming) -> None:
        is_superseded = occurrence.end_reason == Occurrence.EndReason.SUPERSEDED
        if occurrence.ended_at is not None and not is_superseded:
            return
        occurrence.ended_at = self._end_of(told)
        occurrence.end_reason = Occurrence.EndReason.RESOLVED
        occurrence.save(update_fields=["ended_at", "end_reason"])
        if is_superseded:
            return
        alert.ended_at = occurrence.ended_at
        was_acknowledged = alert.state == AlertState.ACKED
        alert.state = AlertState.NORMAL if was_acknowledged else AlertState.RETURNED
        self._refresh(alert, told)
        self._ended(alert)

    def _keep_occurrence(self, alert: Alert, told: Incoming) -> None:
        kept = Occurrence.objects.create(
            alert=alert,
            started_at=told.started_at,
            ended_at=None if told.is_firing else self._end_of(told),
            end_reason="" if told.is_firing else Occurrence.EndReason.RESOLVED,
            severity=self._severity(told),
            received_at=self.receipt.received_at,
            # What the portal says itself comes by no call.
            receipt=self.receipt if self.receipt.pk else None,
        )
        self._occurrences[alert.pk, told.started_at] = kept

    def _refresh(self, alert: Alert, told: Incoming) -> None:
        """Bring the words up to date, find the service again, and save."""
        for name, value in self._words(told).items():
            setattr(alert, name, value)
        alert.service = self.router.service_of(told) or alert.service
        alert.last_seen_at = max(alert.last_seen_at, self.receipt.received_at)
        alert.save()

    def _words(self, told: Incoming) -> dict[str, object]:
        return {
            "name": told.name,
            "summary": told.summary,
            "description": told.description,
            "labels": told.labels,
            "annotations": told.annotations,
            "generator_url": told.generator_url,
            "runbook_url": told.runbook_url,
        }

    def _severity(self, told: Incoming) -> int:
        said = told.severity
        return int(self.integration.default_severity if said is None else said)

    def _end_of(self, told: Incoming) -> datetime:
        return told.ended_at or max(self.receipt.received_at, told.started_at)

    def _opened(self, alert: Alert) -> None:
        self._record(alert, "alert.opened", severity=int(alert.severity))
        if alert.service is None:
            self._record(alert, "alert.unrouted")

    def _ended(self, alert: Alert) -> None:
        assert alert.ended_at is not None
        self._record(alert, "alert.ended", ended_at=alert.ended_at.isoformat())

    def _record(self, alert: Alert, kind: str, **data: Any) -> None:
        happened = {"alert.opened": alert.started_at, "alert.ended": alert.ended_at}.get(kind)
        started = alert.started_at.isoformat()
        events.record(
            kind,
            alert,
            actor=None,
            happened_at=happened,
            occurrence_started_at=started,
            **data,
        )
