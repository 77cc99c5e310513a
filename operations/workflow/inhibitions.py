"""Verbs on inhibition rules, and the look at what each of them mutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from operations import matchers as matching
from operations import noise
from operations.models import Alert, Hold, Inhibition, NoiseSettings
from operations.workflow import holds
from portal import clock, events
from portal.models import User
from portal.sweeping import each

LEASE = timedelta(minutes=1)  # after which a rule is gone through again if a process died
FIELDS = {"name", "source_matchers", "target_matchers", "equal", "is_active"}


@transaction.atomic
def make_inhibition(
    *,
    name: str,
    source_matchers: Iterable[Any],
    target_matchers: Iterable[Any],
    equal: Iterable[str] = (),
    is_active: bool = True,
    actor: User | None,
) -> Inhibition:
    """Let alerts that match the source mute those that match the target, from now on."""
    rule = Inhibition(name=name.strip(), is_active=is_active)
    _set(rule, source_matchers, target_matchers, equal)
    _save(rule, actor)
    events.record("inhibition.created", rule, actor=actor)
    return rule


@transaction.atomic
def change_inhibition(rule: Inhibition, *, actor: User | None, **fields: Any) -> Inhibition:
    """Change what is given; what it does not mute any more is looked at again at once."""
    assert fields.keys() <= FIELDS, fields
    locked = Inhibition.objects.select_for_update(of=("self",), no_key=True).get(pk=rule.pk)
    locked.name = fields.get("name", locked.name).strip()
    locked.is_active = fields.get("is_active", locked.is_active)
    _set(
        locked,
        fields.get("source_matchers", locked.source_matchers),
        fields.get("target_matchers", locked.target_matchers),
        fields.get("equal", locked.equal),
    )
    _save(locked, actor)
    events.record("inhibition.changed", locked, actor=actor, is_active=locked.is_active)
    return locked


def look_at_inhibitions(now: datetime, *, limit: int = 50) -> int:
    """Go through each rule to which something may have happened; return how many."""
    due = Inhibition.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return each(due[:limit], lambda rule: _look_if_due(rule, now), what="Inhibition rule")


def _look_if_due(rule: Inhibition, now: datetime) -> None:
    # Compare and swap, with a lease: what happens meanwhile makes it due again.
    mine = Inhibition.objects.filter(pk=rule.pk, due_at=rule.due_at)
    if mine.update(due_at=now + LEASE):
        _look_at(rule, now)
        Inhibition.objects.filter(pk=rule.pk, due_at=now + LEASE).update(due_at=None)


def _look_at(rule: Inhibition, now: datetime) -> None:
    concerned = set(
        Hold.objects.open().filter(inhibition=rule).values_list("alert_id", flat=True)
    )
    if rule.is_active:
        firing = [
            (alert.pk, noise.subject_of(alert).labels)
            for alert in Alert.objects.firing().with_list_columns()
        ]
        sources = [labels for _pk, labels in firing if noise.is_source(rule, labels)]
        concerned |= {
            pk
            for pk, labels in firing
            if noise.is_target(rule, labels)
            and any(noise.mutes(rule, source, labels) for source in sources)
        }
    holds.reconsider(concerned, now=now)


def would_mute(rule: Inhibition) -> list[Alert]:
    """Return the alerts firing now that the rule mutes, or would."""
    alerts = list(Alert.objects.firing().with_list_columns())
    labels = {alert.pk: noise.subject_of(alert).labels for alert in alerts}
    return [
        alert
        for alert in alerts
        if noise.is_target(rule, labels[alert.pk])
        and any(
            noise.mutes(rule, source, labels[alert.pk])
            for pk, source in labels.items()
            if pk != alert.pk
        )
    ]


@transaction.atomic
def change_noise_settings(*, actor: User | None, **fields: int) -> NoiseSettings:
    """Set when alerts flap and owners are reminded; takes effect with the next change."""
    row = NoiseSettings.objects.select_for_update().order_by("pk").first() or NoiseSettings()
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.changed_by = actor
    row.save()
    events.record("noise.settings_changed", row, actor=actor, what=", ".join(sorted(fields)))
    return row


def _set(
    rule: Inhibition, source: Iterable[Any], target: Iterable[Any], equal: Iterable[str]
) -> None:
    rule.source_matchers = _read("source_matchers", source)
    rule.target_matchers = _read("target_matchers", target)
    rule.equal = sorted(set(equal))
    strange = [name for name in rule.equal if not matching.LABEL.fullmatch(str(name))]
    if strange:
        sentence = _("“%(label)s” is not the name of a label.")
        wrong = ValidationError(sentence % {"label": strange[0]}, "label")
        raise ValidationError({"equal": wrong})


def _read(field: str, rows: Iterable[Any]) -> list[matching.Matcher]:
    try:
        found = matching.parse(list(rows))
    except ValidationError as error:
        raise ValidationError({field: error}) from None
    if not found:
        sentence = _("Without a matcher the rule would be about every alert.")
        raise ValidationError({field: ValidationError(sentence, "required")})
    return found


def _save(rule: Inhibition, actor: User | None) -> None:
    rule.due_at = clock.now()
    rule.full_clean()
    rule.changed_by = actor
    rule.save()
