"""Teams, and who belongs to them in which role."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portal import events
from portal.errors import Refusal, TransitionNotAllowed, refuse
from portal.models import Membership, Team, TeamRole, User
from portal.models.tracked import delete_as
from portal.workflow.saving import add, free_slug, locked, set_fields


@transaction.atomic
def create_team(*, actor: User | None, **fields: Any) -> Team:
    """Make a team; without a `slug`, one is made of the name."""
    fields["slug"] = fields.get("slug") or free_slug(Team, fields["name"])
    team = add(Team(**fields), actor=actor)
    events.record("team.created", team, actor=actor)
    return team


@transaction.atomic
def change_team(team: Team, *, actor: User | None, **fields: Any) -> Team:
    row = locked(team)
    if changed := set_fields(row, fields, actor=actor):
        events.record("team.changed", row, actor=actor, fields=changed)
    return row


@transaction.atomic
def add_member(
    team: Team, *, person: User, role: TeamRole = TeamRole.MEMBER, actor: User | None
) -> Membership:
    """Take a person into the team."""
    locked(team)
    if not person.may_work:
        raise refuse(
            "may_not_work",
            _("%(name)s only looks, or is not active, and cannot work in a team.")
            % {"name": person.name},
            _("An administrator can make them a member of the portal."),
        )
    if Membership.objects.filter(team=team, person=person).exists():
        raise refuse(
            "already_member",
            _("%(name)s is in this team already.") % {"name": person.name},
        )
    membership = add(Membership(team=team, person=person, role=role), actor=actor)
    events.record(
        "team.member_added", team, actor=actor, person=person.pk, what=person.name, role=role
    )
    return membership


@transaction.atomic
def change_role(team: Team, *, person: User, role: TeamRole, actor: User | None) -> Membership:
    """Make a member manager, or a manager member."""
    row = _membership(team, person)
    if role != TeamRole.MANAGER:
        _refuse_the_last_manager(row)
    if set_fields(row, {"role": role}, actor=actor):
        events.record(
            "team.role_changed",
            team,
            actor=actor,
            person=person.pk,
            what=person.name,
            role=role,
        )
    return row


@transaction.atomic
def remove_member(team: Team, *, person: User, actor: User | None) -> None:
    """Take a person out of the team."""
    row = _membership(team, person)
    _refuse_the_last_manager(row)
    delete_as(row, actor)
    events.record("team.member_removed", team, actor=actor, person=person.pk, what=person.name)


def why_not_remove(membership: Membership, *, managers: int) -> list[Refusal]:
    """Return every reason against taking this one out, given how many managers there are."""
    if membership.role == TeamRole.MANAGER and managers == 1:
        return [
            Refusal(
                "last_manager",
                _("This is the team's only manager: nobody could approve its changes."),
                _("Make another member manager first."),
            )
        ]
    return []


def _membership(team: Team, person: User) -> Membership:
    """Return the person's place; the team is locked, so that two do not leave at once."""
    locked(team)
    row = Membership.objects.select_related("person").filter(team=team, person=person).first()
    if row is None:
        raise refuse("not_member", _("%(name)s is not in this team.") % {"name": person.name})
    return row


def _refuse_the_last_manager(row: Membership) -> None:
    managers = Membership.objects.filter(
        team=row.team_id, role=TeamRole.MANAGER, person__is_active=True
    )
    if refusals := why_not_remove(row, managers=managers.count()):
        raise TransitionNotAllowed(refusals)
