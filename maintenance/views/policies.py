"""Approval policies: which steps of approval a change needs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import policy_for, require_policy_of, ruled_services
from maintenance.filters import PolicyFilter
from maintenance.models import ApprovalPolicy
from maintenance.policies import Traits, first_fitting, rule_for
from maintenance.policy_forms import (
    AppliesForm,
    PolicyForm,
    StepFormSet,
    initial_of,
    initial_steps,
    steps_of,
)
from maintenance.policy_words import fits_in_words, preview, steps_in_words
from maintenance.presentation import lines
from maintenance.workflow.policies import why_not_policy
from portal import events
from portal.access import require_look, require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing


@require_GET
def policy_list(request: Request) -> HttpResponse:
    policies = ApprovalPolicy.objects.visible_to(request.user).with_list_columns()
    context = listing(request, policies, PolicyFilter)
    page = context["page"]
    words = steps_in_words(page.rows)
    context |= {
        "rows": [
            {"item": item, "fits": fits_in_words(item), "steps": words[item.pk]}
            for item in page.rows
        ],
        "total": ngettext("%(n)s policy", "%(n)s policies", page.counted)
        % {"n": page.total_text},
        "may_write": may_write(request),
    }
    return render(request, "maintenance/policies.html", context)


@require_GET
def applies(request: Request) -> HttpResponse:
    """Which policy would apply to a request like this, and whom would it ask?"""
    require_look(request.user)
    form = AppliesForm(request.GET or None, user=request.user)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        traits = Traits(**form.cleaned_data)
        context |= {"policy": first_fitting(traits), **preview(rule_for(traits), traits)}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "maintenance/policy_applies.html", context, status=status)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        steps = [{"who": "owner_managers", "number": 1, "stage": 1}]
        form = PolicyForm(user=request.user)
        return _form_page(request, form, StepFormSet(initial=steps, prefix="steps"))
    return _save(request, None)


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    item = policy_for(request.user, pk, may="change")
    if request.method == "GET":
        form = PolicyForm(user=request.user, initial=initial_of(item))
        steps = StepFormSet(initial=initial_steps(item.steps), prefix="steps")
        return _form_page(request, form, steps, item=item, refusals=why_not_policy(item))
    return _save(request, item)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    item = policy_for(request.user, pk)
    services = list(item.services.all())
    ruled = ruled_services(request.user).filter(pk__in=[each.pk for each in services]).count()
    context = {
        "item": item,
        "fits": fits_in_words(item),
        "steps": steps_in_words([item])[item.pk],
        "may_change": ruled == len(services) if services else request.user.is_administrator,
        "refusals": why_not_policy(item),
        "timeline": lines(events.about(item)[:50]),
    }
    return render(request, "maintenance/policy.html", context)


@require_POST
def retire(request: Request, pk: int) -> HttpResponse:
    item = policy_for(request.user, pk, may="change")
    return redirect(workflow.retire_policy(item, actor=request.user))


def may_write(request: Request) -> bool:
    return request.user.is_administrator or ruled_services(request.user).exists()


def _save(request: Request, item: ApprovalPolicy | None) -> HttpResponse:
    form = PolicyForm(request.POST, user=request.user)
    steps = StepFormSet(request.POST, prefix="steps")
    right = [form.is_valid(), steps.is_valid()]
    if not all(right):
        return _form_page(request, form, steps, item=item, status=422)
    services = list(form.cleaned_data["services"])
    require_policy_of(request.user, services)
    fields = {**form.cleaned_data, "steps": steps_of(steps)}
    try:
        if item is None:
            item = workflow.set_up_policy(**fields, actor=request.user)
        else:
            item = workflow.change_policy(item, **fields, actor=request.user)
    except ValidationError as wrong:
        form.add_error(None, wrong.messages)
        return _form_page(request, form, steps, item=item, status=422)
    except DomainError as refused:
        more = {"item": item, "refusals": refused.refusals}
        return _form_page(request, form, steps, status=409, **more)
    return redirect(item)


def _form_page(
    request: Request, form: PolicyForm, steps: Any, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, "steps": steps, **more}
    return render(request, "maintenance/policy_edit.html", context, status=status)
