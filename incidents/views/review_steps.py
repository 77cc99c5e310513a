"""What moves a review on: reviewers, comments, publication, and doing without."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from incidents import workflow
from incidents.access import comment_for, may_let_off, review_for, waiver_for
from incidents.models import Incident, Review, ReviewWaiver
from incidents.parts import parts
from incidents.review_forms import (
    AnswerForm,
    CommentForm,
    PublicTextForm,
    ReviewersForm,
    WhyForm,
)
from incidents.views.reviews import page_of
from portal.access import require_look
from portal.api.pagination import Page
from portal.http import Request


@require_POST
def send(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    form = ReviewersForm(request.POST, review=review, auto_id="id_reviewers_%s")
    if not form.is_valid():
        return page_of(request, review, {"reviewers_form": form}, status=422)
    workflow.send_for_review(
        review, reviewers=form.cleaned_data["reviewers"], actor=request.user
    )
    return redirect(review)


@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    return redirect(workflow.withdraw_review(review, actor=request.user))


@require_POST
def answer(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="comment")
    form = AnswerForm(request.POST, auto_id="id_answer_%s")
    if not form.is_valid():
        return page_of(request, review, {"answer_form": form}, status=422)
    workflow.answer_review(review, **form.cleaned_data, actor=request.user)
    return redirect(review)


@require_POST
def comment(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="comment")
    form = CommentForm(request.POST, review=review, auto_id="id_comment_%s")
    if not form.is_valid():
        return page_of(request, review, {"comment_form": form}, status=422)
    made = workflow.comment_on(review, **form.cleaned_data, actor=request.user)
    return redirect(f"{review.get_absolute_url()}#comment-{made.pk}")


@require_POST
def resolve_comment(request: Request, pk: int, comment: int) -> HttpResponse:
    found = comment_for(request.user, pk, comment)
    workflow.resolve_comment(found, actor=request.user)
    return redirect(f"{found.review.get_absolute_url()}#comments")


@require_POST
def reopen_comment(request: Request, pk: int, comment: int) -> HttpResponse:
    found = comment_for(request.user, pk, comment)
    workflow.reopen_comment(found, actor=request.user)
    return redirect(f"{found.review.get_absolute_url()}#comments")


@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    return redirect(workflow.publish_review(review, actor=request.user))


@require_POST
def public_text(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    form = PublicTextForm(request.POST, auto_id="id_public_%s")
    if not form.is_valid():
        return page_of(request, review, {"public_form": form}, status=422)
    workflow.set_public_text(review, **form.cleaned_data, actor=request.user)
    return redirect(f"{review.get_absolute_url()}#public")


@require_POST
def not_needed(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="decide")
    form = _reason(request, "not_needed")
    if not form.is_valid():
        return page_of(request, review, {"not_needed_form": form}, status=422)
    return redirect(workflow.set_not_needed(review, **form.cleaned_data, actor=request.user))


@require_POST
def take_up(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="decide")
    return redirect(workflow.take_up_review(review, actor=request.user))


@require_POST
def waive(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="decide")
    form = _reason(request, "waive")
    if not form.is_valid():
        return page_of(request, review, {"waive_form": form}, status=422)
    workflow.waive_review(review.incident, **form.cleaned_data, actor=request.user)
    return redirect(review.incident)


@require_GET
def waiver_list(request: Request) -> HttpResponse:
    """Every leave to close without a review, and who may take it back."""
    require_look(request.user)
    seen = ReviewWaiver.objects.filter(incident__in=Incident.objects.visible_to(request.user))
    waivers = seen.select_related("incident__service__team", "granted_by", "revoked_by")
    page = Page(request, waivers)
    rows = [
        {
            "waiver": waiver,
            "may_revoke": waiver.revoked_at is None
            and waiver.incident.closed_at is None
            and may_let_off(request.user, waiver.incident),
        }
        for waiver in page.rows
    ]
    context = {"page": page, "rows": rows, "parts": parts("reviews")}
    return render(request, "incidents/waivers.html", context)


@require_POST
def revoke_waiver(request: Request, pk: int) -> HttpResponse:
    waiver = waiver_for(request.user, pk)
    workflow.revoke_waiver(waiver, actor=request.user)
    review: Review = waiver.incident.review
    return redirect(review)


def _reason(request: Request, name: str) -> forms.Form:
    return WhyForm(request.POST, auto_id=f"id_{name}_%s")
