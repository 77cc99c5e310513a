"""The Change page: what waits for me, what is under way, what comes."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from maintenance.access import own_services
from maintenance.figures import counts
from maintenance.models import (
    Deployment,
    Freeze,
    MaintenanceRequest,
    MaintenanceWindow,
    RequestState,
)
from maintenance.presentation import deployment_row, freeze_row, request_row, window_row
from maintenance.rules import rules
from maintenance.views.deployments import stats
from maintenance.views.requests import tabs
from portal import clock
from portal.access import require_look
from portal.http import Request

UNDER_WAY = [
    RequestState.APPROVED,
    RequestState.SCHEDULED,
    RequestState.IN_PROGRESS,
    RequestState.VERIFYING,
    RequestState.REVIEW,
]
ROWS = 10


@require_GET
def home(request: Request) -> HttpResponse:
    require_look(request.user)
    requests = MaintenanceRequest.objects.visible_to(request.user).with_list_columns()
    windows = MaintenanceWindow.objects.visible_to(request.user).with_list_columns()
    deployments = Deployment.objects.visible_to(request.user)
    now = clock.now()
    approvals = requests.for_approval_by(request.user).order_by("submitted_at")
    under_way = requests.filter(state__in=UNDER_WAY)
    context = {
        "approvals": [request_row(item) for item in approvals[:ROWS]],
        "under_way": [request_row(item) for item in under_way[:ROWS]],
        "windows": [window_row(item, now) for item in windows.upcoming(now)[:ROWS]],
        "freezes": [
            freeze_row(item, now)
            for item in Freeze.objects.visible_to(request.user)
            .with_list_columns()
            .ahead(now)[:ROWS]
        ],
        "deployments": [
            deployment_row(item) for item in deployments.with_list_columns()[:ROWS]
        ],
        "stats": stats(counts(deployments, now)),
        "tabs": tabs(request),
        "may_create": own_services(request.user).exists(),
    }
    return render(request, "maintenance/home.html", context)


@require_GET
def rule_table(request: Request) -> HttpResponse:
    require_look(request.user)
    return render(request, "maintenance/rules.html", {"rules": rules()})
