"""Writing: a new request, its plan, and the runbook that it leaves better."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from knowledge.access import action_for, document_for
from knowledge.models import ActionItem
from knowledge.workflow import EditConflict
from maintenance import workflow
from maintenance.access import request_for, require_services
from maintenance.forms import EditForm, NewRequestForm, RequestForm, RunbookForm
from maintenance.models import MaintenanceRequest
from maintenance.workflow.digest import digest_of
from maintenance.workflow.requests import EDITABLE, LISTS, reason_from
from portal.access import require_work
from portal.errors import DomainError
from portal.http import Request

LONGEST_KEY = 18  # digits, that fit the database's integers


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """An action named by `?action=7` brings its words along."""
    require_work(request.user)
    action = _action(request)
    if request.method == "GET":
        form = NewRequestForm(user=request.user, initial=_from_action(action))
        return _new_page(request, action, form)
    form = NewRequestForm(request.POST, user=request.user)
    if not form.is_valid():
        return _new_page(request, action, form, status=422)
    said = form.cleaned_data
    made = workflow.ask_for_change(**said, action_item=action, actor=request.user)
    return redirect(made)


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """When the plan moved meanwhile, nothing is saved and what was typed is shown again."""
    item = request_for(request.user, pk, may="change")
    initial = _initial(item)
    if request.method == "GET":
        return _edit_page(request, item, EditForm(user=request.user, initial=initial))
    form = EditForm(request.POST, user=request.user, initial=initial)
    if not form.is_valid():
        return _edit_page(request, item, form, status=422)
    require_services(request.user, [form.cleaned_data["service"]])
    changed = {name: form.cleaned_data[name] for name in form.changed_data if name in EDITABLE}
    try:
        seen = form.cleaned_data["seen"]
        item = workflow.change_plan(item, actor=request.user, seen=seen, **changed)
    except DomainError as refused:
        form.data = request.POST.copy()
        form.data["seen"] = digest_of(item)
        return _edit_page(request, item, form, status=409, refusals=refused.refusals)
    return redirect(item)


@require_http_methods(["GET", "POST"])
def runbook(request: Request, pk: int) -> HttpResponse:
    """Publish a new revision of the linked runbook from within the request."""
    item = request_for(request.user, pk, may="change")
    if item.runbook is not None:
        document_for(request.user, may="change", pk=item.runbook.pk)
    if item.runbook is None or request.method == "GET":
        return _runbook_page(request, item)
    form = RunbookForm(request.POST)
    if not form.is_valid():
        return _runbook_page(request, item, form, status=422)
    try:
        workflow.revise_runbook(item, actor=request.user, **form.cleaned_data)
    except EditConflict as conflict:
        form.data = request.POST.copy()
        form.data["base_number"] = str(conflict.newest.number)
        context = {"newest": conflict.newest, "refusals": conflict.refusals}
        return _runbook_page(request, item, form, status=409, **context)
    except DomainError as refused:
        return _runbook_page(request, item, form, status=409, refusals=refused.refusals)
    return redirect(f"{item.get_absolute_url()}#runbook")


def _new_page(
    request: Request, action: ActionItem | None, form: RequestForm, *, status: int = 200
) -> HttpResponse:
    draft = f"request-new-{action.pk}" if action else "request-new"
    context = {"form": form, "action": action, "draft": draft}
    return render(request, "maintenance/request_new.html", context, status=status)


def _edit_page(
    request: Request,
    item: MaintenanceRequest,
    form: EditForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"item": item, "form": form, **more}
    return render(request, "maintenance/request_edit.html", context, status=status)


def _runbook_page(
    request: Request,
    item: MaintenanceRequest,
    form: RunbookForm | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    if form is None and item.runbook is not None:
        newest = item.runbook.revisions.first()
        initial = {
            "base_number": item.runbook.latest_number,
            "title": newest.title if newest else item.runbook.title,
            "body": newest.body if newest else "",
            "message": item.title,
        }
        form = RunbookForm(initial=initial)
    more.setdefault(
        "refusals", workflow.refusals(item, workflow.Verb.REVISE_RUNBOOK, request.user)
    )
    context = {"item": item, "form": form, **more}
    return render(request, "maintenance/runbook.html", context, status=status)


def _initial(item: MaintenanceRequest) -> dict[str, Any]:
    initial = {name: getattr(item, name) for name in EDITABLE - LISTS}
    return {
        **initial,
        "service": item.service.slug,
        "other_services": [service.slug for service in item.other_services.all()],
        "resources": [resource.pk for resource in item.resources.all()],
        "seen": digest_of(item),
    }


def _action(request: Request) -> ActionItem | None:
    number = request.GET.get("action", "")
    if not number.isascii() or not number.isdecimal() or len(number) > LONGEST_KEY:
        return None
    return action_for(request.user, int(number))


def _from_action(action: ActionItem | None) -> dict[str, Any]:
    if action is None:
        return {}
    return {
        "title": action.title,
        "reason": reason_from(action),
        "service": action.service.slug if action.service else None,
    }
