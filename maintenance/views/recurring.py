"""Recurring work: what is done again and again, and the drafts that are made ahead."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge.access import shown_to
from maintenance import workflow
from maintenance.access import own_services, recurring_for, require_services
from maintenance.filters import RecurringFilter
from maintenance.forms import RemarkForm
from maintenance.models import RecurringState, RecurringWork
from maintenance.presentation import lines, request_row
from maintenance.recurrence_words import in_words
from maintenance.recurring_forms import (
    PRESETS,
    ChangeRecurringForm,
    RecurringForm,
    preset,
)
from maintenance.workflow.recurring import CHANGEABLE, why_not_recurring
from portal import clock, events
from portal.access import require_work, works_in
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing

AHEAD = timedelta(days=400)
SHOWN = 12  # times
TONES = {"active": "good", "paused": "busy", "ended": "neutral"}
LISTS = ("other_services", "implementers")


@require_GET
def recurring_list(request: Request) -> HttpResponse:
    rows = RecurringWork.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows, RecurringFilter)
    page = context["page"]
    base, chosen = reverse("maintenance:recurring-list"), request.GET.get("state", "")
    tabs = [(_("All"), ""), *((state.label, state.value) for state in RecurringState)]
    context |= {
        "rows": [_row(item) for item in page.rows],
        "total": ngettext("%(n)s rule", "%(n)s rules", page.counted) % {"n": page.total_text},
        "tabs": [
            {"label": label, "url": f"{base}?state={state}", "active": state == chosen}
            for label, state in tabs
        ],
        "presets": PRESETS,
        "may_create": own_services(request.user).exists(),
    }
    return render(request, "maintenance/recurring_list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """`?like=vacuum` fills the form with work of that kind."""
    require_work(request.user)
    if request.method == "GET":
        initial = {
            "starts_on": clock.now().date(),
            "time_zone": request.user.time_zone,
            "at": "22:00",
            "minutes": 120,
            **preset(request.GET.get("like", "")),
        }
        return _form_page(request, RecurringForm(user=request.user, initial=initial))
    form = RecurringForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    require_services(request.user, [form.cleaned_data["service"]])
    return redirect(workflow.set_up_recurring(**form.cleaned_data, actor=request.user))


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, recurring_for(request.user, pk))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    item = recurring_for(request.user, pk, may="change")
    refusals = why_not_recurring(item, RecurringState.ACTIVE, RecurringState.PAUSED)
    if request.method == "GET":
        form = ChangeRecurringForm(user=request.user, initial=_initial(item))
        return _form_page(request, form, item=item, refusals=refusals)
    form = ChangeRecurringForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, item=item, status=422)
    try:
        item = workflow.change_recurring(item, **form.cleaned_data, actor=request.user)
    except DomainError as refused:
        return _form_page(request, form, item=item, status=409, refusals=refused.refusals)
    return redirect(item)


@require_POST
def pause(request: Request, pk: int) -> HttpResponse:
    return _with_reason(request, pk, workflow.pause_recurring)


@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    item = recurring_for(request.user, pk, may="change")
    return redirect(workflow.resume_recurring(item, actor=request.user))


@require_POST
def end(request: Request, pk: int) -> HttpResponse:
    return _with_reason(request, pk, workflow.end_recurring)


def _with_reason(request: Request, pk: int, verb: Any) -> HttpResponse:
    item = recurring_for(request.user, pk, may="change")
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return _page(request, item, status=422, reason_form=form)
    return redirect(verb(item, actor=request.user, **form.cleaned_data))


def _row(item: RecurringWork) -> dict[str, Any]:
    return {"item": item, "words": in_words(item), "tone": TONES[item.state]}


def _initial(item: RecurringWork) -> dict[str, Any]:
    initial = {name: getattr(item, name) for name in CHANGEABLE if name not in LISTS}
    return {
        **initial,
        "other_services": [service.slug for service in item.other_services.all()],
        "implementers": [person.pk for person in item.implementers.all()],
    }


def _page(
    request: Request, item: RecurringWork, *, status: int = 200, **more: Any
) -> HttpResponse:
    now = clock.now()
    made = item.occurrences.select_related(
        "request__service", "request__requester", "request__implementer"
    ).order_by("-original_start")
    coming = item.recurrence.between(now, now + AHEAD) if item.state != "ended" else iter(())
    context = {
        **_row(item),
        "made": [
            {**request_row(each.request), "original_start": each.original_start}
            for each in made[:SHOWN]
        ],
        "coming": [span for _at, (_day, span) in zip(range(SHOWN), coming, strict=False)],
        "runbook": shown_to(request.user, item.runbook),
        "implementers": item.implementers.order_by("name", "pk"),
        "other_services": item.other_services.all(),
        "may_change": works_in(request.user, item.service.team_id),
        "reason_form": RemarkForm(),
        "timeline": lines(events.about(item)[:50]),
        **more,
    }
    return render(request, "maintenance/recurring.html", context, status=status)


def _form_page(
    request: Request, form: RecurringForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, **more}
    return render(request, "maintenance/recurring_edit.html", context, status=status)
