"""Integrations: monitors that may call, each by a key of its own that is shown once."""

import json
import secrets

from django.db import transaction

from operations.models import Integration, IntegrationKind, Receipt, RetiredKey, Severity
from operations.workflow.intake import accept
from portal import clock, events
from portal.crypto import secret_hash
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Service, User

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
    key = _new_key()
    integration = Integration(
        name=name, kind=kind, service=service, default_severity=default_severity
    )
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
    locked = _locked(integration)
    locked.name = name
    locked.service = service
    locked.default_severity = default_severity
    _save(locked, actor, "name", "service", "default_severity")
    events.record("integration.changed", locked, actor=actor)
    return locked


@transaction.atomic
def rotate_key(integration: Integration, *, actor: User | None) -> tuple[Integration, str]:
    """Replace the key at once; calls with the old one are turned away and counted."""
    locked = _locked(integration)
    RetiredKey.objects.create(integration=locked, key_hash=locked.key_hash)
    key = _new_key()
    _give(locked, key)
    _save(locked, actor, "key_prefix", "key_hash")
    events.record("integration.key_rotated", locked, actor=actor)
    return locked, key


@transaction.atomic
def switch_off(integration: Integration, *, actor: User | None) -> Integration:
    return _switch(integration, is_active=False, actor=actor)


@transaction.atomic
def switch_on(integration: Integration, *, actor: User | None) -> Integration:
    return _switch(integration, is_active=True, actor=actor)


def why_not_test(integration: Integration) -> list[Refusal]:
    """Return every reason why no test can be sent now."""
    if integration.is_active:
        return []
    sentence = "This integration is switched off."
    return [Refusal("switched_off", sentence, "Switch it on, then try again.")]


def send_test(integration: Integration, *, actor: User | None) -> Receipt:
    """
    Take in a made-up alert by the way that real ones come, so that the owner can watch it.

    It begins and ends in the same call, so that nothing is left firing, and is of the lowest
    severity, so that nobody is woken.
    """
    if reasons := why_not_test(integration):
        raise TransitionNotAllowed(reasons)
    alert = {
        "labels": {"alertname": "TestAlert", "severity": "p3", "test": "true"},
        "annotations": {
            "summary": f"A test of “{integration.name}”",
            "description": f"Sent by {actor or 'the portal'} to try the way in.",
        },
        "startsAt": (now := clock.now().isoformat()),
    }
    payload = {
        "version": "4",
        "status": "firing",
        "receiver": "evenkeel",
        "alerts": [
            {**alert, "status": "firing", "endsAt": "0001-01-01T00:00:00Z"},
            {**alert, "status": "resolved", "endsAt": now},
        ],
    }
    return accept(integration, json.dumps(payload).encode(), "application/json")


def _switch(integration: Integration, *, is_active: bool, actor: User | None) -> Integration:
    locked = _locked(integration)
    if locked.is_active == is_active:
        word = "on" if is_active else "off"
        raise refuse(f"already_{word}", f"This integration is switched {word} already.")
    locked.is_active = is_active
    _save(locked, actor, "is_active")
    kind = "integration.switched_on" if is_active else "integration.switched_off"
    events.record(kind, locked, actor=actor)
    return locked


def _locked(integration: Integration) -> Integration:
    return (
        Integration.objects.select_for_update(of=("self",))
        .select_related("service")
        .get(pk=integration.pk)
    )


def _save(integration: Integration, actor: User | None, *fields: str) -> None:
    integration.changed_by = actor
    integration.save(update_fields=fields)


def _new_key() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(32)


def _give(integration: Integration, key: str) -> None:
    integration.key_prefix = key[:SHOWN_OF_KEY]
    integration.key_hash = secret_hash(key)
