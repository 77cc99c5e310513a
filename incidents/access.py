"""
Who may do what with incidents and reviews: asked by page, API, link and bulk alike.

Everybody with access sees them and may declare one. Working on one belongs to the owner team
of its service, to whoever is on call for that team, to those who were paged for it or command
it, and to administrators: nobody else may stop a page.
"""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from incidents.models import EscalationPolicy, Incident, Review
from operations.on_call import who_is_on_call
from portal import clock
from portal.access import May, require_look, require_work, works_in
from portal.models import Notification, Team, User


def incident_for(user: User, pk: int | str, may: May = "view") -> Incident:
    seen = Incident.objects.visible_to(user).with_room_columns()
    incident = get_object_or_404(seen, pk=pk)
    if may == "change" and not may_work_on(user, incident):
        raise PermissionDenied
    return incident


def may_work_on(user: User, incident: Incident) -> bool:
    """Whether the person may acknowledge, write in, resolve and close this incident."""
    team = incident.service.team
    if works_in(user, team):
        return True
    if not user.may_work:
        return False
    if incident.commander_id == user.pk or user in who_is_on_call(team, clock.now()).people:
        return True
    paged = Notification.objects.filter(person=user, topic=incident.reference, kind="page")
    return paged.exists()


def review_for(user: User, incident_pk: int | str, may: May = "view") -> Review:
    """The review of an incident; 404 where none is owed yet."""
    require_look(user)
    reviews = Review.objects.select_related("owner", "document", "published_by")
    incident = incident_for(user, incident_pk, may)
    review = get_object_or_404(reviews, incident=incident)
    review.incident = incident
    return review


def policy_for(user: User, pk: int | str, may: May = "view") -> EscalationPolicy:
    """An escalation policy; kept by its team, those of the house by administrators."""
    seen = EscalationPolicy.objects.visible_to(user).with_steps()
    policy = get_object_or_404(seen, pk=pk)
    if may == "change":
        require_keeper(user, policy.team)
    return policy


def require_keeper(user: User, team: Team | None) -> None:
    """Raise 403 for whoever may not keep policies of this team; None: of the house."""
    require_look(user)
    if not may_keep(user, team):
        raise PermissionDenied


def may_keep(user: User, team: Team | None) -> bool:
    return user.is_administrator if team is None else works_in(user, team)


def require_reporter(user: User) -> None:
    """Everybody who works here may report what they see, for any service."""
    require_work(user)
