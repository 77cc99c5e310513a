"""Hand-overs: offered when a shift ends, accepted by whoever goes on."""

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from operations import on_call
from operations.models import (
    HANDOVER_TRANSITIONS,
    IN_USE,
    Handover,
    HandoverItem,
    HandoverState,
    Schedule,
    ShiftWatch,
)
from portal import clock, events, notify
from portal.access import works_in
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User
from portal.slots import gather
from portal.sweeping import each

REMIND_AFTER = [timedelta(minutes=30), timedelta(hours=1)]
TELL_MANAGERS_AFTER = timedelta(hours=2)
LOOK_AHEAD = timedelta(days=7)  # for whoever comes next
LOOK_AGAIN = timedelta(days=1)
LOOK_BACK = timedelta(days=1)  # what ended while nothing ran
INSTANT = timedelta(seconds=1)


@dataclass(frozen=True)
class Leaving:
    """
    Somebody's shift ends: the subject of the slot `shift.handover`.

    Each contribution is `{kind, reference, text, note, url, order}`, plain text all of it.
    """

    schedule: Schedule
    leaver: User
    at: datetime


def offer_due(now: datetime) -> int:
    """Offer a hand-over for every shift that has ended; return how many."""
    _watch_new(now)
    due = ShiftWatch.objects.filter(due_at__lte=now).order_by("due_at")
    pks = list(due.values_list("pk", flat=True))
    return each(pks, lambda pk: _look(pk, now), what="Watch of shifts")


def look_again_at(schedule: Schedule, *, now: datetime) -> None:
    """Work out anew when the next shift of a schedule ends; it was changed."""
    ShiftWatch.objects.filter(schedule=schedule).update(due_at=now)


@transaction.atomic
def write_notes(handover: Handover, *, notes: str, actor: User | None) -> Handover:
    """Say what the next one should know; until it is accepted."""
    locked = _locked(handover)
    if locked.state != HandoverState.OFFERED:
        raise TransitionNotAllowed([_accepted_already()])
    locked.notes = notes
    locked.changed_by = actor
    locked.save(update_fields=["notes"])
    events.record("handover.notes_written", locked, actor=actor)
    return locked


def why_not_accept_handover(handover: Handover, person: User) -> list[Refusal]:
    """Return every reason why this person cannot accept it."""
    if HandoverState.ACCEPTED not in HANDOVER_TRANSITIONS[HandoverState(handover.state)]:
        return [_accepted_already()]
    if person.pk == handover.leaver_id:
        sentence = "You hand this over; somebody else accepts it."
        return [Refusal("own_handover", sentence)]
    if not works_in(person, handover.schedule.team_id):
        sentence = f"{person} does not work in {handover.schedule.team}."
        return [Refusal("not_a_member", sentence)]
    return []


@transaction.atomic
def accept_handover(handover: Handover, *, person: User, actor: User | None) -> Handover:
    """Have this person answer for what the leaver held; the floors above move it over."""
    locked = _locked(handover)
    if reasons := why_not_accept_handover(locked, person):
        raise TransitionNotAllowed(reasons)
    locked.state = HandoverState.ACCEPTED
    locked.accepted_at = clock.now()
    locked.accepted_by = person
    locked.due_at = None
    locked.changed_by = actor
    locked.save(update_fields=["state", "accepted_at", "accepted_by", "due_at"])
    notify.cancel(topic_of(locked))
    events.record(
        "shift.handed_over",
        locked,
        actor=actor,
        from_id=locked.leaver_id,
        to_id=person.pk,
        schedule_id=locked.schedule_id,
        shift_ended_at=locked.shift_ended_at.isoformat(),
    )
    return locked


def remind_of_handovers(now: datetime) -> int:
    """Remind of those that nobody accepted, and in the end tell the managers."""
    due = Handover.objects.offered().filter(due_at__lte=now).order_by("due_at")
    return sum(_remind(pk, now) for pk in list(due.values_list("pk", flat=True)))


def topic_of(handover: Handover) -> str:
    return f"handover:{handover.pk}"


def _accepted_already() -> Refusal:
    return Refusal("already_accepted", "This hand-over was accepted already.")


