"""The analysis of a request: read by all, written by its team."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from maintenance import workflow
from maintenance.access import may_change, request_for
from maintenance.analysis_forms import AnalysisForm
from maintenance.analysis_words import risk_in_words, summary
from maintenance.models import MaintenanceRequest
from maintenance.workflow import Verb, refusals
from maintenance.workflow.digest import digest_of
from portal import clock
from portal.errors import DomainError
from portal.forms import attempt
from portal.http import Request


@require_http_methods(["GET", "POST"])
def analysis(request: Request, pk: int) -> HttpResponse:
    """When somebody was faster, nothing is saved and what was typed is shown again."""
    item = request_for(request.user, pk)
    if request.method == "GET":
        return _page(request, item, AnalysisForm(request=item))
    if not may_change(request.user, item):
        raise PermissionDenied
    form = AnalysisForm(request.POST, request=item)
    try:
        saved = attempt(
            form,
            lambda: workflow.analyse(
                item,
                actor=request.user,
                seen=form.cleaned_data["seen"],
                seen_plan=form.cleaned_data["seen_plan"],
                **form.said,
            ),
        )
    except DomainError as refused:
        form.data = request.POST.copy()
        form.data["seen"], form.data["seen_plan"] = form.initial["seen"], digest_of(item)
        return _page(request, item, form, status=409, refusals=refused.refusals)
    if saved is None:
        return _page(request, item, form, status=422)
    return redirect(f"{item.get_absolute_url()}#analysis")


def _page(
    request: Request,
    item: MaintenanceRequest,
    form: AnalysisForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "item": item,
        "form": form,
        "may_change": may_change(request.user, item),
        "refusals": refusals(item, Verb.ANALYSE, request.user),
        **summary(item),
        "risk": risk_in_words(item, clock.now()),
        **more,
    }
    return render(request, "maintenance/analysis.html", context, status=status)
