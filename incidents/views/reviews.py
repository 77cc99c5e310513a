"""The page of a review: written in sections, with its actions, until it is published."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from incidents import clocks, workflow
from incidents.access import may_work_on, review_for
from incidents.forms import ReviewActionForm, ReviewForm
from incidents.models import Review, ReviewState
from incidents.wording import shown, tone_of_review
from portal import clock
from portal.http import Request
from portal.thread import thread


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, review_for(request.user, pk))


@require_POST
def save(request: Request, pk: int) -> HttpResponse:
    """Keep what was written; where somebody was faster, both texts are shown."""
    review = review_for(request.user, pk, may="change")
    form = ReviewForm(request.POST, review=review)
    if not form.is_valid():
        return _page(request, review, form=form, status=422)
    try:
        workflow.save_review(
            review,
            version=form.cleaned_data["version"],
            sections=form.sections,
            actor=request.user,
        )
    except workflow.ReviewConflict as conflict:
        return _conflict(request, review, form, conflict)
    return redirect(review)


@require_POST
def add_action(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    form = ReviewActionForm(request.POST)
    if not form.is_valid():
        return _page(request, review, action_form=form, status=422)
    workflow.add_review_action(review, **form.cleaned_data, actor=request.user)
    return redirect(f"{review.get_absolute_url()}#actions")


@require_POST
def publish(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    return redirect(workflow.publish_review(review, actor=request.user))


def _conflict(
    request: Request, review: Review, form: ReviewForm, conflict: workflow.ReviewConflict
) -> HttpResponse:
    """The text that was sent stays in the form, on top of the newest version."""
    current = conflict.current
    theirs = [
        {"title": section["title"], "text": current.sections.get(section["key"], "")}
        for section in current.outline
        if current.sections.get(section["key"], "")
        != form.cleaned_data.get(section["key"], "").replace("\r\n", "\n")
    ]
    sent = request.POST.copy()
    sent["version"] = str(current.version)
    again = ReviewForm(sent, review=current)
    context = {"form": again, "theirs": theirs, "conflict": conflict.refusals}
    return _page(request, review, **context, status=409)


def _page(request: Request, review: Review, *, status: int = 200, **more: Any) -> HttpResponse:
    incident = review.incident
    actions = workflow.actions_of(incident)
    context = {
        "review": review,
        "incident": incident,
        "tone": tone_of_review(review),
        "clock": shown(clocks.review(review, clock.now())),
        "is_published": review.state == ReviewState.PUBLISHED,
        "may_change": may_work_on(request.user, incident),
        "form": ReviewForm(review=review),
        "action_form": ReviewActionForm(auto_id="id_action_%s"),
        "actions": actions,
        "today": timezone.localdate(),
        "why_not_publish": workflow.why_not_publish(review, actions),
        "sections": _sections(review),
        "thread": thread(request.user, review),
        "title": _("Review of %(number)s") % {"number": incident.number},
        "draft": f"review-{incident.pk}-{review.version}",
        **more,
    }
    return render(request, "incidents/review.html", context, status=status)


def _sections(review: Review) -> list[dict[str, str]]:
    """What is written, for those who only read."""
    return [
        {"title": section["title"], "text": review.sections.get(section["key"], "")}
        for section in review.outline
    ]
