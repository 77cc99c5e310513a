"""What people say against what is known: of a component, or of an incident's impact."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from incidents import workflow
from incidents.access import component_for, incident_for, may_work_on
from incidents.status_forms import JudgeForm, OverrideForm
from portal import clock
from portal.errors import DomainError
from portal.http import Request


@require_http_methods(["GET", "POST"])
def override(request: Request, pk: int) -> HttpResponse:
    component = component_for(request.user, pk)
    now = clock.now()
    initial = {"ends_at": timezone.localtime(now + timedelta(hours=1))}
    form = OverrideForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            workflow.override_state(component, **form.cleaned_data, actor=request.user)
            return redirect("incidents:status-page")
        except DomainError as refused:  # what was typed stays in the form
            for refusal in refused.refusals:
                form.add_error("ends_at", " ".join([refusal.sentence, refusal.remedy]).strip())
    context = {
        "form": form,
        "component": component,
        "running": component.overrides.running_at(now).select_related("author").first(),
        "past": component.overrides.select_related("author")[:20],
        "crumbs": [{"label": _("Status page"), "url": reverse("incidents:status-page")}],
        "cancel_url": reverse("incidents:status-page"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "incidents/status_override.html", context, status=status)


@require_POST
def end_override(request: Request, pk: int) -> HttpResponse:
    workflow.end_override(component_for(request.user, pk), actor=request.user)
    return redirect("incidents:status-page")


@require_http_methods(["GET", "POST"])
def judge(request: Request, pk: int) -> HttpResponse:
    is_sent = request.method == "POST"
    incident = incident_for(request.user, pk, may="change" if is_sent else "view")
    known = getattr(incident, "public_impact", None)
    initial = {"impact": known.impact, "reason": known.reason} if known else {}
    form = JudgeForm(request.POST if is_sent else None, initial=initial)
    if is_sent and form.is_valid():
        workflow.judge_impact(incident, **form.cleaned_data, actor=request.user)
        return redirect(incident)
    context = {
        "form": form,
        "incident": incident,
        "known": known,
        "may_change": may_work_on(request.user, incident),
        "refusals": workflow.refusals(incident, "post_update"),
        "crumbs": [{"label": incident.number, "url": incident.get_absolute_url()}],
        "cancel_url": incident.get_absolute_url(),
    }
    status = 422 if is_sent else 200
    return render(request, "incidents/public_impact.html", context, status=status)
