"""Deployments: what reached production, and how that went."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maintenance import workflow
from maintenance.access import deployment_for, own_services, require_services
from maintenance.deployment_parts import deployment_parts
from maintenance.exports import csv_answer
from maintenance.figures import (
    PERIOD,
    Counts,
    change_failure_rate,
    counts,
    deployment_frequency,
    rollback_rate,
)
from maintenance.filters import DeploymentFilter
from maintenance.forms import (
    DeploymentForm,
    FailedForm,
    ReasonForm,
    RecoveredForm,
    RollbackForm,
)
from maintenance.models import Deployment, DeploymentSource, SourceKind
from maintenance.presentation import deployment_row, lines, status_of_deployment
from maintenance.workflow.deployments import (
    why_not_accept,
    why_not_clear,
    why_not_failed,
    why_not_recovered,
)
from portal import clock, events
from portal.access import manages, require_work, works_in
from portal.http import Request
from portal.listing import exported_by, listing
from portal.thread import thread

COMMITS = 50  # shown on the page of a deployment


@require_GET
def deployment_list(request: Request) -> HttpResponse:
    context = listing(request, _visible(request), DeploymentFilter)
    page = context["page"]
    context |= {
        "rows": [deployment_row(item) for item in page.rows],
        "total": ngettext("%(n)s deployment", "%(n)s deployments", page.counted)
        % {"n": page.total_text},
        "stats": stats(counts(Deployment.objects.visible_to(request.user), clock.now())),
        "query": request.GET.urlencode(),
        "may_record": own_services(request.user).exists(),
        "parts": deployment_parts(request),
    }
    return render(request, "maintenance/deployments.html", context)


@require_GET
def export(request: Request) -> StreamingHttpResponse:
    """The list as it is filtered, all of it."""
    header = [
        "service",
        "environment",
        "version",
        "commit",
        "source",
        "external_id",
        "request",
        "result",
        "rolls_back",
        "started_at",
        "finished_at",
        "failed_at",
        "recovered_at",
        "unauthorised",
        "artefact_sha256",
        "failed_by",
        "attribution",
        "rework",
        "accepted_at",
    ]
    found = DeploymentFilter(request.GET, queryset=_visible(request), request=request)
    return csv_answer("deployments", header, _cells(exported_by(found)))


@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    require_work(request.user)
    if request.method == "GET":
        initial = {
            "service": request.GET.get("service", ""),
            "request": request.GET.get("request", ""),
            "external_id": f"by-hand-{get_random_string(16)}",
        }
        form = DeploymentForm(user=request.user, initial=initial)
        return render(request, "maintenance/deployment_new.html", {"form": form})
    form = DeploymentForm(request.POST, user=request.user)
    if not form.is_valid():
        return render(request, "maintenance/deployment_new.html", {"form": form}, status=422)
    require_services(request.user, [form.cleaned_data["service"]])
    try:
        made = workflow.record_deployment(
            **form.cleaned_data, source="by hand", actor=request.user
        )
    except ValidationError as wrong:
        form.add_error(None, wrong.messages)
        return render(request, "maintenance/deployment_new.html", {"form": form}, status=422)
    return redirect(made)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, deployment_for(request.user, pk))


@require_POST
def failed(request: Request, pk: int) -> HttpResponse:
    item = deployment_for(request.user, pk, may="change")
    return _do(request, item, workflow.mark_failed, "failed_form", FailedForm(request.POST))


@require_POST
def not_failed(request: Request, pk: int) -> HttpResponse:
    item = deployment_for(request.user, pk, may="change")
    return _do(request, item, workflow.clear_failure, "clear_form", ReasonForm(request.POST))


@require_POST
def recovered(request: Request, pk: int) -> HttpResponse:
    item = deployment_for(request.user, pk, may="change")
    form = RecoveredForm(request.POST)
    return _do(request, item, workflow.mark_recovered, "recovered_form", form)


@require_POST
def rollback(request: Request, pk: int) -> HttpResponse:
    item = deployment_for(request.user, pk, may="change")
    form = RollbackForm(request.POST, deployment=item)
    return _do(request, item, workflow.link_rollback, "rollback_form", form)


@require_POST
def accept(request: Request, pk: int) -> HttpResponse:
    item = deployment_for(request.user, pk, may="decide")
    form = ReasonForm(request.POST)
    return _do(request, item, workflow.accept_unauthorised, "accept_form", form)


def _do(
    request: Request, item: Deployment, verb: Any, name: str, form: forms.Form
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, item, status=422, **{name: form})
    return redirect(verb(item, actor=request.user, **form.cleaned_data))


def stats(told: Counts) -> list[dict[str, Any]]:
    """Return the parameters of the three figures, with the rows behind each."""
    base = f"{reverse('maintenance:deployments')}?environment=production"
    period = _("Production deployments that finished in the last %(days)s days: %(n)s.") % {
        "days": PERIOD.days,
        "n": told.deployments,
    }
    return [
        {
            "label": _("Deployments a week"),
            "value": deployment_frequency(told),
            "unit": "",
            "definition": period,
            "url": base,
        },
        {
            "label": _("Change failure rate"),
            "value": change_failure_rate(told),
            "unit": "%",
            "definition": f"{period} {_('Those that failed: %(n)s.') % {'n': told.failed}}",
            "url": f"{base}&failure=declared",
        },
        {
            "label": _("Rollback rate"),
            "value": rollback_rate(told),
            "unit": "%",
            "definition": f"{period} {_('Rollbacks: %(n)s.') % {'n': told.rollbacks}}",
            "url": f"{base}&rollback=true",
        },
    ]


def _page(
    request: Request, item: Deployment, *, status: int = 200, **more: Any
) -> HttpResponse:
    label, tone = status_of_deployment(item)
    replaced = _went_back_from(item)
    context = {
        "item": item,
        "status": {"value": item.result, "label": label, "tone": tone},
        "facts": _facts(item),
        "may_change": works_in(request.user, item.service.team_id),
        "may_decide": manages(request.user, item.service.team_id),
        "failed_form": FailedForm(auto_id="id_failed_%s"),
        "recovered_form": RecoveredForm(auto_id="id_recovered_%s"),
        "clear_form": ReasonForm(auto_id="id_clear_%s"),
        "accept_form": ReasonForm(auto_id="id_accept_%s"),
        "rollback_form": RollbackForm(
            deployment=item, auto_id="id_rollback_%s", initial={"rolls_back": replaced}
        ),
        "went_back": replaced,
        "why_not_failed": why_not_failed(item),
        "why_not_recovered": why_not_recovered(item),
        "why_not_clear": why_not_clear(item),
        "why_not_accept": why_not_accept(item, request.user),
        "commits": list(item.commits.order_by("-committed_at")[:COMMITS]),
        "rollbacks": list(item.rollbacks.select_related("service")),
        "timeline": lines(events.about(item)[:50]),
        "thread": thread(request.user, item),
        **more,
    }
    return render(request, "maintenance/deployment.html", context, status=status)


def _facts(item: Deployment) -> list[dict[str, Any]]:
    service, other = item.service, item.rolls_back
    facts: list[dict[str, Any]] = [
        {"label": _("Service"), "value": service, "url": service.get_absolute_url()},
        {"label": _("Environment"), "value": item.environment},
        {"label": _("Version"), "value": item.version},
        {"label": _("Commit"), "value": item.commit},
        {"label": _("Artefact (SHA-256)"), "value": item.artefact_sha256},
        {"label": _("Started"), "at": item.started_at},
        {"label": _("Finished"), "at": item.finished_at},
        _told_by(item),
    ]
    if other:
        facts.append(
            {"label": _("Takes back"), "value": other, "url": other.get_absolute_url()}
        )
    if item.rework:
        words = f"{item.get_rework_display()}. {item.rework_because}".strip()
        facts.append({"label": _("Unplanned, because of"), "value": words})
    if item.caused_by_incident:
        facts.append({"label": _("For the incident"), "value": item.caused_by_incident})
    if item.failed_at:
        facts.append({"label": _("Failed"), "at": item.failed_at})
        facts.append({"label": _("Said by"), "value": item.get_failed_by_display()})
        facts.append({"label": _("Recovered"), "at": item.recovered_at})
    return facts


def _went_back_from(item: Deployment) -> Deployment | None:
    """
    Return what it replaced, if its own commit was there before that: it may be a rollback.

    A guess, and so a question to people and nothing more.
    """
    if not item.commit or item.rolls_back_id is not None:
        return None
    earlier = Deployment.objects.before(item).select_related("service")
    replaced = earlier.first()
    if replaced is None or replaced.commit in {"", item.commit}:
        return None
    return replaced if earlier.filter(commit=item.commit).exists() else None


def _told_by(item: Deployment) -> dict[str, Any]:
    """The forge by its name, where one told of it; else the source as it calls itself."""
    kind, _colon, number = item.source.partition(":")
    if kind in SourceKind.values and number.isdecimal():
        source = DeploymentSource.objects.filter(pk=number, kind=kind).first()
        if source is not None:
            value = f"{source}: {item.external_id}"
            return {"label": _("Told by"), "value": value, "url": source.get_absolute_url()}
    return {"label": _("Told by"), "value": f"{item.source}: {item.external_id}"}


def _visible(request: Request) -> QuerySet[Deployment]:
    return Deployment.objects.visible_to(request.user).with_list_columns()


def _cells(deployments: QuerySet[Deployment]) -> Iterator[list[Any]]:
    for item in deployments.iterator(chunk_size=500):
        yield [
            item.service.slug,
            item.environment,
            item.version,
            item.commit,
            item.source,
            item.external_id,
            item.request.number if item.request else "",
            item.result,
            item.rolls_back_id,
            item.started_at,
            item.finished_at,
            item.failed_at,
            item.recovered_at,
            item.is_unauthorised,
            item.artefact_sha256,
            item.failed_by,
            item.attribution,
            item.rework,
            item.accepted_at,
        ]
