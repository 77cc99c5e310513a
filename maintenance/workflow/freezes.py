"""
Verbs on freezes: drafted by one, approved by another, ended early by whoever may.

A draft binds nobody; it is there to see which changes it would stop. From its approval on it
stops what was approved before it, until its end.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import FREEZE_TRANSITIONS, Freeze, FreezeKind, FreezeState
from maintenance.permitted import affected_by
from maintenance.workflow.lockdowns import enforce_lockdown, release_lockdown
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import Service, Team, User

NAMED = 50  # requests that an event lists
MOST_ENVIRONMENTS = 10
LONGEST_ENVIRONMENT = 40


class FreezeVerb(StrEnum):
    CHANGE = "change"
    APPROVE = "approve"
    END = "end"
    DISCARD = "discard"


S = FreezeState
MOVES: dict[FreezeVerb, tuple[set[FreezeState], FreezeState | None]] = {
    FreezeVerb.CHANGE: ({S.DRAFT}, None),
    FreezeVerb.APPROVE: ({S.DRAFT}, S.APPROVED),
    FreezeVerb.END: ({S.APPROVED}, S.ENDED),
    FreezeVerb.DISCARD: ({S.DRAFT, S.APPROVED}, S.DISCARDED),
}


@transaction.atomic
def draft_freeze(
    *,
    name: str,
    reason: str,
    starts_at: datetime,
    ends_at: datetime,
    kind: str = FreezeKind.FREEZE,
    covers_all: bool = False,
    services: Iterable[Service] = (),
    teams: Iterable[Team] = (),
    environments: Iterable[str] = (),
    spared_categories: Iterable[str] = (),
    spares_p0: bool = True,
    actor: User,
    now: datetime | None = None,
) -> Freeze:
    """Write down a freeze for another to approve. Raises `ValidationError` for wrong times."""
    freeze = Freeze(
        kind=kind,
        name=name,
        reason=reason,
        starts_at=starts_at,
        ends_at=ends_at,
        closes_at=ends_at,
        covers_all=covers_all,
        environments=_named(environments),
        spared_categories=sorted(spared_categories),
        spares_p0=spares_p0,
        author=actor,
    )
    return _keep(freeze, "drafted", services, teams, actor, now or clock.now())


@transaction.atomic
def change_freeze(
    freeze: Freeze,
    *,
    actor: User,
    services: Iterable[Service] | None = None,
    teams: Iterable[Team] | None = None,
    environments: Iterable[str] | None = None,
    now: datetime | None = None,
    **fields: Any,
) -> Freeze:
    """Change a draft; who changes it last is its author, so that another approves it."""
    now = now or clock.now()
    freeze = _locked(freeze)
    _require(freeze, FreezeVerb.CHANGE, actor, now)
    for name, value in fields.items():
        setattr(freeze, name, value)
    freeze.closes_at = freeze.ends_at
    freeze.author = actor
    if environments is not None:
        freeze.environments = _named(environments)
    services = freeze.services.all() if services is None else services
    teams = freeze.teams.all() if teams is None else teams
    return _keep(freeze, "changed", services, teams, actor, now)


@transaction.atomic
def approve_freeze(freeze: Freeze, *, actor: User, now: datetime | None = None) -> Freeze:
    """
    Let it bind: what it covers stops from its start on, also what was approved before.

    A lockdown that begins now puts on hold what is ready.
    """
    now = now or clock.now()
    freeze = _locked(freeze)
    _require(freeze, FreezeVerb.APPROVE, actor, now)
    freeze.approved_by = actor
    freeze.approved_at = now
    stopped = [request.number for request in affected_by(freeze)][:NAMED]
    fields = ["approved_by", "approved_at"]
    freeze = _move(freeze, FreezeVerb.APPROVE, "approved", actor, fields, stops=stopped)
    enforce_lockdown(freeze, actor=actor, now=now)
    return freeze


@transaction.atomic
def end_freeze(
    freeze: Freeze, *, reason: str, actor: User, now: datetime | None = None
) -> Freeze:
    """Open the time again before its planned end; votes that are still valid count on."""
    now = now or clock.now()
    freeze = _locked(freeze)
    _require(freeze, FreezeVerb.END, actor, now)
    freeze.closes_at = now
    freeze = _move(freeze, FreezeVerb.END, "ended", actor, ["closes_at"], reason=reason)
    release_lockdown(freeze, actor=actor, now=now)
    return freeze


@transaction.atomic
def discard_freeze(
    freeze: Freeze, *, reason: str = "", actor: User, now: datetime | None = None
) -> Freeze:
    """Give it up before it begins."""
    freeze = _locked(freeze)
    _require(freeze, FreezeVerb.DISCARD, actor, now or clock.now())
    return _move(freeze, FreezeVerb.DISCARD, "discarded", actor, [], reason=reason)


def why_not_freeze(
    freeze: Freeze, verb: FreezeVerb, actor: User, now: datetime
) -> list[Refusal]:
    """Return every reason why `actor` cannot do this to the freeze now."""
    sources, target = MOVES[verb]
    state = FreezeState(freeze.state)
    if state not in sources or (target and target not in FREEZE_TRANSITIONS[state]):
        return [Refusal("wrong_state", _("It is “%(state)s”.") % {"state": state.label})]
    refused = []
    if verb == FreezeVerb.APPROVE and actor.pk == freeze.author_id:
        sentence = _("You wrote this freeze; somebody else has to approve it.")
        refused.append(Refusal("approver_is_author", sentence, _("Ask another manager.")))
    if verb == FreezeVerb.APPROVE and freeze.ends_at <= now:
        sentence = _("This freeze would be over already.")
        refused.append(Refusal("freeze_over", sentence, _("Choose an end in the future.")))
    if verb == FreezeVerb.END and freeze.closes_at <= now:
        refused.append(Refusal("freeze_over", _("This freeze is over.")))
    if verb == FreezeVerb.END and freeze.starts_at > now:
        sentence = _("This freeze has not begun.")
        refused.append(Refusal("freeze_not_begun", sentence, _("Discard it instead.")))
    if verb == FreezeVerb.DISCARD and state == S.APPROVED and freeze.starts_at <= now:
        sentence = _("This freeze has begun.")
        refused.append(Refusal("freeze_begun", sentence, _("End it instead.")))
    return refused


def _require(freeze: Freeze, verb: FreezeVerb, actor: User, now: datetime) -> None:
    if refused := why_not_freeze(freeze, verb, actor, now):
        raise TransitionNotAllowed(refused)


def _keep(
    freeze: Freeze,
    event: str,
    services: Iterable[Service],
    teams: Iterable[Team],
    actor: User,
    now: datetime,
) -> Freeze:
    """Save a draft with what it covers; one that covers all names nothing."""
    chosen = [] if freeze.covers_all else list(services)
    owners = [] if freeze.covers_all else list(teams)
    _require_sense(freeze, [*chosen, *owners], now)
    freeze.full_clean()
    freeze.changed_by = actor
    freeze.save()
    freeze.services.set(chosen)
    freeze.teams.set(owners)
    events.record(f"freeze.{event}", freeze, actor=actor, **_told(freeze))
    return freeze


def _named(environments: Iterable[str]) -> list[str]:
    return sorted({name.strip().lower() for name in environments} - {""})


def _require_sense(freeze: Freeze, named: list[Service | Team], now: datetime) -> None:
    refused = []
    if not freeze.covers_all and not named:
        sentence = _("A freeze is for at least one service or team, or for all.")
        refused.append(Refusal("no_services", sentence, _("Choose what it covers.")))
    if freeze.ends_at <= now:
        sentence = _("This freeze would be over already.")
        refused.append(Refusal("freeze_over", sentence, _("Choose an end in the future.")))
    longest = max(map(len, freeze.environments), default=0)
    if len(freeze.environments) > MOST_ENVIRONMENTS or longest > LONGEST_ENVIRONMENT:
        sentence = _("A freeze names at most %(most)s environments, each of %(long)s letters.")
        values = {"most": MOST_ENVIRONMENTS, "long": LONGEST_ENVIRONMENT}
        refused.append(Refusal("environments", sentence % values, _("Shorten the list.")))
    if refused:
        raise TransitionNotAllowed(refused)


def _locked(freeze: Freeze) -> Freeze:
    return Freeze.objects.select_for_update().get(pk=freeze.pk)


def _move(
    freeze: Freeze, verb: FreezeVerb, event: str, actor: User, fields: list[str], **data: Any
) -> Freeze:
    target = MOVES[verb][1]
    assert target is not None
    freeze.state = target
    freeze.changed_by = actor
    freeze.save(update_fields=["state", *fields])
    events.record(f"freeze.{event}", freeze, actor=actor, **_told(freeze), **data)
    return freeze


def _told(freeze: Freeze) -> dict[str, Any]:
    return {
        "services": [service.slug for service in freeze.services.all()],
        "teams": [team.slug for team in freeze.teams.all()],
        "covers_all": freeze.covers_all,
        "environments": freeze.environments,
        "starts_at": freeze.starts_at.isoformat(),
        "ends_at": freeze.closes_at.isoformat(),
    }
