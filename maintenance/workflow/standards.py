"""
Verbs on standard changes: proposed by one, approved by another, in versions that expire.

A version in force is never edited: what should change is proposed as the next one, and until
that is approved the old one goes on. The second failure in ten suspends it by itself.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import (
    Authorisation,
    MaintenanceRequest,
    StandardChange,
    StandardState,
    StandardVersion,
    VersionDecision,
    environment_named,
)
from maintenance.models.standards import USUAL_FIXED, check_fixed
from maintenance.standing import BUDGET_OF, is_over_budget, last_outcomes
from maintenance.workflow.analysis import analyse
from maintenance.workflow.requests import create_request
from portal import clock, events
from portal.access import managers_of
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, User


class StandardVerb(StrEnum):
    PROPOSE = "propose"  # its next version
    APPROVE = "approve"
    REJECT = "reject"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    RETIRE = "retire"
    USE = "use"  # make a request from it


S = StandardState
SOURCES: dict[StandardVerb, set[StandardState]] = {
    StandardVerb.PROPOSE: {S.PROPOSED, S.APPROVED},
    StandardVerb.APPROVE: {S.PROPOSED, S.APPROVED},
    StandardVerb.REJECT: {S.PROPOSED, S.APPROVED},
    StandardVerb.SUSPEND: {S.APPROVED},
    StandardVerb.REINSTATE: {S.APPROVED},
    StandardVerb.RETIRE: {S.PROPOSED, S.APPROVED},
    StandardVerb.USE: {S.APPROVED},
}


@transaction.atomic
def propose_standard(
    *,
    name: str,
    service: Service,
    fixed: dict[str, Any],
    message: str = "",
    valid_days: int = 365,
    owner: User | None = None,
    actor: User,
) -> StandardChange:
    """Write down a change that could be standard, for a manager to approve."""
    standard = StandardChange(name=name, service=service, owner=owner or actor)
    standard.created_at = standard.counts_from = clock.now()
    standard.full_clean()
    standard.changed_by = actor
    standard.save()
    _add_version(standard, fixed, message=message, valid_days=valid_days, actor=actor)
    return standard


@transaction.atomic
def propose_standard_version(
    standard: StandardChange,
    *,
    fixed: dict[str, Any],
    message: str,
    valid_days: int = 365,
    actor: User,
) -> StandardVersion:
    """Propose its next version; the one in force goes on until that is approved."""
    standard = _locked(standard)
    _require(standard, StandardVerb.PROPOSE, actor)
    return _add_version(standard, fixed, message=message, valid_days=valid_days, actor=actor)


@transaction.atomic
def approve_standard(
    standard: StandardChange,
    *,
    number: int,
    reason: str = "",
    actor: User,
    now: datetime | None = None,
) -> StandardChange:
    """Put the proposed version of this number in force, until its days are over."""
    now = now or clock.now()
    standard = _locked(standard)
    _require(standard, StandardVerb.APPROVE, actor, number=number, now=now)
    version = standard.versions.get(decision=VersionDecision.PROPOSED)
    version.expires_at = now + timedelta(days=version.valid_days)
    _decide(version, VersionDecision.APPROVED, actor, reason, now)
    standard.approved, standard.state = version, StandardState.APPROVED
    return _keep(standard, actor, "approved", "approved", "state", number=number, reason=reason)


@transaction.atomic
def reject_standard(
    standard: StandardChange,
    *,
    number: int,
    reason: str,
    actor: User,
    now: datetime | None = None,
) -> StandardChange:
    """Turn the proposed version of this number down; the one in force stays."""
    now = now or clock.now()
    standard = _locked(standard)
    _require(standard, StandardVerb.REJECT, actor, number=number, reason=reason, now=now)
    version = standard.versions.get(decision=VersionDecision.PROPOSED)
    _decide(version, VersionDecision.REJECTED, actor, reason, now)
    return _keep(standard, actor, "rejected", number=number, reason=reason)


@transaction.atomic
def suspend_standard(
    standard: StandardChange, *, reason: str, actor: User | None, now: datetime | None = None
) -> StandardChange:
    """Authorise nothing by it until somebody reinstates it."""
    standard = _locked(standard)
    _require(standard, StandardVerb.SUSPEND, actor, reason=reason)
    standard.suspended_at, standard.suspended_because = now or clock.now(), reason
    return _keep(
        standard, actor, "suspended", "suspended_at", "suspended_because", reason=reason
    )


@transaction.atomic
def suspend_if_it_fails(standard: StandardChange) -> bool:
    """Suspend it when its failure budget is spent; return whether that was so."""
    standard = _locked(standard)
    if standard.suspended_at or standard.state != S.APPROVED or not is_over_budget(standard):
        return False
    outcomes = last_outcomes(standard)
    reason = _("%(n)s of its last %(of)s changes failed.") % {
        "n": sum(outcome in {"failed", "rolled_back"} for outcome in outcomes),
        "of": min(len(outcomes), BUDGET_OF),
    }
    suspend_standard(standard, reason=reason, actor=None)
    return True


@transaction.atomic
def reinstate_standard(
    standard: StandardChange, *, reason: str, actor: User, now: datetime | None = None
) -> StandardChange:
    """Let it authorise again; failures count anew from here."""
    standard = _locked(standard)
    _require(standard, StandardVerb.REINSTATE, actor, reason=reason)
    standard.suspended_at, standard.suspended_because = None, ""
    standard.counts_from = now or clock.now()
    fields = ("suspended_at", "suspended_because", "counts_from")
    return _keep(standard, actor, "reinstated", *fields, reason=reason)


@transaction.atomic
def retire_standard(standard: StandardChange, *, reason: str, actor: User) -> StandardChange:
    """Take it out of use for good."""
    standard = _locked(standard)
    _require(standard, StandardVerb.RETIRE, actor, reason=reason)
    standard.state = StandardState.RETIRED
    return _keep(standard, actor, "retired", "state", reason=reason)


@transaction.atomic
def request_from_standard(
    standard: StandardChange,
    *,
    reason: str,
    planned_start: datetime | None = None,
    planned_end: datetime | None = None,
    implementer: User | None = None,
    actor: User,
) -> MaintenanceRequest:
    """Make a draft that takes over the fixed fields of the version in force."""
    standard = _locked(standard)
    _require(standard, StandardVerb.USE, actor)
    version = standard.approved
    assert version is not None
    fixed = {**version.fixed}
    impact = fixed.pop("impact")
    request = create_request(
        service=standard.service,
        reason=reason,
        planned_start=planned_start,
        planned_end=planned_end,
        implementer=implementer,
        authorisation=Authorisation.STANDARD,
        standard_version=version,
        actor=actor,
        **fixed,
    )
    return analyse(request, actor=actor, impact_services=impact).request


def why_not_standard(
    standard: StandardChange,
    verb: StandardVerb,
    actor: User | None,
    *,
    now: datetime | None = None,
    **given: Any,
) -> list[Refusal]:
    """Return every reason why this cannot be done to the standard change now."""
    state = StandardState(standard.state)
    if state not in SOURCES[verb]:
        return [Refusal("wrong_state", _("It is “%(state)s”.") % {"state": state.label})]
    refused = list(_about_proposal(standard, verb, actor, **given))
    refused += _about_suspension(standard, verb)
    if verb == StandardVerb.USE and standard.approved.is_over_at(now or clock.now()):  # type: ignore[union-attr]  # approved has a version
        sentence = _("Its approval is over.")
        refused.append(Refusal("standard_expired", sentence, _("Propose it again.")))
    if "reason" in given and not given["reason"].strip():
        refused.append(Refusal("missing_reason", _("This needs a reason.")))
    return refused


def _about_proposal(
    standard: StandardChange,
    verb: StandardVerb,
    actor: User | None,
    *,
    number: int | None = None,
    **_given: Any,
) -> list[Refusal]:
    proposed = standard.versions.filter(decision=VersionDecision.PROPOSED).first()
    if verb == StandardVerb.PROPOSE and proposed is not None:
        sentence = _("Version %(n)s waits for a decision.") % {"n": proposed.number}
        return [Refusal("proposal_waits", sentence, _("Let a manager decide about it first."))]
    if verb not in {StandardVerb.APPROVE, StandardVerb.REJECT}:
        return []
    if proposed is None:
        return [Refusal("no_proposal", _("No version waits for a decision."))]
    refused = []
    if number is not None and number != proposed.number:
        sentence = _("Version %(n)s is the one that waits.") % {"n": proposed.number}
        refused.append(Refusal("other_version", sentence, _("Read that one.")))
    if actor is not None and not managers_of(standard.service.team_id).contains(actor):
        sentence = _("Only a manager of %(team)s decides this.")
        refused.append(Refusal("not_manager", sentence % {"team": standard.service.team}))
    if verb == StandardVerb.APPROVE and actor is not None and actor.pk == proposed.author_id:
        sentence = _("You wrote this version; somebody else has to approve it.")
        refused.append(Refusal("approver_is_author", sentence, _("Ask another manager.")))
    return refused


def _about_suspension(standard: StandardChange, verb: StandardVerb) -> list[Refusal]:
    suspended = standard.suspended_at is not None
    if verb == StandardVerb.REINSTATE and not suspended:
        return [Refusal("not_suspended", _("It is not suspended."))]
    if suspended and verb in {StandardVerb.USE, StandardVerb.SUSPEND}:
        sentence = _("It is suspended: %(why)s") % {"why": standard.suspended_because}
        remedy = _("A manager reinstates it, once the cause is mended.")
        return [Refusal("standard_suspended", sentence, remedy)]
    return []


def _require(
    standard: StandardChange, verb: StandardVerb, actor: User | None, **given: Any
) -> None:
    if refused := why_not_standard(standard, verb, actor, **given):
        raise TransitionNotAllowed(refused)


def _locked(standard: StandardChange) -> StandardChange:
    return (
        StandardChange.objects.select_for_update(of=("self",))
        .select_related("service__team", "owner", "approved")
        .get(pk=standard.pk)
    )


def _add_version(
    standard: StandardChange,
    fixed: dict[str, Any],
    *,
    message: str,
    valid_days: int,
    actor: User,
) -> StandardVersion:
    whole = {**USUAL_FIXED, **fixed}
    try:
        check_fixed(whole)
    except ValidationError as error:
        raise ValidationError({"fixed": error.messages}) from error
    whole["environment"] = environment_named(whole["environment"])
    newest = standard.versions.first()
    version = StandardVersion(
        standard=standard,
        number=newest.number + 1 if newest else 1,
        fixed=whole,
        message=message,
        valid_days=valid_days,
        author=actor,
        proposed_at=clock.now(),
    )
    version.full_clean(exclude=["standard", "author"])
    version.changed_by = actor
    version.save()
    events.record("standard.proposed", standard, actor=actor, number=version.number)
    return version


def _decide(
    version: StandardVersion, decision: str, actor: User, reason: str, now: datetime
) -> None:
    version.decision, version.reason = decision, reason
    version.decided_by, version.decided_at = actor, now
    version.changed_by = actor
    version.save()


def _keep(
    standard: StandardChange, actor: User | None, event: str, *fields: str, **data: Any
) -> StandardChange:
    standard.changed_by = actor
    standard.save(update_fields=fields or ["name"])
    events.record(f"standard.{event}", standard, actor=actor, **data)
    return standard
