"""Bringing a folder of Markdown in: sent, checked, looked at, and only then written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import import_for, require_owner, require_space
from knowledge.forms import ImportForm
from knowledge.models import DocumentImport
from portal.access import require_work
from portal.api.pagination import Page
from portal.errors import DomainError
from portal.http import Request

AT_ONCE = 20  # files that are done while one waits; a worker does the rest


@require_http_methods(["GET", "POST"])
def imports(request: Request) -> HttpResponse:
    """One's own imports, and the form that begins another."""
    require_work(request.user)
    if request.method == "GET":
        return _list(request, ImportForm(user=request.user))
    form = ImportForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        return _list(request, form, status=422)
    said = form.cleaned_data
    require_space(request.user, said["space"])
    require_owner(request.user, said["team"])
    archive = said.pop("archive")
    try:
        coming = workflow.start_import(
            archive.read(), name=archive.name or "", actor=request.user, **said
        )
    except DomainError as refused:
        form.add_error("archive", str(refused))
        return _list(request, form, status=422)
    return redirect(workflow.work_on(coming, at_most=AT_ONCE))


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, import_for(request.user, pk))


@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    """Give the drafts of the import to readers, and say which could not be and why."""
    coming = import_for(request.user, pk)
    after = request.POST.get("after", "")
    done = workflow.publish_drafts(coming, actor=request.user, after=after)
    return _page(request, coming, done=done, did="publish")


@require_POST
def ask_for_review(request: Request, pk: int) -> HttpResponse:
    """Ask the owner teams about the drafts of the import."""
    coming = import_for(request.user, pk)
    after = request.POST.get("after", "")
    done = workflow.ask_for_reviews(coming, actor=request.user, after=after)
    return _page(request, coming, done=done, did="ask")


def _page(request: Request, coming: DocumentImport, **more: Any) -> HttpResponse:
    findings = coming.findings.order_by("path", "line", "pk")
    level = request.GET.get("level", "")
    chosen = findings.filter(level=level) if level else findings
    files = coming.files.with_documents(request.user).order_by("path", "pk")
    is_files = request.GET.get("show") == "files"
    context = {
        "is_files": is_files,
        "file_count": coming.files.count(),
        "draft_count": coming.files.drafts().count(),
        "coming": coming,
        "page": Page(request, files if is_files else chosen),
        "counts": {
            name: findings.filter(level=name).count() for name in ("error", "warning", "note")
        },
        **more,
    }
    return render(request, "knowledge/import.html", context)


@require_POST
def write(request: Request, pk: int) -> HttpResponse:
    coming = import_for(request.user, pk)
    require_space(request.user, coming.space)
    coming = workflow.take_in(coming, actor=request.user)
    return redirect(workflow.work_on(coming, at_most=AT_ONCE))


@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    coming = workflow.cancel_import(import_for(request.user, pk), actor=request.user)
    messages.success(request, _("The import is cancelled."))
    return redirect(coming)


def _list(request: Request, form: ImportForm, *, status: int = 200) -> HttpResponse:
    rows = DocumentImport.objects.visible_to(request.user).select_related("space", "started_by")
    context = {"form": form, "page": Page(request, rows.order_by("-pk"))}
    return render(request, "knowledge/imports.html", context, status=status)
