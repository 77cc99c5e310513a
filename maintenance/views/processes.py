"""The maintenance processes: their steps, their versions, and the draft of the next one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import process_for, rules_somewhere
from maintenance.models import ProcessTemplate, ProcessVersion, VersionState
from maintenance.presentation import compare, lines, step_lines, steps_in_words
from maintenance.process_forms import ProcessForm
from maintenance.workflow import ProcessVerb, why_not_process
from maintenance.workflow.processes import newest_version
from portal import events
from portal.access import require_look
from portal.errors import DomainError
from portal.forms import attempt
from portal.http import Request

VERSIONS = 50


@require_GET
def process_list(request: Request) -> HttpResponse:
    require_look(request.user)
    context = {
        "processes": [
            {"process": each, "version": each.published, "steps": step_lines(each.steps)}
            for each in ProcessTemplate.objects.select_related("published")
        ]
    }
    return render(request, "maintenance/processes.html", context)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    """What is published, the draft with what it changes, and any two versions compared."""
    process = process_for(request.user, pk)
    versions = list(process.versions.select_related("author")[:VERSIONS])
    draft = next((each for each in versions if each.state == VersionState.DRAFT), None)
    old, new = _chosen(request, versions)
    context = {
        "process": process,
        "steps": step_lines(process.steps),
        "versions": versions,
        "draft": draft,
        "old": old,
        "new": new,
        "difference": _difference(old, new),
        "may_change": rules_somewhere(request.user),
        "why_not_publish": why_not_process(process, ProcessVerb.PUBLISH),
        "timeline": lines(events.about(process)[:50]),
    }
    return render(request, "maintenance/process.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """When somebody was faster, nothing is saved and what was typed is shown again."""
    process = process_for(request.user, pk, may="change")
    newest = newest_version(process)
    steps = newest.steps if newest else []
    if request.method == "GET":
        initial = {"seen": newest.seen if newest else "0.0"}
        return _edit_page(request, process, ProcessForm(steps=steps, initial=initial))
    form = ProcessForm(request.POST, steps=steps)
    try:
        saved = attempt(
            form,
            lambda: workflow.save_process(
                process,
                steps=form.steps,
                message=form.cleaned_data["message"],
                seen=form.cleaned_data["seen"],
                actor=request.user,
            ),
        )
    except DomainError as refused:
        form.data = request.POST.copy()
        form.data["seen"] = newest.seen if newest else "0.0"
        return _edit_page(request, process, form, status=409, refusals=refused.refusals)
    if saved is None:
        return _edit_page(request, process, form, status=422)
    return redirect(process)


@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    process = process_for(request.user, pk, may="change")
    workflow.publish_process(process, seen=request.POST.get("seen"), actor=request.user)
    return redirect(process)


@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    process = process_for(request.user, pk, may="change")
    return redirect(workflow.discard_process_draft(process, actor=request.user))


def _chosen(
    request: Request, versions: list[ProcessVersion]
) -> tuple[ProcessVersion | None, ProcessVersion | None]:
    """Return the two versions to compare: as the address says, else the newest and its own."""
    by_number = {str(version.number): version for version in versions}
    new = by_number.get(request.GET.get("to", ""), versions[0] if versions else None)
    before = str(new.number - 1) if new else ""
    return by_number.get(request.GET.get("from", before)), new


def _difference(
    old: ProcessVersion | None, new: ProcessVersion | None
) -> list[tuple[str, str]] | None:
    if old is None or new is None or old == new:
        return None
    return compare(steps_in_words(old.steps), steps_in_words(new.steps))


def _edit_page(
    request: Request,
    process: ProcessTemplate,
    form: ProcessForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {"process": process, "form": form, "label": _("Save the draft"), **more}
    return render(request, "maintenance/process_edit.html", context, status=status)
