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

What comes without a start, or with one in the future, is given one first: `workflow.dating`.

What fires is weighed against the rules that hold alerts back; `alert.opened` and
`alert.worsened` carry those as `held_by`, and what is held is not taken in above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from operations.formats import Incoming
from operations.models import (
    Alert,
    AlertState,
    Hold,
    Integration,
    Occurrence,
    Receipt,
)
from operations.noise import Rules, labelled
from operations.routing import Router
from operations.workflow import holds
from operations.workflow.dating import Late, Started, placed
from operations.workflow.known import Known
from portal import events


@dataclass
class Reading:
    """One receipt being applied; `late` counts what was older than what is known."""

    receipt: Receipt
    router: Router
    incoming: list[Incoming]
    known: Known = field(default_factory=Known)
    late: int = 0
    _begun: set[int] = field(default_factory=set)  # which of `incoming`, by their place

    @property
    def rules(self) -> Rules:
        return self.known.rules

    @property
    def integration(self) -> Integration:
        return self.receipt.integration

    def begins(self) -> Iterator[tuple[int, Started]]:
        """Yield what is told of alerts that nobody has heard of, with its place."""
        for place, told in enumerate(self.incoming):
            if (self.integration.pk, told.fingerprint) not in self.known.alerts:
                started = self._placed(told, None)
                if started is not None:
                    yield place, started

    def begin(self, place: int, alert: Alert) -> None:
        """Say what follows from an alert that this receipt was the first to tell of."""
        self._begun.add(place)
        if alert.is_firing:
            self._opened(alert)

    def go_on(self) -> None:
        """Apply what is told of alerts that are known."""
        for place, told in enumerate(self.incoming):
            alert = self.known.alerts.get((self.integration.pk, told.fingerprint))
            if alert is None or place in self._begun:
                continue
            started = self._placed(told, alert)
            if started is not None:
                self._apply_to(alert, started)

    def _placed(self, told: Incoming, alert: Alert | None) -> Started | None:
        """Return what was told with its start, or None when nothing follows from it."""
        try:
            return placed(
                told,
                alert,
                received_at=self.receipt.received_at,
                known=self.known.occurrences,
            )
        except Late:
            self.late += 1
            return None

    def new_alert(self, told: Started) -> Alert:
        return Alert(
            integration=self.integration,
            fingerprint=told.fingerprint,
            **self._words(told),
            service=self.router.service_of(told),
            severity=self._severity(told),
            state=AlertState.UNACKED if told.is_firing else AlertState.RETURNED,
            started_at=told.started_at,
            ended_at=None if told.is_firing else self._end_of(told),
            last_seen_at=self.receipt.received_at,
            is_demo=self.integration.is_demo,
        )

    def _apply_to(self, alert: Alert, told: Started) -> None:
        occurrence = self.known.occurrences.get((alert.pk, told.started_at))
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

    def _occur_again(self, alert: Alert, told: Started) -> None:
        was_firing = alert.is_firing
        if was_firing:
            self._supersede(alert, told.started_at)
        severity = self._severity(told)
        # Who has acknowledged an alert that flaps has done so until it is quiet, or graver.
        still_acknowledged = (
            alert.is_flapping
            and alert.acknowledged_at is not None
            and severity >= alert.severity
        )
        if not still_acknowledged:
            alert.acknowledged_at = None
            alert.acknowledged_by = None
        alert.state = _state_of(told, is_acknowledged=still_acknowledged)
        alert.severity = severity
        alert.started_at = told.started_at
        alert.ended_at = None if told.is_firing else self._end_of(told)
        alert.occurrence_count += 1
        self._refresh(alert, told)
        self._keep_occurrence(alert, told)
        self.rules.forget_firing()
        holds.note_change(alert, self.rules, at=alert.started_at, now=self.rules.at)
        if told.is_firing:
            self._opened(alert)
        elif was_firing:
            self._ended(alert)

    def _supersede(self, alert: Alert, by: datetime) -> None:
        ended = {"ended_at": by, "end_reason": Occurrence.EndReason.SUPERSEDED}
        alert.occurrences.filter(ended_at=None).update(**ended)
        holds.let_go(alert, outcome=Hold.Outcome.CLEARED, now=self.rules.at)
        if known := self.known.occurrences.get((alert.pk, alert.started_at)):
            known.ended_at, known.end_reason = by, Occurrence.EndReason.SUPERSEDED

    def _go_on(self, alert: Alert, occurrence: Occurrence, told: Started) -> None:
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
            self.rules.forget_firing()
            self._record(
                alert,
                "alert.worsened",
                severity=int(worse),
                before=int(before),
                held_by=self._weigh(alert),
            )
        else:
            labels = alert.labels
            if self._reword(alert, told):
                alert.save()
            else:
                self.known.seen(alert)
            if alert.labels != labels:
                self.rules.forget_firing()
                self._wake_inhibitions(alert)
                holds.reweigh(alert, self.rules, now=self.rules.at)

    def _end(self, alert: Alert, occurrence: Occurrence, told: Started) -> None:
        is_superseded = occurrence.end_reason == Occurrence.EndReason.SUPERSEDED
        if occurrence.ended_at is not None and not is_superseded:
            return
        occurrence.ended_at = self._end_of(told)
        occurrence.end_reason = Occurrence.EndReason.RESOLVED
        occurrence.save(update_fields=["ended_at", "end_reason"])
        if is_superseded:
            return
        alert.ended_at = occurrence.ended_at
        is_done = alert.state == AlertState.ACKED or holds.is_dealt_with(alert)
        alert.state = AlertState.NORMAL if is_done else AlertState.RETURNED
        self._refresh(alert, told)
        holds.let_go(alert, outcome=Hold.Outcome.CLEARED, now=self.rules.at)
        holds.note_change(alert, self.rules, at=alert.ended_at, now=self.rules.at)
        self._ended(alert)

    def _keep_occurrence(self, alert: Alert, told: Started) -> None:
        kept = self.new_occurrence(alert, told)
        kept.save(force_insert=True)
        self.known.remember(kept)

    def new_occurrence(self, alert: Alert, told: Started) -> Occurrence:
        return Occurrence(
            alert=alert,
            started_at=told.started_at,
            told_at=told.future_start,
            ended_at=None if told.is_firing else self._end_of(told),
            end_reason="" if told.is_firing else Occurrence.EndReason.RESOLVED,
            severity=self._severity(told),
            acknowledged_at=alert.acknowledged_at,
            acknowledged_by=alert.acknowledged_by,
            received_at=self.receipt.received_at,
            # What the portal says itself comes by no call.
            receipt=self.receipt if self.receipt.pk else None,
        )

    def _refresh(self, alert: Alert, told: Incoming) -> None:
        self._reword(alert, told)
        alert.save()

    def _reword(self, alert: Alert, told: Incoming) -> bool:
        """Bring the words up to date and find the service again; return if any changed."""
        found = self._words(told) | {"service": self.router.service_of(told) or alert.service}
        changed = {name for name, value in found.items() if getattr(alert, name) != value}
        for name in changed:
            setattr(alert, name, found[name])
        alert.last_seen_at = max(alert.last_seen_at, self.receipt.received_at)
        return bool(changed)

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

    def _end_of(self, told: Started) -> datetime:
        """When it ended, by the monitor; never in the future, nor before it began."""
        received_at = self.receipt.received_at
        ended_at = min(told.ended_at or received_at, max(received_at, self.rules.at))
        return max(ended_at, told.started_at)

    def _opened(self, alert: Alert) -> None:
        held_by = self._weigh(alert)
        self._record(alert, "alert.opened", severity=int(alert.severity), held_by=held_by)
        self._wake_inhibitions(alert)
        if alert.service is None:
            self._record(alert, "alert.unrouted")

    def _weigh(self, alert: Alert) -> list[dict[str, Any]]:
        alert.integration = self.integration
        also_firing = (
            labelled(
                told.labels,
                name=told.name,
                severity=self._severity(told),
                service=self.router.service_of(told),
                integration=self.integration,
            )
            for told in self.incoming
            if told.is_firing and told.fingerprint != alert.fingerprint
        )
        reasons = holds.weigh(alert, self.rules, now=self.rules.at, also_firing=also_firing)
        return [reason.as_data() for reason in reasons]

    def _wake_inhibitions(self, alert: Alert) -> None:
        self.known.woken.update({rule.pk: rule for rule in self.rules.concerned(alert)})

    def _ended(self, alert: Alert) -> None:
        assert alert.ended_at is not None
        self.rules.forget_firing()
        self._wake_inhibitions(alert)
        self._record(alert, "alert.ended", ended_at=alert.ended_at.isoformat())

    def _record(self, alert: Alert, kind: str, **data: Any) -> None:
        happened = {"alert.opened": alert.started_at, "alert.ended": alert.ended_at}.get(kind)
        started = alert.started_at.isoformat()
        event = events.made(
            kind,
            alert,
            actor=None,
            happened_at=happened,
            occurrence_started_at=started,
            **data,
        )
        self.known.record(event)


def _state_of(told: Incoming, *, is_acknowledged: bool) -> AlertState:
    if told.is_firing:
        return AlertState.ACKED if is_acknowledged else AlertState.UNACKED
    return AlertState.NORMAL if is_acknowledged else AlertState.RETURNED
