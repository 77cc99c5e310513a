"""The queue of users' reports, one report, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from incidents import workflow
from incidents.access import report_for
from incidents.filters import ReportFilter
from incidents.models import Harm, Incident, ProblemReport, ReportState
from incidents.page_settings import page_settings
from incidents.parts import parts
from incidents.report_bursts import bursts, declare_url, open_like, reported_with
from incidents.report_forms import ChosenReportsForm, CloseForm, JoinForm, JoinOneForm
from incidents.wording import tone_of_report
from portal.access import require_administrator, require_look, require_work, works_in
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing
from portal.models import User
from portal.natures import mask

HARM_TONES = {Harm.BLOCKED: "bad", Harm.SLOW: "busy", Harm.COSMETIC: "neutral"}
MOST_BURSTS = 5
LETTERS = 20


@require_GET
def report_list(request: Request) -> HttpResponse:
    """What came, what of it belongs together, and how much waits."""
    require_look(request.user)
    seen = ProblemReport.objects.visible_to(request.user)
    counts = dict(seen.order_by().values_list("state").annotate(Count("pk")))
    context: dict[str, Any] = {
        **listing(request, seen.with_list_columns(), ReportFilter),
        "counts": [
            {"state": state.value, "label": state.label, "n": counts.get(state.value, 0)}
            for state in ReportState
        ],
        "bursts": bursts(request.user)[:MOST_BURSTS],
        "is_open": page_settings().takes_reports,
        "may_work": request.user.may_work,
        "join_form": JoinForm(user=request.user),
        "parts": parts("reports"),
    }
    context["rows"] = [_row(row) for row in context["page"].rows]
    return render(request, "incidents/reports.html", context)


@require_GET
def report(request: Request, pk: int) -> HttpResponse:
    return _page(request, report_for(request.user, pk))


@require_POST
def join(request: Request, pk: int) -> HttpResponse:
    """Put it, and what was reported with it, to an incident that is open."""
    found = report_for(request.user, pk, may="change")
    form = JoinOneForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, found, join=form)
    incident: Incident = form.cleaned_data["incident"]
    others = reported_with(found, request.user) if form.cleaned_data["with_others"] else []
    workflow.join_report(found, incident=incident, actor=request.user)
    _each(
        request,
        others,
        lambda each: workflow.join_report(each, incident=incident, actor=request.user),
        done=_("%(report)s is part of it too."),
    )
    return redirect(found)


@require_POST
def close(request: Request, pk: int) -> HttpResponse:
    found = report_for(request.user, pk, may="change")
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, found, close=form)
    workflow.close_report(found, **form.cleaned_data, actor=request.user)
    return redirect(found)


@require_POST
def spam(request: Request, pk: int) -> HttpResponse:
    workflow.mark_report_spam(report_for(request.user, pk, may="change"), actor=request.user)
    return redirect("incidents:report", pk)


@require_POST
def reopen(request: Request, pk: int) -> HttpResponse:
    workflow.reopen_report(report_for(request.user, pk, may="change"), actor=request.user)
    return redirect("incidents:report", pk)


@require_POST
def erase(request: Request, pk: int) -> HttpResponse:
    """Erase the reporter's address, at their wish."""
    require_administrator(request.user)
    workflow.forget_report_address(report_for(request.user, pk), actor=request.user)
    return redirect("incidents:report", pk)


@require_POST
def spam_many(request: Request) -> HttpResponse:
    require_work(request.user)
    _each(
        request,
        _chosen(request),
        lambda each: workflow.mark_report_spam(each, actor=request.user),
        done=_("%(report)s is kept as spam."),
    )
    return redirect(_waiting_url())


@require_POST
def join_many(request: Request) -> HttpResponse:
    """Put each by itself to the incident, and say of each what became of it."""
    require_work(request.user)
    form = JoinForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.warning(request, _("Choose the open incident that they are about."))
        return redirect(_waiting_url())
    incident: Incident = form.cleaned_data["incident"]
    _each(
        request,
        _chosen(request),
        lambda each: workflow.join_report(each, incident=incident, actor=request.user),
        done=_("%(report)s is part of the incident."),
    )
    return redirect(_waiting_url())


def address_for(user: User, report: ProblemReport) -> str:
    """The address as this reader may see it: whole for administrators alone."""
    if not report.address:
        return ""
    return report.address if user.is_administrator else mask("email", report.address)


def _chosen(request: Request) -> list[ProblemReport]:
    form = ChosenReportsForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose at least one report."))
        return []
    seen = ProblemReport.objects.visible_to(request.user)
    return list(seen.filter(pk__in=form.cleaned_data["report"]).order_by("received_at", "pk"))


def _each(
    request: Request,
    reports: list[ProblemReport],
    verb: Callable[[ProblemReport], object],
    *,
    done: str,
) -> None:
    for each in reports:
        try:
            verb(each)
        except DomainError as refused:
            messages.warning(request, str(refused))
        else:
            messages.success(request, done % {"report": each.reference})


def _waiting_url() -> str:
    return f"{reverse('incidents:reports')}?state={ReportState.NEW}"


def _row(report: ProblemReport) -> dict[str, Any]:
    return {
        "report": report,
        "tone": tone_of_report(report.state),
        "harm_tone": HARM_TONES[Harm(report.harm)],
        "is_new": report.state == ReportState.NEW,
    }


def _page(
    request: Request,
    report: ProblemReport,
    *,
    join: forms.Form | None = None,
    close: forms.Form | None = None,
) -> HttpResponse:
    is_new = report.state == ReportState.NEW
    others = reported_with(report, request.user) if is_new else []
    join = join or JoinOneForm(user=request.user)
    if not others:
        join.fields.pop("with_others", None)
    service = report.component.service if report.component else None
    context = {
        **_row(report),
        "address": address_for(request.user, report),
        "others": others,
        "alike": open_like(report, request.user) if is_new else [],
        "declare_one_url": declare_url([report]),
        "declare_all_url": declare_url([report, *others]),
        "join_form": join,
        "close_form": close or CloseForm(auto_id="id_close_%s"),
        "letters": report.letters.all()[:LETTERS],
        "may_request": service is None or works_in(request.user, service.team_id),
        "why_not_request": workflow.why_not_request_from(report),
        "may_work": request.user.may_work,
        "is_administrator": request.user.is_administrator,
        "has_error": join.is_bound or bool(close),
        "crumbs": [
            {"label": _("Respond"), "url": reverse("incidents:home")},
            {"label": _("Users' reports"), "url": _waiting_url()},
        ],
    }
    status = 422 if context["has_error"] else 200
    return render(request, "incidents/report.html", context, status=status)
