"""
What a step does: whom it tells, why, and when the next one is due.

The engine takes each step with `decide`, and the simulation walks through all of them with
the same `decide`, so that what is foretold is what happens. No database and no clock: who is
on call and what people are called is asked of a resolver, the time is an argument.

The rules. The first step is due at once, each later one after the wait of the one before. A
step whose condition does not hold, or that finds nobody to tell, is left for the next at
once. The ladder is climbed again as often as the policy says, as long as it reaches anybody
at all. Above the last step stands the last resort: a person, or else the administrators.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.conditions import Facts
from incidents.escalation_targets import (
    CHANNELS,
    Duty,
    Gap,
    Reached,
    Resolver,
    Somebody,
    whom,
)
from incidents.snapshots import Snapshot, Step, Target
from operations.business_hours import Calendar

__all__ = [
    "Decision",
    "Duty",
    "Facts",
    "Gap",
    "Position",
    "Reached",
    "Resolver",
    "Snapshot",
    "Somebody",
    "Step",
    "Target",
    "decide",
    "walk",
]
MOST_OPENINGS = 50  # looked at, before hours that never meet count as no hours


@dataclass(frozen=True)
class Position:
    """
    Where on the ladder: how often it was climbed, which rung, and whether this climb has
    reached anybody yet. The rung above the last is the last resort.
    """

    loop: int = 0
    index: int = 0
    has_reached: bool = False

    @property
    def order(self) -> int:
        """The rung as people count: the first is 1."""
        return self.index + 1


@dataclass(frozen=True)
class Decision:
    """
    What a step does at an instant.

    With `waits_until` it does nothing yet and is due again then. `skipped_because` names the
    condition that does not hold. `next_position` is None at the end of the ladder.
    """

    position: Position
    at: datetime
    reached: tuple[Reached, ...] = ()
    reason: str = ""
    skipped_because: str = ""
    waits_until: datetime | None = None
    gaps: tuple[Gap, ...] = ()
    next_position: Position | None = None
    next_due_at: datetime | None = None

    @property
    def has_people(self) -> bool:
        return any(each.kind == "person" for each in self.reached)


def decide(
    snapshot: Snapshot,
    position: Position,
    at: datetime,
    facts: Facts,
    resolver: Resolver,
    *,
    due_at: datetime | None = None,
    is_forced: bool = False,
) -> Decision:
    """
    Return what the step at `position` does at `at`, and what comes next.

    `due_at` is when it fell due, where it is taken a moment later: the wait counts from
    there. `is_forced` takes it without waiting for any hours, since somebody asked for it.
    """
    gate = [snapshot.hours] if snapshot.hours and not is_forced else []
    if opens := _waits_until(gate, at):
        return _wait(position, at, opens)
    if position.index >= len(snapshot.steps):
        return _last_resort(snapshot, position, at, resolver)
    step = snapshot.steps[position.index]
    for condition in step.conditions:
        if why := condition.why_not(at, facts):
            following = _following(snapshot, position, has_reached=False)
            return Decision(
                position, at, skipped_because=why, next_position=following, next_due_at=at
            )
    queues = (
        [] if is_forced else [hours for each in step.conditions if (hours := each.waits_for())]
    )
    if queues and (opens := _waits_until([*gate, *queues], at)):
        return _wait(position, at, opens)
    return _take(snapshot, position, step, at, due_at or at, resolver)


def walk(
    snapshot: Snapshot, start: datetime, facts: Facts, resolver: Resolver
) -> list[Decision]:
    """Return all that happens from `start` on while nobody acknowledges, in order."""
    made: list[Decision] = []
    position: Position | None = Position()
    at: datetime | None = start
    while position is not None and at is not None:
        made.append(decide(snapshot, position, at, facts, resolver))
        position, at = made[-1].next_position, made[-1].next_due_at
    return made


def _take(
    snapshot: Snapshot,
    position: Position,
    step: Step,
    at: datetime,
    due_at: datetime,
    resolver: Resolver,
) -> Decision:
    """Tell those whom the step names; if that is nobody who could answer, go on at once."""
    found = whom(snapshot, step, snapshot.turn + position.loop, at, resolver)
    names_people = any(target.kind not in CHANNELS for target in step.targets)
    is_enough = found.has_people or bool(found.reached and not names_people)
    return Decision(
        position,
        at,
        reached=found.reached,
        reason=found.reason,
        gaps=found.gaps,
        next_position=_following(snapshot, position, has_reached=found.has_people),
        next_due_at=due_at + step.delay if is_enough else at,
    )


def _following(snapshot: Snapshot, position: Position, *, has_reached: bool) -> Position:
    """The next rung; after the last the first again, or the last resort."""
    so_far = position.has_reached or has_reached
    if position.index + 1 < len(snapshot.steps):
        return Position(position.loop, position.index + 1, so_far)
    if position.loop < snapshot.repeat and so_far:
        return Position(position.loop + 1, 0)
    return Position(position.loop, len(snapshot.steps), so_far)


def _last_resort(
    snapshot: Snapshot, position: Position, at: datetime, resolver: Resolver
) -> Decision:
    """Tell the last resort; an incident that nobody is told of must not exist."""
    why = _("Nobody has acknowledged: the last resort of the policy.")
    person = resolver.person(snapshot.last_resort) if snapshot.last_resort else None
    people: tuple[Somebody, ...] = (person,) if person else ()
    if not people:
        people = resolver.administrators()
        why = _("Nobody has acknowledged: the administrators are the last resort.")
    if not people:
        why = _("There is nobody left to tell.")
    reached = tuple(Reached("person", each.id, each.name, why) for each in people)
    return Decision(position, at, reached=reached, reason=why)


def _wait(position: Position, at: datetime, opens: datetime) -> Decision:
    return Decision(
        position,
        at,
        reason=_("It waits for the business hours."),
        waits_until=opens,
        next_position=position,
        next_due_at=opens,
    )


def _waits_until(calendars: list[Calendar], at: datetime) -> datetime | None:
    """When all these hours are open at once; None if they are now."""
    opens = _open_together(calendars, at) if calendars else at
    return opens if opens > at else None


def _open_together(calendars: list[Calendar], at: datetime) -> datetime:
    """Hours that never open, or never together, hold no page back: then it is now."""
    moment = at
    for _attempt in range(MOST_OPENINGS):
        openings = [calendar.opens(moment) for calendar in calendars]
        later = [opens for opens in openings if opens is not None]
        if len(later) < len(openings):
            return at
        if max(later) == moment:
            return moment
        moment = max(later)
    return at
