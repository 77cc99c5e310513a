"""
Who may do what in maintenance: asked by the pages and by the API.

Everybody with access reads. A request, a deployment and a window change by the hands of the
team that owns the service; a request is decided by that team's managers.
"""

import re
from typing import Literal

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from maintenance.models import Deployment, MaintenanceRequest, MaintenanceWindow
from portal.access import manages, require_work, works_in
from portal.models import Service, User

May = Literal["view", "change", "decide"]
NUMBER = re.compile(r"(?:CHG-)?([0-9]{1,18})", re.IGNORECASE)


def request_for(user: User, pk: int, may: May = "view") -> MaintenanceRequest:
    requests = MaintenanceRequest.objects.visible_to(user).with_details()
    request = get_object_or_404(requests, pk=pk)
    _require(user, request.service, may)
    return request


def request_numbered(user: User, number: str) -> MaintenanceRequest:
    """Find the request called "CHG-12" or "12"; raises `Http404` if there is none."""
    found = NUMBER.fullmatch(number.strip())
    if found is None:
        raise Http404
    return request_for(user, int(found[1]))


def deployment_for(user: User, pk: int, may: May = "view") -> Deployment:
    deployments = Deployment.objects.visible_to(user).with_details()
    deployment = get_object_or_404(deployments, pk=pk)
    _require(user, deployment.service, may)
    return deployment


def window_for(user: User, pk: int, may: May = "view") -> MaintenanceWindow:
    windows = MaintenanceWindow.objects.visible_to(user).with_list_columns()
    window = get_object_or_404(windows, pk=pk)
    if may == "change":
        require_services(user, list(window.services.all()))
    return window


def require_services(user: User, services: list[Service]) -> None:
    """Raise 403 unless the person works in the owner team of each of these services."""
    require_work(user)
    if not all(works_in(user, service.team_id) for service in services):
        raise PermissionDenied


def own_services(user: User) -> QuerySet[Service]:
    """The services that this person may make requests, deployments and windows for."""
    services = Service.objects.visible_to(user).current()
    if user.is_administrator:
        return services
    if not user.may_work:
        return services.none()
    return services.filter(team__membership__person=user)


def may_change(user: User, request: MaintenanceRequest) -> bool:
    return works_in(user, request.service.team_id)


def _require(user: User, service: Service, may: May) -> None:
    if may == "change" and not works_in(user, service.team_id):
        raise PermissionDenied
    if may == "decide" and not manages(user, service.team_id):
        raise PermissionDenied
