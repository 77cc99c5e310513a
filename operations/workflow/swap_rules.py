"""When a shift may change hands: what is asked before a swap, cover or take-over."""

from datetime import datetime

from django.db.models import Q

from operations import on_call
from operations.models import SWAP_TRANSITIONS, Schedule, SwapRequest, SwapState
from portal.errors import DomainError, Refusal
from portal.models import Membership, User


class NotInFuture(DomainError):
    """The time that was given is over, or none at all."""

    status_code = 422


class Span:
    """`[starts_at, ends_at)`, from now on: nobody can take what is over."""

    def __init__(self, starts_at: datetime | None, ends_at: datetime, now: datetime) -> None:
        self.starts_at = max(starts_at or now, now)
        self.ends_at = ends_at
        if ends_at <= now:
            raise NotInFuture(
                [Refusal("is_over", "This time is over already.", "Choose a later end.")]
            )
        if starts_at is not None and ends_at <= starts_at:
            sentence = "The end must be later than the beginning."
            raise NotInFuture([Refusal("ends_before_it_starts", sentence)])

    def overlap(self, other_start: datetime, other_end: datetime) -> bool:
        return self.starts_at < other_end and other_start < self.ends_at


def hours_of(
    schedule: Schedule, person: User, starts_at: datetime, ends_at: datetime
) -> list[on_call.Shift]:
    """The person's shifts within this time."""
    shifts = on_call.shifts(schedule, starts_at, ends_at)
    return [shift for shift in shifts if person in shift.people]


def why_not_eligible(schedule: Schedule, person: User) -> list[Refusal]:
    """Return every reason why this person cannot be on call in this schedule."""
    if not person.may_work:
        return [Refusal("cannot_work", f"{person} has no access for work.")]
    if not Membership.objects.filter(team=schedule.team_id, person=person).exists():
        sentence = f"{person} does not belong to {schedule.team}."
        return [Refusal("not_a_member", sentence, "Add them to the team first.")]
    return []


def why_not_accept(swap: SwapRequest, person: User, *, now: datetime) -> list[Refusal]:
    """Return every reason why this person cannot take it now."""
    if reasons := why_not_to(swap, SwapState.ACCEPTED):
        return reasons
    if swap.ends_at <= now:
        return [Refusal("is_over", "This time is over already.")]
    if person.pk == swap.person_id:
        return [Refusal("own_shift", "This is your own shift.")]
    if reasons := why_not_eligible(swap.schedule, person):
        return reasons
    if swap.is_swap and swap.asked_id != person.pk:
        return [Refusal("asked_another", f"This swap is offered to {swap.asked}.")]
    return _why_not_shifts(swap, person, now)


def why_not_ask(
    schedule: Schedule, person: User, span: Span, asked: User | None, back: Span | None
) -> list[Refusal]:
    reasons = why_not_on_call(schedule, person, span.starts_at, span.ends_at)
    if SwapRequest.objects.open().filter(
        Q(starts_at__lt=span.ends_at, ends_at__gt=span.starts_at),
        schedule=schedule,
        person=person,
    ):
        sentence = "There is an open request for a part of this time."
        reasons.append(Refusal("already_asked", sentence, "Withdraw that one first."))
    if asked is not None:
        reasons += why_not_eligible(schedule, asked)
        if asked == person:
            reasons.append(Refusal("own_shift", "Ask somebody else than yourself."))
    if back is None:
        return reasons
    if asked is None:
        sentence = "A swap needs somebody to swap with."
        return [*reasons, Refusal("nobody_asked", sentence, "Choose whom to ask.")]
    if back.overlap(span.starts_at, span.ends_at):
        sentence = "The time in return overlaps the time that you give."
        reasons.append(Refusal("return_overlaps", sentence))
    return [*reasons, *why_not_on_call(schedule, asked, back.starts_at, back.ends_at)]


def why_not_on_call(
    schedule: Schedule, person: User, starts_at: datetime, ends_at: datetime
) -> list[Refusal]:
    if hours_of(schedule, person, starts_at, ends_at):
        return []
    sentence = f"{person} is not on call in {schedule} at that time."
    return [Refusal("not_on_call", sentence, "Choose a time of one of their shifts.")]


def _why_not_shifts(swap: SwapRequest, person: User, now: datetime) -> list[Refusal]:
    begins = max(swap.starts_at, now)
    reasons = why_not_on_call(swap.schedule, swap.person, begins, swap.ends_at)
    if hours_of(swap.schedule, person, begins, swap.ends_at):
        sentence = f"{person} is on call in a part of this time already."
        reasons.append(Refusal("already_on_call", sentence))
    if swap.return_ends_at is not None and swap.return_starts_at is not None:
        if swap.return_ends_at <= now:
            return [*reasons, Refusal("is_over", "The time in return is over already.")]
        back = max(swap.return_starts_at, now)
        reasons += why_not_on_call(swap.schedule, person, back, swap.return_ends_at)
    return reasons


def why_not_to(swap: SwapRequest, to: SwapState) -> list[Refusal]:
    if to in SWAP_TRANSITIONS[SwapState(swap.state)]:
        return []
    words = {
        SwapState.ACCEPTED: ("already_accepted", "Somebody took this already."),
        SwapState.WITHDRAWN: ("withdrawn", "This request was withdrawn."),
        SwapState.EXPIRED: ("expired", "This request has expired."),
    }
    return [Refusal(*words[SwapState(swap.state)])]


def return_span(
    starts_at: datetime | None, ends_at: datetime | None, now: datetime
) -> Span | None:
    if starts_at is None and ends_at is None:
        return None
    if ends_at is None:
        sentence = "Say when the time in return ends."
        raise NotInFuture([Refusal("return_incomplete", sentence)])
    return Span(starts_at, ends_at, now)


def eligible_for(schedule: Schedule, but: User) -> list[User]:
    """The colleagues who could take a shift of this schedule."""
    people = User.objects.filter(membership__team=schedule.team_id).exclude(pk=but.pk)
    return [person for person in people.order_by("name", "pk").distinct() if person.may_work]
