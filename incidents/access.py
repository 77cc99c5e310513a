"""
Who may do what with incidents and reviews: asked by page, API, link and bulk alike.

Everybody with access sees them and may declare one. Working on one belongs to the owner team
of its service, to whoever is on call for that team, and to administrators: nobody else may
stop a page.
"""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from incidents.models import Incident, Review
from operations.on_call import who_is_on_call
from portal import clock
from portal.access import May, require_look, require_work, works_in
from portal.models import User


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
    return user.may_work and who_is_on_call(team, clock.now()).person == user


def review_for(user: User, incident_pk: int | str, may: May = "view") -> Review:
    """The review of an incident; 404 where none is owed yet."""
    require_look(user)
    reviews = Review.objects.select_related("owner", "document", "published_by")
    incident = incident_for(user, incident_pk, may)
    review = get_object_or_404(reviews, incident=incident)
    review.incident = incident
    return review


def require_reporter(user: User) -> None:
    """Everybody who works here may report what they see, for any service."""
    require_work(user)
