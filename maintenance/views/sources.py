"""Forges that tell of deployments, and what became of each of their calls."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import own_teams, source_call_for, source_for
from maintenance.deployment_parts import deployment_parts
from maintenance.filters import SourceCallFilter, SourceFilter
from maintenance.models import CallState, DeploymentSource, SourceCall, SourceKind
from maintenance.presentation import lines
from maintenance.source_forms import NewSourceForm, SourceForm, initial_of
from maintenance.workflow.sources import why_not_replay
from portal import events
from portal.access import require_work, works_in
from portal.http import Request
from portal.listing import listing

SHOWN = 20  # calls on the page of a source
BODY_SHOWN = 200_000  # characters
TONES = {
    CallState.RECEIVED: "busy",
    CallState.APPLIED: "good",
    CallState.IGNORED: "neutral",
    CallState.FAILED: "bad",
    CallState.REJECTED: "bad",
}


@require_GET
def source_list(request: Request) -> HttpResponse:
    newest = SourceCall.objects.filter(source=OuterRef("pk")).order_by("-pk")
    rows = DeploymentSource.objects.visible_to(request.user).with_list_columns()
    rows = rows.annotate(
        last_call_at=Subquery(newest.values("received_at")[:1]),
        last_call_state=Subquery(newest.values("state")[:1]),
    )
    context = listing(request, rows, SourceFilter)
    page = context["page"]
    counted = ngettext("%(n)s source", "%(n)s sources", page.counted)
    context |= {
        "rows": [
            {"item": item, **state_of(item.last_call_state)} for item in context["page"].rows
        ],
        "total": counted % {"n": page.total_text},
        "may_create": own_teams(request.user).exists(),
        "parts": deployment_parts(request),
    }
    return render(request, "maintenance/sources.html", context)


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    form = NewSourceForm(request.POST or None, user=request.user)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "maintenance/source_edit.html", {"form": form}, status=status)
    source, secret = workflow.set_up_source(**form.cleaned_data, actor=request.user)
    return _page(request, source, secret=secret, status=201)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, source_for(request.user, pk))


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    source = source_for(request.user, pk, may="change")
    form = SourceForm(request.POST or None, initial=initial_of(source), user=request.user)
    if not form.is_valid():
        context = {"form": form, "item": source}
        status = 422 if form.is_bound else 200
        return render(request, "maintenance/source_edit.html", context, status=status)
    return redirect(workflow.change_source(source, actor=request.user, **form.cleaned_data))


@require_POST
def rotate(request: Request, pk: int) -> HttpResponse:
    source = source_for(request.user, pk, may="change")
    source, secret = workflow.rotate_secret(source, actor=request.user)
    return _page(request, source, secret=secret)


@require_POST
def switch_on(request: Request, pk: int) -> HttpResponse:
    source = source_for(request.user, pk, may="change")
    return redirect(workflow.switch_source(source, is_active=True, actor=request.user))


@require_POST
def switch_off(request: Request, pk: int) -> HttpResponse:
    source = source_for(request.user, pk, may="change")
    return redirect(workflow.switch_source(source, is_active=False, actor=request.user))


@require_POST
def test(request: Request, pk: int) -> HttpResponse:
    source = source_for(request.user, pk, may="change")
    call = workflow.test_source(source, actor=request.user)
    messages.success(request, _("The test was taken in; here is what becomes of it."))
    return redirect(call)


@require_GET
def call_list(request: Request) -> HttpResponse:
    rows = SourceCall.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows, SourceCallFilter)
    page = context["page"]
    counted = ngettext("%(n)s call", "%(n)s calls", page.counted)
    context |= {
        "rows": [call_row(item) for item in page.rows],
        "total": counted % {"n": page.total_text},
    }
    return render(request, "maintenance/source_calls.html", context)


@require_GET
def call(request: Request, pk: int) -> HttpResponse:
    item = source_call_for(request.user, pk)
    context = {
        **call_row(item),
        "body": bytes(item.body[:BODY_SHOWN]).decode(errors="replace"),
        "facts": _facts_of_call(item),
        "may_replay": works_in(request.user, item.source.team_id),
        "why_not_replay": why_not_replay(item),
    }
    return render(request, "maintenance/source_call.html", context)


@require_POST
def replay(request: Request, pk: int) -> HttpResponse:
    item = source_call_for(request.user, pk, may="change")
    workflow.replay_call(item, actor=request.user)
    messages.success(request, _("It is being read again."))
    return redirect(item)


def state_of(state: str | None) -> dict[str, str]:
    if not state:
        return {"label": _("Not heard yet"), "tone": "neutral"}
    known = CallState(state)
    return {"label": str(known.label), "tone": TONES[known]}


def call_row(item: SourceCall) -> dict[str, Any]:
    return {"item": item, **state_of(item.state)}


def address_of(source: DeploymentSource) -> str:
    return f"{settings.SITE_URL}/api/v1/deployment-events/{source.kind}/{source.public_id}"


def _page(
    request: Request, source: DeploymentSource, *, secret: str = "", status: int = 200
) -> HttpResponse:
    calls = source.calls.with_list_columns()
    context = {
        "item": source,
        "secret": secret,
        "address": address_of(source),
        "is_github": source.kind == SourceKind.GITHUB,
        "facts": _facts(source),
        "may_change": works_in(request.user, source.team_id),
        "calls": [call_row(row) for row in calls.exclude(state=CallState.REJECTED)[:SHOWN]],
        "rejected": [call_row(row) for row in calls.filter(state=CallState.REJECTED)[:SHOWN]],
        "timeline": lines(events.about(source)[:30]),
    }
    response = render(request, "maintenance/source.html", context, status=status)
    if secret:
        response.headers["Cache-Control"] = "no-store"
    return response


def _facts(source: DeploymentSource) -> list[dict[str, Any]]:
    service = source.service
    facts: list[dict[str, Any]] = [
        {"label": _("Team"), "value": source.team},
        {"label": _("Set up"), "at": source.created_at},
    ]
    if service:
        row = {"label": _("Service"), "value": service, "url": service.get_absolute_url()}
        facts.append(row)
    pairs = {**source.repositories, **source.environments}
    facts += [{"label": theirs, "value": ours} for theirs, ours in pairs.items()]
    if source.pipeline:
        facts.append({"label": _("Deployed by"), "value": source.pipeline})
        facts.append({"label": _("It deploys to"), "value": source.pipeline_environment})
    if source.old_secret_until:
        facts.append({"label": _("The old secret opens until"), "at": source.old_secret_until})
    return facts


def _facts_of_call(item: SourceCall) -> list[dict[str, Any]]:
    deployment = item.deployment
    facts: list[dict[str, Any]] = [
        {"label": _("Source"), "value": item.source, "url": item.source.get_absolute_url()},
        {"label": _("Event"), "value": item.event},
        {"label": _("Delivery"), "value": item.delivery},
        {"label": _("Came"), "at": item.received_at},
        {"label": _("Read"), "at": item.processed_at},
    ]
    if deployment:
        url = deployment.get_absolute_url()
        facts.append({"label": _("Deployment"), "value": deployment, "url": url})
    return facts
