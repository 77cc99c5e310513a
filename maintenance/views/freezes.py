"""Freezes and lockdowns: written by one, seen in their effect, approved by another."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import freeze_for, require_rule_of, rules_all_of, rules_somewhere
from maintenance.filters import FreezeFilter
from maintenance.forms import RemarkForm
from maintenance.models import Freeze
from maintenance.permitted import affected_by
from maintenance.presentation import freeze_row, lines, request_row
from maintenance.time_forms import FreezeForm
from maintenance.workflow import FreezeVerb, why_not_freeze
from portal import clock, events
from portal.access import require_work
from portal.errors import DomainError
from portal.http import Request
from portal.listing import listing

FIELDS = [
    *("name", "kind", "reason", "covers_all", "environments"),
    *("starts_at", "ends_at", "spared_categories", "spares_p0"),
]


@require_GET
def freeze_list(request: Request) -> HttpResponse:
    freezes = Freeze.objects.visible_to(request.user).with_list_columns()
    context = listing(request, freezes, FreezeFilter)
    page = context["page"]
    base, chosen = reverse("maintenance:freezes"), request.GET.get("when", "")
    tabs = [(_("Ahead"), "ahead"), (_("Past"), "past"), (_("All"), "")]
    context |= {
        "rows": [freeze_row(item, clock.now()) for item in page.rows],
        "total": ngettext("%(n)s freeze", "%(n)s freezes", page.counted)
        % {"n": page.total_text},
        "tabs": [
            {"label": label, "url": f"{base}?when={when}", "active": when == chosen}
            for label, when in tabs
        ],
        "may_write": rules_somewhere(request.user),
    }
    return render(request, "maintenance/freezes.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        return _form_page(request, FreezeForm(user=request.user))
    form = FreezeForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    _require_rule(request, form)
    try:
        made = workflow.draft_freeze(**form.cleaned_data, actor=request.user)
    except DomainError as refused:
        return _form_page(request, form, status=409, refusals=refused.refusals)
    return redirect(made)


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    item = freeze_for(request.user, pk, may="change")
    refusals = why_not_freeze(item, FreezeVerb.CHANGE, request.user, clock.now())
    if request.method == "GET":
        initial = {name: getattr(item, name) for name in FIELDS}
        initial |= {"services": [service.slug for service in item.services.all()]}
        initial |= {"teams": [team.slug for team in item.teams.all()]}
        form = FreezeForm(user=request.user, initial=initial)
        return _form_page(request, form, item=item, refusals=refusals)
    form = FreezeForm(request.POST, user=request.user)
    if not form.is_valid():
        return _form_page(request, form, item=item, status=422)
    _require_rule(request, form)
    try:
        item = workflow.change_freeze(item, **form.cleaned_data, actor=request.user)
    except DomainError as refused:
        return _form_page(request, form, item=item, status=409, refusals=refused.refusals)
    return redirect(item)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, freeze_for(request.user, pk))


@require_POST
def approve(request: Request, pk: int) -> HttpResponse:
    item = freeze_for(request.user, pk, may="decide")
    return redirect(workflow.approve_freeze(item, actor=request.user))


@require_POST
def end(request: Request, pk: int) -> HttpResponse:
    item = freeze_for(request.user, pk, may="decide")
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return _page(request, item, status=422, end_form=form)
    return redirect(workflow.end_freeze(item, actor=request.user, **form.cleaned_data))


@require_POST
def discard(request: Request, pk: int) -> HttpResponse:
    item = freeze_for(request.user, pk, may="change")
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return _page(request, item, status=422, discard_form=form)
    return redirect(workflow.discard_freeze(item, actor=request.user, **form.cleaned_data))


def _page(request: Request, item: Freeze, *, status: int = 200, **more: Any) -> HttpResponse:
    now = clock.now()
    row = freeze_row(item, now)
    may = request.user.may_work and rules_all_of(
        request.user, row["services"], covers_all=item.covers_all, teams=row["teams"]
    )
    context = {
        **row,
        "affected": [request_row(each) for each in affected_by(item)],
        "holds": list(item.holds.select_related("request")),
        "may_change": may,
        "why_not": {
            verb.value: why_not_freeze(item, verb, request.user, now) for verb in FreezeVerb
        },
        "end_form": RemarkForm(),
        "discard_form": RemarkForm(),
        "timeline": lines(events.about(item)[:50]),
        **more,
    }
    return render(request, "maintenance/freeze.html", context, status=status)


def _require_rule(request: Request, form: FreezeForm) -> None:
    said = form.cleaned_data
    require_rule_of(
        request.user,
        list(said["services"]),
        covers_all=said["covers_all"],
        teams=list(said["teams"]),
    )


def _form_page(
    request: Request, form: FreezeForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, **more}
    return render(request, "maintenance/freeze_edit.html", context, status=status)
