"""The service catalogue: what people rely on, who answers for it, and what it needs."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.access import require_work, service_for, teams_to_own, works_in
from portal.filters import ServiceFilter
from portal.forms import DependencyForm, LabelForm, LinkForm, ServiceForm, attempt
from portal.http import Request
from portal.listing import listing
from portal.models import (
    Event,
    Service,
)
from portal.timeline import newest
from portal.views.people import form_or_page
from portal.workflow import services

# The word in the address, and where the service keeps such parts.
PARTS = {"links": "links", "labels": "labels", "dependencies": "needs"}


@require_GET
def service_list(request: Request) -> HttpResponse:
    rows = Service.objects.visible_to(request.user).with_list_columns()
    if "retired" not in request.GET:
        rows = rows.current()
    context = listing(request, rows, ServiceFilter)
    context["may_create"] = teams_to_own(request.user).exists()
    return render(request, "portal/services.html", context)


@form_or_page
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    teams = teams_to_own(request.user)
    if not teams.exists():
        raise PermissionDenied
    form = ServiceForm(request.POST or None, teams=teams)
    service = attempt(
        form, lambda: services.create_service(**form.cleaned_data, actor=request.user)
    )
    if service is None:
        status = 422 if form.is_bound else 200
        return render(request, "portal/service_edit.html", {"form": form}, status=status)
    messages.success(request, _("%(name)s is in the catalogue.") % {"name": service.name})
    return redirect(service)


@require_GET
def service(request: Request, slug: str) -> HttpResponse:
    return _service_page(request, service_for(request.user, slug))


@form_or_page
def edit(request: Request, slug: str) -> HttpResponse:
    found = service_for(request.user, slug, may="change")
    teams = teams_to_own(request.user, found.team)
    form = ServiceForm(request.POST or None, instance=found, teams=teams)
    saved = attempt(
        form, lambda: services.change_service(found, actor=request.user, **form.cleaned_data)
    )
    if saved is None:
        status = 422 if form.is_bound else 200
        context = {"form": form, "service": service_for(request.user, slug)}
        return render(request, "portal/service_edit.html", context, status=status)
    messages.success(request, _("Saved."))
    return redirect(saved)


@require_POST
def retire(request: Request, slug: str) -> HttpResponse:
    found = services.retire(service_for(request.user, slug, may="change"), actor=request.user)
    messages.success(request, _("%(name)s is retired.") % {"name": found.name})
    return redirect(found)


@require_POST
def restore(request: Request, slug: str) -> HttpResponse:
    found = services.restore(service_for(request.user, slug, may="change"), actor=request.user)
    messages.success(request, _("%(name)s is in use again.") % {"name": found.name})
    return redirect(found)


@require_POST
def add_link(request: Request, slug: str) -> HttpResponse:
    return _add(request, slug, "link_form", LinkForm(request.POST), services.add_link)


@require_POST
def add_label(request: Request, slug: str) -> HttpResponse:
    return _add(request, slug, "label_form", LabelForm(request.POST), services.add_label)


@require_POST
def add_dependency(request: Request, slug: str) -> HttpResponse:
    form = DependencyForm(request.POST, services=Service.objects.visible_to(request.user))
    return _add(request, slug, "dependency_form", form, services.add_dependency)


@require_POST
def remove_part(request: Request, slug: str, part: str, pk: int) -> HttpResponse:
    """Take a link, label or dependency away; `part` is a key of `PARTS`."""
    found = service_for(request.user, slug, may="change")
    row = get_object_or_404(getattr(found, PARTS[part]), pk=pk)
    services.remove_part(row, actor=request.user)
    return redirect(found)


def _add(
    request: Request, slug: str, name: str, form: forms.BaseForm, verb: Callable[..., Any]
) -> HttpResponse:
    found = service_for(request.user, slug, may="change")
    made = attempt(form, lambda: verb(found, actor=request.user, **form.cleaned_data))
    if made is None:
        return _service_page(request, found, status=422, **{name: form})
    return redirect(found)


def _service_page(
    request: Request, found: Service, *, status: int = 200, **bound: forms.BaseForm
) -> HttpResponse:
    user = request.user
    others = Service.objects.visible_to(user).current().exclude(needed_by__service=found)
    context = {
        "service": found,
        "links": found.links.all(),
        "labels": found.labels.all(),
        "needs": found.needs.select_related("needs"),
        "needed_by": found.needed_by.select_related("service"),
        "may_change": works_in(user, found.team_id),
        "why_not_retire": services.why_not_retire(found),
        "timeline": newest(user, Event.objects.filter(service=found)),
        "link_form": LinkForm(auto_id="link-%s"),
        "label_form": LabelForm(auto_id="label-%s"),
        "dependency_form": DependencyForm(services=others.exclude(pk=found.pk)),
        **bound,
    }
    return render(request, "portal/service.html", context, status=status)
