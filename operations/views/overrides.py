from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from operations import workflow
from operations.access import override_for, schedule_for, temporary_for
from operations.forms import TemporaryForm
from operations.models import Override, OverrideKind, Schedule, TemporarySchedule
from operations.views.on_call import (
    crumbs,
    override_form,
    schedule_page,
    told,
    warn_of_leave,
)
from portal.access import members_of
from portal.http import Request


@require_POST
def override(request: Request, pk: int) -> HttpResponse:
    shown = schedule_for(request.user, pk, may="change")
    form = override_form(shown, request.POST)
    made = told(form, lambda: workflow.override(shown, **form.values(), actor=request.user))
    if made is None:
        return schedule_page(request, shown, form, status=422)
    messages.success(request, _said(made))
    if made.person is not None and made.kind != OverrideKind.REMOVE:
        warn_of_leave(request, [made.person], made.starts_at, made.ends_at, shown)
    return redirect(shown)


@require_POST
def remove_override(request: Request, pk: int) -> HttpResponse:
    taken_back = override_for(request.user, pk, may="change")
    workflow.remove_override(taken_back, actor=request.user)
    return redirect(taken_back.schedule)


@require_http_methods(["GET", "POST"])
def create_temporary(request: Request, pk: int) -> HttpResponse:
    shown = schedule_for(request.user, pk, may="change")
    form = _temporary_form(request, shown)
    made = told(
        form, lambda: workflow.make_temporary(shown, **_values(form), actor=request.user)
    )
    if made is None:
        return _temporary_page(request, form, shown, _("New temporary schedule"))
    return _temporary_saved(request, made, shown)


@require_http_methods(["GET", "POST"])
def edit_temporary(request: Request, pk: int) -> HttpResponse:
    known = temporary_for(request.user, pk, may="change")
    form = _temporary_form(request, known.schedule, known)
    changed = told(
        form, lambda: workflow.change_temporary(known, **_values(form), actor=request.user)
    )
    if changed is None:
        title = _("Edit the temporary schedule")
        return _temporary_page(request, form, known.schedule, title)
    return _temporary_saved(request, changed, known.schedule)


@require_POST
def remove_temporary(request: Request, pk: int) -> HttpResponse:
    known = temporary_for(request.user, pk, may="change")
    workflow.remove_temporary(known, actor=request.user)
    return redirect(known.schedule)


def _temporary_saved(
    request: Request, made: TemporarySchedule, shown: Schedule
) -> HttpResponse:
    messages.success(request, _span(made, shown))
    for row in made.shifts.select_related("person"):
        warn_of_leave(request, [row.person], row.starts_at, row.ends_at, shown)
    return redirect(shown)


def _temporary_form(
    request: Request, shown: Schedule, known: TemporarySchedule | None = None
) -> TemporaryForm:
    rows = known.shifts.select_related("person") if known else []
    initial = (
        {"starts_at": known.starts_at, "ends_at": known.ends_at, "reason": known.reason}
        if known
        else {}
    )
    return TemporaryForm(
        request.POST or None,
        initial=initial,
        people=members_of(shown.team),
        zone=ZoneInfo(shown.time_zone),
        shifts=[(row.person, row.starts_at, row.ends_at) for row in rows],
    )


def _values(form: TemporaryForm) -> dict[str, Any]:
    named = {name: form.cleaned_data[name] for name in ("starts_at", "ends_at", "reason")}
    return {**named, "shifts": form.shifts()}


def _temporary_page(
    request: Request, form: TemporaryForm, shown: Schedule, title: str
) -> HttpResponse:
    context = {"form": form, "title": title, "schedule": shown, "crumbs": crumbs(shown)}
    status = 422 if form.is_bound else 200
    return render(request, "operations/temporary.html", context, status=status)


def _said(made: Override) -> str:
    """Name the person, the interval and the zone, as they were stored."""
    shown = {
        "who": made.person or _("Everybody"),
        "what": made.get_kind_display(),
        **_times(made.starts_at, made.ends_at, made.schedule),
    }
    return _("%(who)s %(what)s from %(start)s until %(end)s (%(zone)s).") % shown


def _span(made: TemporarySchedule, shown: Schedule) -> str:
    names = ", ".join(dict.fromkeys(str(row.person) for row in made.shifts.all()))
    times = _times(made.starts_at, made.ends_at, shown)
    said = _("Temporary schedule of %(names)s from %(start)s until %(end)s (%(zone)s).")
    return said % {"names": names, **times}


def _times(start: datetime, end: datetime, schedule: Schedule) -> dict[str, str]:
    zone = ZoneInfo(schedule.time_zone)
    shown = (date_format(at.astimezone(zone), "D j M, H:i") for at in (start, end))
    return {**dict(zip(("start", "end"), shown, strict=True)), "zone": schedule.time_zone}
