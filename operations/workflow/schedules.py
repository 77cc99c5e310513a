"""On-call schedules: the rotation of a team, and who takes over for a while."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction

from operations.models import Override, Schedule, Turn
from portal import clock, events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Membership, Team, User
from portal.models.tracked import delete_as


def why_not_in_rotation(team: Team, people: Sequence[User]) -> list[Refusal]:
    """Return a reason for each person who cannot be on call for this team."""
    members = set(Membership.objects.filter(team=team).values_list("person_id", flat=True))
    reasons = []
    for person in dict.fromkeys(people):
        if person.pk not in members:
            sentence = f"{person} does not belong to {team}."
            reasons.append(Refusal("not_a_member", sentence, "Add them to the team first."))
        elif not person.may_work:
            reasons.append(Refusal("cannot_work", f"{person} has no access for work."))
    return reasons


@transaction.atomic
def set_schedule(
    team: Team,
    *,
    people: Sequence[User],
    starts_on: date,
    handoff_weekday: int = 0,
    handoff_time: time = time(9),
    actor: User | None,
) -> Schedule:
    """
    Set a team's rotation, in the order of `people`; overrides stay as they are.

    The week of `starts_on` is the first person's. Everybody in it must be able to work and
    belong to the team.
    """
    if not people:
        raise refuse("nobody", "A rotation needs at least one person.")
    if reasons := why_not_in_rotation(team, people):
        raise TransitionNotAllowed(reasons)
    schedule = Schedule.objects.select_for_update().filter(team=team).first()
    is_new = schedule is None
    schedule = schedule or Schedule(team=team)
    schedule.starts_on = starts_on
    schedule.handoff_weekday = handoff_weekday
    schedule.handoff_time = handoff_time
    schedule.changed_by = actor
    schedule.save()
    _set_turns(schedule, people, actor)
    events.record(
        "schedule.created" if is_new else "schedule.changed",
        schedule,
        actor=actor,
        people=[str(person) for person in people],
    )
    return schedule


@transaction.atomic
def override(
    schedule: Schedule,
    *,
    person: User,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
    actor: User | None,
) -> Override:
    """Have somebody take over from `starts_at` to `ends_at`; of two, the later said wins."""
    if ends_at <= starts_at:
        raise refuse("ends_before_it_starts", "The end must be later than the beginning.")
    if ends_at <= clock.now():
        raise refuse("is_over", "This time is over already.", "Choose a later end.")
    if not person.may_work:
        raise refuse("cannot_work", f"{person} has no access for work.")
    made = Override(
        schedule=schedule, person=person, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    made.changed_by = actor
    made.save()
    events.record(
        "schedule.overridden",
        schedule,
        actor=actor,
        person=str(person),
        starts_at=starts_at.isoformat(),
        ends_at=ends_at.isoformat(),
    )
    return made


@transaction.atomic
def remove_override(taken_back: Override, *, actor: User | None) -> None:
    """Give the time back to the rotation; an override that is over stays as a record."""
    locked = (
        Override.objects.select_for_update(of=("self",))
        .select_related("schedule__team", "person")
        .get(pk=taken_back.pk)
    )
    if locked.ends_at <= clock.now():
        raise refuse("is_over", "This override is over and stays as a record.")
    events.record(
        "schedule.override_removed",
        locked.schedule,
        actor=actor,
        person=str(locked.person),
        starts_at=locked.starts_at.isoformat(),
        ends_at=locked.ends_at.isoformat(),
    )
    delete_as(locked, actor)


def _set_turns(schedule: Schedule, people: Sequence[User], actor: User | None) -> None:
    for turn in schedule.turns.all():
        delete_as(turn, actor)
    for order, person in enumerate(people, start=1):
        turn = Turn(schedule=schedule, person=person, order=order)
        turn.changed_by = actor
        turn.save()
