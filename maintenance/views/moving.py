"""Planning a request for another time: what would be in the way is shown before it is done."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from maintenance import workflow
from maintenance.access import request_for
from maintenance.models import MaintenanceRequest, RequestState
from maintenance.next_times import moved_to, need_of
from maintenance.time_forms import MoveForm, WhatIfForm
from maintenance.workflow.digest import digest_of
from maintenance.workflow.guards import Verb, objections, refusals
from maintenance.workflow.questions import Question
from portal import clock
from portal.errors import DomainError
from portal.http import Request

# What a change of the plan takes back.
DECIDED = set(RequestState) - {
    RequestState.DRAFT,
    RequestState.REJECTED,
    RequestState.WITHDRAWN,
    RequestState.CLOSED,
}


@require_http_methods(["GET", "POST"])
def move(request: Request, pk: int) -> HttpResponse:
    """`?start=2026-12-03T22:00`, by the reader's clock, is what a drag asks for."""
    item = request_for(request.user, pk, may="change")
    if request.method == "GET":
        return _page(request, item, MoveForm(initial=_initial(request, item)))
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _page(request, item, form, status=422)
    try:
        workflow.change_plan(item, actor=request.user, **form.cleaned_data)
    except DomainError as refused:
        form.data = request.POST.copy()
        form.data["seen"] = digest_of(item)
        return _page(request, item, form, status=409, refused=refused.refusals)
    return redirect("maintenance:request-times", item.pk)


def _initial(request: Request, item: MaintenanceRequest) -> dict[str, Any]:
    start, end = item.planned_start, item.planned_end
    asked = WhatIfForm(request.GET, item=item)
    if asked.is_valid():
        start, end = asked.cleaned_data["start"], asked.cleaned_data["end"]
    elif start and not end:
        end = start + need_of(item).lasts
    return {"planned_start": start, "planned_end": end, "seen": digest_of(item)}


def _page(
    request: Request,
    item: MaintenanceRequest,
    form: MoveForm,
    *,
    status: int = 200,
    refused: Any = None,
) -> HttpResponse:
    said = form.cleaned_data if form.is_bound and form.is_valid() else form.initial
    start, end = said.get("planned_start"), said.get("planned_end")
    question = None
    if start and end:
        question = Question(moved_to(item, start=start, end=end), request.user, clock.now())
    context = {
        "item": item,
        "form": form,
        "start": start,
        "end": end,
        "objections": objections(question) if question else [],
        "warnings": question.warnings if question else [],
        "conflicts": question.conflicts if question else [],
        "is_asked": question is not None,
        "is_decided": item.state in DECIDED,
        "refused": refused,
        "why_not": refusals(item, Verb.CHANGE_PLAN, request.user),
    }
    return render(request, "maintenance/move.html", context, status=status)
