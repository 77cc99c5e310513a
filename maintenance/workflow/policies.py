"""Verbs on approval policies and on delegations; neither is ever deleted."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import (
    MOST_POLICY_STEPS,
    ApprovalDelegation,
    ApprovalPolicy,
    StepMode,
    Who,
)
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, Team, User


@transaction.atomic
def set_up_policy(
    *, services: Iterable[Service] = (), actor: User | None, **fields: Any
) -> ApprovalPolicy:
    """Say who has to agree to what. Raises `ValidationError` for steps that make no sense."""
    return _keep(ApprovalPolicy(**fields), list(services), actor, "set_up")


@transaction.atomic
def change_policy(
    policy: ApprovalPolicy,
    *,
    actor: User | None,
    services: Iterable[Service] | None = None,
    **fields: Any,
) -> ApprovalPolicy:
    """Change it for what asks for approval from now on; what has asked keeps what it read."""
    policy = ApprovalPolicy.objects.select_for_update().get(pk=policy.pk)
    _require_in_use(policy)
    for name, value in fields.items():
        setattr(policy, name, value)
    chosen = list(policy.services.all() if services is None else services)
    return _keep(policy, chosen, actor, "changed")


@transaction.atomic
def retire_policy(policy: ApprovalPolicy, *, actor: User | None) -> ApprovalPolicy:
    """Apply it to nothing new; the next policy that fits takes its place."""
    policy = ApprovalPolicy.objects.select_for_update().get(pk=policy.pk)
    _require_in_use(policy)
    policy.retired_at = clock.now()
    policy.changed_by = actor
    policy.save(update_fields=["retired_at"])
    events.record("approval_policy.retired", policy, actor=actor)
    return policy


def why_not_policy(policy: ApprovalPolicy) -> list[Refusal]:
    if policy.retired_at is None:
        return []
    return [Refusal("retired", _("This policy is not in use any more."))]


def _require_in_use(policy: ApprovalPolicy) -> None:
    if refused := why_not_policy(policy):
        raise TransitionNotAllowed(refused)


def _keep(
    policy: ApprovalPolicy, services: list[Service], actor: User | None, event: str
) -> ApprovalPolicy:
    policy.steps = [_step(row, key) for key, row in enumerate(policy.steps, start=1)]
    if not 1 <= len(policy.steps) <= MOST_POLICY_STEPS:
        text = _("A policy has between 1 and %(most)s steps.") % {"most": MOST_POLICY_STEPS}
        raise ValidationError({"steps": text})
    policy.full_clean()
    policy.changed_by = actor
    policy.save()
    policy.services.set(services)
    slugs = sorted(service.slug for service in services)
    events.record(f"approval_policy.{event}", policy, actor=actor, services=slugs)
    return policy


def _step(row: Mapping[str, Any], key: int) -> dict[str, Any]:
    """Return the step as it is kept, or raise `ValidationError` for what is missing."""
    who = Who(row["who"])
    team, people = row.get("team"), sorted(set(row.get("people") or ()))
    number, percent = row.get("number"), row.get("percent")
    missing = ""
    if who in {Who.TEAM, Who.TEAM_MANAGERS} and not _is_team(team):
        missing = _("Step %(step)s names no team.")
    elif who == Who.PEOPLE and not people:
        missing = _("Step %(step)s names nobody.")
    elif who == Who.PEOPLE and percent is None and len(people) < (number or 1):
        missing = _("Step %(step)s needs more people than it names.")
    elif (number is None) == (percent is None):
        missing = _("Step %(step)s needs either a number or a share in per cent.")
    if missing:
        raise ValidationError({"steps": missing % {"step": key}})
    return {
        "key": str(key),
        "name": str(row.get("name") or "").strip(),
        "stage": row.get("stage") or 1,
        "who": who.value,
        "team": team if who in {Who.TEAM, Who.TEAM_MANAGERS} else None,
        "people": people if who == Who.PEOPLE else [],
        "number": number,
        "percent": percent,
        "mode": StepMode(row.get("mode") or StepMode.VETO).value,
    }


def _is_team(pk: int | None) -> bool:
    return pk is not None and Team.objects.filter(pk=pk).exists()


@transaction.atomic
def delegate_approvals(
    *, taker: User, starts_at: datetime, ends_at: datetime, reason: str, actor: User
) -> ApprovalDelegation:
    """
    Let somebody vote in the actor's place for some time.

    They are told. It is not passed on: what others have delegated to the actor stays with
    the actor. Raises `ValidationError` for times or a taker that make no sense.
    """
    now = clock.now()
    row = ApprovalDelegation(
        giver=actor,
        taker=taker,
        starts_at=max(starts_at, now),  # never for what has been
        ends_at=ends_at,
        closes_at=ends_at,
        reason=reason,
        created_at=now,
    )
    if ends_at <= now:
        raise ValidationError({"ends_at": _("This would be over already.")})
    if not taker.may_work:
        text = _("%(name)s only looks, and cannot vote.") % {"name": taker}
        raise ValidationError({"taker": text})
    row.full_clean()
    row.changed_by = actor
    row.save()
    _record("delegated", row, actor)
    return row


@transaction.atomic
def revoke_delegation(row: ApprovalDelegation, *, actor: User) -> ApprovalDelegation:
    """Take it back; votes that were given by it stay."""
    row = ApprovalDelegation.objects.select_for_update().get(pk=row.pk)
    if refused := why_not_revoke(row, clock.now()):
        raise TransitionNotAllowed(refused)
    now = clock.now()
    row.revoked_at = now
    row.closes_at = min(now, row.ends_at)
    row.changed_by = actor
    row.save(update_fields=["revoked_at", "closes_at"])
    _record("revoked", row, actor)
    return row


def why_not_revoke(row: ApprovalDelegation, now: datetime) -> list[Refusal]:
    if row.revoked_at is not None:
        return [Refusal("revoked", _("It has been taken back."))]
    if row.closes_at <= now:
        return [Refusal("delegation_over", _("It is over."))]
    return []


def _record(event: str, row: ApprovalDelegation, actor: User) -> None:
    events.record(
        f"approval_delegation.{event}",
        row,
        actor=actor,
        giver=row.giver_id,
        taker=row.taker_id,
        starts_at=row.starts_at.isoformat(),
        ends_at=row.closes_at.isoformat(),
        reason=row.reason,
    )
