"""Calendars of other programs that say who is on call."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.access import calendar_for, schedule_for
from operations.forms import CalendarImportForm
from operations.models import CalendarImport, Schedule
from portal import clock
from portal.access import works_in
from portal.errors import Refusal
from portal.forms import attempt
from portal.http import Request

SHOWN = 50


@require_http_methods(["GET", "POST"])
def create(request: Request, pk: int) -> HttpResponse:
    """Add a calendar to a schedule, in a layer of its own."""
    schedule = schedule_for(request.user, pk, may="change")
    form = CalendarImportForm(request.POST or None, request.FILES or None)

    def add() -> CalendarImport:
        return workflow.add_calendar(schedule, **form.values(), actor=request.user)

    made = attempt(form, add)
    if made is not None:
        return redirect(made)
    return _form_page(request, form, schedule, _("Import a calendar"))


@require_GET
def calendar(request: Request, pk: int) -> HttpResponse:
    shown = calendar_for(request.user, pk)
    now = clock.now()
    may_change = works_in(request.user, shown.schedule.team)
    not_yours = Refusal("not_yours", _("Only the team changes its calendars."))
    coming = shown.shifts.filter(ends_at__gt=now).select_related("person")
    context = {
        "calendar": shown,
        "is_stale": shown.is_stale_at(now),
        "shifts": coming.order_by("starts_at", "pk")[:SHOWN],
        "refusals": [] if may_change else [not_yours],
        "host": _host(shown.url),
    }
    return render(request, "operations/calendar_import.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    shown = calendar_for(request.user, pk, may="change")
    form = CalendarImportForm(
        request.POST or None,
        request.FILES or None,
        initial={"name": shown.name, "url": shown.url},
        needs_source=bool(shown.url),
    )

    def change() -> CalendarImport:
        return workflow.change_calendar(shown, **form.values(), actor=request.user)

    changed = attempt(form, change)
    if changed is not None:
        return redirect(changed)
    return _form_page(request, form, shown.schedule, _("Change this calendar"))


@require_POST
def read(request: Request, pk: int) -> HttpResponse:
    shown = calendar_for(request.user, pk, may="change")
    workflow.read_again(shown, actor=request.user)
    messages.success(request, _("It is read again in a moment."))
    return redirect(shown)


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    shown = calendar_for(request.user, pk, may="change")
    workflow.remove_calendar(shown, actor=request.user)
    return redirect(shown.schedule)


def _host(url: str) -> str:
    """The host alone: the rest of a private calendar's address is its password."""
    return url.partition("://")[2].partition("/")[0] if url else ""


def _form_page(
    request: Request, form: CalendarImportForm, schedule: Schedule, title: str
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "crumbs": [
            {"label": _("On call"), "url": reverse("operations:on-call")},
            {"label": str(schedule), "url": schedule.get_absolute_url()},
        ],
        "cancel_url": schedule.get_absolute_url(),
        "upload": True,
        "note": _(
            "Each event is a shift, and its title says whose: a name, an e-mail address or a "
            "user name of somebody in the team. Whole days, and times without a zone, are by "
            "the clock in %(zone)s."
        )
        % {"zone": schedule.time_zone},
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/upload_form.html", context, status=status)
