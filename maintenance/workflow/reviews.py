"""Looking back at a change: the post-implementation review, and what follows an emergency."""

from django.db import transaction
from django.utils.translation import gettext as _

from maintenance.models import GIVEN_UP, ImplementationReview, MaintenanceRequest
from maintenance.workflow.guards import Verb, require
from maintenance.workflow.moves import locked
from maintenance.workflow.requests import create_request
from portal import clock, events
from portal.models import User


@transaction.atomic
def write_review(
    request: MaintenanceRequest,
    *,
    compared: str,
    lessons: str,
    deviations: str = "",
    incidents: str = "",
    actor: User,
) -> ImplementationReview:
    """Compare the outcome with the plan; whoever carried it out does not review it."""
    request = locked(request)
    require(request, Verb.REVIEW, actor)
    review = ImplementationReview(
        request=request,
        compared=compared.strip(),
        lessons=lessons.strip(),
        deviations=deviations.strip(),
        incidents=incidents.strip(),
        reviewer=actor,
        written_at=clock.now(),
    )
    review.full_clean()
    review.save()
    events.record("request.reviewed", request, actor=actor, lessons=review.lessons)
    return review


@transaction.atomic
def follow_up(request: MaintenanceRequest, *, actor: User) -> MaintenanceRequest:
    """
    Make the draft that mends for good what was done in haste; asked twice, the same one.

    One that was given up follows nothing up, and another takes its place.
    """
    request = locked(request)
    require(request, Verb.FOLLOW_UP, actor)
    if existing := request.follow_ups.exclude(state__in=GIVEN_UP).first():
        return existing
    made = create_request(
        title=(_("Follow up: %(title)s") % {"title": request.title})[:200],
        category=request.category,
        service=request.service,
        reason=_("%(number)s was done as far as the moment demanded. This makes it right.")
        % {"number": request.number},
        priority=request.priority,
        follows_up=request,
        actor=actor,
    )
    events.record("request.followed_up", request, actor=actor, follow_up=made.number)
    return made
