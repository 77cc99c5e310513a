"""Integrations: monitors that may call, each by a key of its own that is shown once."""

import secrets
import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from operations import formats
from operations.formats import Call, Incoming, Sample, Unreadable
from operations.models import Integration, IntegrationKind, Receipt, RetiredKey, Severity
from operations.workflow.intake import accept
from portal import clock, events
from portal.crypto import secret_hash
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Service, User

# Read by the team's rules whatever they send, once there are rules.
ALL_BY_RULES = (IntegrationKind.GENERIC, IntegrationKind.EMAIL)
KEY_PREFIX = "ei_"
SHOWN_OF_KEY = 8


@transaction.atomic
def make_integration(
    *,
    name: str,
    kind: str = IntegrationKind.ALERTMANAGER,
    service: Service | None = None,
    default_severity: int = Severity.P2,
    actor: User | None,
) -> tuple[Integration, str]:
    """Add a monitor; return it with its key, which is kept nowhere but at the monitor."""
    if kind not in formats.FORMATS:
        raise refuse("internal", _("Only the portal itself raises alerts of this kind."))
    key = _new_key()
    integration = Integration(
        name=name, kind=kind, service=service, default_severity=default_severity
    )
    if kind == IntegrationKind.EMAIL:
        integration.mail_id = uuid.uuid4()
    _give(integration, key)
    integration.changed_by = actor
    integration.save()
    events.record("integration.created", integration, actor=actor)
    return integration, key


@transaction.atomic
def change_integration(
    integration: Integration,
    *,
    name: str,
    service: Service | None,
    default_severity: int,
    actor: User | None,
) -> Integration:
    """Change what its alerts are taken for; alerts that came before stay as they are."""
    locked = _locked_to_change(integration)
    locked.name = name
    locked.service = service
    locked.default_severity = default_severity
    _save(locked, actor, "name", "service", "default_severity")
    events.record("integration.changed", locked, actor=actor)
    return locked


@transaction.atomic
def rotate_key(integration: Integration, *, actor: User | None) -> tuple[Integration, str]:
    """Replace the key at once; calls with the old one are turned away and counted."""
    locked = _locked_to_change(integration)
    RetiredKey.objects.create(integration=locked, key_hash=locked.key_hash)
    key = _new_key()
    _give(locked, key)
    if locked.mail_id is not None:  # it opens the door of e-mail, too
        locked.mail_id = uuid.uuid4()
    _save(locked, actor, "key_prefix", "key_hash", "mail_id")
    events.record("integration.key_rotated", locked, actor=actor)
    return locked, key


@transaction.atomic
def switch_off(integration: Integration, *, actor: User | None) -> Integration:
    return _switch(integration, is_active=False, actor=actor)


@transaction.atomic
def switch_on(integration: Integration, *, actor: User | None) -> Integration:
    return _switch(integration, is_active=True, actor=actor)


def why_not_change(integration: Integration) -> list[Refusal]:
    """Return every reason why nobody can change it, give it a key or switch it off."""
    if integration.kind != IntegrationKind.INTERNAL:
        return []
    return [Refusal("internal", _("By this one the portal raises alerts itself; it stays."))]


def why_not_test(integration: Integration) -> list[Refusal]:
    """Return every reason why no test can be sent now."""
    if reasons := why_not_change(integration):
        return reasons
    refusals = []
    if not integration.is_active:
        sentence = _("This integration is switched off.")
        refusals.append(Refusal("switched_off", sentence, _("Switch it on, then try again.")))
    if not _are_understood(integration, _samples(integration, "?")):
        sentence = _("By your rules no test can be made up that wakes nobody.")
        remedy = _("Send one from the monitor, or try the rules with a body of your own.")
        refusals.append(Refusal("own_rules", sentence, remedy))
    return refusals


def send_test(integration: Integration, *, actor: User | None) -> Receipt:
    """
    Take in a made-up alert by the way that real ones come, so that the owner can watch it.

    It is told of as the monitor would, begins and ends at once, so that nothing is left firing,
    and is of the lowest severity, so that nobody is woken. Returns the first of its calls.
    """
    if reasons := why_not_test(integration):
        raise TransitionNotAllowed(reasons)
    words = _("A test of “%(name)s”, sent by %(who)s") % {
        "name": integration.name,
        "who": actor or _("the portal"),
    }
    samples = _samples(integration, words)
    kept = [
        accept(
            integration,
            sample.body,
            sample.content_type,
            call=sample.call,
            headers={"user-agent": "Evenkeel"},
        )
        for sample in samples
    ]
    return kept[0]


def _samples(integration: Integration, words: str) -> list[Sample]:
    """Return calls as its monitor would make them; by the team's rules, where they decide."""
    rules = _own_rules(integration)
    ruled = formats.rules_of(integration.kind)
    if rules and ruled is not None:
        return ruled.samples_by(rules, words, clock.now())
    return formats.format_of(integration.kind).samples(words, clock.now())


def _own_rules(integration: Integration) -> dict[str, Any]:
    mapping = integration.mappings.first() if integration.kind in ALL_BY_RULES else None
    return mapping.rules if mapping else {}


def _are_understood(integration: Integration, samples: list[Sample]) -> bool:
    """Whether they begin and end one alert that wakes nobody; sure without rules of its own."""
    rules = _own_rules(integration)
    if not rules:
        return True
    read = formats.format_of(integration.kind).read
    try:
        told = [
            read(Call(each.body, clock.now(), "", each.content_type, rules=rules))
            for each in samples
        ]
    except Unreadable:
        return False
    alerts = [alert for each in told for alert in each.alerts]
    return (
        [alert.is_firing for alert in alerts] == [True, False]
        and len({alert.fingerprint for alert in alerts}) == 1
        and all(_severity(integration, alert) == Severity.P3 for alert in alerts)
    )


def _severity(integration: Integration, alert: Incoming) -> int:
    said = alert.severity
    return integration.default_severity if said is None else said


def _switch(integration: Integration, *, is_active: bool, actor: User | None) -> Integration:
    locked = _locked_to_change(integration)
    if locked.is_active == is_active:
        word = "on" if is_active else "off"
        raise refuse(f"already_{word}", f"This integration is switched {word} already.")
    locked.is_active = is_active
    _save(locked, actor, "is_active")
    kind = "integration.switched_on" if is_active else "integration.switched_off"
    events.record(kind, locked, actor=actor)
    return locked


def _locked_to_change(integration: Integration) -> Integration:
    rows = Integration.objects.select_for_update(of=("self",)).select_related("service")
    locked = rows.get(pk=integration.pk)
    if reasons := why_not_change(locked):
        raise TransitionNotAllowed(reasons)
    return locked


def _save(integration: Integration, actor: User | None, *fields: str) -> None:
    integration.changed_by = actor
    integration.save(update_fields=fields)


def _new_key() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(32)


def _give(integration: Integration, key: str) -> None:
    integration.key_prefix = key[:SHOWN_OF_KEY]
    integration.key_hash = secret_hash(key)
