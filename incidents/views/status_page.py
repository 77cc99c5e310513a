"""The status page from the inside: its components and groups, read by all who may look."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import workflow
from incidents.models import ComponentGroup, StateOverride, StatusComponent
from incidents.page_settings import page_settings
from incidents.parts import parts
from incidents.status_forms import ComponentForm, GroupForm, NewComponentForm
from incidents.status_page import told_of
from portal import clock
from portal.access import require_administrator, require_look
from portal.errors import Refusal
from portal.forms import attempt
from portal.http import Request
from portal.models import Team, User


@require_GET
def overview(request: Request) -> HttpResponse:
    """All components with what they show, also those that only some may see."""
    require_look(request.user)
    kept = page_settings()
    rows = list(StatusComponent.objects.visible_to(request.user).in_order()[:500])
    told = told_of(
        [row for row in rows if row.retired_at is None], clock.now(), ZoneInfo("UTC")
    )
    running = StateOverride.objects.running_at(clock.now())
    overrides = {each.component_id: each for each in running}
    teams = set(Team.objects.of(request.user).values_list("pk", flat=True))
    context = {
        "rows": [
            {
                "component": row,
                "shown": told.components.get(row.pk),
                "override": overrides.get(row.pk),
                "may_override": row.retired_at is None and _is_theirs(request.user, row, teams),
            }
            for row in rows
        ],
        "groups": ComponentGroup.objects.all(),
        "settings": kept,
        "may_change": request.user.is_administrator,
        "parts": parts("status-page"),
    }
    return render(request, "incidents/status_page.html", context)


def _is_theirs(user: User, component: StatusComponent, teams: set[int]) -> bool:
    """As `access.may_override`, for many at once."""
    service = component.service
    ours = user.may_work and service is not None and service.team_id in teams
    return user.is_administrator or ours


@require_http_methods(["GET", "POST"])
def create_component(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = NewComponentForm(request.POST or None)

    def make() -> StatusComponent:
        return workflow.make_component(**form.cleaned_data, actor=request.user)

    if form.is_bound and attempt(form, make) is not None:
        return redirect("incidents:status-page")
    return _form_page(request, form, title=_("New component"))


@require_http_methods(["GET", "POST"])
def edit_component(request: Request, pk: int) -> HttpResponse:
    component = _component(request, pk)
    names = [name for name in ComponentForm.base_fields if name != "service"]
    initial = {name: getattr(component, name) for name in names}
    initial["service"] = component.service.slug if component.service else None
    form = ComponentForm(request.POST or None, initial=initial)

    def change() -> StatusComponent:
        return workflow.change_component(component, actor=request.user, **form.cleaned_data)

    if form.is_bound and attempt(form, change) is not None:
        return redirect("incidents:status-page")
    return _form_page(request, form, title=component.name, component=component)


@require_POST
def retire_component(request: Request, pk: int) -> HttpResponse:
    component = _component(request, pk)
    workflow.retire_component(component, actor=request.user)
    messages.success(request, _("%(name)s is off the page.") % {"name": component.name})
    return redirect("incidents:status-page")


@require_POST
def restore_component(request: Request, pk: int) -> HttpResponse:
    component = _component(request, pk)
    workflow.restore_component(component, actor=request.user)
    return redirect("incidents:status-page")


@require_http_methods(["GET", "POST"])
def create_group(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = GroupForm(request.POST or None)

    def make() -> ComponentGroup:
        return workflow.make_group(**form.cleaned_data, actor=request.user)

    if form.is_bound and attempt(form, make) is not None:
        return redirect("incidents:status-page")
    return _form_page(request, form, title=_("New group"))


@require_http_methods(["GET", "POST"])
def edit_group(request: Request, pk: int) -> HttpResponse:
    group = _group(request, pk)
    initial = {name: getattr(group, name) for name in GroupForm.base_fields}
    form = GroupForm(request.POST or None, initial=initial)

    def change() -> ComponentGroup:
        return workflow.change_group(group, actor=request.user, **form.cleaned_data)

    if form.is_bound and attempt(form, change) is not None:
        return redirect("incidents:status-page")
    return _form_page(request, form, title=group.name, group=group)


@require_POST
def remove_group(request: Request, pk: int) -> HttpResponse:
    workflow.remove_group(_group(request, pk), actor=request.user)
    return redirect("incidents:status-page")


def _component(request: Request, pk: int) -> StatusComponent:
    require_administrator(request.user)
    return get_object_or_404(StatusComponent.objects.select_related("service", "group"), pk=pk)


def _group(request: Request, pk: int) -> ComponentGroup:
    require_administrator(request.user)
    return get_object_or_404(ComponentGroup, pk=pk)


def _form_page(
    request: Request,
    form: forms.Form,
    *,
    title: str,
    component: StatusComponent | None = None,
    group: ComponentGroup | None = None,
) -> HttpResponse:
    back = reverse("incidents:status-page")
    why_not: list[Refusal] = workflow.why_not_retire(component) if component else []
    context: dict[str, Any] = {
        "form": form,
        "title": title,
        "component": component,
        "group": group,
        "why_not_retire": why_not,
        "crumbs": [{"label": _("Status page"), "url": back}],
        "cancel_url": back,
    }
    status = 422 if form.is_bound else 200
    return render(request, "incidents/status_form.html", context, status=status)
