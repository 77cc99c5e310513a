"""What people say about a document: a page of all of it, and each verb."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from knowledge import workflow
from knowledge.access import comment_for, document_for, revision_of
from knowledge.calling import people_to_call
from knowledge.comment_forms import CommentForm, CommentWordsForm
from knowledge.comment_page import comments_of, html_of, newest_of, threads_of
from knowledge.models import Document, DocumentComment, Revision
from portal.access import require_work
from portal.api.pagination import Page
from portal.http import Request


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: Request, slug: str) -> HttpResponse:
    """Every thread, settled ones too; a new one is posted here."""
    document = document_for(request.user, slug=slug)
    if request.method != "POST":
        return _page(request, document)
    require_work(request.user)
    revision = _commented(request, document)
    form = CommentForm(request.POST, html=html_of(revision))
    if not form.is_valid():
        return _page(request, document, form=form, status=422)
    return redirect(workflow.comment_on(revision, **form.cleaned_data, actor=request.user))


@require_GET
def live(request: Request, slug: str) -> HttpResponse:
    """The open threads if anything happened since the reader looked, else 204."""
    document = document_for(request.user, slug=slug)
    if not request.htmx:
        return redirect(document)
    if request.GET.get("seen") == str(newest_of(document)):
        return HttpResponse(status=204)
    context = comments_of(request.user, document, _commented(request, document))
    return render(request, "knowledge/comment_open.html", context)


@require_GET
def people(request: Request, slug: str) -> HttpResponse:
    """Whom one may call here by what is typed behind an @: those who may read it."""
    document = document_for(request.user, slug=slug)
    require_work(request.user)
    found = people_to_call(document, request.GET.get("q", ""))
    return JsonResponse({"people": found})


@require_POST
def answer(request: Request, slug: str, pk: int) -> HttpResponse:
    comment = _comment(request, slug, pk, "answer")
    form = CommentWordsForm(request.POST)
    if not form.is_valid():
        return _words_page(request, comment, form, is_answer=True, status=422)
    said = workflow.answer_comment(comment, **form.cleaned_data, actor=request.user)
    return redirect(said)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, slug: str, pk: int) -> HttpResponse:
    comment = _comment(request, slug, pk, "edit")
    if request.method != "POST":
        form = CommentWordsForm(initial={"text": comment.text})
        return _words_page(request, comment, form)
    form = CommentWordsForm(request.POST)
    if not form.is_valid():
        return _words_page(request, comment, form, status=422)
    return redirect(workflow.edit_comment(comment, **form.cleaned_data, actor=request.user))


@require_POST
def remove(request: Request, slug: str, pk: int) -> HttpResponse:
    comment = workflow.remove_comment(_comment(request, slug, pk, "remove"), actor=request.user)
    return redirect(comment.parent or comment)


@require_POST
def resolve(request: Request, slug: str, pk: int) -> HttpResponse:
    comment = _comment(request, slug, pk, "settle")
    return redirect(workflow.resolve_comment(comment, actor=request.user))


@require_POST
def reopen(request: Request, slug: str, pk: int) -> HttpResponse:
    comment = _comment(request, slug, pk, "settle")
    return redirect(workflow.reopen_comment(comment, actor=request.user))


@require_POST
def weigh(request: Request, slug: str, pk: int, *, is_blocking: bool) -> HttpResponse:
    comment = _comment(request, slug, pk, "settle")
    weighed = workflow.set_blocking(comment, is_blocking=is_blocking, actor=request.user)
    return redirect(weighed)


def _comment(request: Request, slug: str, pk: int, may: Any) -> DocumentComment:
    return comment_for(request.user, pk, may, document=document_for(request.user, slug=slug))


def _commented(request: Request, document: Document) -> Revision:
    """The revision that the reader has before them, or what readers get."""
    sent = request.POST if request.method == "POST" else request.GET
    number = sent.get("revision", "")
    if number.isdecimal():
        return revision_of(document, int(number))
    return shown_of(document)


def shown_of(document: Document) -> Revision:
    return document.published or get_object_or_404(
        document.revisions, number=document.latest_number
    )


def _page(
    request: Request, document: Document, *, form: CommentForm | None = None, status: int = 200
) -> HttpResponse:
    revision = _commented(request, document)
    html = html_of(revision)
    page = Page(request, document.comments.threads().with_line_columns().order_by("-pk"))
    may_comment = request.user.may_work
    context = {
        "document": document,
        "revision": revision,
        "page": page,
        "threads": threads_of(request.user, document, page.rows, html),
        "may_comment": may_comment,
        "form": (form or CommentForm(html=html)) if may_comment else None,
    }
    return render(request, "knowledge/comments.html", context, status=status)


def _words_page(
    request: Request,
    comment: DocumentComment,
    form: CommentWordsForm,
    *,
    is_answer: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "document": comment.document,
        "comment": comment,
        "form": form,
        "is_answer": is_answer,
    }
    return render(request, "knowledge/comment_words.html", context, status=status)
