"""Standard changes: the list with what could become one, and one with its versions."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import (
    may_change_service,
    own_services,
    request_for,
    require_services,
    standard_for,
)
from maintenance.filters import StandardFilter
from maintenance.models import MaintenanceRequest, StandardChange, VersionDecision
from maintenance.presentation import compare, lines, request_row
from maintenance.standard_forms import DecideForm, StandardForm, TurnDownForm, UseForm, WhyForm
from maintenance.standard_words import fields_of, standard_row, version_in_words
from maintenance.standing import candidates, fixed_of, promotions
from maintenance.workflow import StandardVerb, why_not_standard
from portal import clock, events
from portal.access import manages, require_work
from portal.errors import DomainError
from portal.forms import attempt
from portal.http import Request
from portal.listing import listing

SHOWN = 10
LONGEST_KEY = 18  # digits, that fit the database's integers


@require_GET
def standard_list(request: Request) -> HttpResponse:
    standards = StandardChange.objects.visible_to(request.user).with_list_columns()
    context = listing(request, standards, StandardFilter)
    page = context["page"]
    now = clock.now()
    context |= {
        "rows": [standard_row(item, now) for item in page.rows],
        "total": ngettext("%(n)s standard change", "%(n)s standard changes", page.counted)
        % {"n": page.total_text},
        "proposals": promotions(candidates(now))[:SHOWN] if request.user.may_look else [],
        "may_write": own_services(request.user).exists(),
    }
    return render(request, "maintenance/standards.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """A request named by `?request=7` brings its words along."""
    require_work(request.user)
    if request.method == "GET":
        form = StandardForm(user=request.user, initial=_from_request(request))
        return _form_page(request, form)
    form = StandardForm(request.POST, user=request.user)
    if form.is_valid():
        require_services(request.user, [form.cleaned_data["service"]])
    made = attempt(form, lambda: workflow.propose_standard(**form.said, actor=request.user))
    return _form_page(request, form, status=422) if made is None else redirect(made)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, standard_for(request.user, pk))


@require_http_methods(["GET", "POST"])
def propose(request: Request, pk: int) -> HttpResponse:
    """Propose the next version; the one in force goes on."""
    item = standard_for(request.user, pk, may="change")
    newest = item.versions.first()
    if request.method == "GET":
        fixed = newest.fixed if newest else {}
        initial = {**fixed, "valid_days": newest.valid_days if newest else 365}
        refusals = why_not_standard(item, StandardVerb.PROPOSE, request.user)
        form = StandardForm(user=None, initial=initial)
        return _form_page(request, form, item=item, refusals=refusals)
    form = StandardForm(request.POST, user=None)
    try:
        made = attempt(
            form,
            lambda: workflow.propose_standard_version(item, **form.said, actor=request.user),
        )
    except DomainError as refused:
        return _form_page(request, form, item=item, status=409, refusals=refused.refusals)
    if made is None:
        return _form_page(request, form, item=item, status=422)
    return redirect(item)


@require_POST
def approve(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.approve_standard, DecideForm)


@require_POST
def reject(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.reject_standard, TurnDownForm)


@require_POST
def suspend(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.suspend_standard, WhyForm)


@require_POST
def reinstate(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.reinstate_standard, WhyForm)


@require_POST
def retire(request: Request, pk: int) -> HttpResponse:
    return _do(request, pk, workflow.retire_standard, WhyForm)


@require_POST
def use(request: Request, pk: int) -> HttpResponse:
    """Make a draft from it; what was typed stays when it cannot be."""
    item = standard_for(request.user, pk, may="change")
    form = UseForm(request.POST, auto_id="id_use_%s")
    try:
        made = attempt(
            form,
            lambda: workflow.request_from_standard(
                item, **form.cleaned_data, actor=request.user
            ),
        )
    except DomainError as refused:
        form.add_error(None, [str(refusal.sentence) for refusal in refused.refusals])
        return _page(request, item, status=409, use_form=form)
    return _page(request, item, status=422, use_form=form) if made is None else redirect(made)


def _do(request: Request, pk: int, verb: Any, form_class: type[forms.Form]) -> HttpResponse:
    item = standard_for(request.user, pk, may="decide")
    form = form_class(request.POST)
    if not form.is_valid():
        context = {"item": item, "form": form}
        return render(request, "maintenance/correct.html", context, status=422)
    return redirect(verb(item, actor=request.user, **form.cleaned_data))


def _page(
    request: Request, item: StandardChange, *, status: int = 200, **more: Any
) -> HttpResponse:
    now = clock.now()
    versions = list(item.versions.select_related("author", "decided_by")[:50])
    proposed = next(
        (each for each in versions if each.decision == VersionDecision.PROPOSED), None
    )
    shown = proposed or item.approved or (versions[0] if versions else None)
    made = MaintenanceRequest.objects.filter(standard_version__standard=item)
    context = {
        **standard_row(item, now),
        "versions": versions,
        "proposed": proposed,
        "shown": shown,
        "fields": fields_of(shown) if shown else [],
        "difference": compare(version_in_words(item.approved), version_in_words(proposed))
        if proposed and item.approved
        else None,
        "requests": [request_row(each) for each in made.with_list_columns()[:SHOWN]],
        "may_change": may_change_service(request.user, item.service),
        "may_decide": manages(request.user, item.service.team_id),
        "why_not": {
            verb.value: why_not_standard(item, verb, request.user, now=now)
            for verb in StandardVerb
        },
        "approve_form": DecideForm(
            initial={"number": proposed.number if proposed else 0}, auto_id="id_approve_%s"
        ),
        "reject_form": TurnDownForm(
            initial={"number": proposed.number if proposed else 0}, auto_id="id_reject_%s"
        ),
        "suspend_form": WhyForm(auto_id="id_suspend_%s"),
        "reinstate_form": WhyForm(auto_id="id_reinstate_%s"),
        "retire_form": WhyForm(auto_id="id_retire_%s"),
        "use_form": UseForm(auto_id="id_use_%s"),
        "timeline": lines(events.about(item)[:50]),
        **more,
    }
    return render(request, "maintenance/standard.html", context, status=status)


def _form_page(
    request: Request, form: StandardForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, **more}
    return render(request, "maintenance/standard_edit.html", context, status=status)


def _from_request(request: Request) -> dict[str, Any]:
    number = request.GET.get("request", "")
    if not number.isascii() or not number.isdecimal() or len(number) > LONGEST_KEY:
        return {}
    found = request_for(request.user, int(number))
    return {"name": found.title, "service": found.service.slug, **fixed_of(found)}
