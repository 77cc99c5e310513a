"""
Verbs on deployments: told by programs, in any order and more than once, or by people.

What is told adds up: a start that arrives after its finish does not make it run again.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import (
    PRODUCTION,
    Deployment,
    DeploymentResult,
    MaintenanceRequest,
)
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User


@transaction.atomic
def record_deployment(
    *,
    service: Service,
    version: str,
    external_id: str,
    environment: str = PRODUCTION,
    source: str = "api",
    result: str = DeploymentResult.RUNNING,
    started_at: datetime | None = None,
    finished_at: datetime | None = None,
    request: MaintenanceRequest | None = None,
    rolls_back: Deployment | None = None,
    commit: str = "",
    actor: User | None,
    now: datetime | None = None,
) -> Deployment:
    """
    Keep what is told about one deployment; `(source, external_id)` names it for ever.

    Start and finish may come in one call or in two, in any order; the same call again changes
    nothing. A rollback marks what it rolls back as failed. Raises `TransitionNotAllowed` when
    the name belongs to a deployment of something else.
    """
    now = now or clock.now()
    first = {
        "service": service,
        "environment": environment,
        "version": version,
        "actor": actor,
        "recorded_at": now,
    }
    name = {"source": source, "external_id": external_id}
    Deployment(**first, **name, commit=commit).clean_fields()
    fresh, created = Deployment.objects.get_or_create(**name, defaults=first)
    deployment = _locked(fresh)
    _require_same(deployment, service=service, environment=environment)
    was = deployment.result
    told = {
        "version": version,
        "commit": commit,
        "request": request,
        "rolls_back": rolls_back,
        "started_at": started_at,
        "finished_at": finished_at,
    }
    changed = _add(deployment, result, told, now)
    if not (created or changed):
        return deployment
    deployment.full_clean(validate_unique=False)
    deployment.save()
    kind = "deployment.recorded" if created else "deployment.updated"
    events.record(
        kind,
        deployment,
        actor=actor,
        version=version,
        environment=environment,
        result=deployment.result,
        request=deployment.request_id,
        unauthorised=deployment.is_unauthorised,
    )
    _what_follows(deployment, was, actor=actor)
    return deployment


@transaction.atomic
def mark_failed(
    deployment: Deployment,
    *,
    reason: str,
    actor: User | None,
    failed_at: datetime | None = None,
) -> Deployment:
    """Say that somebody had to act on it at once; `reason` says why, in a few words."""
    deployment = _locked(deployment)
    if refused := why_not_failed(deployment):
        raise TransitionNotAllowed(refused)
    deployment.failed_at = failed_at or clock.now()
    deployment.failed_because = reason.strip()[:300]
    deployment.save(update_fields=["failed_at", "failed_because"])
    events.record(
        "deployment.failed", deployment, actor=actor, reason=deployment.failed_because
    )
    return deployment


@transaction.atomic
def mark_recovered(
    deployment: Deployment, *, actor: User | None, recovered_at: datetime | None = None
) -> Deployment:
    """Say that what the deployment broke works again."""
    deployment = _locked(deployment)
    if refused := why_not_recovered(deployment):
        raise TransitionNotAllowed(refused)
    deployment.recovered_at = recovered_at or clock.now()
    deployment.save(update_fields=["recovered_at"])
    events.record("deployment.recovered", deployment, actor=actor)
    return deployment


def why_not_failed(deployment: Deployment) -> list[Refusal]:
    if deployment.failed_at is not None:
        return [Refusal("failed_already", _("It is marked as failed already."))]
    return []


def why_not_recovered(deployment: Deployment) -> list[Refusal]:
    if deployment.failed_at is None:
        return [Refusal("not_failed", _("It has not failed, so there is nothing to recover."))]
    if deployment.recovered_at is not None:
        return [Refusal("recovered_already", _("It is marked as recovered already."))]
    return []


def _locked(deployment: Deployment) -> Deployment:
    rows = Deployment.objects.select_for_update(of=("self",))
    return rows.select_related("service", "request", "rolls_back").get(pk=deployment.pk)


def _require_same(deployment: Deployment, *, service: Service, environment: str) -> None:
    if (deployment.service_id, deployment.environment) == (service.pk, environment):
        return
    sentence = _("This source has used “%(id)s” before, for %(service)s in %(environment)s.")
    values = {
        "id": deployment.external_id,
        "service": deployment.service,
        "environment": deployment.environment,
    }
    remedy = _("Give each deployment an external_id of its own.")
    raise TransitionNotAllowed([Refusal("other_deployment", sentence % values, remedy)])


def _add(deployment: Deployment, result: str, told: dict[str, Any], now: datetime) -> bool:
    """Take over what is told and was not known; return whether that was anything."""
    new = {name: value for name, value in told.items() if value not in (None, "")}
    ended = DeploymentResult(result) != DeploymentResult.RUNNING
    if ended:
        new["result"] = DeploymentResult(result)
    if ended and deployment.finished_at is None:
        new.setdefault("finished_at", now)
    if not ended and deployment.started_at is None and deployment.finished_at is None:
        new.setdefault("started_at", now)
    changes = {name: value for name, value in new.items() if value != getattr(deployment, name)}
    for name, value in changes.items():
        setattr(deployment, name, value)
    return bool(changes)


def _what_follows(deployment: Deployment, was: str, *, actor: User | None) -> None:
    ended_now = deployment.result != was
    if ended_now and deployment.result == DeploymentResult.FAILED:
        if not why_not_failed(deployment):
            mark_failed(
                deployment,
                reason=_("The deployment itself failed."),
                actor=actor,
                failed_at=deployment.finished_at,
            )
    elif ended_now and deployment.rolls_back is not None:
        _undo(deployment.rolls_back, by=deployment, actor=actor)


def _undo(bad: Deployment, *, by: Deployment, actor: User | None) -> None:
    bad = _locked(bad)
    if not why_not_failed(bad):
        reason = _("Rolled back to %(version)s.") % {"version": by.version}
        bad = mark_failed(bad, reason=reason, actor=actor, failed_at=by.started_at)
    if not why_not_recovered(bad):
        mark_recovered(bad, actor=actor, recovered_at=by.finished_at)
