"""Who has read a document, and asking others to read it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from knowledge import workflow
from knowledge.access import document_for, reading_duty_for, reading_request_for
from knowledge.models import Document, RevisionReading
from knowledge.reading_forms import AskToReadForm
from knowledge.reading_page import readers_in_numbers, requests_of, team_without
from portal.api.pagination import Page
from portal.errors import DomainError, refuse
from portal.http import Request


@require_GET
def readers(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    return _page(request, document)


@require_POST
def ask(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    if document.published is None:
        raise refuse("not_published", _("Readers do not get this document yet."))
    form = AskToReadForm(request.POST, document=document, user=request.user)
    if not form.is_valid():
        return _page(request, document, form, status=422)
    try:
        workflow.ask_to_read(document.published, **form.cleaned_data, actor=request.user)
    except DomainError as refused:  # what was typed stays in the form
        for refusal in refused.refusals:
            form.add_error(None, refusal.sentence)
        return _page(request, document, form, status=409)
    messages.success(request, _("They are asked to read it."))
    return redirect("knowledge:document-readers", document.slug)


@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    asked = workflow.withdraw_reading(reading_request_for(request.user, pk), actor=request.user)
    return redirect("knowledge:document-readers", asked.document.slug)


@require_POST
def confirm(request: Request, pk: int) -> HttpResponse:
    duty = workflow.confirm_reading(reading_duty_for(request.user, pk), actor=request.user)
    messages.success(request, _("Thank you. It is noted that you have read it."))
    return redirect(duty.request.document)


def _page(
    request: Request,
    document: Document,
    form: AskToReadForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    readings = RevisionReading.objects.filter(revision=document.published_id)
    context = {
        "document": document,
        "page": Page(request, readings.select_related("person").order_by("-last_at", "-pk")),
        "without": team_without(document),
        "requests": requests_of(document),
        "form": form or AskToReadForm(document=document, user=request.user),
        **readers_in_numbers(document),
    }
    return render(request, "knowledge/readers.html", context, status=status)
