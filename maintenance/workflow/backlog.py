"""Rank what waits, and triage it: the same done to many, each by its own verb."""

from datetime import datetime
from typing import Any

from django.db import transaction

from maintenance.backlog import in_order
from maintenance.models import BacklogPlace, MaintenanceRequest
from maintenance.workflow.approval import reject
from maintenance.workflow.guards import Verb, require
from maintenance.workflow.moves import locked
from maintenance.workflow.requests import assess, cancel, change_plan
from maintenance.workflow.taking_turns import take_turns
from portal import clock, events
from portal.models import User

UP, DOWN, TOP, BEFORE, AFTER = "up", "down", "top", "before", "after"


@transaction.atomic
def rank(
    request: MaintenanceRequest,
    *,
    move: str,
    other: int | None = None,
    actor: User,
    now: datetime | None = None,
) -> int:
    """
    Move a request up, down, to the top, or before or after an `other`; return its rank.

    All that then stand above it get a rank as well, so that the order stays as it was seen.
    """
    request = locked(request)  # as everywhere: first the row, then the turn
    take_turns()
    require(request, Verb.RANK, actor)
    rows = in_order(MaintenanceRequest.objects.all(), now or clock.now())
    order = [row.request.pk for row in rows]
    ranked = {row.request.pk for row in rows if row.rank is not None} | {request.pk}
    was = order.index(request.pk) if request.pk in order else len(order)
    others = [pk for pk in order if pk != request.pk]
    place = _place(others, was, move, other)
    others.insert(place, request.pk)
    _keep(others[: max(place + 1, len(ranked))])
    events.record("request.ranked", request, actor=actor, rank=place + 1, was=was + 1)
    return place + 1


def _place(others: list[int], was: int, move: str, other: int | None) -> int:
    if move == TOP:
        return 0
    if move == UP:
        return max(0, was - 1)
    if move in {BEFORE, AFTER} and other in others:
        return others.index(other) + (move == AFTER)
    return min(len(others), was + 1) if move == DOWN else was


def _keep(ranked: list[int]) -> None:
    BacklogPlace.objects.exclude(request__in=ranked).delete()
    BacklogPlace.objects.bulk_create(
        [BacklogPlace(request_id=pk, rank=place) for place, pk in enumerate(ranked, start=1)],
        update_conflicts=True,
        unique_fields=["request"],
        update_fields=["rank"],
    )


def triage(
    request: MaintenanceRequest, *, action: str, actor: User, reason: str = "", **given: Any
) -> MaintenanceRequest:
    """Do one of the things of a triage to one request; raises what its verb raises."""
    if action == "assess":
        return assess(request, actor=actor)
    if action == "cancel":
        return cancel(request, reason=reason, actor=actor)
    if action == "reject":
        return reject(request, digest=request.plan_digest, reason=reason, actor=actor)
    return change_plan(request, actor=actor, **{action: given[action]})
