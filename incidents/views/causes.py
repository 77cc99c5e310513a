"""Why it happened: the factors of a review, and its tree of causes, in small steps."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from incidents import review_page, workflow
from incidents.access import review_for
from incidents.models import CausalNode, Review, ReviewFactor
from incidents.review_forms import (
    CauseForm,
    ChangeCauseForm,
    FoundFactorForm,
    HangForm,
    WhysForm,
)
from incidents.views.reviews import page_of
from portal.http import Request


@require_POST
def name_factor(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    actions = workflow.actions_of(review.incident)
    form = FoundFactorForm(request.POST, actions=actions, auto_id="id_factor_%s")
    if not form.is_valid():
        return page_of(request, review, {"factor_form": form}, status=422)
    workflow.name_factor(review, **form.said, actor=request.user)
    return _to(review, "factors")


@require_POST
def drop_factor(request: Request, pk: int, found: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    one = get_object_or_404(ReviewFactor, review=review, pk=found)
    workflow.drop_factor(one, actor=request.user)
    return _to(review, "factors")


@require_POST
def ask_whys(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    form = WhysForm(request.POST, review=review, auto_id="id_whys_%s")
    if not form.is_valid():
        return page_of(request, review, {"whys_form": form}, status=422)
    workflow.ask_whys(
        review,
        answers=form.answers,
        under=form.cleaned_data["under"],
        actor=request.user,
    )
    return _to(review, "causes")


@require_POST
def add_cause(request: Request, pk: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    form = CauseForm(request.POST, review=review)
    if not form.is_valid():
        return page_of(request, review, {"cause_form": form}, status=422)
    workflow.add_cause(review, **form.cleaned_data, actor=request.user)
    return _to(review, "causes")


@require_GET
def cause(request: Request, pk: int, node: int) -> HttpResponse:
    """One box with all that can be done with it."""
    review = review_for(request.user, pk, may="change")
    return _cause_page(request, review, _node(review, node))


@require_POST
def change_cause(request: Request, pk: int, node: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    found = _node(review, node)
    form = ChangeCauseForm(request.POST, auto_id="id_change_%s")
    if not form.is_valid():
        return _cause_page(request, review, found, status=422, change_form=form)
    workflow.change_cause(found, **form.cleaned_data, actor=request.user)
    return _to(review, "causes")


@require_POST
def hang_cause(request: Request, pk: int, node: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    found = _node(review, node)
    form = HangForm(request.POST, review=review, auto_id="id_hang_%s")
    if not form.is_valid():
        return _cause_page(request, review, found, status=422, hang_form=form)
    workflow.hang_cause(found, **form.cleaned_data, actor=request.user)
    return _to(review, "causes")


@require_POST
def move_cause_up(request: Request, pk: int, node: int) -> HttpResponse:
    return _move(request, pk, node, up=True)


@require_POST
def move_cause_down(request: Request, pk: int, node: int) -> HttpResponse:
    return _move(request, pk, node, up=False)


@require_POST
def remove_cause(request: Request, pk: int, node: int) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    workflow.remove_cause(_node(review, node), actor=request.user)
    return _to(review, "causes")


def _move(request: Request, pk: int, node: int, *, up: bool) -> HttpResponse:
    review = review_for(request.user, pk, may="change")
    workflow.move_cause(_node(review, node), up=up, actor=request.user)
    return _to(review, "causes")


def _node(review: Review, pk: int) -> CausalNode:
    return get_object_or_404(CausalNode.objects.select_related("review"), review=review, pk=pk)


def _cause_page(
    request: Request, review: Review, node: CausalNode, *, status: int = 200, **sent: object
) -> HttpResponse:
    context = {**review_page.cause_page(review, node), **sent}
    return render(request, "incidents/cause.html", context, status=status)


def _to(review: Review, anchor: str) -> HttpResponse:
    return redirect(f"{review.get_absolute_url()}#{anchor}")
