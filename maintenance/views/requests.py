"""Maintenance requests: the list, the board, its export, and one request."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from maintenance.access import may_change, own_services, request_for
from maintenance.exports import csv_answer
from maintenance.filters import RequestFilter
from maintenance.forms import CloseForm
from maintenance.models import Category, MaintenanceRequest, RequestState
from maintenance.presentation import category_of, lines, phases, request_row, status_of
from maintenance.views.buttons import buttons_for, step_rows
from maintenance.workflow.digest import digest_of
from maintenance.workflow.guards import Verb, refusals
from portal import events
from portal.http import Request
from portal.listing import listing
from portal.thread import thread

ON_THE_BOARD = [
    RequestState.DRAFT,
    RequestState.AWAITING_APPROVAL,
    RequestState.APPROVED,
    RequestState.IN_PROGRESS,
    RequestState.VERIFYING,
    RequestState.CLOSED,
]
CARDS = 20  # in each column of the board


@require_GET
def request_list(request: Request) -> HttpResponse:
    context = listing(request, _visible(request), RequestFilter)
    page = context["page"]
    context |= {
        "rows": [request_row(item) for item in page.rows],
        "total": ngettext("%(n)s request", "%(n)s requests", page.counted)
        % {"n": page.total_text},
        "tabs": tabs(request),
        "query": request.GET.urlencode(),
        "may_create": own_services(request.user).exists(),
    }
    return render(request, "maintenance/requests.html", context)


@require_GET
def export(request: Request) -> StreamingHttpResponse:
    """The list as it is filtered, all of it."""
    header = [
        "number",
        "title",
        "category",
        "priority",
        "service",
        "state",
        "outcome",
        "requester",
        "implementer",
        "created_at",
        "submitted_at",
        "decided_at",
        "started_at",
        "closed_at",
    ]
    found = RequestFilter(request.GET, queryset=_visible(request), request=request)
    return csv_answer("maintenance-requests", header, _cells(found.qs))


@require_GET
def board(request: Request) -> HttpResponse:
    visible = MaintenanceRequest.objects.visible_to(request.user)
    totals = dict(visible.order_by().values_list("state").annotate(Count("pk")))
    listed = visible.with_list_columns()
    columns = [
        {
            "label": state.label,
            "total": totals.get(state, 0),
            "url": f"{reverse('maintenance:requests')}?state={state}",
            "cards": [request_row(item) for item in listed.filter(state=state)[:CARDS]],
        }
        for state in ON_THE_BOARD
    ]
    context = {"columns": columns, "tabs": tabs(request)}
    return render(request, "maintenance/board.html", context)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return detail_page(request, request_for(request.user, pk))


def detail_page(
    request: Request,
    shown: MaintenanceRequest,
    *,
    status: int = 200,
    close_form: forms.Form | None = None,
) -> HttpResponse:
    """Show one request; `close_form` is one that came with something to correct."""
    may_work_on_it = may_change(request.user, shown)
    deployments = list(shown.deployments.with_list_columns()[:20])
    state, tone = status_of(shown)
    context = {
        "item": shown,
        "status": {"value": shown.state, "label": state, "tone": tone},
        "phases": phases(shown),
        "facts": _facts(shown),
        "buttons": buttons_for(shown, request.user, may_work_on_it=may_work_on_it),
        "may_change": may_work_on_it,
        "may_edit": may_work_on_it
        and shown.state not in {RequestState.CLOSED, RequestState.WITHDRAWN},
        "may_revise": may_work_on_it
        and shown.runbook is not None
        and shown.state in {RequestState.IN_PROGRESS, RequestState.VERIFYING},
        "steps": step_rows(shown, may_answer=may_work_on_it),
        "votes": list(shown.votes.select_related("person")),
        "digest": digest_of(shown),
        "deployments": deployments,
        "close_form": close_form or CloseForm(),
        "why_not_close": refusals(shown, Verb.VERIFY_AND_CLOSE, request.user),
        "needs_deployment": shown.category != Category.PREVENTIVE and not deployments,
        "is_verifying": shown.state == RequestState.VERIFYING,
        "timeline": lines(events.about(shown, *deployments)[:100]),
        "thread": thread(request.user, shown),
    }
    return render(request, "maintenance/request.html", context, status=status)


def tabs(request: Request) -> list[dict[str, Any]]:
    here = request.get_full_path()
    base = reverse("maintenance:requests")
    rows = [
        (_("Overview"), reverse("maintenance:home")),
        (_("Open"), f"{base}?state=open"),
        (_("Mine"), f"{base}?mine=true"),
        (_("For my decision"), f"{base}?for_me=true"),
        (_("All"), base),
        (_("Board"), reverse("maintenance:board")),
    ]
    return [{"label": label, "url": url, "active": url == here} for label, url in rows]


def _visible(request: Request) -> QuerySet[MaintenanceRequest]:
    return MaintenanceRequest.objects.visible_to(request.user).with_list_columns()


def _cells(requests: QuerySet[MaintenanceRequest]) -> Iterator[list[Any]]:
    for item in requests.iterator(chunk_size=500):
        yield [
            item.number,
            item.title,
            item.category,
            f"P{item.priority}",
            item.service.slug,
            item.state,
            item.outcome,
            item.requester,
            item.implementer,
            item.created_at,
            item.submitted_at,
            item.decided_at,
            item.started_at,
            item.closed_at,
        ]


def _facts(item: MaintenanceRequest) -> list[dict[str, Any]]:
    service, person = item.service, item.requester
    facts: list[dict[str, Any]] = [
        {"label": _("Service"), "value": service, "url": service.get_absolute_url()},
        {"label": _("Decided by"), "value": _("Managers of %(team)s") % {"team": service.team}},
        {"label": _("Category"), "value": category_of(item)},
        {"label": _("Asked for by"), "value": person, "url": person.get_absolute_url()},
    ]
    if item.implementer:
        person = item.implementer
        row = {"label": _("Carried out by"), "value": person, "url": person.get_absolute_url()}
        facts.append(row)
    if item.planned_start and item.planned_end:
        facts.append({"label": _("Planned from"), "at": item.planned_start})
        facts.append({"label": _("until"), "at": item.planned_end})
    facts.append({"label": _("Made"), "at": item.created_at})
    return facts
