"""Mappings: what the bodies of a monitor mean, in versions that are never changed."""

from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from operations import formats
from operations.formats import Call, Told, Unreadable
from operations.models import Integration, IntegrationMapping, Receipt, ReceiptState
from operations.workflow.reading import understand
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import User

TRIED = 20  # of the last calls, before a mapping is saved


class Trial(NamedTuple):
    """One kept call, and what it would tell by the rules that are tried."""

    receipt: Receipt
    told: Told


def why_not_map(integration: Integration) -> list[Refusal]:
    """Return every reason why this integration has no mapping to change."""
    if formats.rules_of(integration.kind) is not None:
        return []
    sentence = _("Calls of this kind say by themselves what they mean.")
    return [Refusal("no_mapping", sentence, _("Choose “Any JSON” for a body of your own."))]


def rules_to_start_from(integration: Integration) -> dict[str, Any]:
    """Return the rules in force, or those that hold while there is no mapping."""
    ruled = formats.rules_of(integration.kind)
    if ruled is None:
        raise TransitionNotAllowed(why_not_map(integration))
    mapping = integration.mappings.first()
    return mapping.rules if mapping else ruled.DEFAULT_RULES


def wrong_rules(integration: Integration, rules: dict[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong with rules, by field; empty when they can be saved."""
    ruled = formats.rules_of(integration.kind)
    return ruled.wrong_with(rules) if ruled else {}


def check_rules(integration: Integration, rules: dict[str, Any]) -> None:
    """Raise `ValidationError` by field for rules that cannot be used."""
    if reasons := why_not_map(integration):
        raise TransitionNotAllowed(reasons)
    if wrong := wrong_rules(integration, rules):
        raise ValidationError({name: list(said) for name, said in wrong.items()})


def last_calls(integration: Integration, *, limit: int = TRIED) -> list[Receipt]:
    """Return the newest calls that were kept whole, to try rules on."""
    receipts = integration.receipts.exclude(state=ReceiptState.REJECTED)
    newest = receipts.filter(is_truncated=False).select_related("integration")
    return list(newest.order_by("-pk")[:limit])


def try_rules(integration: Integration, rules: dict[str, Any]) -> list[Trial]:
    """Read the last calls by these rules, and change nothing. The rules must be sound."""
    return [Trial(each, understand(each, rules)) for each in last_calls(integration)]


def try_body(integration: Integration, rules: dict[str, Any], body: str) -> Told:
    """Read a pasted body by these rules, and change nothing. The rules must be sound."""
    call = Call(body.encode(), received_at=clock.now(), public_id="", rules=rules)
    try:
        return formats.format_of(integration.kind).read(call)
    except Unreadable as problem:
        return Told(problems=[str(problem)])


@transaction.atomic
def set_mapping(
    integration: Integration, *, rules: dict[str, Any], actor: User | None
) -> IntegrationMapping:
    """
    Read calls by these rules from now on; what was read before stays until it is read again.

    Raises `ValidationError` by field for rules that cannot be used, and `TransitionNotAllowed`
    for a format that needs none or for rules that hold already.
    """
    locked = Integration.objects.select_for_update().get(pk=integration.pk)
    if reasons := why_not_map(locked):
        raise TransitionNotAllowed(reasons)
    check_rules(locked, rules)
    newest = locked.mappings.first()
    if newest is not None and newest.rules == rules:
        raise refuse("unchanged", _("These rules hold already."))
    made = IntegrationMapping.objects.create(
        integration=locked,
        number=newest.number + 1 if newest else 1,
        rules=rules,
        made_by=actor,
    )
    events.record("integration.mapped", locked, actor=actor, number=made.number)
    return made


def restore_mapping(mapping: IntegrationMapping, *, actor: User | None) -> IntegrationMapping:
    """Make an old version hold again, as a new one."""
    return set_mapping(mapping.integration, rules=mapping.rules, actor=actor)
