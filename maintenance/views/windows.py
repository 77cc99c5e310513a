"""Maintenance windows: when work on a service is expected."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import own_services, require_services, window_for
from maintenance.filters import WindowFilter
from maintenance.forms import RemarkForm, WindowForm
from maintenance.models import MaintenanceWindow
from maintenance.presentation import lines, window_row
from maintenance.workflow.windows import why_not_change
from operations.noise import held_under
from portal import clock, events
from portal.access import require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing

WORDS = ["title", "starts_at", "ends_at", "description", "alert_behaviour", "alerts_at_end"]
HELD = 50  # alerts shown


@require_GET
def window_list(request: Request) -> HttpResponse:
    windows = MaintenanceWindow.objects.visible_to(request.user).with_list_columns()
    context = listing(request, windows, WindowFilter)
    page = context["page"]
    base = reverse("maintenance:windows")
    chosen = request.GET.get("when", "")
    context |= {
        "rows": [window_row(item, clock.now()) for item in page.rows],
        "total": ngettext("%(n)s window", "%(n)s windows", page.counted)
        % {"n": page.total_text},
        "tabs": [
            {"label": label, "url": f"{base}?when={when}", "active": when == chosen}
            for label, when in [
                (_("To come"), "upcoming"),
                (_("Past"), "past"),
                (_("All"), ""),
            ]
        ],
        "may_announce": own_services(request.user).exists(),
    }
    return render(request, "maintenance/windows.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        return _form_page(request, WindowForm(user=request.user))
    form = WindowForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    try:
        made = workflow.announce_window(**form.cleaned_data, actor=request.user)
    except DomainError as refused:
        return _form_page(request, form, status=409, refusals=refused.refusals)
    return redirect(made)


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    item = window_for(request.user, pk, may="change")
    refusals = why_not_change(item, clock.now())
    if request.method == "GET":
        initial = {name: getattr(item, name) for name in WORDS}
        initial |= {"services": [service.slug for service in item.services.all()]}
        form = WindowForm(user=request.user, initial=initial)
        return _form_page(request, form, item=item, refusals=refusals)
    form = WindowForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, item=item, status=422)
    require_services(request.user, list(form.cleaned_data["services"]))
    try:
        item = workflow.change_window(item, **form.cleaned_data, actor=request.user)
    except DomainError as refused:
        return _form_page(request, form, item=item, status=409, refusals=refused.refusals)
    return redirect(item)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    item = window_for(request.user, pk)
    services = list(item.services.all())
    mine = own_services(request.user).filter(pk__in=[service.pk for service in services])
    context = {
        **window_row(item, clock.now()),
        "may_change": bool(services) and mine.count() == len(services),
        "refusals": why_not_change(item, clock.now()),
        "cancel_form": RemarkForm(),
        "timeline": lines(events.about(item)[:50]),
        "held": held_under(item.reference)[:HELD],
    }
    return render(request, "maintenance/window.html", context)


@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    item = window_for(request.user, pk, may="change")
    form = RemarkForm(request.POST)
    if not form.is_valid():
        context = {"item": item, "form": form}
        return render(request, "maintenance/correct.html", context, status=422)
    return redirect(workflow.cancel_window(item, actor=request.user, **form.cleaned_data))


def _form_page(
    request: Request, form: WindowForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    return render(
        request, "maintenance/window_edit.html", {"form": form, **more}, status=status
    )
