"""Sprints: set for a team, and taken away again."""

from datetime import date

from django.db import transaction

from operations.models import SprintCalendar
from portal import events
from portal.models import Team, User
from portal.models.tracked import delete_as
from portal.workflow.saving import add, locked, set_fields


@transaction.atomic
def set_sprints(
    team: Team, *, begins_on: date, days: int, actor: User | None
) -> SprintCalendar:
    """Say when a team's sprints begin and how long they are; said again, it is changed."""
    Team.objects.select_for_update().get(pk=team.pk)
    row = SprintCalendar.objects.filter(team=team).first()
    fields = {"begins_on": begins_on, "days": days}
    if row is None:
        row = add(SprintCalendar(team=team, **fields), actor=actor)
        events.record("sprints.set", row, actor=actor, team=team.pk)
        return row
    row = locked(row)
    if changed := set_fields(row, fields, actor=actor):
        events.record("sprints.changed", row, actor=actor, team=team.pk, fields=changed)
    return row


@transaction.atomic
def remove_sprints(sprints: SprintCalendar, *, actor: User | None) -> None:
    """Without sprints nothing is due in the next one."""
    row = locked(sprints)
    events.record("sprints.removed", row, actor=actor, team=row.team_id, what=str(row))
    delete_as(row, actor)
