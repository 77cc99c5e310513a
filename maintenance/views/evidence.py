"""The evidence of a plan, by hand; programs set it by the API."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from maintenance import workflow
from maintenance.access import request_for
from maintenance.evidence_forms import GateForm, RemoveGateForm
from maintenance.models import MaintenanceRequest
from portal.errors import DomainError
from portal.forms import attempt
from portal.http import Request


@require_POST
def set_gate(request: Request, pk: int) -> HttpResponse:
    item = request_for(request.user, pk, may="change")
    form = GateForm(request.POST)
    try:
        done = attempt(form, lambda: workflow.set_gate(item, actor=request.user, **form.said))
    except DomainError as refused:
        form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        return _correct(request, item, form, status=409)
    if done is None:
        return _correct(request, item, form, status=422)
    return redirect(f"{item.get_absolute_url()}#evidence")


@require_POST
def remove_gate(request: Request, pk: int) -> HttpResponse:
    item = request_for(request.user, pk, may="change")
    form = RemoveGateForm(request.POST)
    if not form.is_valid():
        return _correct(request, item, form, status=422)
    workflow.remove_gate(item, actor=request.user, **form.cleaned_data)
    return redirect(f"{item.get_absolute_url()}#evidence")


def _correct(
    request: Request, item: MaintenanceRequest, form: forms.Form, *, status: int
) -> HttpResponse:
    context = {"item": item, "form": form}
    return render(request, "maintenance/correct.html", context, status=status)
