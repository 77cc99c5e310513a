"""The vocabulary of factors: how often each was found, and keeping the words few and clear."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import review_figures, workflow
from incidents.access import factor_for, may_curate
from incidents.models import Factor, Review, ReviewFactor
from incidents.parts import parts
from incidents.review_forms import FactorForm, MergeForm
from portal import clock
from portal.access import require_look, require_work
from portal.forms import attempt
from portal.http import Request


@require_GET
def factor_list(request: Request) -> HttpResponse:
    """Each word with how often it was found of late, and whether that grows."""
    require_look(request.user)
    wants_all = request.GET.get("retired") == "true"
    context = {
        "rows": review_figures.factor_rows(clock.now(), with_retired=wants_all),
        "with_retired": wants_all,
        "may_work": request.user.may_work,
        "parts": parts("reviews"),
    }
    return render(request, "incidents/factors.html", context)


@require_http_methods(["GET", "POST"])
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    form = FactorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = attempt(
            form, lambda: workflow.add_factor(**form.cleaned_data, actor=request.user)
        )
        if made is not None:
            return redirect("incidents:factors")
    status = 422 if form.errors else 200
    return render(request, "incidents/factor_form.html", {"form": form}, status=status)


@require_GET
def factor(request: Request, pk: int) -> HttpResponse:
    return _page(request, factor_for(request.user, pk, may="view"))


@require_POST
def change(request: Request, pk: int) -> HttpResponse:
    found = factor_for(request.user, pk, may="curate")
    form = FactorForm(request.POST, auto_id="id_change_%s")
    changed = attempt(
        form, lambda: workflow.change_factor(found, **form.cleaned_data, actor=request.user)
    )
    if changed is None:
        return _page(request, found, status=422, change_form=form)
    return redirect(changed)


@require_POST
def merge(request: Request, pk: int) -> HttpResponse:
    found = factor_for(request.user, pk, may="curate")
    form = MergeForm(request.POST, factor=found, auto_id="id_merge_%s")
    if not form.is_valid():
        return _page(request, found, status=422, merge_form=form)
    return redirect(workflow.merge_factor(found, **form.cleaned_data, actor=request.user))


@require_POST
def retire(request: Request, pk: int) -> HttpResponse:
    found = factor_for(request.user, pk, may="curate")
    return redirect(workflow.retire_factor(found, actor=request.user))


@require_POST
def bring_back(request: Request, pk: int) -> HttpResponse:
    found = factor_for(request.user, pk, may="curate")
    return redirect(workflow.bring_back_factor(found, actor=request.user))


def _page(
    request: Request, factor: Factor, *, status: int = 200, **sent: object
) -> HttpResponse:
    seen = ReviewFactor.objects.filter(review__in=Review.objects.visible_to(request.user))
    found = seen.filter(factor=factor).select_related("review__incident__service")
    initial = {
        "name": factor.name,
        "category": factor.category,
        "description": factor.description,
    }
    context = {
        "factor": factor,
        "found": found.order_by("-review__incident__detected_at")[:50],
        "may_curate": may_curate(request.user),
        "change_form": FactorForm(initial=initial, auto_id="id_change_%s"),
        "merge_form": MergeForm(factor=factor, auto_id="id_merge_%s"),
        **sent,
    }
    return render(request, "incidents/factor.html", context, status=status)
