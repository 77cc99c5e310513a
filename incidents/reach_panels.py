"""What the floors below are told about chains of contact: do they suit the ladders?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from incidents.models import EscalationPolicy, PolicyStep, StepTarget, TargetKind
from operations.models import Participant
from portal import reach
from portal.models import Membership, TeamRole, Urgency, User
from portal.slots import contribution

MINUTE = timedelta(minutes=1)
SHOWN = 5


@contribution("reach.doubts")
def ways_that_come_after_the_next_step(person: User, _subject: Any) -> Iterator[dict[str, Any]]:
    """
    Whoever may be told by a step should have been told by every way before the next one.

    A person's chain runs on all the same; but from then on somebody else is woken, too.
    """
    chain = reach.ways(person, Urgency.HIGH)
    if not any(way.after for way in chain):
        return
    places = _Places(person)
    steps = [
        (policy, step)
        for policy in EscalationPolicy.objects.with_steps()
        for step in policy.steps.all()
        if any(places.hold(target, policy) for target in step.targets.all())
    ]
    for policy, step in steps[:SHOWN]:
        wait = step.delay_minutes * MINUTE
        late = [way for way in chain if way.after > wait > timedelta(0)]
        if late:
            yield _doubt(policy, step, late[0])


class _Places:
    """Where somebody may stand behind a target: by name, by schedule or by team."""

    def __init__(self, person: User) -> None:
        rows = list(Membership.objects.filter(person=person).values_list("team_id", "role"))
        turns = Participant.objects.filter(person=person, layer__schedule__retired_at=None)
        on_call = list(turns.values_list("layer__schedule_id", "layer__schedule__team_id"))
        self.person = person.pk
        self.schedules = {schedule for schedule, _team in on_call}
        self.teams = {
            TargetKind.SCHEDULE: {team for _schedule, team in on_call},
            TargetKind.TEAM: {team for team, _role in rows},
            TargetKind.MANAGERS: {team for team, role in rows if role == TeamRole.MANAGER},
        }

    def hold(self, target: StepTarget, policy: EscalationPolicy) -> bool:
        kind = TargetKind(target.kind)
        if kind == TargetKind.PERSON:
            return target.person_id == self.person
        if kind == TargetKind.SCHEDULE and target.schedule_id:
            return target.schedule_id in self.schedules
        # Left open, it is the owner team's; a policy of the house serves every team.
        teams = self.teams.get(kind, set())
        team = target.team_id or policy.team_id
        return team in teams if team else bool(teams)


def _doubt(policy: EscalationPolicy, step: PolicyStep, way: reach.Way) -> dict[str, Any]:
    sentence = _(
        "Step %(step)d of “%(policy)s” waits %(wait)d min, and %(way)s comes after "
        "%(after)d min: the next step is taken first."
    )
    facts = {
        "step": step.order,
        "policy": policy,
        "wait": step.delay_minutes,
        "way": way.label,
        "after": way.after_minutes,
    }
    return {
        "text": sentence % facts,
        "url": policy.get_absolute_url(),
        "url_label": _("See the policy"),
    }
