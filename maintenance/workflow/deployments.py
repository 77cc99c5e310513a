"""
Verbs on deployments: told by programs, in any order and more than once, or by people.

What is told adds up: a start that arrives after its finish does not make it run again.
Whether one failed is declared, by a person, its pipeline, a rollback or an incident; what is
only inferred from the time is kept apart until somebody declares it or clears it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import (
    PRODUCTION,
    Attribution,
    Deployment,
    DeploymentCommit,
    DeploymentResult,
    FailedBy,
    environment_named,
)
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User


class Commit(NamedTuple):
    sha: str
    committed_at: datetime


@transaction.atomic
def record_deployment(
    *,
    service: Service,
    version: str,
    external_id: str,
    environment: str = PRODUCTION,
    source: str = "api",
    result: str = DeploymentResult.RUNNING,
    commits: Iterable[Commit] = (),
    actor: User | None,
    now: datetime | None = None,
    **told: Any,
) -> Deployment:
    """
    Keep what is told about one deployment; `(source, external_id)` names it for ever.

    Start and finish may come in one call or in two, in any order; the same call again changes
    nothing. A rollback marks what it rolls back as failed. `told` takes the names of `TOLD`.
    Raises `TransitionNotAllowed` when the name belongs to a deployment of something else, or
    when it cannot have rolled back what it says.
    """
    assert told.keys() <= TOLD
    now = now or clock.now()
    environment = environment_named(environment)
    first = {
        "service": service,
        "environment": environment,
        "version": version,
        "actor": actor,
        "recorded_at": now,
    }
    name = {"source": source, "external_id": external_id}
    Deployment(**first, **name, **_texts(told)).clean_fields()
    fresh, created = Deployment.objects.get_or_create(**name, defaults=first)
    deployment = _locked(fresh)
    _require_same(deployment, service=service, environment=environment)
    was = deployment.result
    changed = _add(deployment, result, {**told, "version": version}, now)
    brought = _bring(deployment, commits)
    if not (created or changed or brought):
        return deployment
    if deployment.rolls_back and (refused := _not_its_rollback(deployment)):
        raise TransitionNotAllowed(refused)
    deployment.full_clean(validate_unique=False)
    deployment.save()
    kind = "deployment.recorded" if created else "deployment.updated"
    events.record(
        kind,
        deployment,
        actor=actor,
        version=deployment.version,
        environment=environment,
        result=deployment.result,
        request=deployment.request_id,
        unauthorised=deployment.is_unauthorised,
    )
    _what_follows(deployment, was, actor=actor)
    return deployment


TOLD = frozenset(
    {
        *("commit", "artefact_sha256", "request", "started_at", "finished_at"),
        *("rolls_back", "rework", "rework_because", "caused_by_incident"),
    }
)


@transaction.atomic
def mark_failed(
    deployment: Deployment,
    *,
    reason: str,
    actor: User | None,
    failed_at: datetime | None = None,
    failed_by: str = FailedBy.PERSON,
    reference: str = "",
    attribution: str = Attribution.DECLARED,
) -> Deployment:
    """
    Say that somebody had to act on it at once; `reason` says why, in a few words.

    What was inferred before may be declared; what is declared stays. `reference` names the
    incident, where an incident says so.
    """
    deployment = _locked(deployment)
    now = clock.now()
    refused = why_not_failed(deployment, attribution)
    if failed_at is not None and failed_at > now:
        refused.append(_in_future())
    if refused:
        raise TransitionNotAllowed(refused)
    deployment.failed_at = failed_at or deployment.failed_at or now
    deployment.failed_because = reason.strip()[:300]
    deployment.failed_by = FailedBy(failed_by)
    deployment.failed_reference = reference
    deployment.attribution = Attribution(attribution)
    deployment.save(update_fields=FAILURE)
    declared = attribution == Attribution.DECLARED
    events.record(
        "deployment.failed" if declared else "deployment.suspected",
        deployment,
        actor=actor,
        reason=deployment.failed_because,
        failed_by=deployment.failed_by,
        reference=reference,
    )
    return deployment


FAILURE = (
    *("failed_at", "failed_because", "failed_by", "failed_reference"),
    *("attribution", "recovered_at"),
)


@transaction.atomic
def clear_failure(deployment: Deployment, *, reason: str, actor: User | None) -> Deployment:
    """Say that it did not fail, although it was suspected, or somebody had said so."""
    deployment = _locked(deployment)
    if refused := [*why_not_clear(deployment), *_blank(reason)]:
        raise TransitionNotAllowed(refused)
    deployment.failed_at = deployment.recovered_at = None
    deployment.failed_because = deployment.failed_by = ""
    deployment.failed_reference = deployment.attribution = ""
    deployment.save(update_fields=FAILURE)
    events.record(
        "deployment.failure_cleared", deployment, actor=actor, reason=reason.strip()[:300]
    )
    return deployment


@transaction.atomic
def mark_recovered(
    deployment: Deployment, *, actor: User | None, recovered_at: datetime | None = None
) -> Deployment:
    """Say that what the deployment broke works again."""
    deployment = _locked(deployment)
    now = clock.now()
    refused = why_not_recovered(deployment)
    if recovered_at is not None and recovered_at > now:
        refused.append(_in_future())
    finished = deployment.finished_at
    if recovered_at is not None and finished is not None and recovered_at < finished:
        sentence = _("It cannot recover before it was put there.")
        refused.append(Refusal("recovers_too_early", sentence, _("Give a later time.")))
    if refused:
        raise TransitionNotAllowed(refused)
    deployment.recovered_at = recovered_at or now
    deployment.save(update_fields=["recovered_at"])
    events.record("deployment.recovered", deployment, actor=actor)
    return deployment


@transaction.atomic
def link_rollback(
    deployment: Deployment, *, rolls_back: Deployment, reason: str, actor: User | None
) -> Deployment:
    """Say that `deployment` took back `rolls_back`, which thereby failed and recovered."""
    deployment = _locked(deployment)
    refused = why_not_link(deployment)
    if not refused:
        deployment.rolls_back = rolls_back
        refused = _not_its_rollback(deployment)
    if refused := [*refused, *_blank(reason)]:
        raise TransitionNotAllowed(refused)
    deployment.rolls_back_because = reason.strip()[:300]
    deployment.save(update_fields=["rolls_back", "rolls_back_because"])
    events.record(
        "deployment.rollback_linked",
        deployment,
        actor=actor,
        rolls_back=rolls_back.pk,
        of=rolls_back.version,
        reason=deployment.rolls_back_because,
    )
    _what_follows(deployment, deployment.result, actor=actor)
    return deployment


@transaction.atomic
def accept_unauthorised(deployment: Deployment, *, reason: str, actor: User) -> Deployment:
    """Look at a deployment that nobody approved, and let it stand; it stays marked as such."""
    deployment = _locked(deployment)
    if refused := [*why_not_accept(deployment, actor), *_blank(reason)]:
        raise TransitionNotAllowed(refused)
    deployment.accepted_at, deployment.accepted_by = clock.now(), actor
    deployment.accepted_because = reason.strip()[:300]
    deployment.save(update_fields=["accepted_at", "accepted_by", "accepted_because"])
    events.record(
        "deployment.accepted", deployment, actor=actor, reason=deployment.accepted_because
    )
    return deployment


def why_not_failed(
    deployment: Deployment, attribution: str = Attribution.DECLARED
) -> list[Refusal]:
    known = deployment.attribution
    if known == Attribution.DECLARED or (known and attribution == Attribution.INFERRED):
        return [Refusal("failed_already", _("It is marked as failed already."))]
    if deployment.result == DeploymentResult.ABORTED:
        sentence = _("It stopped before it touched anything, so it cannot have failed there.")
        return [Refusal("touched_nothing", sentence)]
    return []


def why_not_clear(deployment: Deployment) -> list[Refusal]:
    if deployment.failed_at is None:
        return [Refusal("not_failed", _("It has not failed."))]
    by_itself = {FailedBy.PIPELINE, FailedBy.ROLLBACK}
    declared = deployment.attribution == Attribution.DECLARED
    if declared and deployment.failed_by in by_itself:
        sentence = _("Its pipeline or a rollback says so, which is not a matter of opinion.")
        return [Refusal("failed_in_fact", sentence)]
    return []


def why_not_recovered(deployment: Deployment) -> list[Refusal]:
    if deployment.failed_at is None:
        return [Refusal("not_failed", _("It has not failed, so there is nothing to recover."))]
    if deployment.recovered_at is not None:
        return [Refusal("recovered_already", _("It is marked as recovered already."))]
    return []


def why_not_link(deployment: Deployment) -> list[Refusal]:
    if deployment.rolls_back_id is None:
        return []
    sentence = _("It takes back %(other)s already.") % {"other": deployment.rolls_back}
    return [Refusal("rolls_back_already", sentence)]


def why_not_accept(deployment: Deployment, actor: User) -> list[Refusal]:
    refused = []
    if not deployment.is_unauthorised:
        sentence = _("It was approved, or needed no approval.")
        refused.append(Refusal("not_unauthorised", sentence))
    if deployment.accepted_at is not None:
        sentence = _("%(name)s has let it stand already.") % {"name": deployment.accepted_by}
        refused.append(Refusal("accepted_already", sentence))
    if deployment.actor_id == actor.pk:
        sentence = _("You deployed this; somebody else has to look at it.")
        remedy = _("Ask another manager of %(team)s.") % {"team": deployment.service.team}
        refused.append(Refusal("accepter_is_deployer", sentence, remedy))
    return refused


def _not_its_rollback(deployment: Deployment) -> list[Refusal]:
    """Return what speaks against `deployment.rolls_back`."""
    bad = deployment.rolls_back
    assert bad is not None
    if bad.pk == deployment.pk:
        sentence = _("A deployment does not take itself back.")
        return [Refusal("rolls_back_itself", sentence, _("Choose the one before it."))]
    here = (deployment.service_id, deployment.environment)
    if (bad.service_id, bad.environment) != here:
        sentence = _("%(other)s is of another service or environment.") % {"other": bad}
        return [Refusal("rolls_back_another", sentence, _("Choose one of this service."))]
    if bad.rolls_back_id == deployment.pk or moment_of(bad) > moment_of(deployment):
        sentence = _("%(other)s came after this one.") % {"other": bad}
        return [Refusal("rolls_back_later", sentence, _("Choose an earlier one."))]
    return []


def moment_of(deployment: Deployment) -> datetime:
    """When it began, as far as is known."""
    return deployment.started_at or deployment.finished_at or deployment.recorded_at


def _blank(reason: str) -> list[Refusal]:
    if reason.strip():
        return []
    return [Refusal("missing_reason", _("This needs a reason."), _("Say why, in a few words."))]


def _in_future() -> Refusal:
    return Refusal("in_future", _("This time is still to come."), _("Give a time in the past."))


def _texts(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if isinstance(value, str)}


def _locked(deployment: Deployment) -> Deployment:
    rows = Deployment.objects.select_for_update(of=("self",))
    related = ("service__team", "request", "rolls_back", "accepted_by")
    return rows.select_related(*related).get(pk=deployment.pk)


def _require_same(deployment: Deployment, *, service: Service, environment: str) -> None:
    known = environment_named(deployment.environment)
    if (deployment.service_id, known) == (service.pk, environment):
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


def _bring(deployment: Deployment, commits: Iterable[Commit]) -> bool:
    """Add the commits that are not known of it yet; return whether there were any."""
    told = {commit.sha: commit.committed_at for commit in commits}
    known = set(deployment.commits.filter(sha__in=told).values_list("sha", flat=True))
    new = [
        DeploymentCommit(deployment=deployment, sha=sha, committed_at=at)
        for sha, at in told.items()
        if sha not in known
    ]
    DeploymentCommit.objects.bulk_create(new)
    return bool(new)


def _what_follows(deployment: Deployment, was: str, *, actor: User | None) -> None:
    ended_now = deployment.result != was
    if ended_now and deployment.result == DeploymentResult.FAILED:
        if not why_not_failed(deployment):
            mark_failed(
                deployment,
                reason=_("The deployment itself failed."),
                actor=actor,
                failed_at=_by_now(deployment.finished_at),
                failed_by=FailedBy.PIPELINE,
            )
    elif deployment.result == DeploymentResult.SUCCEEDED and deployment.rolls_back:
        _undo(deployment.rolls_back, by=deployment, actor=actor)


def _undo(bad: Deployment, *, by: Deployment, actor: User | None) -> None:
    bad = _locked(bad)
    if not why_not_failed(bad):
        reason = _("Rolled back to %(version)s.") % {"version": by.version}
        bad = mark_failed(
            bad,
            reason=reason,
            actor=actor,
            failed_at=_by_now(by.started_at),
            failed_by=FailedBy.ROLLBACK,
        )
    if not why_not_recovered(bad):
        mark_recovered(bad, actor=actor, recovered_at=_by_now(by.finished_at))


def _by_now(moment: datetime | None) -> datetime | None:
    """A source whose clock is ahead tells of a moment that is still to come."""
    return min(moment, clock.now()) if moment else None
