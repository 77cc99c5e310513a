"""
Holding alerts back and letting them go: the rows that say which rule holds which occurrence.

An alert is weighed when it begins or changes, and again whenever a rule begins, changes or
ends. Of an alert that was already known `alert.held` is told when its first hold begins, and
`alert.released` when its last one ends while it still fires: that is what wakes people then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from operations import flapping, noise
from operations.models import (
    Alert,
    AlertState,
    AtEnd,
    Condition,
    Hold,
    HoldKind,
    Inhibition,
    Occurrence,
)
from operations.noise import HoldReason, Labels, Rules
from portal import events

FLAPPING = "Flapping"  # how a hold names its rule where there is no row of one
FIELDS = ["condition", "is_held"]
FLAP_FIELDS = ["is_flapping", "flap_began_at", "flap_due_at", "flap_count"]
OUTCOMES = {
    AtEnd.REPROCESS: Hold.Outcome.REPROCESSED,
    AtEnd.RESOLVE: Hold.Outcome.CLOSED,
    AtEnd.NOTHING: Hold.Outcome.NOTHING,
}


class Released(NamedTuple):
    """An alert that nothing holds any more, by which rule it was held, and what follows."""

    alert: Alert
    rule: str
    at_end: AtEnd


def weigh(
    alert: Alert, rules: Rules, *, now: datetime, also_firing: Iterable[Labels] = ()
) -> list[HoldReason]:
    """
    Bring the holds of a locked, firing alert in line with the rules; return what holds it.

    Sets and saves what the alert says of it. `also_firing` are labels of alerts that are about
    to fire in the same call.
    """
    reasons = rules.holding(alert, also_firing=also_firing)
    if alert.is_flapping and flapping.was_told(alert):
        reasons.append(HoldReason(HoldKind.FLAPPING, alert.pk, FLAPPING, alert.flap_due_at))
    if reasons or alert.is_held:
        _align(alert, reasons, now)
    return reasons


def is_dealt_with(alert: Alert) -> bool:
    """Whether nobody need acknowledge it once it has cleared: people meant it to be held."""
    if not alert.is_held:
        return False
    return alert.holds.open().exclude(kind=HoldKind.FLAPPING).exists()


def note_change(alert: Alert, rules: Rules, *, at: datetime, now: datetime) -> None:
    """Work out whether a locked alert flaps after it began or ended at `at`."""
    was_flapping = alert.is_flapping
    flapping.note_change(alert, at=at, now=now, rules=rules.settings)
    if alert.is_flapping:
        alert.save(update_fields=FLAP_FIELDS)
    if alert.is_flapping and not was_flapping:
        events.record("alert.flapping_began", alert, actor=None)


def let_go(alert: Alert, *, outcome: Hold.Outcome, now: datetime) -> bool:
    """End all holds of a locked alert, as when it cleared; return whether there were any."""
    if not alert.is_held:
        return False
    alert.holds.open().update(released_at=now, outcome=outcome)
    _mark(alert, [])
    return True


def wake_inhibitions(rules: Iterable[Inhibition], *, now: datetime) -> None:
    """Have the pager go through these rules: an alert that is their source began or ended."""
    if pks := [rule.pk for rule in rules]:
        Inhibition.objects.filter(pk__in=pks).update(due_at=now)


def reconsider(pks: Iterable[int], *, now: datetime) -> int:
    """
    Weigh these alerts anew, those of one service in one transaction; return how many changed.

    Doing so again changes nothing.
    """
    by_service: dict[int | None, list[int]] = defaultdict(list)
    rows = Alert.objects.filter(pk__in=list(pks)).values_list("service_id", "pk")
    for service_id, pk in rows:
        by_service[service_id].append(pk)
    return sum(_reconsider_some(some, now) for some in by_service.values())


@transaction.atomic
def _reconsider_some(pks: list[int], now: datetime) -> int:
    rules, changed = Rules(now), 0
    released: list[Released] = []
    for alert in locked(pks):
        was_held = alert.is_held
        if not alert.is_firing:
            let_go(alert, outcome=Hold.Outcome.CLEARED, now=now)
        elif freed := _weigh_again(alert, rules, now):
            released.append(freed)
        changed += was_held != alert.is_held
    _tell_released(released, now)
    return changed


def reweigh(alert: Alert, rules: Rules, *, now: datetime) -> None:
    """Weigh a locked, firing alert whose labels changed, and tell what follows."""
    if freed := _weigh_again(alert, rules, now):
        _tell_released([freed], now)


def _weigh_again(alert: Alert, rules: Rules, now: datetime) -> Released | None:
    was_held = alert.is_held
    reasons = weigh(alert, rules, now=now)
    if reasons and not was_held:
        _tell_held(alert, reasons)
    return _what_follows(alert) if was_held and not reasons else None


def locked(pks: Iterable[int]) -> list[Alert]:
    """Return these alerts, held in the order in which readers of receipts hold theirs."""
    rows = Alert.objects.select_for_update(of=("self",)).with_list_columns()
    found = rows.filter(pk__in=list(pks)).order_by("integration_id", "fingerprint")
    return list(found)


def end_occurrence(alert: Alert, *, reason: Occurrence.EndReason, now: datetime) -> datetime:
    """End the open occurrence of a locked alert that a person or a rule declares over."""
    ended_at = max(now, alert.started_at)
    alert.occurrences.filter(ended_at=None).update(ended_at=ended_at, end_reason=reason)
    alert.state, alert.ended_at = AlertState.NORMAL, ended_at
    alert.save(update_fields=["state", "ended_at"])
    wake_inhibitions(Rules(now).concerned(alert), now=now)
    events.record(
        "alert.ended",
        alert,
        actor=None,
        happened_at=ended_at,
        occurrence_started_at=alert.started_at.isoformat(),
        ended_at=ended_at.isoformat(),
        end_reason=str(reason),
    )
    return ended_at


def _align(alert: Alert, reasons: list[HoldReason], now: datetime) -> None:
    wanted = {(reason.kind, reason.id): reason for reason in reasons}
    for hold in alert.holds.open():
        kept = wanted.pop((HoldKind(hold.kind), _rule_of(hold)), None)
        if kept is None or hold.occurrence_started_at != alert.started_at:
            hold.released_at = now
            hold.outcome = Hold.Outcome.OTHERWISE if reasons else Hold.Outcome.CHANGED
            hold.save(update_fields=["released_at", "outcome"])
            if kept is not None:
                wanted[kept.kind, kept.id] = kept
    Hold.objects.bulk_create(_hold(alert, reason, now) for reason in wanted.values())
    _mark(alert, reasons)


def _rule_of(hold: Hold) -> int:
    return hold.silence_id or hold.inhibition_id or hold.alert_id


def _hold(alert: Alert, reason: HoldReason, now: datetime) -> Hold:
    is_silence = reason.kind in {HoldKind.SILENCE, HoldKind.MAINTENANCE}
    return Hold(
        alert=alert,
        occurrence_started_at=alert.started_at,
        severity=alert.severity,
        kind=reason.kind,
        silence_id=reason.id if is_silence else None,
        inhibition_id=reason.id if reason.kind == HoldKind.INHIBITION else None,
        rule=str(reason.name)[:300],
        held_at=now,
    )


def _mark(alert: Alert, reasons: list[HoldReason]) -> None:
    by_person = any(reason.kind == HoldKind.SILENCE for reason in reasons)
    alert.is_held = bool(reasons)
    alert.condition = Condition.IN_SERVICE
    if reasons:
        alert.condition = Condition.SHELVED if by_person else Condition.SUPPRESSED
    alert.save(update_fields=FIELDS)


def _tell_held(alert: Alert, reasons: list[HoldReason]) -> None:
    events.record(
        "alert.held",
        alert,
        actor=None,
        occurrence_started_at=alert.started_at.isoformat(),
        severity=int(alert.severity),
        held_by=[reason.as_data() for reason in reasons],
        what=", ".join(str(reason.name) for reason in reasons)[:200],
    )


def _what_follows(alert: Alert) -> Released:
    """The most careful of what its rules wanted: to wake people, to leave it, to close it."""
    holds = alert.holds.filter(occurrence_started_at=alert.started_at).select_related("silence")
    rows = list(holds.order_by("released_at", "pk"))
    wanted = {AtEnd(row.silence.at_end) if row.silence else AtEnd.REPROCESS for row in rows}
    careful = (AtEnd.REPROCESS, AtEnd.NOTHING, AtEnd.RESOLVE)
    at_end = next((one for one in careful if one in wanted), AtEnd.REPROCESS)
    last = rows[-1]
    Hold.objects.filter(pk=last.pk).update(outcome=OUTCOMES[at_end])
    return Released(alert, last.rule, at_end)


def _tell_released(released: list[Released], now: datetime) -> None:
    """Record what follows; several of one service are marked to be told in one page."""
    waking = [each for each in released if each.at_end == AtEnd.REPROCESS]
    batch: dict[str, Any] = {}
    if len(waking) >= max(noise.settings().roll_up_from, 2):
        service = waking[0].alert.service_id
        batch = {"batch": f"{service}:{now.isoformat()}", "batch_size": len(waking)}
    for alert, rule, at_end in released:
        told: dict[str, Any] = {
            "occurrence_started_at": alert.started_at.isoformat(),
            "severity": int(alert.severity),
            "rule": rule,
            "what": rule[:200],
        }
        if at_end == AtEnd.REPROCESS:
            events.record("alert.released", alert, actor=None, **told, **batch)
        else:
            events.record("alert.hold_ended", alert, actor=None, at_end=str(at_end), **told)
        if at_end == AtEnd.RESOLVE:
            end_occurrence(alert, reason=Occurrence.EndReason.CLOSED, now=now)
