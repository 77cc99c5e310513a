"""Reviews of documents: what waits, and asking for one, answering it and going ahead of it."""

from typing import TypeVar

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from knowledge import workflow
from knowledge.access import document_for, reviewers_for, revision_of
from knowledge.forms import AskForReviewForm, ReviewPolicyForm, ReviewReasonForm
from knowledge.models import ReviewPolicy, Revision, RevisionReview
from portal.access import require_administrator, require_look
from portal.api.pagination import Page
from portal.errors import refuse
from portal.http import Request

F = TypeVar("F", bound=Form)


@require_GET
def review_list(request: Request) -> HttpResponse:
    """What waits for somebody else, and what readers have unreviewed."""
    require_look(request.user)
    reviews = RevisionReview.objects.visible_to(request.user).of_current().with_list_columns()
    needed = ReviewPolicy.objects.filter(review_needed=True).values_list("kind", flat=True)
    context = {
        "page": Page(
            request, reviews.unanswered().filter(is_urgent=False).order_by("asked_at", "pk")
        ),
        "unreviewed": reviews.unreviewed()[:50],
        "form": ReviewPolicyForm(initial={"kinds": list(needed)}),
        "may_set": request.user.is_administrator,
    }
    return render(request, "knowledge/reviews.html", context)


@require_POST
def policy(request: Request) -> HttpResponse:
    require_administrator(request.user)
    form = _valid(ReviewPolicyForm(request.POST))
    workflow.set_review_policy(form.cleaned_data["kinds"], actor=request.user)
    messages.success(request, _("The kinds that need a review are kept."))
    return redirect("knowledge:reviews")


@require_POST
def ask(request: Request, slug: str, number: int) -> HttpResponse:
    revision = _revision(request, slug, number)
    people = reviewers_for(revision.document, request.user)
    form = _valid(AskForReviewForm(request.POST, reviewers=people))
    workflow.ask_for_review(revision, **form.cleaned_data, actor=request.user)
    messages.success(request, _("A review is asked for."))
    return redirect(revision)


@require_POST
def approve(request: Request, slug: str, number: int) -> HttpResponse:
    revision = _revision(request, slug, number)
    workflow.approve_revision(revision, actor=request.user)
    return redirect(revision.document)


@require_POST
def reject(request: Request, slug: str, number: int) -> HttpResponse:
    revision = _revision(request, slug, number)
    form = _valid(ReviewReasonForm(request.POST))
    workflow.reject_revision(revision, **form.cleaned_data, actor=request.user)
    return redirect(revision)


@require_POST
def withdraw(request: Request, slug: str, number: int) -> HttpResponse:
    revision = _revision(request, slug, number)
    workflow.withdraw_review(revision, actor=request.user)
    return redirect(revision)


@require_POST
def publish_urgently(request: Request, slug: str, number: int) -> HttpResponse:
    revision = _revision(request, slug, number)
    form = _valid(ReviewReasonForm(request.POST))
    workflow.publish_urgently(revision, **form.cleaned_data, actor=request.user)
    return redirect(revision.document)


def _revision(request: Request, slug: str, number: int) -> Revision:
    return revision_of(document_for(request.user, slug=slug, may="change"), number)


def _valid(form: F) -> F:
    """Return the form, or refuse with its first words about every field."""
    if not form.is_valid():
        words = [f"{form[name].label}: {errors[0]}" for name, errors in form.errors.items()]
        raise refuse("form_invalid", " ".join(words))
    return form
