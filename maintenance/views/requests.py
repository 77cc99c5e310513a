"""Maintenance requests: the list, the board, its export, and one request."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from knowledge.access import shown_to
from maintenance.access import may_change, own_services, request_for
from maintenance.analysis_words import summary
from maintenance.due import calendars, due_of
from maintenance.evidence_forms import GateForm, RemoveGateForm
from maintenance.exports import csv_answer
from maintenance.filters import RequestFilter
from maintenance.forms import ReasonForm, ReviewForm, VerifyForm
from maintenance.models import Category, MaintenanceRequest, RequestState
from maintenance.policies import Traits, rule_for, step_names
from maintenance.presentation import (
    category_of,
    gate_row,
    lines,
    phases,
    request_row,
    status_of,
)
from maintenance.views.buttons import buttons_for, forms_for, step_groups
from maintenance.workflow import questions as ask
from maintenance.workflow.ballots import glass_of, is_voted_on
from maintenance.workflow.digest import digest_of
from maintenance.workflow.guards import ANALYSED, MOVES, Verb, answers
from maintenance.workflow.questions import Question
from portal import clock, events
from portal.errors import Refusal
from portal.http import Request
from portal.listing import exported_by, listing
from portal.thread import thread

ON_THE_BOARD = [
    RequestState.DRAFT,
    RequestState.SUBMITTED,
    RequestState.ASSESSING,
    RequestState.AWAITING_APPROVAL,
    RequestState.APPROVED,
    RequestState.SCHEDULED,
    RequestState.IN_PROGRESS,
    RequestState.VERIFYING,
    RequestState.REVIEW,
    RequestState.ON_HOLD,
    RequestState.CLOSED,
]
REVIEWED = {RequestState.REVIEW, RequestState.CLOSED}
CARDS = 20  # in each column of the board


@require_GET
def request_list(request: Request) -> HttpResponse:
    context = listing(request, _visible(request), RequestFilter)
    page = context["page"]
    context |= {
        "rows": rows_with_due(page.rows),
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
    return csv_answer("maintenance-requests", header, _cells(exported_by(found)))


@require_GET
def board(request: Request) -> HttpResponse:
    visible = MaintenanceRequest.objects.visible_to(request.user)
    totals = dict(visible.order_by().values_list("state").annotate(Count("pk")))
    now, sprints = clock.now(), calendars()
    cards = defaultdict(list)
    for item in visible.newest_of_each_state(ON_THE_BOARD, CARDS).with_list_columns():
        cards[item.state].append({**request_row(item), "due": due_of(item, now, sprints)})
    columns = [
        {
            "label": state.label,
            "total": totals.get(state, 0),
            "url": f"{reverse('maintenance:requests')}?state={state}",
            "cards": cards[state],
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
    verify_form: forms.Form | None = None,
    review_form: forms.Form | None = None,
) -> HttpResponse:
    """Show one request; a form given is one that came with something to correct."""
    may_work_on_it = may_change(request.user, shown)
    deployments = list(shown.deployments.with_list_columns()[:20])
    state, tone = status_of(shown)
    question = Question(shown, request.user, clock.now())
    context = {
        "item": shown,
        "status": {"value": shown.state, "label": state, "tone": tone},
        "phases": phases(shown),
        "facts": _facts(shown),
        "buttons": buttons_for(shown, request.user, may_work_on_it=may_work_on_it),
        "with_reason": forms_for(shown, request.user, may_work_on_it=may_work_on_it),
        "may_change": may_work_on_it,
        "may_edit": may_work_on_it and shown.state in MOVES[Verb.CHANGE_PLAN][0],
        "may_revise": may_work_on_it
        and shown.runbook is not None
        and shown.state in MOVES[Verb.REVISE_RUNBOOK][0],
        "runbook": shown_to(request.user, shown.runbook),
        "analysis": summary(shown),
        "unsaid": _unsaid(question) if may_work_on_it else [],
        "gates": _gates(shown),
        "gate_form": GateForm(auto_id="id_gate_%s"),
        "due": due_of(shown, clock.now(), calendars()),
        "confirm_form": ReasonForm(auto_id="id_confirm_%s"),
        "steps": step_groups(shown, request.user, may_answer=may_work_on_it),
        "votes": list(shown.votes.select_related("person", "on_behalf_of")),
        "digest": digest_of(shown),
        "glass": glass_of(shown),
        "is_voted_on": is_voted_on(shown),
        "deployments": deployments,
        "verify_form": verify_form or VerifyForm(),
        "why_not_verify": answers(question, Verb.VERIFY),
        "review": getattr(shown, "implementation_review", None),
        "why_review": ask.reasons_for_review(shown) if shown.state in REVIEWED else [],
        "review_form": review_form or ReviewForm(auto_id="id_review_%s"),
        "why_not_review": answers(question, Verb.REVIEW),
        "may_review": may_work_on_it and shown.state == RequestState.REVIEW,
        "follow_ups": list(shown.follow_ups.all()[:5]) if shown.emergency else [],
        "may_follow_up": may_work_on_it and shown.state in MOVES[Verb.FOLLOW_UP][0],
        "needs_deployment": shown.category != Category.PREVENTIVE and not deployments,
        "is_verifying": shown.state == RequestState.VERIFYING,
        "timeline": lines(events.about(shown, *deployments)[:100]),
        "thread": thread(request.user, shown),
    }
    return render(request, "maintenance/request.html", context, status=status)


def rows_with_due(items: Iterable[MaintenanceRequest]) -> list[dict[str, Any]]:
    """Return the rows of a list, each with the clock of a repair."""
    now, sprints = clock.now(), calendars()
    return [{**request_row(item), "due": due_of(item, now, sprints)} for item in items]


def tabs(request: Request) -> list[dict[str, Any]]:
    here = request.get_full_path()
    base = reverse("maintenance:requests")
    rows = [
        (_("Overview"), reverse("maintenance:home")),
        (_("Open"), f"{base}?state=open"),
        (_("Mine"), f"{base}?mine=true"),
        (_("For my decision"), f"{base}?for_me=true"),
        (_("All"), base),
        (_("Backlog"), reverse("maintenance:backlog")),
        (_("Board"), reverse("maintenance:board")),
        (_("Calendar"), reverse("maintenance:calendar")),
    ]
    return [{"label": label, "url": url, "active": url == here} for label, url in rows]


def _unsaid(question: Question) -> list[Refusal]:
    """What the analysis still has to say before anybody is asked to approve."""
    if question.request.state not in {RequestState.DRAFT, *MOVES[Verb.ASK_APPROVAL][0]}:
        return []
    return [refusal for guard in ANALYSED if (refusal := guard.ask(question))]


def _gates(shown: MaintenanceRequest) -> list[dict[str, Any]]:
    now = clock.now()
    return [
        {
            **gate_row(gate, now),
            "remove_form": RemoveGateForm(
                initial={"name": gate.name}, auto_id=f"id_gate_{gate.pk}_%s"
            ),
        }
        for gate in shown.gates.select_related("set_by")
    ]


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
    rule = item.approval_rule or rule_for(Traits.of(item))
    deciding = step_names(rule, service)
    facts: list[dict[str, Any]] = [
        {"label": _("Service"), "value": service, "url": service.get_absolute_url()},
        {"label": _("Decided by"), "value": ", ".join(dict.fromkeys(deciding.values()))},
        {"label": _("Category"), "value": category_of(item)},
        {"label": _("Asked for by"), "value": person, "url": person.get_absolute_url()},
    ]
    facts += [
        {"label": _("Also touches"), "value": other, "url": other.get_absolute_url()}
        for other in item.other_services.all()
    ]
    facts += [
        {"label": _("Needs to itself"), "value": each, "url": each.get_absolute_url()}
        for each in item.resources.all()
    ]
    if item.standard_version:
        standard = item.standard_version.standard
        told = {"name": standard, "n": item.standard_version.number}
        words = _("%(name)s, version %(n)s") % told
        url = standard.get_absolute_url()
        facts.append({"label": _("Standard change"), "value": words, "url": url})
    if rule := getattr(item, "recurrence", None):
        work = rule.work
        facts.append({"label": _("Made by"), "value": work, "url": work.get_absolute_url()})
    if item.implementer:
        person = item.implementer
        row = {"label": _("Carried out by"), "value": person, "url": person.get_absolute_url()}
        facts.append(row)
    if item.planned_start and item.planned_end:
        facts.append({"label": _("Planned from"), "at": item.planned_start})
        facts.append({"label": _("until"), "at": item.planned_end})
    if item.announces:
        window = item.windows.first()
        url = window.get_absolute_url() if window else ""
        words = _("yes") if window else _("when it is scheduled")
        facts.append({"label": _("Announced"), "value": words, "url": url})
    facts.append({"label": _("Environment"), "value": item.environment})
    if item.artefact_sha256:
        facts.append({"label": _("Artefact (SHA-256)"), "value": item.artefact_sha256})
    facts.append({"label": _("Made"), "at": item.created_at})
    return facts
