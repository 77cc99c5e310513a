"""The page of a review: written in sections, with its actions, until it is published."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from incidents import review_page, review_text, workflow
from incidents.access import review_for
from incidents.models import Review
from incidents.review_forms import PeopleForm, ReviewActionForm, ReviewForm
from portal.http import Request


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return page_of(request, review_for(request.user, pk))


@require_GET
def printed(request: Request, pk: int) -> HttpResponse:
    """The review as it reads on paper, or as a PDF."""
    review = review_for(request.user, pk)
    return render(
        request, "incidents/review_print.html", review_page.facts(request.user, review)
    )


@require_GET
def markdown(request: Request, pk: int) -> HttpResponse:
    """The review as one Markdown file."""
    review = review_for(request.user, pk)
    body = review_text.document(review, workflow.actions_of(review.incident))
    name = f"review-{slugify(review.incident.number)}.md"
    return HttpResponse(
        body,
        content_type="text/markdown; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
def save(request: Request, pk: int) -> HttpResponse:
    """Keep what was written; where somebody was faster, both texts are shown."""
    review = review_for(request.user, pk, may="change")
    return _saved(request, review) or redirect(review)


@require_POST
def refill(request: Request, pk: int) -> HttpResponse:
    """Keep what was written, then fill one section in again."""
    review = review_for(request.user, pk, may="change")
    refused = _saved(request, review)
    if refused is not None:
        return refused
    key = request.POST.get("refill", "")
    workflow.refill_section(review, key=key, actor=request.user)
    return redirect(f"{review.get_absolute_url()}#section-{key}")


@require_POST
def people(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    form = PeopleForm(request.POST, review=review, auto_id="id_people_%s")
    if not form.is_valid():
        return page_of(request, review, {"people_form": form}, status=422)
    workflow.set_review_people(review, **form.cleaned_data, actor=request.user)
    return redirect(review)


@require_POST
def add_action(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    form = ReviewActionForm(request.POST, auto_id="id_action_%s")
    if not form.is_valid():
        return page_of(request, review, {"action_form": form}, status=422)
    workflow.add_review_action(review, **form.cleaned_data, actor=request.user)
    return redirect(f"{review.get_absolute_url()}#actions")


def page_of(
    request: Request,
    review: Review,
    sent: dict[str, forms.Form] | None = None,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Show the review; `sent` are forms, by name, that came with something to correct."""
    context = {**review_page.page(request.user, review, sent or {}), **more}
    return render(request, "incidents/review.html", context, status=status)


def _saved(request: Request, review: Review) -> HttpResponse | None:
    """Keep the sections that were sent; answer with the page where that cannot be."""
    form = ReviewForm(request.POST, review=review)
    if not form.is_valid():
        return page_of(request, review, {"form": form}, status=422)
    try:
        workflow.save_review(
            review,
            version=form.cleaned_data["version"],
            sections=form.sections,
            actor=request.user,
        )
    except workflow.ReviewConflict as conflict:
        return _conflict(request, review, form, conflict)
    return None


def _conflict(
    request: Request, review: Review, form: ReviewForm, conflict: workflow.ReviewConflict
) -> HttpResponse:
    """The text that was sent stays in the form, on top of the newest version."""
    current = conflict.current
    both = [
        {
            "title": section["title"],
            "theirs": current.sections.get(section["key"], ""),
            "mine": form.sections.get(section["key"], ""),
        }
        for section in current.outline
        if current.sections.get(section["key"], "") != form.sections.get(section["key"], "")
    ]
    sent = request.POST.copy()
    sent["version"] = str(current.version)
    again = ReviewForm(sent, review=current)
    return page_of(
        request, review, {"form": again}, status=409, both=both, conflict=conflict.refusals
    )
