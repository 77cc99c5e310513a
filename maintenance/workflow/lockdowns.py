"""
What a lockdown does to changes that are ready: on hold while it is in force, then on again.

Votes are kept. Each change is held once by each lockdown, so that somebody who lets one go on
by name does not find it held again; work that has begun goes on, as stopping it half way may
be worse. A planned freeze holds nothing: it is known beforehand, and asked at each step.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import (
    READY,
    Freeze,
    FreezeHold,
    FreezeKind,
    FreezeState,
    MaintenanceRequest,
    RequestState,
    TimeOverride,
)
from maintenance.permitted import affected_by
from maintenance.workflow.requests import hold, resume
from portal import clock, events
from portal.models import User


@transaction.atomic
def enforce_lockdown(
    freeze: Freeze, *, actor: User | None, now: datetime | None = None
) -> list[MaintenanceRequest]:
    """Put on hold what a lockdown in force stops; doing so again is nothing."""
    now = now or clock.now()
    freeze = Freeze.objects.select_for_update().get(pk=freeze.pk)
    in_force = freeze.state == FreezeState.APPROVED and freeze.starts_at <= now
    if freeze.kind != FreezeKind.LOCKDOWN or not in_force or freeze.enforced_at is not None:
        return []
    _lock(request.pk for request in affected_by(freeze))
    held = [request for request in affected_by(freeze) if _is_held_by(freeze, request)]
    reason = _("Lockdown “%(name)s”: %(why)s") % {"name": freeze.name, "why": freeze.reason}
    for request in held:
        if request.state in READY:
            hold(request, reason=reason[:500], actor=actor, now=now)
        FreezeHold.objects.create(freeze=freeze, request=request, held_at=now)
    freeze.enforced_at = now
    freeze.changed_by = actor
    freeze.save(update_fields=["enforced_at"])
    numbers = [request.number for request in held]
    events.record("freeze.enforced", freeze, actor=actor, held=numbers)
    return held


@transaction.atomic
def release_lockdown(
    freeze: Freeze, *, actor: User | None, now: datetime | None = None
) -> list[MaintenanceRequest]:
    """Let go on what a lockdown that is over held, and no other one holds still."""
    now = now or clock.now()
    freeze = Freeze.objects.select_for_update().get(pk=freeze.pk)
    if freeze.closes_at > now:
        return []
    _lock(freeze.holds.filter(released_at=None).values_list("request", flat=True))
    holds = list(freeze.holds.filter(released_at=None).select_related("request"))
    freeze.holds.filter(released_at=None).update(released_at=now)
    elsewhere = set(
        FreezeHold.objects.filter(released_at=None).values_list("request", flat=True)
    )
    released = [
        resume(row.request, actor=actor, now=now)
        for row in holds
        if _rests_since(row) and row.request_id not in elsewhere
    ]
    if holds:
        numbers = [request.number for request in released]
        events.record("freeze.released", freeze, actor=actor, released=numbers)
    return released


def enforce_due_lockdowns(now: datetime) -> int:
    """Enforce those that begin, release what those held that are over; return how many."""
    lockdowns = Freeze.objects.filter(kind=FreezeKind.LOCKDOWN)
    begun = lockdowns.filter(
        state=FreezeState.APPROVED, starts_at__lte=now, closes_at__gt=now, enforced_at=None
    )
    over = lockdowns.filter(closes_at__lte=now, holds__released_at=None, holds__isnull=False)
    found = [(enforce_lockdown, freeze) for freeze in begun]
    found += [(release_lockdown, freeze) for freeze in over.distinct()]
    for verb, freeze in found:
        verb(freeze, actor=None, now=now)
    return len(found)


def _rests_since(row: FreezeHold) -> bool:
    """Whether it has rested ever since: what a person held later is theirs to resume."""
    request = row.request
    since = request.held_at
    return request.state == RequestState.ON_HOLD and since is not None and since <= row.held_at


def _lock(requests: Iterable[int]) -> None:
    """
    Let nobody else move any of these until the transaction ends.

    All of them before anything is done to one: whoever gives a change its time waits for their
    turn with its row in hand, and so must we.
    """
    rows = MaintenanceRequest.objects.select_for_update(of=("self",)).order_by("pk")
    list(rows.filter(pk__in=list(requests)).values_list("pk", flat=True))


def _is_held_by(freeze: Freeze, request: MaintenanceRequest) -> bool:
    """Whether it is ready, or held by another lockdown, and nobody let it pass this one."""
    by_another = request.freeze_holds.filter(released_at=None)
    if request.state not in READY and not by_another.exists():
        return False
    let_go = TimeOverride.objects.filter(freeze=freeze, plan_digest=request.plan_digest)
    return not let_go.filter(request=request).exists()
