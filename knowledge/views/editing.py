"""Writing documents: a draft, then publishing it; a text once typed is never lost."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import document_for, require_owner, require_space, revision_of
from knowledge.diffs import compare
from knowledge.drafts import writers_of
from knowledge.forms import AboutForm, DocumentForm, RevisionForm
from knowledge.merging import merged, three_way
from knowledge.models import FIRST_SPACE, Document, DocumentDraft, Revision
from knowledge.review_page import lost_variables
from knowledge.showing import show_text
from knowledge.starts import starts_for
from knowledge.texts import normalised
from knowledge.workflow import EditConflict
from knowledge.workflow.review_guards import Verb, is_review_needed, why_not
from knowledge.writing import belongs_to
from portal.access import require_work
from portal.http import Request


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    starts = starts_for(request.user)
    asked = request.GET.get("start", "")
    start = next((start for start in starts if start.key == asked), None)
    initial = {
        "kind": request.GET.get("kind", start.kind if start else "runbook"),
        "space": request.GET.get("space", FIRST_SPACE),
        "body": start.body if start else "",
    }
    form = DocumentForm(_sent(request), user=request.user, initial=initial)
    context: dict[str, Any] = {
        "form": form,
        "starts": starts,
        "start": start.key if start else "",
        "draft": f"document-new-{start.key}" if start else "document-new",
    }
    if request.method == "GET":
        return render(request, "knowledge/new.html", context)
    if not form.is_valid():
        return render(request, "knowledge/new.html", context, status=422)
    if "preview" in request.POST:
        context["preview"] = show_text(form.cleaned_data["body"], None, request.user)
        return render(request, "knowledge/new.html", context)
    require_owner(request.user, form.cleaned_data["team"])
    require_space(request.user, form.cleaned_data["space"])
    with transaction.atomic():
        document = workflow.create_document(**form.cleaned_data, actor=request.user)
        _publish_if_asked(request, document.revisions.get(number=1))
    return redirect(document)


@require_http_methods(["GET", "POST"])
def edit(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    newest = document.revisions.get(number=document.latest_number)
    if request.method == "GET":
        kept = DocumentDraft.objects.filter(document=document, author=request.user).first()
        words: Revision | DocumentDraft = newest
        base = newest.number
        if kept and "draft" in request.GET:
            words, base = kept, kept.base_number
        initial = {"title": words.title, "body": words.body, "base_number": base}
        return _editor(request, document, RevisionForm(initial=initial), kept=kept)
    form = RevisionForm(request.POST)
    if not form.is_valid():
        return _editor(request, document, form, status=422)
    if "preview" in request.POST:
        preview = show_text(form.cleaned_data["body"], document, request.user)
        return _editor(request, document, form, preview=preview)
    try:
        revision = _save(request, document, form)
    except EditConflict as conflict:
        _keep_draft(request, document, form)
        return _conflict(request, document, form, conflict.newest)
    if document.published_id != revision.pk:
        return redirect(revision)
    if lost := lost_variables(revision, newest):
        messages.info(request, lost)
    return redirect(document)


@require_http_methods(["GET", "POST"])
def change(request: Request, slug: str) -> HttpResponse:
    """Change who owns the document and what it is about."""
    document = document_for(request.user, slug=slug, may="change")
    initial = {
        "space": document.space.slug,
        "team": document.team,
        "is_team_only": document.is_team_only,
        "owner": document.owner,
        "services": document.services.all(),
        "tags": [tag.name for tag in document.tags.all()],
        "alert_names": document.alert_names,
    }
    form = AboutForm(_sent(request), user=request.user, initial=initial)
    context = {"document": document, "form": form}
    if request.method == "GET":
        return render(request, "knowledge/change.html", context)
    if not form.is_valid():
        return render(request, "knowledge/change.html", context, status=422)
    require_owner(request.user, form.cleaned_data["team"])
    if form.cleaned_data["space"] not in {None, document.space}:
        require_space(request.user, form.cleaned_data["space"])
    workflow.change_document(document, **form.cleaned_data, actor=request.user)
    return redirect(document)


@require_POST
def publish(request: Request, slug: str, number: int) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    workflow.publish(revision_of(document, number), actor=request.user)
    return redirect(document)


@require_POST
def restore(request: Request, slug: str, number: int) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    restored = workflow.restore_revision(revision_of(document, number), actor=request.user)
    sentence = _("Revision %(old)s is back as revision %(new)s, a draft.")
    messages.success(request, sentence % {"old": number, "new": restored.number})
    return redirect(restored)


@require_POST
def rename(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    wanted = request.POST.get("slug", "").strip()
    renamed = workflow.rename(document, slug=wanted, actor=request.user)
    messages.success(request, _("The old address leads here from now on."))
    return redirect(renamed)


@require_POST
def archive(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    workflow.archive(document, actor=request.user)
    messages.success(request, _("“%(title)s” is archived.") % {"title": document.title})
    return redirect("knowledge:documents")


@require_POST
def bring_back(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change", archived=True)
    workflow.bring_back(document, actor=request.user)
    return redirect(document)


def _sent(request: Request) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@transaction.atomic
def _save(request: Request, document: Document, form: RevisionForm) -> Revision:
    revision = workflow.save_revision(document, **form.cleaned_data, actor=request.user)
    return _publish_if_asked(request, revision)


def _publish_if_asked(request: Request, revision: Revision) -> Revision:
    """Publish it, or ask for the review that its kind needs; what was typed is kept."""
    if "publish" not in request.POST:
        return revision
    if is_review_needed(revision.document):
        if not why_not(Verb.ASK_FOR_REVIEW, revision.document, revision, request.user):
            workflow.ask_for_review(revision, actor=request.user)
        return revision
    published = workflow.publish(revision, actor=request.user)
    revision.document.published = published
    return published


def _keep_draft(request: Request, document: Document, form: RevisionForm) -> None:
    words = {name: form.cleaned_data[name] for name in ("base_number", "title", "body")}
    workflow.keep_draft(document, **words, actor=request.user)


def _editor(
    request: Request, document: Document, form: RevisionForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    belongs_to(form, document)
    context = {
        "document": document,
        "form": form,
        "others": writers_of(document, besides=request.user),
        "review_needed": is_review_needed(document),
        **more,
    }
    return render(request, "knowledge/edit.html", context, status=status)


def _conflict(
    request: Request, document: Document, form: RevisionForm, newest: Revision
) -> HttpResponse:
    """Show what the other person saved and keep what this one typed, to be saved next."""
    mine = form.cleaned_data
    base = document.revisions.filter(number=mine["base_number"]).first() or newest
    stretches = three_way(base.body, normalised(mine["body"]), newest.body)
    retry = RevisionForm(initial={**mine, "base_number": newest.number})
    belongs_to(retry, document)
    context = {
        "document": document,
        "newest": newest,
        "form": retry,
        "lines": compare(newest.body, normalised(mine["body"])),
        "stretches": stretches,
        "merged": merged(stretches),
    }
    return render(request, "knowledge/conflict.html", context, status=409)
