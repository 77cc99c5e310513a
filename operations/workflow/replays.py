"""
Reads many kept calls again after a mapping changed, and shows beforehand what would differ.

The preview is the replay itself in a transaction that is taken back, so that it cannot be
wrong about what the replay does. Neither opens an occurrence that is over by now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from operations.formats import Told
from operations.hindsight import in_hindsight
from operations.models import Alert, Integration, IntegrationMapping, Receipt, ReceiptState
from operations.workflow.reading import apply, rules_in_force, told_since, understand
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User

MOST = 100  # receipts in one go: they are read in one transaction


class FieldChange(NamedTuple):
    """A field of an alert, as it was and as it becomes, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One alert that becomes another by reading a call again."""

    alert: Alert
    is_new: bool
    is_ended: bool
    fields: list[FieldChange] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """What reading one call again changes; `problems` is why some of it is not understood."""

    receipt: Receipt
    alert_count: int
    problems: list[str]
    changes: list[Change]
    late: int
    was_understood: bool


@dataclass(frozen=True)
class Replay:
    """What became, or would become, of all the calls."""

    differences: list[Difference]
    # Alerts that fire and that none of these calls tells of by the rules in force.
    untold: list[Alert]

    @property
    def untold_keys(self) -> list[str]:
        return [alert.fingerprint for alert in self.untold]

    @property
    def new_count(self) -> int:
        return sum(change.is_new for each in self.differences for change in each.changes)

    @property
    def ended_count(self) -> int:
        return sum(change.is_ended for each in self.differences for change in each.changes)

    @property
    def changed_count(self) -> int:
        return sum(len(each.changes) for each in self.differences)


class _TakenBack(Exception):
    """Ends the preview's transaction."""


def replayable(integration: Integration, *, limit: int = MOST) -> list[Receipt]:
    """Return the newest calls that can be read again, the oldest of them first."""
    whole = integration.receipts.filter(
        is_truncated=False, state__in=[ReceiptState.PROCESSED, ReceiptState.FAILED]
    )
    newest = whole.select_related("integration__service").order_by("-pk")[: min(limit, MOST)]
    return list(newest)[::-1]


def why_not_replay_many(integration: Integration) -> list[Refusal]:
    """Return every reason why nothing of this integration can be read again now."""
    if replayable(integration, limit=1):
        return []
    return [Refusal("nothing_kept", _("No call is kept that could be read again."))]


def preview_replay(integration: Integration, *, limit: int = MOST) -> Replay:
    """Show what reading the newest calls again would change, and change nothing."""
    found: list[Replay] = []
    try:
        with transaction.atomic():
            found.append(_read_again(integration, limit))
            raise _TakenBack
    except _TakenBack:
        return found[0]


@transaction.atomic
def replay_many(integration: Integration, *, actor: User | None, limit: int = MOST) -> Replay:
    """
    Read the newest calls again by the rules in force, all or none of them.

    Raises `TransitionNotAllowed` when there is nothing to read.
    """
    if reasons := why_not_replay_many(integration):
        raise TransitionNotAllowed(reasons)
    replay = _read_again(integration, limit)
    events.record(
        "integration.replayed",
        integration,
        actor=actor,
        receipts=len(replay.differences),
        changed=replay.changed_count,
    )
    return replay


def _read_again(integration: Integration, limit: int) -> Replay:
    locked = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
    mapping, rules = rules_in_force(locked)
    receipts = replayable(locked, limit=limit)
    told = [understand(each, rules) for each in receipts]
    calls = [(each.received_at, said) for each, said in zip(receipts, told, strict=True)]
    since = told_since(receipts[-1], rules) if receipts else []
    known = in_hindsight([*calls, *since])
    differences = [
        _difference(receipt, said, mapping)
        for receipt, said in zip(receipts, known, strict=False)
    ]
    return Replay(differences, _untold(locked, (*known, *(said for _at, said in since))))


def _difference(receipt: Receipt, told: Told, mapping: IntegrationMapping | None) -> Difference:
    was_understood = receipt.state == ReceiptState.PROCESSED
    before = _alerts(receipt, told)
    reading = apply(receipt, told, mapping, clock.now())
    after = _alerts(receipt, told)
    changes = [_change(before.get(name), alert) for name, alert in after.items()]
    return Difference(
        receipt=receipt,
        alert_count=len(told.alerts),
        problems=told.problems,
        changes=[change for change in changes if change is not None],
        late=reading.late,
        was_understood=was_understood,
    )


def _alerts(receipt: Receipt, told: Told) -> dict[str, Alert]:
    names = {alert.fingerprint for alert in told.alerts}
    found = Alert.objects.filter(integration=receipt.integration_id, fingerprint__in=names)
    return {alert.fingerprint: alert for alert in found.with_list_columns()}


def _change(before: Alert | None, after: Alert) -> Change | None:
    if before is None:
        return Change(after, is_new=True, is_ended=not after.is_firing)
    was, becomes = _words(before), _words(after)
    differ = [
        FieldChange(name, was[name], becomes[name])
        for name in was
        if was[name] != becomes[name]
    ]
    if not differ and before.occurrence_count == after.occurrence_count:
        return None
    return Change(
        after,
        is_new=False,
        is_ended=before.is_firing and not after.is_firing,
        fields=differ,
    )


def _words(alert: Alert) -> dict[str, str]:
    return {
        _("name"): alert.name,
        _("summary"): alert.summary,
        _("severity"): str(alert.get_severity_display()),
        _("service"): str(alert.service or _("none")),
        _("state"): str(alert.get_state_display()),
        _("runbook"): alert.runbook_url,
        _("labels"): ", ".join(f"{name}={value}" for name, value in alert.labels.items()),
    }


def _untold(integration: Integration, told: Iterable[Told]) -> list[Alert]:
    names = {alert.fingerprint for each in told for alert in each.alerts}
    firing = Alert.objects.firing().filter(integration=integration)
    return list(firing.exclude(fingerprint__in=names).with_list_columns()[:50])
