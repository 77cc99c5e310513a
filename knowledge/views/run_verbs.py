"""What is done with a run as a whole, and what a page without a connection sends later."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from knowledge import workflow
from knowledge.access import run_for
from knowledge.known_values import filled_for
from knowledge.queued_answers import take_in
from knowledge.run_forms import HandOverForm, PauseForm, ValuesForm
from knowledge.views.runs import run_page
from portal.errors import refuse
from portal.http import Request
from portal.strict import BadBody, parse_json

LARGEST_QUEUE = 500_000  # bytes


@require_POST
def pause(request: Request, pk: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    form = PauseForm(request.POST)
    if not form.is_valid():
        return run_page(request, run, status=422)
    workflow.pause_run(run, actor=request.user, **form.cleaned_data)
    return redirect(run)


@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    workflow.resume_run(run, actor=request.user)
    return redirect(run)


@require_POST
def hand_over(request: Request, pk: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    form = HandOverForm(request.POST)
    if not form.is_valid():
        return run_page(request, run, status=422)
    workflow.hand_over_run(run, actor=request.user, **form.cleaned_data)
    return redirect(run)


@require_POST
def go_on(request: Request, pk: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    return redirect(workflow.go_on_with_newer(run, actor=request.user))


@require_POST
def variables(request: Request, pk: int) -> HttpResponse:
    run = run_for(request.user, pk, may="change")
    form = ValuesForm(filled_for(run, request.user), request.POST)
    if not form.is_valid():
        return run_page(request, run, status=422)
    workflow.set_variables(run, values=form.by_name, actor=request.user)
    return redirect(run)


@require_POST
def queue(request: Request, pk: int) -> HttpResponse:
    """Take in what a page kept without a connection; say what became of each answer."""
    run = run_for(request.user, pk, may="change")
    return JsonResponse({"answers": take_in(run, _sent(request), actor=request.user)})


def _sent(request: Request) -> Any:
    try:
        return parse_json(request.body, limit=LARGEST_QUEUE)
    except BadBody:
        raise refuse("not_json", _("The answers cannot be read.")) from None
