"""No silent hole: what the last proof found, as a picture and as a list."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from incidents import workflow
from incidents.coverage_strips import strips
from incidents.filters import CoverageHoleFilter
from incidents.models import CoverageHole, CoverageHoleQuerySet, CoverageRun, HoleKind
from incidents.parts import parts
from operations.views.export import csv_file
from portal.access import require_look, require_work
from portal.http import Request
from portal.listing import found_by, listing

TONES = {
    HoleKind.NOBODY: "bad",
    HoleKind.LAST_RESORT: "busy",
    HoleKind.AWAY: "busy",
    HoleKind.LATE: "busy",
    HoleKind.FIRST_STEP: "info",
}
COLUMNS = [
    "service__slug",
    "severity",
    "kind",
    "code",
    "starts_at",
    "ends_at",
    "sentence",
    "fix_url",
    "is_new",
]


@require_GET
def coverage(request: Request) -> HttpResponse:
    require_look(request.user)
    run = latest()
    found = _holes(request, run)
    context: dict[str, Any] = {
        **listing(request, found, CoverageHoleFilter),
        "run": run,
        "why_not_prove": workflow.why_not_prove(),
        "may_work": request.user.may_work,
        "parts": parts("coverage"),
    }
    context["rows"] = [
        {"hole": hole, "tone": TONES[HoleKind(hole.kind)]} for hole in context["page"].rows
    ]
    if run is not None:
        context["strips"] = strips(run, found_by(context["filter"]))
    return render(request, "incidents/coverage.html", context)


@require_GET
def coverage_csv(request: Request) -> HttpResponseBase:
    """The list as it is filtered, all of its pages."""
    require_look(request.user)
    return csv_file(
        request,
        _holes(request, latest()),
        CoverageHoleFilter,
        name="coverage",
        columns=COLUMNS,
    )


@require_POST
def prove(request: Request) -> HttpResponse:
    """Have it proved now; it takes a few seconds, and the page says when it is done."""
    require_work(request.user)
    workflow.ask_for_proof(actor=request.user)
    return redirect("incidents:coverage")


def latest() -> CoverageRun | None:
    return CoverageRun.objects.finished().select_related("asked_by").first()


def _holes(request: Request, run: CoverageRun | None) -> QuerySet[CoverageHole]:
    every: CoverageHoleQuerySet = CoverageHole.objects.visible_to(request.user)
    return every.filter(run=run).with_list_columns() if run else every.none()
