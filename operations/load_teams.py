"""The load of teams: totals without names, and how evenly it lies on its people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from operations import loads
from operations.load.buckets import Bucket, PersonalClock
from operations.load.fairness import balance, mean, overloaded
from operations.load.figures import Figures
from operations.load.periods import Period
from operations.load.spans import hours, total
from operations.load.suppression import FEWEST, shown_totals
from operations.models import Participant
from portal.models import Access, Membership, Team, TeamRole, User

WORKERS = (Access.MEMBER, Access.ADMINISTRATOR)


@dataclass(frozen=True)
class TeamLoad:
    """The sums of a team's people; `people` is who could be on call, zero or not."""

    figures: dict[User, Figures]

    @property
    def people(self) -> int:
        return len(self.figures)

    @cached_property
    def on_call(self) -> dict[int, float]:
        return {who.pk: hours(total(its.hours.all)) for who, its in self.figures.items()}

    @property
    def hours(self) -> float:
        return round(sum(self.on_call.values()), 2)

    @property
    def mean(self) -> float | None:
        return mean(self.on_call)

    @property
    def balance(self) -> float | None:
        return balance(self.on_call)

    @property
    def overloaded(self) -> list[int]:
        return overloaded(self.on_call)

    @property
    def disturbed(self) -> dict[int, float]:
        return {who.pk: len(its.interruptions) for who, its in self.figures.items()}

    def in_bucket(self, *buckets: Bucket) -> float:
        spent = (hours(total(its.in_bucket(*buckets))) for its in self.figures.values())
        return round(sum(spent), 2)

    def interruptions(self, *buckets: Bucket) -> int:
        wanted = buckets or tuple(Bucket)
        found = (each for its in self.figures.values() for each in its.interruptions)
        return sum(each.bucket in wanted for each in found)

    @property
    def disrupted_hours(self) -> int:
        return sum(len(its.disrupted_hours) for its in self.figures.values())

    @property
    def incidents(self) -> int:
        """Distinct ones, whoever of the team was paged for them."""
        begun = (each for its in self.figures.values() for each in its.incidents)
        return len({each.reference for each in begun})

    @property
    def mean_week(self) -> float | None:
        """Mean of the working hours entered, where enough people did."""
        known = [its.weeks_worked for its in self.figures.values() if its.weeks_worked]
        weeks = [week.hours for mine in known for week in mine]
        return sum(weeks) / len(weeks) if len(known) >= FEWEST else None


def load_of(team: Team, period: Period, *, now: datetime) -> TeamLoad:
    people = people_at_end([team], period, now=now)[team.pk]
    eligible = User.objects.filter(pk__in=people).order_by("name", "pk")
    return TeamLoad(loads.figures_of(eligible, period, now=now))


def shown_teams(period: Period, *, now: datetime) -> set[int]:
    """The teams whose totals may be read; the same for every reader."""
    return shown_totals(people_at_end(list(Team.objects.all()), period, now=now))


def people_at_end(
    teams: list[Team], period: Period, *, now: datetime
) -> dict[int, frozenset[int]]:
    """
    Who of each team could be on call: its workers, and those of its managers who rotate.

    As it was when the period ended: the total of a time that is over stays what it was, and
    shows nobody's numbers when they leave.
    """
    at = min(now, period.span(PersonalClock()).ends_at)
    able = User.history.as_of(at).filter(is_active=True, access__in=WORKERS)
    able_ids = set(able.values_list("id", flat=True))
    rotating = set(
        Participant.objects.filter(layer__schedule__team__in=teams).values_list(
            "layer__schedule__team", "person"
        )
    )
    found: dict[int, set[int]] = {team.pk: set() for team in teams}
    rows = Membership.history.as_of(at).filter(team__in=teams)
    for team, person, role in rows.values_list("team_id", "person_id", "role"):
        bears = role != TeamRole.MANAGER or (team, person) in rotating
        if bears and person in able_ids:
            found[team].add(person)
    return {team: frozenset(people) for team, people in found.items()}
