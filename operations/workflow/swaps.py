"""Shifts that change hands: asked for, accepted, taken over; every time as it was stored."""

from datetime import datetime, timedelta

from django.db import transaction

from operations.models import Schedule, SwapRequest, SwapState
from operations.workflow.overrides import override
from operations.workflow.swap_rules import (
    Span,
    hours_of,
    return_span,
    why_not_accept,
    why_not_ask,
    why_not_eligible,
    why_not_on_call,
    why_not_to,
)
from portal import clock, events, notify
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User

# Before the shift begins; at the last two a colleague can still be found in time.
REMIND_BEFORE = [
    timedelta(days=28),
    timedelta(days=14),
    timedelta(days=7),
    timedelta(days=3),
    timedelta(days=1),
    timedelta(hours=12),
]


@transaction.atomic
def ask_for_swap(
    schedule: Schedule,
    *,
    person: User,
    ends_at: datetime,
    starts_at: datetime | None = None,
    asked: User | None = None,
    return_starts_at: datetime | None = None,
    return_ends_at: datetime | None = None,
    note: str = "",
    actor: User | None,
) -> SwapRequest:
    """
    Look for somebody who takes this time of the person's; with a time in return, of `asked`.

    Raises `NotInFuture` (422) for a time that is over.
    """
    now = clock.now()
    span = Span(starts_at, ends_at, now)
    locked = _locked_schedule(schedule)
    back = return_span(return_starts_at, return_ends_at, now)
    if reasons := why_not_ask(locked, person, span, asked, back):
        raise TransitionNotAllowed(reasons)
    made = SwapRequest(
        schedule=locked,
        person=person,
        asked=asked,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        return_starts_at=back.starts_at if back else None,
        return_ends_at=back.ends_at if back else None,
        note=note,
        made_by=actor,
        made_at=now,
        is_demo=locked.is_demo,
    )
    made.due_at = _next_due(made, now)
    made.changed_by = actor
    made.save()
    _record("swap.asked", made, actor)
    return made


@transaction.atomic
def accept_swap(swap: SwapRequest, *, person: User, actor: User | None) -> SwapRequest:
    """Have this person take the time, and give theirs in return where that was asked."""
    _locked_schedule(swap.schedule)
    locked = _locked(swap)
    now = clock.now()
    if reasons := why_not_accept(locked, person, now=now):
        raise TransitionNotAllowed(reasons)
    _hand(
        locked.schedule,
        locked.person,
        person,
        max(locked.starts_at, now),
        locked.ends_at,
        actor,
    )
    if locked.return_starts_at is not None and locked.return_ends_at is not None:
        begins = max(locked.return_starts_at, now)
        _hand(locked.schedule, person, locked.person, begins, locked.return_ends_at, actor)
    locked.accepted_by = person
    return _close(locked, SwapState.ACCEPTED, actor, "accepted_by")


@transaction.atomic
def withdraw_swap(swap: SwapRequest, *, actor: User | None) -> SwapRequest:
    """Ask no more; the shift stays where it is."""
    locked = _locked(swap)
    if reasons := why_not_to(locked, SwapState.WITHDRAWN):
        raise TransitionNotAllowed(reasons)
    return _close(locked, SwapState.WITHDRAWN, actor)


@transaction.atomic
def take_shift(
    schedule: Schedule,
    *,
    from_person: User,
    person: User,
    ends_at: datetime,
    starts_at: datetime | None = None,
    reason: str = "",
    actor: User | None,
) -> tuple[datetime, datetime]:
    """Have an eligible colleague take a shift over; return the interval as it was stored."""
    now = clock.now()
    span = Span(starts_at, ends_at, now)
    locked = _locked_schedule(schedule)
    reasons = why_not_eligible(locked, person)
    if not reasons and person == from_person:
        reasons = [Refusal("own_shift", f"{person} is on call then already.")]
    reasons = reasons or why_not_on_call(locked, from_person, span.starts_at, ends_at)
    if reasons:
        raise TransitionNotAllowed(reasons)
    _hand(locked, from_person, person, span.starts_at, ends_at, actor, reason)
    events.record(
        "shift.taken_over",
        locked,
        actor=actor,
        person=str(person),
        from_person=str(from_person),
        from_id=from_person.pk,
        to_id=person.pk,
        starts_at=span.starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
        time_zone=locked.time_zone,
    )
    return span.starts_at, ends_at


def look_after_swaps(now: datetime) -> int:
    """Remind of requests that are still open, and close those whose time is over."""
    due = SwapRequest.objects.open().filter(due_at__lte=now).order_by("due_at")
    return sum(_look_after(pk, now) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _look_after(pk: int, now: datetime) -> bool:
    rows = SwapRequest.objects.select_for_update(of=("self",)).with_list_columns()
    swap = rows.get(pk=pk)
    if swap.state != SwapState.OPEN or swap.due_at is None or swap.due_at > now:
        return False
    if swap.ends_at <= now:
        _close(swap, SwapState.EXPIRED, None)
        return True
    events.record("swap.reminded", swap, actor=None, due_at=swap.due_at.isoformat())
    SwapRequest.objects.filter(pk=pk).update(due_at=_next_due(swap, now))
    return True


def _hand(
    schedule: Schedule,
    giver: User,
    taker: User,
    starts_at: datetime,
    ends_at: datetime,
    actor: User | None,
    reason: str = "",
) -> None:
    """Put the taker in the giver's place, and see that the schedule then says so."""
    words = reason or f"for {giver}"
    override(
        schedule,
        person=taker,
        replaces=giver,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=words[:200],
        actor=actor,
    )
    if hours_of(schedule, giver, starts_at, ends_at):
        sentence = "A temporary schedule decides in a part of this time."
        refusal = Refusal("temporary_schedule", sentence, "Change the temporary schedule.")
        raise TransitionNotAllowed([refusal])


def _next_due(swap: SwapRequest, after: datetime) -> datetime:
    """Return when to remind next; the last time is when it ends."""
    points = [swap.starts_at - before for before in REMIND_BEFORE]
    return min(point for point in (*points, swap.starts_at, swap.ends_at) if point > after)


def _close(swap: SwapRequest, to: SwapState, actor: User | None, *fields: str) -> SwapRequest:
    swap.state = to
    swap.closed_at = clock.now()
    swap.due_at = None
    swap.changed_by = actor
    swap.save(update_fields=["state", "closed_at", "due_at", *fields])
    notify.cancel(topic_of(swap))
    _record(f"swap.{to}", swap, actor)
    return swap


def topic_of(swap: SwapRequest) -> str:
    return f"swap:{swap.pk}"


def _record(kind: str, swap: SwapRequest, actor: User | None) -> None:
    events.record(
        kind,
        swap,
        actor=actor,
        schedule_id=swap.schedule_id,
        person=str(swap.person),
        accepted_by=str(swap.accepted_by or ""),
        starts_at=swap.starts_at.isoformat(),
        ends_at=swap.ends_at.isoformat(),
        time_zone=swap.schedule.time_zone,
    )


def _locked(swap: SwapRequest) -> SwapRequest:
    rows = SwapRequest.objects.select_for_update(of=("self",)).with_list_columns()
    return rows.get(pk=swap.pk)


def _locked_schedule(schedule: Schedule) -> Schedule:
    rows = Schedule.objects.select_for_update(of=("self",)).select_related("team")
    return rows.get(pk=schedule.pk)
