"""
Where everybody reports a problem, and sees what became of it.

Shut until an administrator opens it. What is opened only shows; a button acts. Nothing about
who looks, and nothing of the house, stands on these pages.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents import workflow
from incidents.models import IN_INCIDENT, ProblemReport, ReportState, StatusPageSettings
from incidents.page_settings import page_settings
from incidents.report_forms import TRAP, ReportForm
from incidents.report_tokens import report_by, token_of
from incidents.views.subscribing import personal
from portal import limits
from portal.clients import client_of
from portal.forms import attempt

REPORTS = 10  # from one client
REPORTS_WINDOW = 60 * 60  # seconds since the last of them
MOST_BYTES = 64_000  # of a form: 2,000 characters in any script, and room


@personal
def report(request: HttpRequest) -> HttpResponse:
    """Take in what is wrong; `?component=` names where."""
    kept = page_settings()
    if not kept.takes_reports:
        return _page("report_shut", kept, {}, status=404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return _page("report_shut", kept, {"is_too_long": True}, status=413)
    with timezone.override(ZoneInfo(kept.zone)):
        return _report(request, kept)


def _report(request: HttpRequest, kept: StatusPageSettings) -> HttpResponse:
    is_sent = request.method == "POST"
    named = {"component": request.GET.get("component", "")}
    form = ReportForm(request.POST if is_sent else None, initial=named, zone=kept.zone)
    if not is_sent:
        return _form(form, kept)
    if limits.tries("report", client_of(request)) >= REPORTS:
        form.add_error(None, _("Too many reports from here. Wait an hour, then try again."))
        return _form(form, kept, status=429)
    made = attempt(form, lambda: workflow.receive_report(**form.said, actor=None))
    if made is None:
        return _form(form, kept, status=422)
    limits.count("report", client_of(request), window=REPORTS_WINDOW)
    response = redirect("status-report-state", token_of(made))
    response.headers["Location"] += "?sent=1"
    return response


@personal
def report_state(request: HttpRequest, token: str) -> HttpResponse:
    """What became of one report, for whoever has its address; the button erases theirs."""
    kept = page_settings()
    found = report_by(token)
    if found is None:
        return _page("report_shut", kept, {"is_unknown": True}, status=404)
    if request.method == "POST":
        workflow.forget_report_address(found, actor=None)
        return redirect("status-report-state", token)
    context = {
        "report": found,
        "words": _words(found),
        "is_sent": request.GET.get("sent") == "1",
        "has_address": bool(found.address),
        "takes_reports": kept.takes_reports,
    }
    with timezone.override(ZoneInfo(kept.zone)):
        return _page("report_state", kept, context)


def _words(report: ProblemReport) -> str:
    """What a stranger may know: nothing of the incident but whether it is over."""
    if report.incident is not None and report.state in IN_INCIDENT:
        leading = report.incident.merged_into or report.incident
        if leading.is_unresolved:
            return _("We know of it, and work on it.")
        return _("It is mended. If you still see it, report it again.")
    if report.reason:
        return report.reason
    if report.state == ReportState.NEW:
        return _("We have it, and have not looked at it yet.")
    return _("We have it.")


def _form(form: ReportForm, kept: StatusPageSettings, *, status: int = 200) -> HttpResponse:
    fields = [field for field in form.visible_fields() if field.name != TRAP]
    context = {"form": form, "fields": fields, "trap": form[TRAP]}
    return _page("report", kept, context, status=status)


def _page(
    name: str, kept: StatusPageSettings, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Drawn without the request, so that nothing about who looks can get in."""
    named = {**context, "brand_name": kept.name or settings.NAME}
    return HttpResponse(render_to_string(f"status/{name}.html", named), status=status)
