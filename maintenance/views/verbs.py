"""The verbs of a request: each a URL that is posted to."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from knowledge.access import action_for
from maintenance import workflow
from maintenance.access import request_for, require_services
from maintenance.forms import AnswerForm, ReasonForm, RemarkForm, ReviewForm, VerifyForm
from maintenance.models import MaintenanceRequest
from maintenance.views.requests import detail_page
from portal.access import require_work
from portal.errors import DomainError
from portal.http import Request

Change = Callable[..., MaintenanceRequest]


@require_POST
def submit(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.submit)


@require_POST
def assess(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.assess)


@require_POST
def ask_approval(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.ask_approval)


@require_POST
def schedule(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.schedule)


@require_POST
def hold(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.hold, ReasonForm)


@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.resume)


@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.cancel, ReasonForm)


@require_POST
def confirm_runbook(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.confirm_runbook, ReasonForm)


@require_POST
def follow_up(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.follow_up)


@require_POST
def authorise(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.authorise)


@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.withdraw, RemarkForm)


@require_POST
def back_to_draft(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.back_to_draft)


@require_POST
def start(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.start)


@require_POST
def finish_work(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.finish_work)


@require_POST
def back_to_work(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.back_to_work, RemarkForm)


@require_POST
def answer(request: Request, pk: int, order: int) -> HttpResponse:
    item = request_for(request.user, pk, may="change")
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _correct(request, item, form)
    try:
        workflow.answer_step(item, order=order, actor=request.user, **form.cleaned_data)
    except DomainError as refused:
        form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        return _correct(request, item, form, status=409)
    return redirect(f"{item.get_absolute_url()}#steps")


@require_POST
def verify(request: Request, pk: int) -> HttpResponse:
    return _write(request, pk, workflow.verify, "verify_form", VerifyForm(request.POST))


@require_POST
def review(request: Request, pk: int) -> HttpResponse:
    return _write(request, pk, workflow.write_review, "review_form", ReviewForm(request.POST))


@require_POST
def close(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.close)


@require_POST
def from_action(request: Request, pk: int) -> HttpResponse:
    """One step: the draft is made from the action, or the open one is shown."""
    require_work(request.user)
    action = action_for(request.user, pk)
    if action.service is not None:
        require_services(request.user, [action.service])
    existing = MaintenanceRequest.objects.open().filter(action_item=action).exists()
    item = workflow.request_from_action(action, actor=request.user)
    if existing:
        text = _("This action has an open request already: %(number)s.")
        messages.info(request, text % {"number": item.number})
    return redirect(item)


def _do(
    request: Request, pk: int, verb: Change, form_class: type[forms.Form] | None = None
) -> HttpResponse:
    item = request_for(request.user, pk, may="change")
    given: dict[str, Any] = {}
    if form_class is not None:
        form = form_class(request.POST)
        if not form.is_valid():
            return _correct(request, item, form)
        given = form.cleaned_data
    return redirect(verb(item, actor=request.user, **given))


def _write(
    request: Request, pk: int, verb: Callable[..., Any], name: str, form: forms.Form
) -> HttpResponse:
    """Refused or not, what was typed stays."""
    item = request_for(request.user, pk, may="change")
    if not form.is_valid():
        return detail_page(request, item, status=422, **{name: form})
    try:
        verb(item, actor=request.user, **form.cleaned_data)
    except DomainError as refused:
        if not refused.refusals or refused.refusals[0].code == "wrong_state":
            raise  # the page has no place for this form any more
        form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        return detail_page(request, item, status=409, **{name: form})
    return redirect(item)


def _correct(
    request: Request, item: MaintenanceRequest, form: forms.Form, *, status: int = 422
) -> HttpResponse:
    context = {"item": item, "form": form}
    return render(request, "maintenance/correct.html", context, status=status)
