"""Maintenance of the status page: what was announced, and how far it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from incidents import workflow
from incidents.access import maintenance_for
from incidents.models import MaintenanceState, PublicMaintenance
from incidents.parts import parts
from incidents.status_forms import (
    MaintenanceClockForm,
    MaintenanceMoveForm,
    MaintenancePostForm,
)
from portal.access import require_look
from portal.http import Request

MOST = 200
TONES = {
    MaintenanceState.SCHEDULED: "neutral",
    MaintenanceState.IN_PROGRESS: "info",
    MaintenanceState.VERIFYING: "info",
    MaintenanceState.COMPLETED: "good",
    MaintenanceState.CANCELLED: "neutral",
}


@require_GET
def maintenance_list(request: Request) -> HttpResponse:
    require_look(request.user)
    rows = PublicMaintenance.objects.visible_to(request.user).with_list_columns()[:MOST]
    context = {
        "rows": [
            {"maintenance": row, "tone": TONES[MaintenanceState(row.state)]} for row in rows
        ],
        "parts": parts("status-page"),
        "crumbs": [_crumb()],
    }
    return render(request, "incidents/maintenances.html", context)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, maintenance_for(request.user, pk))


@require_POST
def move(request: Request, pk: int) -> HttpResponse:
    maintenance = maintenance_for(request.user, pk, may="change")
    form = MaintenanceMoveForm(request.POST)
    if not form.is_valid():
        return _page(request, maintenance, move=form, status=422)
    workflow.move_maintenance(maintenance, **form.cleaned_data, actor=request.user)
    return redirect(maintenance)


@require_POST
def post(request: Request, pk: int) -> HttpResponse:
    maintenance = maintenance_for(request.user, pk, may="change")
    form = MaintenancePostForm(request.POST)
    if not form.is_valid():
        return _page(request, maintenance, post=form, status=422)
    workflow.post_about_maintenance(maintenance, **form.cleaned_data, actor=request.user)
    return redirect(maintenance)


@require_POST
def set_clock(request: Request, pk: int) -> HttpResponse:
    maintenance = maintenance_for(request.user, pk, may="change")
    form = MaintenanceClockForm(request.POST)
    if not form.is_valid():
        return _page(request, maintenance, status=422)
    workflow.set_maintenance_clock(maintenance, **form.cleaned_data, actor=request.user)
    return redirect(maintenance)


def _page(
    request: Request,
    maintenance: PublicMaintenance,
    *,
    status: int = 200,
    **sent: Any,
) -> HttpResponse:
    state = MaintenanceState(maintenance.state)
    move_form = sent.get("move") or MaintenanceMoveForm(after=state)
    clock = {name: getattr(maintenance, name) for name in MaintenanceClockForm.base_fields}
    context = {
        "maintenance": maintenance,
        "tone": TONES[state],
        "move_form": move_form,
        "post_form": sent.get("post") or MaintenancePostForm(auto_id="id_post_%s"),
        "clock_form": MaintenanceClockForm(initial=clock),
        "refusals": workflow.why_not_move(maintenance, None),
        "crumbs": [
            _crumb(),
            {"label": _("Maintenance"), "url": reverse("incidents:status-maintenances")},
        ],
    }
    return render(request, "incidents/maintenance.html", context, status=status)


def _crumb() -> dict[str, str]:
    return {"label": _("Status page"), "url": reverse("incidents:status-page")}
