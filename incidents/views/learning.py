"""Learning: how fast and how much in time we respond, what comes back, and the rows behind."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from incidents import learning as figures
from incidents.charting import chart
from incidents.clock_words import shown
from incidents.figures import Figure
from incidents.learning_form import ClocksForm, FactorsForm, LearningForm, RowsForm
from incidents.milestones import MEASURES, VALUE_WORDS, Value
from incidents.models import ClockKind, Incident, IncidentClock
from incidents.parts import parts
from incidents.sheets import sheet
from incidents.wording import length
from portal import clock
from portal.access import require_look
from portal.http import Request

MOST = 500  # rows on a page; the file has them all
UNIT_WORDS = {
    "mttd": gettext_lazy("min"),
    "mtta": gettext_lazy("min"),
    "mttm": gettext_lazy("h"),
    "mttr": gettext_lazy("h"),
}
CHARTS = [("mttd", None), ("mtta", None), ("mttr", 0), ("mttr", 1)]
CLOCKS_HEAD = [
    *("number", "title", "service", "clock", "severity", "nth"),
    *("started_at", "due_at", "stopped_at", "breached_at", "outcome"),
]
HEAD = ["number", "title", "service", "severity", "detected_at", "value", "minutes"]


@require_GET
def learning(request: Request) -> HttpResponse:
    require_look(request.user)
    form = LearningForm(request.GET)
    context: dict[str, Any] = {"form": form, "parts": parts("learning"), "is_asked": False}
    if not form.is_valid():
        return render(request, "incidents/learning.html", context, status=422)
    now = clock.now()
    since = figures.start_of(form.cleaned_data["days"], now)
    every = form.among(Incident.objects.visible_to(request.user))
    incidents = figures.read(every, since, now)
    query = request.GET.urlencode()
    severity = form.cleaned_data["severity"]
    context |= {
        "is_asked": True,
        "since": since,
        "n": len(incidents),
        "measures": [
            {"key": key, "label": each.label, "ends": each.ends, "unit": UNIT_WORDS[key]}
            for key, each in MEASURES.items()
        ],
        "by_severity": [_row(group, query) for group in figures.by_severity(incidents)],
        "by_service": [_row(group, query) for group in figures.by_service(incidents)],
        "charts": [
            _chart(incidents, since, now, key, which)
            for key, which in CHARTS
            if severity is None or which is None or which == severity
        ],
        "kept": [_kept(row, query) for row in figures.kept(every, since, now)],
        "cycle": figures.review_cycle(every, since, now),
        "returned": [
            {"row": row, "query": _joined(query, urlencode({"factor": row.factor.name}))}
            for row in figures.returned(every, since, now)
        ],
    }
    return render(request, "incidents/learning.html", context)


@require_GET
def rows(request: Request) -> HttpResponse:
    """The incidents behind a figure, each with what is known of it."""
    require_look(request.user)
    form = RowsForm(request.GET)
    context: dict[str, Any] = {"form": form, "parts": parts("learning")}
    if not form.is_valid():
        return render(request, "incidents/learning_rows.html", context, status=422)
    found = list(_found(request, form))
    measure = MEASURES[form.cleaned_data["measure"]]
    context |= {
        "measure": measure,
        "n": len(found),
        "rows": [
            {
                "incident": incident,
                "value": VALUE_WORDS[Value(value)],
                "is_known": span is not None,
                "words": length(span) if span is not None else "",
            }
            for incident, value, span in found[:MOST]
        ],
        "is_cut": len(found) > MOST,
    }
    return render(request, "incidents/learning_rows.html", context)


@require_GET
def rows_csv(request: Request) -> HttpResponseBase:
    require_look(request.user)
    form = RowsForm(request.GET)
    if not form.is_valid():
        return render(
            request,
            "incidents/learning_rows.html",
            {"form": form, "parts": parts("learning")},
            status=422,
        )
    return sheet("learning", HEAD, (_cells(*row) for row in _found(request, form)))


@require_GET
def clocks(request: Request) -> HttpResponse:
    """The clocks behind a figure of what was kept in time."""
    require_look(request.user)
    form = ClocksForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return render(request, "incidents/learning_clocks.html", context, status=422)
    found, now = _clocks(request, form), clock.now()
    count = found.count()
    context |= {
        "kind": ClockKind(form.cleaned_data["kind"]).label,
        "n": count,
        "rows": [{"clock": row, "shown": shown(row, now)} for row in found[:MOST]],
        "is_cut": count > MOST,
    }
    return render(request, "incidents/learning_clocks.html", context)


@require_GET
def clocks_csv(request: Request) -> HttpResponseBase:
    require_look(request.user)
    form = ClocksForm(request.GET)
    if not form.is_valid():
        return render(request, "incidents/learning_clocks.html", {"form": form}, status=422)
    rows = _clocks(request, form).iterator(chunk_size=500)
    return sheet("clocks", CLOCKS_HEAD, (_clock_cells(row) for row in rows))


@require_GET
def factors(request: Request) -> HttpResponse:
    """The incidents whose reviews name a factor."""
    require_look(request.user)
    form = FactorsForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return render(request, "incidents/learning_factors.html", context, status=422)
    said, now = form.cleaned_data, clock.now()
    every = form.among(Incident.objects.visible_to(request.user))
    since = figures.start_of(said["days"], now)
    found = figures.named(every, since, now, said["factor"])
    rows = [each for each in reversed(found) if each.came_back or not said["came_back"]]
    context |= {
        "factor": said["factor"],
        "n": len(rows),
        "rows": rows[:MOST],
        "is_cut": len(rows) > MOST,
    }
    return render(request, "incidents/learning_factors.html", context)


def _clocks(request: Request, form: ClocksForm) -> QuerySet[IncidentClock]:
    said, now = form.cleaned_data, clock.now()
    return figures.clocks_behind(
        form.among(Incident.objects.visible_to(request.user)),
        figures.start_of(said["days"], now),
        now,
        kind=said["kind"],
        outcome=said["outcome"],
        severity=said["target_severity"],
    )


def _clock_cells(row: IncidentClock) -> list[Any]:
    moments = (row.started_at, row.due_at, row.stopped_at, row.breached_at)
    return [
        row.incident.number,
        row.incident.title,
        row.incident.service.slug,
        row.kind,
        row.severity,
        row.number,
        *(moment.isoformat() if moment else "" for moment in moments),
        row.outcome,
    ]


def _kept(row: figures.Kept, query: str) -> dict[str, Any]:
    """A line of what was kept: each count leads to its clocks."""
    asked = _joined(query, f"kind={row.kind}")
    if row.severity is not None:
        asked += f"&target_severity={row.severity}"
    return {"row": row, "query": asked}


def _joined(*parts: str) -> str:
    return "&".join(part for part in parts if part)


def _found(request: Request, form: RowsForm) -> Iterator[tuple[Incident, str, Any]]:
    said, now = form.cleaned_data, clock.now()
    every = form.among(Incident.objects.visible_to(request.user))
    incidents = figures.read(every, figures.start_of(said["days"], now), now)
    return figures.rows_of(incidents, MEASURES[said["measure"]], said["value"])


def _cells(incident: Incident, value: str, span: timedelta | None) -> list[Any]:
    return [
        incident.number,
        incident.title,
        incident.service.slug,
        incident.severity,
        incident.detected_at.isoformat(),
        value,
        "" if span is None else round(span.total_seconds() / 60, 1),
    ]


def _row(group: figures.Group, query: str) -> dict[str, Any]:
    """A line of a table: each figure leads to its rows."""
    asked = _joined(query, group.query)
    return {
        "group": group,
        "cells": [
            _cell(key, group.figures[key], f"{asked}&measure={key}".lstrip("&"))
            for key in MEASURES
        ],
    }


def _cell(key: str, figure: Figure, query: str) -> dict[str, Any]:
    counts = {
        Value.RECORDED: figure.n,
        Value.PENDING: figure.pending,
        Value.NOT_APPLICABLE: figure.not_applicable,
        Value.INVALID: figure.invalid,
    }
    return {
        "figure": figure,
        "unit": UNIT_WORDS[key],
        "query": query,
        "counts": [
            {"value": value.value, "label": VALUE_WORDS[value], "n": n}
            for value, n in counts.items()
            if n
        ],
    }


def _chart(
    incidents: list[Incident], since: Any, until: Any, key: str, severity: int | None
) -> dict[str, Any]:
    own = [each for each in incidents if severity is None or each.severity == severity]
    target = figures.target_of(key, severity)
    points = []
    for bucket in figures.trend(own, since, until):
        figure = figures.figures_of(bucket.incidents)[key]
        points.append((date_format(bucket.starts_on, "j M"), figure.median, figure.p90))
    return {
        "key": key,
        "id": f"{key}-{'all' if severity is None else severity}",
        "label": MEASURES[key].label,
        "ends": MEASURES[key].ends,
        "severity": severity,
        "unit": UNIT_WORDS[key],
        "target": target,
        "drawn": chart(points, target.value if target else None),
    }
