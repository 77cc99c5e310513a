"""One's own load: figures, what stands behind each, hours worked, warnings, who looked."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import load_pages, loads, workflow
from operations.access import pace_warning_for, weekly_hours_for
from operations.forms.pace import PaceSettingsForm, PeriodForm, SettleForm, WeekForm
from operations.load.figures import Figures
from operations.load.periods import Period
from operations.models import LoadLook, PaceWarning, WeeklyHours
from operations.pace_words import suggestions, warning_text
from operations.shifts_of import coming_shifts
from portal import clock
from portal.access import require_administrator, require_look, require_work
from portal.forms import attempt
from portal.http import Request

SHOWN = 20


@require_GET
def mine(request: Request) -> HttpResponse:
    """My load in a week, month or quarter."""
    return _page(request, WeekForm(initial={"monday": loads.today(request.user, clock.now())}))


@require_GET
def rows(request: Request, key: str) -> HttpResponse:
    """The intervals or moments behind one of my figures."""
    require_look(request.user)
    form, its = _asked(request)
    context = load_pages.evidence(its, key, form.chosen)
    return render(request, "operations/pace_rows.html", context)


@require_GET
def export(request: Request) -> HttpResponse:
    """My own line for pay, as a file."""
    require_look(request.user)
    _form, its = _asked(request)
    return load_pages.pay_file({request.user: its}, its.period)


@require_POST
def hours(request: Request) -> HttpResponse:
    """Enter or correct the hours of a week."""
    require_work(request.user)
    form = WeekForm(request.POST)

    def enter() -> WeeklyHours:
        return workflow.set_weekly_hours(request.user, **form.cleaned_data, actor=request.user)

    if attempt(form, enter) is None:
        return _page(request, form, status=422)
    messages.success(request, _("Entered. Only you see it."))
    return redirect("operations:pace")


@require_POST
def remove_hours(request: Request, pk: int) -> HttpResponse:
    require_look(request.user)
    workflow.remove_weekly_hours(weekly_hours_for(request.user, pk), actor=request.user)
    return redirect("operations:pace")


@require_POST
def settle(request: Request, pk: int) -> HttpResponse:
    """Say that something was done about a warning."""
    require_look(request.user)
    form = SettleForm(request.POST)
    warning = pace_warning_for(request.user, pk)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    workflow.settle_warning(warning, note=note, actor=request.user)
    messages.success(request, _("Settled. Your managers are not told."))
    return redirect("operations:pace")


@require_http_methods(["GET", "POST"])
def settings(request: Request) -> HttpResponse:
    """The limits; administrators change them."""
    require_look(request.user)
    if request.method == "POST":
        require_administrator(request.user)
    form = PaceSettingsForm(request.POST or None, instance=loads.settings())
    if form.is_bound and form.is_valid():
        workflow.change_pace_settings(actor=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("operations:pace-settings")
    context = {"form": form, "may_change": request.user.is_administrator}
    status = 422 if form.is_bound else 200
    return render(request, "operations/pace_settings.html", context, status=status)


def _asked(request: Request) -> tuple[PeriodForm, Figures]:
    now = clock.now()
    form = PeriodForm(request.GET, today=loads.today(request.user, now))
    return form, loads.figures_of([request.user], form.chosen, now=now)[request.user]


def _page(request: Request, week: WeekForm, status: int = 200) -> HttpResponse:
    require_look(request.user)
    form, its = _asked(request)
    period: Period = form.chosen
    context = load_pages.own_page(its, period) | {
        "form": form,
        "week_form": week,
        "entered": WeeklyHours.objects.filter(person=request.user)[:SHOWN],
        "warnings": _warnings(request),
        "settle_form": SettleForm(),
        "looks": _looks(request),
        "teams": load_pages.teams_of(request.user),
        "may_work": request.user.may_work,
    }
    return render(request, "operations/pace.html", context, status=status)


def _warnings(request: Request) -> list[dict[str, Any]]:
    found = PaceWarning.objects.of(request.user).open().select_related("person")[:SHOWN]
    open_ones = list(found)
    coming = coming_shifts(request.user, clock.now()) if open_ones else []
    return [
        {"row": row, "text": warning_text(row), "suggestions": suggestions(row, coming)}
        for row in open_ones
    ]


def _looks(request: Request) -> list[LoadLook]:
    """Who looked at my numbers, and why."""
    at_me = LoadLook.objects.filter(people=request.user).with_list_columns()
    return list(at_me.order_by("-pk")[:SHOWN])
