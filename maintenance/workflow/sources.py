"""Forges that tell of deployments: set up with a secret, changed, given another, switched."""

import base64
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import CallState, DeploymentSource, SourceCall, SourceKind
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Team, User

OLD_OPENS_FOR = timedelta(hours=24)
EDITABLE = frozenset(
    {
        *("name", "service", "repositories", "environments"),
        *("pipeline", "pipeline_environment"),
    }
)


@transaction.atomic
def set_up_source(
    *, kind: str, team: Team, actor: User | None, **fields: Any
) -> tuple[DeploymentSource, str]:
    """Add a forge; return it with its secret, which is shown once."""
    assert fields.keys() <= EDITABLE
    secret = new_secret()
    source = DeploymentSource(kind=SourceKind(kind), team=team, secret=secret, **fields)
    source.full_clean()
    source.save()
    events.record("source.set_up", source, actor=actor, forge=source.kind)
    return source, secret


@transaction.atomic
def change_source(
    source: DeploymentSource, *, actor: User | None, **fields: Any
) -> DeploymentSource:
    """Say anew how its names are ours; deployments that are known stay as they are."""
    assert fields.keys() <= EDITABLE
    source = _locked(source)
    changed = sorted(name for name, value in fields.items() if getattr(source, name) != value)
    for name in changed:
        setattr(source, name, fields[name])
    source.full_clean()
    if changed:
        source.save(update_fields=changed)
        events.record("source.changed", source, actor=actor, fields=changed)
    return source


@transaction.atomic
def rotate_secret(
    source: DeploymentSource, *, actor: User | None
) -> tuple[DeploymentSource, str]:
    """Make another secret; the one before opens for a day, until the forge has the new one."""
    source = _locked(source)
    source.old_secret = source.secret
    source.old_secret_until = clock.now() + OLD_OPENS_FOR
    source.secret = secret = new_secret()
    source.save(update_fields=["secret", "old_secret", "old_secret_until"])
    events.record("source.secret_rotated", source, actor=actor)
    return source, secret


@transaction.atomic
def switch_source(
    source: DeploymentSource, *, is_active: bool, actor: User | None
) -> DeploymentSource:
    """Let its calls in, or turn them away."""
    source = _locked(source)
    if source.is_active == is_active:
        sentence = _("It is switched on already.") if is_active else _("It is switched off.")
        raise TransitionNotAllowed([Refusal("switched_already", sentence)])
    source.is_active = is_active
    source.save(update_fields=["is_active"])
    kind = "source.switched_on" if is_active else "source.switched_off"
    events.record(kind, source, actor=actor)
    return source


@transaction.atomic
def replay_call(call: SourceCall, *, actor: User | None) -> SourceCall:
    """Read a call again, as after a repository was given to a service; it counts once."""
    call = SourceCall.objects.select_for_update(of=("self",)).get(pk=call.pk)
    if refused := why_not_replay(call):
        raise TransitionNotAllowed(refused)
    call.state, call.attempts, call.due_at = CallState.RECEIVED, 0, clock.now()
    call.save(update_fields=["state", "attempts", "due_at"])
    events.record("source.call_replayed", call.source, actor=actor, call=call.pk)
    return call


def why_not_replay(call: SourceCall) -> list[Refusal]:
    if call.state == CallState.RECEIVED:
        return [Refusal("waiting", _("It is waiting to be read already."))]
    if call.state == CallState.REJECTED:
        sentence = _("It was rejected, so nobody knows whether the forge sent it.")
        return [Refusal("rejected", sentence, _("Have the forge send it again."))]
    return []


def new_secret() -> str:
    """Return 32 random bytes as both forges take them: `whsec_` and Base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _locked(source: DeploymentSource) -> DeploymentSource:
    rows = DeploymentSource.objects.select_for_update(of=("self",))
    return rows.select_related("team", "service").get(pk=source.pk)
