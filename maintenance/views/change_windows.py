"""Permitted times: when services may be changed, by a rule that comes again."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import change_window_for, require_rule_of, ruled_services
from maintenance.filters import ChangeWindowFilter
from maintenance.models import ChangeWindow
from maintenance.presentation import lines
from maintenance.recurrence_words import in_words
from maintenance.time_forms import ChangeWindowForm
from maintenance.workflow.change_windows import why_not_change_window
from portal import clock, events
from portal.access import require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing

AHEAD = timedelta(days=400)
SHOWN = 12  # coming occurrences
FIELDS = [
    *("name", "covers_all", "frequency", "interval", "nth", "weekdays", "day_of_month"),
    *("starts_on", "until", "at", "minutes", "time_zone"),
]


@require_GET
def window_list(request: Request) -> HttpResponse:
    windows = ChangeWindow.objects.visible_to(request.user).with_list_columns()
    context = listing(request, windows, ChangeWindowFilter)
    page = context["page"]
    context |= {
        "rows": [_row(item) for item in page.rows],
        "total": ngettext("%(n)s permitted time", "%(n)s permitted times", page.counted)
        % {"n": page.total_text},
        "may_write": ruled_services(request.user).exists(),
    }
    return render(request, "maintenance/change_windows.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        initial = {"starts_on": clock.now().date(), "time_zone": request.user.time_zone}
        return _form_page(request, ChangeWindowForm(user=request.user, initial=initial))
    form = ChangeWindowForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    _require_rule(request, form)
    return redirect(workflow.set_up_change_window(**form.cleaned_data, actor=request.user))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    item = change_window_for(request.user, pk, may="change")
    if request.method == "GET":
        initial = {name: getattr(item, name) for name in FIELDS}
        initial |= {"services": [service.slug for service in item.services.all()]}
        form = ChangeWindowForm(user=request.user, initial=initial)
        return _form_page(request, form, item=item, refusals=why_not_change_window(item))
    form = ChangeWindowForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, item=item, status=422)
    _require_rule(request, form)
    try:
        item = workflow.change_change_window(item, **form.cleaned_data, actor=request.user)
    except DomainError as refused:
        return _form_page(request, form, item=item, status=409, refusals=refused.refusals)
    return redirect(item)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    item = change_window_for(request.user, pk)
    row = _row(item)
    now = clock.now()
    coming = item.recurrence.between(now, now + AHEAD)
    ruled = ruled_services(request.user).filter(pk__in=[each.pk for each in row["services"]])
    context = {
        **row,
        "coming": [span for _at, (_day, span) in zip(range(SHOWN), coming, strict=False)],
        "may_change": request.user.is_administrator
        or (bool(row["services"]) and ruled.count() == len(row["services"])),
        "refusals": why_not_change_window(item),
        "timeline": lines(events.about(item)[:50]),
    }
    return render(request, "maintenance/change_window.html", context)


@require_POST
def retire(request: Request, pk: int) -> HttpResponse:
    item = change_window_for(request.user, pk, may="change")
    return redirect(workflow.retire_change_window(item, actor=request.user))


def _row(item: ChangeWindow) -> dict[str, Any]:
    return {"item": item, "words": in_words(item), "services": list(item.services.all())}


def _require_rule(request: Request, form: ChangeWindowForm) -> None:
    chosen = list(form.cleaned_data["services"])
    require_rule_of(request.user, chosen, covers_all=form.cleaned_data["covers_all"])


def _form_page(
    request: Request, form: ChangeWindowForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, **more}
    return render(request, "maintenance/change_window_edit.html", context, status=status)
