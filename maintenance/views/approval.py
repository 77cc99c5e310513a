"""The approver's page: exactly what is approved, and two words to say."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from maintenance import workflow
from maintenance.access import request_for
from maintenance.forms import ApproveForm, RejectForm
from maintenance.models import MaintenanceRequest
from maintenance.presentation import changes_since, status_of
from maintenance.workflow.digest import digest_of
from maintenance.workflow.guards import Verb, answers
from maintenance.workflow.questions import Question
from portal import clock
from portal.errors import DomainError
from portal.http import Request
from portal.thread import thread


@require_GET
def page(request: Request, pk: int) -> HttpResponse:
    return _page(request, request_for(request.user, pk))


@require_POST
def approve(request: Request, pk: int) -> HttpResponse:
    return _decide(request, pk, "approve_form", ApproveForm(request.POST), workflow.approve)


@require_POST
def reject(request: Request, pk: int) -> HttpResponse:
    form = RejectForm(request.POST, prefix=None)
    return _decide(request, pk, "reject_form", form, workflow.reject)


def _decide(request: Request, pk: int, name: str, form: forms.Form, verb: Any) -> HttpResponse:
    item = request_for(request.user, pk, may="decide")
    if not form.is_valid():
        return _page(request, item, status=422, **{name: form})
    try:
        item = verb(item, actor=request.user, **form.cleaned_data)
    except DomainError as refused:
        # The page shows the plan as it is now; the remark stays, the digest is the new one.
        form.data = request.POST.copy()
        form.data["digest"] = digest_of(item)
        return _page(request, item, status=409, refused=refused.refusals, **{name: form})
    return redirect(item)


def _page(
    request: Request, item: MaintenanceRequest, *, status: int = 200, **more: Any
) -> HttpResponse:
    digest = digest_of(item)
    question = Question(item, request.user, clock.now())
    votes = question.votes
    own = [vote for vote in votes if vote.person_id == request.user.pk]
    last_vote = next(iter(own or votes), None)
    label, tone = status_of(item)
    context = {
        "item": item,
        "status": {"value": item.state, "label": label, "tone": tone},
        "digest": digest,
        "votes": votes,
        "last_vote": last_vote,
        "changes": changes_since(item, last_vote) if last_vote else [],
        "why_not_approve": answers(question, Verb.APPROVE),
        "why_not_reject": answers(question, Verb.REJECT),
        "approve_form": ApproveForm(initial={"digest": digest}, auto_id="id_approve_%s"),
        "reject_form": RejectForm(initial={"digest": digest}, auto_id="id_reject_%s"),
        "thread": thread(request.user, item),
        **more,
    }
    return render(request, "maintenance/approval.html", context, status=status)
