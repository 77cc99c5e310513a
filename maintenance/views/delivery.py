"""The delivery metrics of each service, with the rows behind every figure."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpResponse as DjangoResponse
from django.http import HttpResponseBase as HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from maintenance.delivered import (
    Period,
    arrivals_of,
    changes_in,
    delivered,
    figures_by_service,
)
from maintenance.delivery import Figures, Rate, without_rollbacks
from maintenance.delivery.charting import Point, bars, line
from maintenance.delivery_form import DeliveryForm
from maintenance.delivery_words import METRICS, lines_of, targets
from maintenance.deployment_parts import deployment_parts
from maintenance.exports import csv_answer
from maintenance.models import Deployment
from portal import clock
from portal.access import require_look
from portal.http import Request
from portal.models import Service, User

HOUR = timedelta(hours=1)
SHOWN = ["service__slug", "version", "finished_at", "failed_by", "recovered_at"]


@require_GET
def page(request: Request) -> HttpResponse:
    require_look(request.user)
    form = DeliveryForm(request.GET, user=request.user)
    context: dict[str, Any] = {
        "form": form,
        "query": request.GET.urlencode(),
        "parts": deployment_parts(request),
    }
    if not form.is_valid():
        return render(request, "maintenance/delivery.html", context, status=422)
    period, service = form.period, form.cleaned_data["service"]
    context |= {"period": period, "service": service, "metrics": METRICS}
    context |= _of_one(request, form, service) if service else _of_each(request, form)
    return render(request, "maintenance/delivery.html", context)


@require_GET
def figures_csv(request: Request) -> HttpResponse:
    """Every figure of every service that is asked for, a line each."""
    form = _valid(request)
    if not isinstance(form, DeliveryForm):
        return form
    header = [
        *("service", "from", "to", "rollbacks", "metric", "value", "unit", "n"),
        *("low", "high", "at_most", "open", "negative", "unknown"),
    ]
    return csv_answer("delivery-figures", header, _figure_cells(request, form), sealed=True)


@require_GET
def deployments_csv(request: Request) -> HttpResponse:
    """The deployments that the figures count."""
    form = _valid(request)
    if not isinstance(form, DeliveryForm):
        return form
    header = [
        *("id", "service", "version", "finished_at", "rollback", "failed", "failed_by"),
        *("recovered_at", "for_incident", "for_bug", "changes"),
    ]
    return csv_answer(
        "delivery-deployments", header, _deployment_cells(request, form), sealed=True
    )


@require_GET
def changes_csv(request: Request) -> HttpResponse:
    """The changes whose lead time is counted, each with its seconds."""
    form = _valid(request)
    if not isinstance(form, DeliveryForm):
        return form
    header = ["service", "sha", "committed_at", "deployment", "finished_at", "seconds"]
    return csv_answer("delivery-changes", header, _change_cells(request, form), sealed=True)


def _valid(request: Request) -> DeliveryForm | HttpResponse:
    """Return the form; where it is wrong, the page that says how."""
    require_look(request.user)
    form = DeliveryForm(request.GET, user=request.user)
    return form if form.is_valid() else form_page(request, form)


def form_page(request: Request, form: DeliveryForm) -> DjangoResponse:
    """Show what is to be corrected."""
    context = {
        "form": form,
        "query": request.GET.urlencode(),
        "parts": deployment_parts(request),
    }
    return render(request, "maintenance/delivery.html", context, status=422)


def services_of(user: User, form: DeliveryForm) -> list[Service]:
    chosen = form.cleaned_data["service"]
    return [chosen] if chosen else list(Service.objects.visible_to(user).current())


def figures_for(
    user: User, form: DeliveryForm, services: list[Service], period: Period
) -> dict[int, Figures]:
    return figures_by_service(
        Deployment.objects.visible_to(user),
        services,
        period,
        now=clock.now(),
        rollbacks=form.counts_rollbacks,
    )


def _of_one(request: Request, form: DeliveryForm, service: Service) -> dict[str, Any]:
    period = form.period
    figures = figures_for(request.user, form, [service], period)[service.pk]
    before = figures_for(request.user, form, [service], period.before)[service.pk]
    lines = lines_of(
        figures,
        before,
        service=service,
        period=period,
        rollbacks=form.counts_rollbacks,
        targets=targets(),
    )
    return {"lines": lines, "charts": _charts(figures), "n": figures.frequency.n}


def _of_each(request: Request, form: DeliveryForm) -> dict[str, Any]:
    services = services_of(request.user, form)
    figures = figures_for(request.user, form, services, form.period)
    rows = [
        {
            "service": service,
            "cells": [
                {"label": metric.label, "value": metric.value(figures[service.pk])}
                for metric in METRICS
            ],
        }
        for service in services
        if figures[service.pk].frequency.n
    ]
    quiet = [service for service in services if not figures[service.pk].frequency.n]
    return {"rows": rows, "quiet": quiet}


def _charts(figures: Figures) -> list[dict[str, Any]]:
    weeks = figures.frequency.weeks
    labels = [date_format(localtime(week.starts_at), "j M") for week in weeks]
    named = list(zip(labels, weeks, strict=True))
    counts = [Point(label, week.deployments, week.failed) for label, week in named]
    hours = [
        Point(label, round(week.lead_time / HOUR, 1) if week.lead_time is not None else None)
        for label, week in named
    ]
    return [
        {
            "id": "frequency",
            "label": _("Deployments"),
            "unit": _("in the week from that day"),
            "part": _("failed"),
            "rest": _("not failed"),
            "points": counts,
            "drawn": bars(counts),
        },
        {
            "id": "lead-time",
            "label": _("Change lead time"),
            "unit": _("median hours of the week from that day"),
            "points": hours,
            "drawn": line(hours),
        },
    ]


def _figure_cells(request: Request, form: DeliveryForm) -> Iterator[list[Any]]:
    period, services = form.period, services_of(request.user, form)
    told = figures_for(request.user, form, services, period)
    for service in services:
        first = [service.slug, period.first, period.last, form.cleaned_data["rollbacks"]]
        for row in _rows_of(told[service.pk]):
            yield [*first, *row]


def _rows_of(figures: Figures) -> Iterator[list[Any]]:
    lead, often, recovery = figures.lead_time, figures.frequency, figures.recovery
    none = [""] * 3
    yield [
        "lead_time_p50",
        _seconds(lead.p50),
        "s",
        lead.n,
        *none,
        "",
        lead.negative,
        lead.unknown,
    ]
    yield [
        "lead_time_p90",
        _seconds(lead.p90),
        "s",
        lead.n,
        *none,
        "",
        lead.negative,
        lead.unknown,
    ]
    yield [
        "deployments_a_week",
        _number(often.a_week if often.n else None),
        "",
        often.n,
        *none,
        "",
        "",
        "",
    ]
    yield ["days_a_week", _number(often.days_a_week), "d", often.n, *none, "", "", ""]
    yield [
        *("recovery_p50", _seconds(recovery.p50), "s", recovery.n),
        *(_seconds(recovery.p50) if recovery.is_at_least else "", "", ""),
        *(recovery.open, recovery.negative, ""),
    ]
    rates: dict[str, Rate] = {
        "change_fail_rate": figures.fail_rate,
        "rework_rate_incident": figures.rework_incident,
        "rework_rate_bug": figures.rework_bug,
        "rollback_rate": figures.rollbacks,
    }
    for name, rate in rates.items():
        low, high = rate.interval or (None, None)
        ends = [_number(low), _number(high), _number(rate.share_at_most)]
        yield [name, _number(rate.share), "", rate.whole, *ends, "", "", ""]


def _seconds(span: timedelta | None) -> str:
    return "" if span is None else f"{span.total_seconds():.0f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _deployment_cells(request: Request, form: DeliveryForm) -> Iterator[list[Any]]:
    services = services_of(request.user, form)
    rows = delivered(Deployment.objects.visible_to(request.user), services, form.period)
    for service, arrivals in arrivals_of(rows):
        theirs = rows.filter(service=service).select_related("service")
        by_number = theirs.only(*SHOWN).in_bulk()
        kept = arrivals if form.counts_rollbacks else without_rollbacks(arrivals)
        for each in kept:
            row = by_number[each.number]
            yield [
                *(row.pk, row.service.slug, row.version, row.finished_at, each.is_rollback),
                *(each.failed, row.failed_by, row.recovered_at),
                *(each.for_incident, each.for_bug, len(each.changes)),
            ]


def _change_cells(request: Request, form: DeliveryForm) -> Iterator[list[Any]]:
    services = services_of(request.user, form)
    names = {service.pk: service.slug for service in services}
    rows = delivered(Deployment.objects.visible_to(request.user), services, form.period)
    for service, arrivals in arrivals_of(rows):
        for arrival, change in changes_in(arrivals):
            took = arrival.finished_at - change.committed_at
            yield [
                *(names[service], change.sha, change.committed_at),
                *(arrival.number, arrival.finished_at, _seconds(took)),
            ]
