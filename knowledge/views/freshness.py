"""Documents to look at again: the queue, and what their keepers and readers say of them."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from knowledge import workflow
from knowledge.access import document_for, revision_of
from knowledge.filters import FreshnessFilter
from knowledge.models import Document, Freshness
from knowledge.repair_forms import AttestForm, HelpfulForm, IntervalForm
from portal import clock
from portal.access import require_look
from portal.errors import refuse
from portal.http import Request
from portal.listing import listing

MOST_WITHOUT = 50


@require_GET
def queue(request: Request) -> HttpResponse:
    """What is due for a look, the longest overdue first; and what nobody keeps."""
    require_look(request.user)
    now = clock.now()
    due = Freshness.objects.visible_to(request.user).to_look_at(now).with_list_columns()
    left = Q(owner__is_active=False) | Q(owner=None, team=None)
    kept_by_nobody = Document.objects.visible_to(request.user).current().filter(left)
    context = listing(request, due, FreshnessFilter)
    page = context["page"]
    context |= {
        "rows": [{"fresh": row, "state": row.state_at(now)} for row in page.rows],
        "without_keeper": kept_by_nobody.filter(published__isnull=False)[:MOST_WITHOUT],
    }
    return render(request, "knowledge/freshness.html", context)


@require_POST
def attest(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    form = AttestForm(request.POST)
    if not form.is_valid():
        raise refuse("number_missing", _("Say which revision is still correct."))
    workflow.attest(document, **form.cleaned_data, actor=request.user)
    messages.success(request, _("Kept: it is still correct."))
    return redirect(document)


@require_POST
def interval(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug, may="change")
    form = IntervalForm(request.POST)
    if not form.is_valid():
        raise refuse("form_invalid", str(form.errors["days"][0]))
    workflow.set_review_interval(document, **form.cleaned_data, actor=request.user)
    return redirect(document)


@require_POST
def helpful(request: Request, slug: str) -> HttpResponse:
    document = document_for(request.user, slug=slug)
    form = HelpfulForm(request.POST)
    if not form.is_valid():
        raise refuse("form_invalid", _("Say yes or no."))
    revision = revision_of(document, form.cleaned_data["number"])
    workflow.vote_helpful(
        revision, is_helpful=form.cleaned_data["is_helpful"], actor=request.user
    )
    messages.success(request, _("Thank you. Its keepers see how many it helped."))
    return redirect(document)
