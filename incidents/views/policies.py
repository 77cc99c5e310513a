"""Escalation policies: listed, drawn as ladders, edited step by step, given to services."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from incidents import workflow
from incidents.access import may_keep, policy_for, require_keeper
from incidents.filters import PolicyFilter
from incidents.ladder import Rung, drawn, services_of
from incidents.models import EscalationPolicy, PolicyStep, ServiceEscalation
from incidents.parts import parts
from incidents.policy_forms import (
    NewPolicyForm,
    PolicyForm,
    ServiceEscalationForm,
    StepForm,
)
from incidents.route import Atlas
from operations.models import Severity
from portal import clock, events
from portal.access import require_look, require_work, service_for
from portal.errors import DomainError, Refusal
from portal.forms import attempt
from portal.http import Request
from portal.listing import listing
from portal.models import Service, User
from portal.timeline import newest

form_or_page = require_http_methods(["GET", "HEAD", "POST"])
MOST_SERVICES = 50
Verb = Callable[[], Any]


@require_GET
def policy_list(request: Request) -> HttpResponse:
    require_look(request.user)
    context = listing(request, rows_for(request.user), PolicyFilter)
    context["parts"] = parts("escalation-policies")
    context["may_work"] = request.user.may_work
    return render(request, "incidents/policies.html", context)


def rows_for(user: User) -> QuerySet[EscalationPolicy]:
    counted = Count("steps", distinct=True)
    policies = EscalationPolicy.objects.visible_to(user).select_related("team", "last_resort")
    return policies.annotate(step_count=counted)


@form_or_page
def create(request: Request) -> HttpResponse:
    require_work(request.user)
    form = NewPolicyForm(request.POST or None, user=request.user)
    if form.is_valid():
        require_keeper(request.user, form.cleaned_data["team"])
    made = attempt(
        form, lambda: workflow.create_policy(**form.cleaned_data, actor=request.user)
    )
    if made is None:
        return _form_page(request, form, _("New escalation policy"))
    messages.success(request, _("Drawn. Now say whom its first step tells."))
    return redirect("incidents:escalation-step-create", made.pk)


@require_GET
def policy(request: Request, pk: int) -> HttpResponse:
    found = policy_for(request.user, pk)
    services = list(services_of(found)[:MOST_SERVICES])
    shown = _shown_for(request, found, services)
    may_change = may_keep(request.user, found.team)
    context = {
        "policy": found,
        "rungs": drawn(found, shown, clock.now()),
        "services": services,
        "shown": shown,
        "may_change": may_change,
        "refusals": [] if may_change else [_not_yours(found)],
        "why_not_remove": workflow.why_not_remove(found),
        "running": workflow.under_way(found),
        "timeline": newest(request.user, events.about(found), about=found),
    }
    return render(request, "incidents/policy.html", context)


@form_or_page
def edit(request: Request, pk: int) -> HttpResponse:
    found = policy_for(request.user, pk, may="change")
    form = PolicyForm(request.POST or None, instance=found)
    saved = attempt(
        form, lambda: workflow.change_policy(found, actor=request.user, **form.cleaned_data)
    )
    if saved is None:
        return _form_page(request, form, str(policy_for(request.user, pk)), found)
    messages.success(request, _("Saved."))
    return redirect(saved)


@form_or_page
def add_step(request: Request, pk: int) -> HttpResponse:
    found = policy_for(request.user, pk, may="change")
    form = StepForm(request.POST or None)
    number = len(found.steps.all()) + 1

    def save() -> PolicyStep:
        return workflow.add_step(found, form.rung(), actor=request.user)

    if _done(form, save) is None:
        title = _("Step %(n)d of %(policy)s") % {"n": number, "policy": found}
        return _step_page(request, form, title, found)
    return _back_with_warnings(request, found, number)


@form_or_page
def edit_step(request: Request, pk: int, step: int) -> HttpResponse:
    found, row = _step_for(request.user, pk, step)
    form = StepForm(request.POST or None, step=row)

    def save() -> PolicyStep:
        return workflow.change_step(row, form.rung(), actor=request.user)

    if _done(form, save) is None:
        title = _("Step %(n)d of %(policy)s") % {"n": row.order, "policy": found}
        return _step_page(request, form, title, found)
    return _back_with_warnings(request, found, row.order)


def on_step(
    verb: Callable[[Request, PolicyStep], Any],
) -> Callable[[Request, int, int], HttpResponse]:
    """A button beside a step: do it, and show the policy again."""

    @require_POST
    @wraps(verb)
    def view(request: Request, pk: int, step: int) -> HttpResponse:
        found, row = _step_for(request.user, pk, step)
        verb(request, row)
        return redirect(found)

    return view


@on_step
def move_step_up(request: Request, step: PolicyStep) -> None:
    workflow.move_step(step, by=-1, actor=request.user)


@on_step
def move_step_down(request: Request, step: PolicyStep) -> None:
    workflow.move_step(step, by=1, actor=request.user)


@on_step
def remove_step(request: Request, step: PolicyStep) -> None:
    workflow.remove_step(step, actor=request.user)


@require_POST
def make_default(request: Request, pk: int) -> HttpResponse:
    found = policy_for(request.user, pk, may="change")
    return redirect(workflow.make_default(found, actor=request.user))


@require_POST
def apply_now(request: Request, pk: int) -> HttpResponse:
    found = policy_for(request.user, pk, may="change")
    count = workflow.apply_now(found, actor=request.user)
    text = ngettext(
        "%(n)d escalation under way climbs it as it is now.",
        "%(n)d escalations under way climb it as it is now.",
        count,
    )
    messages.success(request, text % {"n": count})
    return redirect(found)


@require_POST
def remove(request: Request, pk: int) -> HttpResponse:
    found = policy_for(request.user, pk, may="change")
    workflow.remove_policy(found, actor=request.user)
    messages.success(request, _("%(name)s is removed.") % {"name": found.name})
    return redirect("incidents:escalation-policies")


@form_or_page
def service_escalation(request: Request, slug: str) -> HttpResponse:
    """Which policy a service climbs, and whether it pages outside business hours too."""
    service = service_for(request.user, slug, may="change")
    row = ServiceEscalation.objects.filter(service=service).first()
    form = ServiceEscalationForm(request.POST or None, instance=row)
    saved = attempt(
        form,
        lambda: workflow.set_service_escalation(
            service, actor=request.user, **form.cleaned_data
        ),
    )
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect(service)
    context = {
        "form": form,
        "title": _("Escalation of %(service)s") % {"service": service},
        "note": Atlas.of([service]).route(service, Severity.P0).reason,
        "crumbs": [{"label": service.name, "url": service.get_absolute_url()}],
        "cancel_url": service.get_absolute_url(),
    }
    return render(
        request, "incidents/policy_form.html", context, status=422 if form.is_bound else 200
    )


def _done(form: forms.Form, verb: Verb) -> Any:
    """Run the verb if the form is right; what it refuses stands above the form."""
    try:
        return attempt(form, verb)
    except DomainError as refused:
        form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        return None


def _step_for(user: User, pk: int, step: int) -> tuple[EscalationPolicy, PolicyStep]:
    found = policy_for(user, pk, may="change")
    rows = PolicyStep.objects.filter(policy=found).prefetch_related("targets")
    row: PolicyStep = get_object_or_404(rows, pk=step)
    return found, row


def _shown_for(
    request: Request, found: EscalationPolicy, services: list[Service]
) -> Service | None:
    """The service for which the ladder is looked up: the one asked for, or the first."""
    asked = request.GET.get("service")
    return next(
        (service for service in services if service.slug == asked),
        services[0] if services else _any_service(found),
    )


def _any_service(found: EscalationPolicy) -> Service | None:
    """A service to look the ladder up for, where none climbs it yet."""
    rows = Service.objects.current().select_related("team")
    return (rows.filter(team=found.team_id) if found.team_id else rows).first()


def _back_with_warnings(request: Request, found: EscalationPolicy, number: int) -> HttpResponse:
    """Show the ladder; what is doubtful about the step that was saved is said at once."""
    fresh = policy_for(request.user, found.pk)
    rungs = drawn(fresh, _shown_for(request, fresh, list(services_of(fresh)[:1])), clock.now())
    saved: Rung = rungs[number - 1]
    messages.success(request, _("Step %(n)d is saved.") % {"n": number})
    for warning in saved.warnings:
        messages.warning(request, warning)
    return redirect(fresh)


def _step_page(
    request: Request, form: StepForm, title: str, found: EscalationPolicy
) -> HttpResponse:
    context = {"form": form, "title": title, "policy": found, "crumbs": _crumbs(found)}
    status = 422 if form.is_bound else 200
    return render(request, "incidents/policy_step.html", context, status=status)


def _form_page(
    request: Request, form: forms.BaseForm, title: str, found: EscalationPolicy | None = None
) -> HttpResponse:
    listed = reverse("incidents:escalation-policies")
    context = {
        "form": form,
        "title": title,
        "crumbs": _crumbs(found),
        "cancel_url": found.get_absolute_url() if found else listed,
    }
    status = 422 if form.is_bound else 200
    return render(request, "incidents/policy_form.html", context, status=status)


def _crumbs(found: EscalationPolicy | None) -> list[dict[str, str]]:
    crumbs = [
        {"label": _("Respond"), "url": reverse("incidents:home")},
        {"label": _("Escalation"), "url": reverse("incidents:escalation-policies")},
    ]
    if found is not None:
        crumbs.append({"label": found.name, "url": found.get_absolute_url()})
    return crumbs


def _not_yours(found: EscalationPolicy) -> Refusal:
    if found.team is None:
        return Refusal("not_yours", _("Only administrators change policies of the house."))
    sentence = _("Only %(team)s changes this policy.") % {"team": found.team}
    return Refusal("not_yours", sentence)
