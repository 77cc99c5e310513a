"""
The announced window of a scheduled request: made with it, ended with it, called off with it.

It covers the request's own service and those of the same team that it touches besides: nobody
holds the alerts of another team's service by naming it.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from maintenance.models import MaintenanceRequest, MaintenanceWindow, RequestState
from maintenance.workflow.windows import announce_window, cancel_window, end_window
from portal import clock
from portal.models import Service, User

ANNOUNCED = {RequestState.SCHEDULED, RequestState.IN_PROGRESS}
OVER = {RequestState.VERIFYING, RequestState.REVIEW, RequestState.CLOSED}


def follow_request(request: MaintenanceRequest, *, actor: User | None) -> None:
    """Bring the window of a request in line with its state; doing so again is nothing."""
    now = clock.now()
    live = _live(request, now)
    if request.announces and request.state in ANNOUNCED:
        if live is None:
            _announce(request, actor, now)
    elif live is not None and request.state in OVER and live.starts_at < now:
        end_window(live, actor=actor, now=now)
    elif live is not None:
        cancel_window(live, actor=actor, now=now, reason=_why(request))


def _live(request: MaintenanceRequest, now: datetime) -> MaintenanceWindow | None:
    return MaintenanceWindow.objects.upcoming(now).filter(request=request).first()


def _announce(request: MaintenanceRequest, actor: User | None, now: datetime) -> None:
    """Work that goes on beyond its planned end, or without one, is announced to nobody."""
    start, end = request.planned_start, request.planned_end
    if start is None or end is None or end <= now:
        return
    if request.state == RequestState.IN_PROGRESS:
        start = max(start, now)
    services = Service.objects.filter(
        pk__in=request.touched_services, team=request.service.team_id
    )
    announce_window(
        title=request.title[:150],
        services=services,
        starts_at=start,
        ends_at=end,
        request=request,
        actor=actor,
        now=now,
    )


def _why(request: MaintenanceRequest) -> str:
    if request.state in ANNOUNCED:
        return _("It is not announced any more.")
    label = RequestState(request.state).label
    return _("%(number)s: %(state)s") % {"number": request.number, "state": label}
