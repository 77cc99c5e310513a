"""Files beside a document: the list, what people do with them, and the door they leave by."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import attachment_for, document_for, may_change_document
from knowledge.attachments import markdown_of
from knowledge.filters import AttachmentFilter
from knowledge.forms import AttachForm, DescribeForm, ReplaceForm
from knowledge.models import Attachment, Document
from knowledge.workflow.attaching import too_large
from portal.access import May, require_look
from portal.http import Request
from portal.listing import listing
from portal.pictures import MOST_BYTES

# Whatever it is, nothing in it may act, should it ever be opened as a page.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, max-age=3600",
}


@require_GET
def attachment_list(request: Request) -> HttpResponse:
    """The files of all documents that the reader may read, the largest first."""
    require_look(request.user)
    files = Attachment.objects.visible_to(request.user).current().with_uses()
    rows = files.select_related("document__space").order_by("-size", "pk")
    return render(
        request, "knowledge/attachment_list.html", listing(request, rows, AttachmentFilter)
    )


@require_http_methods(["GET", "POST"])
def attachments(request: Request, slug: str) -> HttpResponse:
    """The files of a document, and the form that adds some."""
    may: May = "change" if request.method == "POST" else "view"
    document = document_for(request.user, slug=slug, may=may)
    form = AttachForm(request.POST or None, request.FILES or None)
    if request.method == "GET":
        return _page(request, document, AttachForm())
    if not form.is_valid():
        return _page(request, document, form, status=422)
    for file in form.cleaned_data["sent"]:
        workflow.attach(
            document,
            content_of(file),
            name=file.name or "",
            description=form.cleaned_data["description"],
            actor=request.user,
        )
    messages.success(request, _("Kept. Copy its line into the text where it belongs."))
    return redirect("knowledge:document-attachments", document.slug)


@require_POST
def replace(request: Request, slug: str, key: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    form = ReplaceForm(request.POST, request.FILES)
    file = attachment_for(document, key)
    if not form.is_valid():
        return _page(request, document, AttachForm(), status=422)
    sent = content_of(form.cleaned_data["file"])
    workflow.replace_attachment(file, sent, actor=request.user)
    messages.success(request, _("“%(name)s” is replaced.") % {"name": file.name})
    return redirect("knowledge:document-attachments", document.slug)


@require_POST
def describe(request: Request, slug: str, key: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    form = DescribeForm(request.POST)
    file = attachment_for(document, key)
    if not form.is_valid():
        return _page(request, document, AttachForm(), status=422)
    workflow.describe_attachment(file, **form.cleaned_data, actor=request.user)
    return redirect("knowledge:document-attachments", document.slug)


@require_POST
def remove(request: Request, slug: str, key: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    file = attachment_for(document, key)
    workflow.remove_attachment(file, actor=request.user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": file.name})
    return redirect("knowledge:document-attachments", document.slug)


@require_GET
def content(request: Request, key: str) -> HttpResponse:
    """The file itself, for whoever may read its document; only a picture of ours is shown."""
    file = attachment_for(None, key, user=request.user)
    headers = {**HEADERS, "ETag": f'"{file.sha256}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers=headers)
    try:
        with default_storage.open(file.file_path) as kept:
            words = kept.read()
    except FileNotFoundError:
        raise Http404 from None
    way = "inline" if file.is_picture else "attachment"
    headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(file.name)}"
    kind = file.media_type or "application/octet-stream"
    return HttpResponse(words, content_type=kind, headers=headers)


def content_of(file: UploadedFile[Any]) -> bytes:
    if file.size is not None and file.size > MOST_BYTES:
        raise too_large()
    return bytes(file.read())


def _page(
    request: Request, document: Document, form: AttachForm, *, status: int = 200
) -> HttpResponse:
    files = document.attachments.current().with_uses().select_related("uploaded_by")
    context: dict[str, Any] = {
        "document": document,
        "form": form,
        "may_change": may_change_document(request.user, document),
        "files": [
            {
                "file": file,
                "markdown": markdown_of(file, document),
                "form": DescribeForm(
                    initial={"description": file.description}, auto_id=f"id_{file.key}_%s"
                ),
            }
            for file in files
        ],
        "total": sum(file.size for file in files),
    }
    return render(request, "knowledge/attachments.html", context, status=status)
