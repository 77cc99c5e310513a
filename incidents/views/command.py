"""Who does what in an incident, its tasks, whom it reaches, merging: one form for each verb."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from incidents import workflow
from incidents.access import incident_for, may_work_on
from incidents.command_forms import (
    AffectedForm,
    AssessForm,
    HeldRoleForm,
    ImpactForm,
    MergeForm,
    PrivacyForm,
    RoleForm,
    ServiceForm,
    TaskForm,
)
from incidents.forms import BulkForm
from incidents.models import Incident, IncidentTask, Role
from incidents.views.room import room_page
from portal.access import require_look, require_work
from portal.errors import DomainError, Refusal
from portal.http import Request


@require_POST
def give_role(request: Request, pk: int) -> HttpResponse:
    """Give a role at once; whoever works on the incident may."""
    return _with_role_form(request, pk, workflow.give_role)


@require_POST
def offer_role(request: Request, pk: int) -> HttpResponse:
    return _with_role_form(request, pk, workflow.offer_role)


def _with_role_form(request: Request, pk: int, verb: Callable[..., Any]) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = RoleForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"give_role": form}, status=422)
    verb(incident, **form.cleaned_data, actor=request.user)
    return redirect(incident)


@require_POST
def take_role(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    workflow.give_role(incident, role=_role(request), person=request.user, actor=request.user)
    return redirect(incident)


@require_POST
def join(request: Request, pk: int) -> HttpResponse:
    """Everybody who sees it may follow it."""
    incident = incident_for(request.user, pk)
    workflow.give_role(incident, role=Role.OBSERVER, person=request.user, actor=request.user)
    return redirect(incident)


@require_POST
def accept_role(request: Request, pk: int) -> HttpResponse:
    """Whoever it was offered to may accept, whatever team they are of."""
    incident = incident_for(request.user, pk)
    require_work(request.user)
    workflow.accept_role(incident, role=_role(request), actor=request.user)
    return redirect(incident)


@require_POST
def decline_role(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk)
    require_work(request.user)
    workflow.decline_role(incident, role=_role(request), actor=request.user)
    return redirect(incident)


@require_POST
def leave_role(request: Request, pk: int) -> HttpResponse:
    """Give up one's own role; a private incident is then no longer shown."""
    incident = incident_for(request.user, pk)
    workflow.leave_role(incident, role=_role(request), person=request.user, actor=request.user)
    seen = Incident.objects.visible_to(request.user).filter(pk=pk).exists()
    return redirect(incident) if seen else redirect("incidents:home")


@require_POST
def add_task(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = TaskForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"add_task": form}, status=422)
    workflow.add_task(incident, **form.cleaned_data, actor=request.user)
    return redirect(incident)


@require_POST
def finish_task(request: Request, pk: int, task: int) -> HttpResponse:
    incident, row = _task(request, pk, task)
    workflow.finish_task(row, actor=request.user)
    return redirect(incident)


@require_POST
def reopen_task(request: Request, pk: int, task: int) -> HttpResponse:
    incident, row = _task(request, pk, task)
    workflow.reopen_task(row, actor=request.user)
    return redirect(incident)


@require_POST
def take_task(request: Request, pk: int, task: int) -> HttpResponse:
    incident, row = _task(request, pk, task)
    workflow.assign_task(row, assignee=request.user, actor=request.user)
    return redirect(incident)


def _task(request: Request, pk: int, task: int) -> tuple[Incident, IncidentTask]:
    """A task: whoever works on the incident may change it, and whose task it is."""
    incident = incident_for(request.user, pk)
    row = get_object_or_404(incident.tasks.select_related("incident"), pk=task)
    if not may_work_on(request.user, incident) and row.assignee != request.user:
        raise PermissionDenied
    return incident, row


