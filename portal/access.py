"""
Who may do what on the ground floor: asked by page, API, admin and search alike.

Everybody with access sees what is not private; changing belongs to the owner team, setting
up to administrators. A stranger gets 404, as if it were not there; who may know of it but
not do this gets 403.
"""

from typing import Literal

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from portal.models import (
    ApiToken,
    Channel,
    ContactMethod,
    Membership,
    Notification,
    NotificationRule,
    Picture,
    Service,
    Team,
    TeamRole,
    User,
    Webhook,
)
from portal.pictures import may_see

May = Literal["view", "change"]


def require_look(user: User) -> None:
    """Raise 404 for whoever may see nothing at all."""
    if not user.may_look:
        raise Http404


def require_work(user: User) -> None:
    """Raise 403 for whoever may change nothing at all, 404 for strangers."""
    require_look(user)
    if not user.may_work:
        raise PermissionDenied


def require_administrator(user: User) -> None:
    require_look(user)
    if not user.is_administrator:
        raise PermissionDenied


def works_in(user: User, team: Team | int | None) -> bool:
    """Whether the person may change what this team owns; administrators may everywhere."""
    if user.is_administrator:
        return True
    return user.may_work and team is not None and _memberships(user, team).exists()


def manages(user: User, team: Team | int | None) -> bool:
    """Whether the person manages this team; being administrator does not make a manager."""
    if not user.may_work or team is None:
        return False
    return _memberships(user, team).filter(role=TeamRole.MANAGER).exists()


def managers_of(team: Team | int) -> QuerySet[User]:
    """The active managers of a team."""
    return User.objects.filter(
        is_active=True, membership__team=team, membership__role=TeamRole.MANAGER
    )


def members_of(team: Team | int) -> QuerySet[User]:
    """The active people of a team, managers too."""
    return User.objects.filter(is_active=True, membership__team=team)


def service_for(user: User, slug: str, may: May = "view") -> Service:
    service = get_object_or_404(Service.objects.visible_to(user).with_list_columns(), slug=slug)
    if may == "change" and not works_in(user, service.team_id):
        raise PermissionDenied
    return service


def team_for(user: User, slug: str, may: May = "view") -> Team:
    team = get_object_or_404(Team.objects.visible_to(user), slug=slug)
    if may == "change" and not (user.is_administrator or manages(user, team)):
        raise PermissionDenied
    return team


def person_for(user: User, pk: int, may: May = "view") -> User:
    """A person sees colleagues and changes only themselves; administrators change anyone."""
    person: User = get_object_or_404(User.objects.visible_to(user), pk=pk)
    if may == "change" and not (user.is_administrator or person == user):
        raise PermissionDenied
    return person


def _memberships(user: User, team: Team | int) -> QuerySet[Membership]:
    return Membership.objects.filter(person=user, team=team)


def teams_to_own(user: User, current: Team | None = None) -> QuerySet[Team]:
    """The teams to which this person may give a service: those they manage, and its own."""
    if user.is_administrator:
        return Team.objects.all()
    if not user.may_work:
        return Team.objects.none()
    managed = Q(membership__person=user, membership__role=TeamRole.MANAGER)
    return Team.objects.filter(managed | Q(pk=current.pk) if current else managed).distinct()


def contact_for(user: User, pk: int) -> ContactMethod:
    """A way to reach somebody: for that person, and for administrators."""
    ours = ContactMethod.objects.select_related("person")
    return get_object_or_404(ours if user.is_administrator else ours.filter(person=user), pk=pk)


def rule_for(user: User, pk: int) -> NotificationRule:
    """A step of somebody's chain: for that person, and for administrators."""
    rules = NotificationRule.objects.select_related("person", "contact")
    mine = rules if user.is_administrator else rules.filter(person=user)
    return get_object_or_404(mine, pk=pk)


def channel_for(user: User, pk: int, may: May = "view") -> Channel:
    """A channel: its team changes it, or administrators where it belongs to everybody."""
    channel = get_object_or_404(Channel.objects.visible_to(user).with_list_columns(), pk=pk)
    if may == "change" and not works_in(user, channel.team_id):
        raise PermissionDenied
    return channel


def channel_teams(user: User) -> QuerySet[Team]:
    """The teams to which this person may give a channel: those they work in."""
    if user.is_administrator:
        return Team.objects.all()
    return Team.objects.of(user) if user.may_work else Team.objects.none()


def messages_visible_to(user: User) -> QuerySet[Notification]:
    """What was sent to the person, to the teams that they manage, or to anybody at all."""
    rows = Notification.objects.filter(person__isnull=False)
    if user.is_administrator:
        return rows
    if not user.may_look:
        return rows.none()
    return rows.filter(Q(person=user) | Q(person__in=_managed_by(user)))


def messages_of(user: User, pk: int) -> tuple[User, QuerySet[Notification]]:
    """A person and the log of what was sent to them: theirs, their managers' to read."""
    person = person_for(user, pk)
    if not may_read_messages_of(user, person):
        raise PermissionDenied
    return person, Notification.objects.filter(person=person)


def may_read_messages_of(user: User, person: User) -> bool:
    if person == user or user.is_administrator:
        return True
    return _managed_by(user).filter(pk=person.pk).exists()


def _managed_by(user: User) -> QuerySet[User]:
    """The people of the teams that this person manages."""
    if not user.may_work:
        return User.objects.none()
    managed = Membership.objects.filter(person=user, role=TeamRole.MANAGER)
    return User.objects.filter(membership__team__in=managed.values("team")).distinct()


def token_for(user: User, pk: int) -> ApiToken:
    """A token: for its owner, and for administrators, who may revoke any."""
    tokens = ApiToken.objects.select_related("person")
    mine = tokens if user.is_administrator else tokens.filter(person=user)
    return get_object_or_404(mine, pk=pk)


def picture_for(user: User, name: str) -> Picture:
    """A picture: for whoever may see what it belongs to; 404 for everybody else."""
    picture = get_object_or_404(Picture, name=name)
    if not (user.may_look and may_see(user, picture)):
        raise Http404
    return picture


def webhook_for(user: User, pk: int) -> Webhook:
    require_administrator(user)
    return get_object_or_404(Webhook, pk=pk)
