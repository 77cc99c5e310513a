"""How much of the time services were up, month by month, and the rows behind each figure."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from incidents import availability_sheet
from incidents.availability_form import AvailabilityForm, BehindForm
from incidents.availability_sheet import Cell, ImpactRow, PlannedRow, Sheet
from incidents.availability_words import percent, said
from incidents.milestones import VALUE_WORDS, Value
from incidents.parts import parts
from incidents.sheets import sheet as csv_sheet
from incidents.wording import length
from portal import clock
from portal.access import require_look
from portal.http import Request
from portal.models import Service

HEAD = [
    *(
        "service",
        "team",
        "target",
        "month",
        "availability",
        "with_planned_work",
        "state",
        "met",
    ),
    *("unplanned_minutes", "planned_minutes", "observed_minutes", "out_of_order"),
]


@require_GET
def overview(request: Request) -> HttpResponse:
    require_look(request.user)
    form = AvailabilityForm(request.GET)
    context: dict[str, Any] = {"form": form, "parts": parts("availability")}
    if not form.is_valid():
        return render(request, "incidents/availability.html", context, status=422)
    found = _sheet(request, form)
    lines = [line for line in found.lines if line.was_missed or not form.cleaned_data["missed"]]
    context |= {
        "sheet": found,
        "lines": [
            {
                "service": line.service,
                "target": percent(line.service.availability_objective),
                "cells": [_cell(cell) for cell in line.cells],
            }
            for line in lines
        ],
        "means": [
            {"period": period, "words": said(*mean)}
            for period, mean in zip(found.periods, found.means, strict=True)
        ],
        "shows_all": len(lines) == len(found.lines),
    }
    return render(request, "incidents/availability.html", context)


@require_GET
def overview_csv(request: Request) -> HttpResponseBase:
    require_look(request.user)
    form = AvailabilityForm(request.GET)
    if not form.is_valid():
        context = {"form": form, "parts": parts("availability")}
        return render(request, "incidents/availability.html", context, status=422)
    only_missed = form.cleaned_data["missed"]
    lines = _sheet(request, form).lines
    cells = (
        cell for line in lines if line.was_missed or not only_missed for cell in line.cells
    )
    return csv_sheet("availability", HEAD, (_row(cell) for cell in cells))


@require_GET
def rows(request: Request) -> HttpResponse:
    """The impacts and the planned work behind a figure."""
    require_look(request.user)
    form = BehindForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return render(request, "incidents/availability_rows.html", context, status=422)
    cell, impacts, planned = availability_sheet.behind(
        form.cleaned_data["service"], form.period(), request.user, now=clock.now()
    )
    figure = cell.figure
    context |= {
        "cell": _cell(cell),
        "period": cell.period,
        "service": cell.service,
        "target": percent(cell.service.availability_objective),
        "observed": length(figure.observed),
        "unplanned": length(figure.unplanned),
        "planned": length(figure.planned),
        "impacts": [_impact(row) for row in impacts],
        "windows": [_window(row) for row in planned],
    }
    return render(request, "incidents/availability_rows.html", context)


def _sheet(request: Request, form: AvailabilityForm) -> Sheet:
    services = form.among(Service.objects.visible_to(request.user))
    months = int(form.cleaned_data["months"])
    return availability_sheet.sheet(services, months=months, now=clock.now())


def _cell(cell: Cell) -> dict[str, Any]:
    figure = cell.figure
    return {
        "period": cell.period,
        "words": said(figure.value, figure.with_planned),
        "is_known": figure.value is not None,
        "is_met": cell.is_met,
        "state": figure.state,
        "state_word": VALUE_WORDS[Value(figure.state)],
        "invalid": figure.invalid,
        "query": f"service={cell.service.slug}&month={cell.period.key}",
    }


def _impact(row: ImpactRow) -> dict[str, Any]:
    return {
        "incident": row.incident,
        "starts_at": row.impact.start,
        "ends_at": row.impact.end if row.impact.is_over else None,
        "is_wrong": row.impact.end is None,
        "counted": length(row.counted),
        "planned": length(row.planned) if row.planned else "",
    }


def _window(row: PlannedRow) -> dict[str, Any]:
    return {
        "window": row.planned.window,
        "is_off": row.planned.window.cancelled_at is not None,
        "is_late": not row.planned.intervals,
        "counted": length(row.counted),
    }


def _row(cell: Cell) -> list[Any]:
    figure = cell.figure
    spans = (figure.unplanned, figure.planned, figure.observed)
    return [
        cell.service.slug,
        cell.service.team.slug,
        cell.service.availability_objective,
        cell.period.key or "last 90 days",
        figure.value,
        figure.with_planned,
        figure.state,
        {True: "yes", False: "no", None: ""}[cell.is_met],
        *(round(span.total_seconds() / 60, 1) for span in spans),
        figure.invalid,
    ]