@require_POST
def set_impact(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = ImpactForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        lasted = workflow.why_not_lasted(said["impact_started_at"], said["impact_ended_at"])
        _point_at(form, "impact_ended_at", lasted)
    if not form.is_valid():
        return room_page(request, incident, {"set_impact": form}, status=422)
    return redirect(workflow.set_impact(incident, **form.cleaned_data, actor=request.user))


@require_POST
def set_affected(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = AffectedForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        _point_at(
            form, "ended_at", workflow.why_not_lasted(said["started_at"], said["ended_at"])
        )
    if not form.is_valid():
        return room_page(request, incident, {"set_affected": form}, status=422)
    workflow.set_affected(incident, **form.cleaned_data, actor=request.user)
    return redirect(incident)


@require_POST
def remove_affected(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = ServiceForm(request.POST)
    if form.is_valid():
        workflow.remove_affected(incident, **form.cleaned_data, actor=request.user)
    return redirect(incident)


@require_POST
def assess(request: Request, pk: int) -> HttpResponse:
    """Answer the five questions anew; the severity only if one is chosen."""
    incident = incident_for(request.user, pk, may="change")
    form = AssessForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"assess": form}, status=422)
    severity = form.cleaned_data["severity"]
    workflow.assess(incident, answers=form.answers, severity=severity, actor=request.user)
    return redirect(incident)


@require_POST
def set_private(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = PrivacyForm(request.POST)
    if form.is_valid():
        workflow.set_private(incident, **form.cleaned_data, actor=request.user)
    return redirect(incident)


@require_POST
def merge(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = MergeForm(request.POST, user=request.user, other_than=[])
    if form.is_valid():
        into = incident_for(request.user, form.cleaned_data["into"].pk, may="change")
        _point_at(form, "into", workflow.why_not_merge(incident, into))
    if not form.is_valid():
        return room_page(request, incident, {"merge": form}, status=422)
    workflow.merge(incident, **form.cleaned_data, actor=request.user)
    return redirect(form.cleaned_data["into"])


@require_POST
def unmerge(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    return redirect(workflow.unmerge(incident, actor=request.user))


@require_POST
def merge_many(request: Request) -> HttpResponse:
    """Merge the chosen ones into one of all: asks into which first; each by itself then."""
    require_look(request.user)
    require_work(request.user)
    chosen = BulkForm(request.POST)
    if not chosen.is_valid():
        messages.warning(request, _("Choose at least one incident."))
        return redirect("incidents:incidents")
    pks = chosen.cleaned_data["incident"]
    form = MergeForm(
        request.POST if "into" in request.POST else None, user=request.user, other_than=[]
    )
    if not form.is_valid():
        rows = Incident.objects.visible_to(request.user).filter(pk__in=pks)
        context = {"form": form, "rows": rows.select_related("service")}
        status = 422 if form.is_bound else 200
        return render(request, "incidents/merge.html", context, status=status)
    target = incident_for(request.user, form.cleaned_data["into"].pk, may="change")
    for pk in pks:
        if pk != target.pk:
            _merge_one(request, pk, target, form.cleaned_data["reason"])
    return redirect(target)


def _merge_one(request: Request, pk: int, target: Incident, reason: str) -> None:
    incident = incident_for(request.user, pk)
    if not may_work_on(request.user, incident):
        text = _("%(incident)s belongs to another team.") % {"incident": incident}
        messages.error(request, text)
        return
    try:
        workflow.merge(incident, into=target, reason=reason, actor=request.user)
    except DomainError as refused:
        messages.warning(request, f"{incident}: {refused}")
    else:
        text = _("%(incident)s is part of %(target)s now.")
        messages.success(request, text % {"incident": incident, "target": target})


def _role(request: Request) -> str:
    form = HeldRoleForm(request.POST)
    if not form.is_valid():
        raise DomainError([Refusal("no_role", _("There is no such role."))])
    return str(form.cleaned_data["role"])


def _point_at(form: Any, field: str, refusals: list[Refusal]) -> None:
    for refusal in refusals:
        form.add_error(field, " ".join([refusal.sentence, refusal.remedy]).strip())