def _watch_new(now: datetime) -> None:
    watched = ShiftWatch.objects.values("schedule")
    ShiftWatch.objects.bulk_create(
        [
            ShiftWatch(schedule=schedule, looked_at=now, due_at=now)
            for schedule in Schedule.objects.filter(IN_USE).exclude(pk__in=watched)
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def _look(pk: int, now: datetime) -> int:
    rows = ShiftWatch.objects.select_for_update(of=("self",))
    watch = rows.select_related("schedule__team").get(pk=pk)
    if watch.due_at > now:
        return 0  # another process was faster
    schedule = watch.schedule
    start = max(watch.looked_at, now - LOOK_BACK)
    offered = 0
    if schedule.retired_at is None:
        offered = sum(
            _offer(schedule, before, after)
            for before, after in itertools.pairwise(
                on_call.shifts(schedule, start, now + INSTANT)
            )
            if start < after.starts_at <= now
        )
    watch.looked_at = now
    watch.due_at = _next_end(schedule, now)
    watch.save(update_fields=["looked_at", "due_at"])
    return offered


def _next_end(schedule: Schedule, now: datetime) -> datetime:
    """Return when to look again: when the shift that runs now ends, or tomorrow."""
    for shift in on_call.shifts(schedule, now, now + LOOK_AGAIN):
        return max(shift.ends_at, now + INSTANT)
    return now + LOOK_AGAIN


def _offer(schedule: Schedule, before: on_call.Shift, after: on_call.Shift) -> int:
    at = after.starts_at
    leavers = [person for person in before.people if person not in after.people]
    if not leavers:
        return 0
    coming = after.people or _coming(schedule, at)
    made = 0
    for leaver in leavers:
        if leaver in coming:
            continue  # a night off: the same person goes on
        takers = [person for person in coming if person not in before.people] or [*coming]
        made += _make(schedule, leaver, takers[0] if takers else None, at)
    return made


def _coming(schedule: Schedule, at: datetime) -> tuple[User, ...]:
    for shift in on_call.shifts(schedule, at, at + LOOK_AHEAD):
        if shift.people:
            return shift.people
    return ()


def _make(schedule: Schedule, leaver: User, taker: User | None, at: datetime) -> bool:
    known = Handover.objects.filter(schedule=schedule, leaver=leaver, shift_ended_at=at)
    if known.exists():
        return False
    now = clock.now()
    handover = Handover(
        schedule=schedule,
        leaver=leaver,
        taker=taker,
        shift_ended_at=at,
        offered_at=now,
        due_at=now + REMIND_AFTER[0],
        is_demo=schedule.is_demo,
    )
    handover.changed_by = None
    handover.save()
    _list_items(handover, Leaving(schedule, leaver, at))
    events.record("handover.offered", handover, actor=None, schedule_id=schedule.pk)
    return True


def _list_items(handover: Handover, leaving: Leaving) -> None:
    """Write down what was going on, so that later it reads as it was."""
    items = {
        item["reference"]: HandoverItem(
            handover=handover,
            kind=item["kind"][:40],
            reference=item["reference"][:60],
            text=item["text"][:300],
            note=str(item.get("note", ""))[:200],
            url=item.get("url", "")[:300],
            order=item.get("order", 100),
        )
        for item in gather("shift.handover", leaving.leaver, leaving)
    }
    HandoverItem.objects.bulk_create(items.values())


@transaction.atomic
def _remind(pk: int, now: datetime) -> bool:
    handover = _locked(Handover(pk=pk))
    if handover.due_at is None or handover.due_at > now:
        return False  # accepted meanwhile, or another process was faster
    count = handover.reminder_count + 1
    is_last = count > len(REMIND_AFTER)
    events.record(
        "handover.unaccepted" if is_last else "handover.reminded", handover, actor=None
    )
    waits = [*REMIND_AFTER[1:], TELL_MANAGERS_AFTER]
    due_at = None if is_last else handover.offered_at + waits[count - 1]
    Handover.objects.filter(pk=pk).update(reminder_count=count, due_at=due_at)
    return True


def _locked(handover: Handover) -> Handover:
    rows = Handover.objects.select_for_update(of=("self",)).with_list_columns()
    return rows.get(pk=handover.pk)
