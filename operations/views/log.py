from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from operations import workflow
from operations.access import entry_for, seen_by
from operations.filters import LogFilter
from operations.forms import CorrectionForm, LogForm
from operations.models import LogEntry
from operations.views.export import csv_file
from portal.access import require_look, require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing

COLUMNS = [
    "id",
    "happened_at",
    "entered_at",
    "author__name",
    "service__slug",
    "text",
    "corrects_id",
]


@require_GET
def log(request: Request) -> HttpResponse:
    require_look(request.user)
    return _log_page(request, LogForm())


@require_POST
def write(request: Request) -> HttpResponse:
    require_work(request.user)
    form = LogForm(request.POST)
    if form.is_valid():
        try:
            workflow.write_log(**form.cleaned_data, actor=request.user)
        except DomainError as refused:
            sentences = [refusal.sentence for refusal in refused.refusals]
            form.add_error("happened_at", sentences)
        else:
            return redirect("operations:log")
    return _log_page(request, form, status=422)


@require_http_methods(["GET", "POST"])
def correct(request: Request, pk: int) -> HttpResponse:
    entry = entry_for(request.user, pk, may="change")
    form = CorrectionForm(request.POST or None, initial={"text": entry.text})
    if form.is_valid():
        workflow.correct_log(entry, **form.cleaned_data, actor=request.user)
        return redirect("operations:log")
    context = {
        "form": form,
        "title": _("Correct this line"),
        "note": _("The line stays as it is; your correction is put beside it."),
        "cancel_url": reverse("operations:log"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)


@require_GET
def export(request: Request) -> HttpResponseBase:
    require_look(request.user)
    entries = seen_by(request.user, LogEntry.objects.all())
    return csv_file(request, entries, LogFilter, name="operations-log", columns=COLUMNS)


def _log_page(request: Request, form: LogForm, *, status: int = 200) -> HttpResponse:
    rows = LogEntry.objects.select_related("author", "service")
    context: dict[str, Any] = listing(request, seen_by(request.user, rows), LogFilter)
    corrected = LogEntry.objects.filter(corrects__in=context["page"].rows)
    context["corrected"] = set(corrected.values_list("corrects", flat=True))
    context |= {"form": form, "may_write": request.user.may_work}
    return render(request, "operations/log.html", context, status=status)
