"""Verbs on the rules by which alerts become incidents; what is open already stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import GroupingRule
from operations import matchers as matching
from portal import events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User
from portal.models.tracked import delete_as

FIELDS = {
    "name",
    "order",
    "matchers",
    "group_by",
    "window_minutes",
    "reopen_minutes",
    "resolve_minutes",
    "threshold_count",
    "threshold_minutes",
    "is_active",
}


@transaction.atomic
def make_grouping_rule(*, actor: User | None, **fields: Any) -> GroupingRule:
    """Add a rule for alerts that come from now on."""
    rule = GroupingRule()
    _set(rule, fields)
    rule.full_clean()
    rule.changed_by = actor
    rule.save()
    events.record("grouping_rule.created", rule, actor=actor)
    return rule


@transaction.atomic
def change_grouping_rule(
    rule: GroupingRule, *, actor: User | None, **fields: Any
) -> GroupingRule:
    """Change what is given, for alerts that come from now on."""
    locked = _locked(rule)
    if reasons := why_not_change_grouping(locked, fields):
        raise TransitionNotAllowed(reasons)
    _set(locked, fields)
    locked.full_clean()
    locked.changed_by = actor
    locked.save()
    events.record("grouping_rule.changed", locked, actor=actor)
    return locked


@transaction.atomic
def remove_grouping_rule(rule: GroupingRule, *, actor: User | None) -> None:
    """Take a rule away; the next that fits, and at last the default, decides instead."""
    locked = _locked(rule)
    if reasons := why_not_remove_grouping(locked):
        raise TransitionNotAllowed(reasons)
    events.record("grouping_rule.removed", locked, actor=actor)
    delete_as(locked, actor)


def why_not_change_grouping(rule: GroupingRule, fields: dict[str, Any]) -> list[Refusal]:
    """The default fits everything, always: it is what is left when no other rule fits."""
    if rule.is_default and (fields.get("matchers") or not fields.get("is_active", True)):
        sentence = _("The default rule is for every alert that no other rule fits.")
        remedy = _("Make another rule; it is asked first.")
        return [Refusal("default_rule", sentence, remedy)]
    return []


def why_not_remove_grouping(rule: GroupingRule) -> list[Refusal]:
    if rule.is_default:
        return [Refusal("default_rule", _("The default rule cannot be taken away."))]
    return []


def _set(rule: GroupingRule, fields: dict[str, Any]) -> None:
    assert fields.keys() <= FIELDS, fields
    for name, value in fields.items():
        setattr(rule, name, value)
    try:
        rule.matchers = matching.parse(list(rule.matchers))
    except ValidationError as error:
        raise ValidationError({"matchers": error}) from None
    rule.group_by = _labels(rule.group_by)


def _labels(names: Iterable[Any]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if not isinstance(name, str) or not matching.LABEL.fullmatch(name):
            sentence = _("“%(label)s” is not the name of a label.")
            wrong = ValidationError(sentence % {"label": str(name)[:60]}, "label")
            raise ValidationError({"group_by": wrong})
    return wanted


def _locked(rule: GroupingRule) -> GroupingRule:
    return GroupingRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
