"""The picture of the proof: a strip of thirty days for each service, holes where they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from incidents.models import CoverageHole, CoverageRun, HoleKind
from operations.models import Severity
from portal.models import Service

HOUR = timedelta(hours=1)
WIDTH = 720.0  # units: an hour each
NARROWEST = 2.0  # so that a gap of minutes is seen
MOST = 60  # services drawn
MOST_MARKS = 5_000

Key = tuple[int, int]  # service and severity


def strips(run: CoverageRun, holes: QuerySet[CoverageHole]) -> dict[str, Any]:
    """
    Return what `incidents/coverage_strips.html` draws: days, and services with what is wrong.

    The services with the longest holes come first; `others` is how many are sound.
    """
    start = run.starts_at
    if start is None:
        return {}
    found: dict[Key, list[CoverageHole]] = defaultdict(list)
    services: dict[int, Service] = {}
    for hole in holes[:MOST_MARKS]:
        found[hole.service_id, hole.severity].append(hole)
        services[hole.service_id] = hole.service
    order = sorted(
        services.values(), key=lambda service: (_sound(service, found), service.name)
    )
    return {
        "days": list(_days(start)),
        "rows": [
            {
                "service": service,
                "lines": [
                    _line(Severity(severity), mine, start)
                    for (pk, severity), mine in sorted(found.items(), key=lambda item: item[0])
                    if pk == service.pk
                ],
            }
            for service in order[:MOST]
        ],
        "hidden": max(0, len(order) - MOST),
        "others": max(0, run.service_count - len(services)),
    }


def _sound(service: Service, found: dict[Key, list[CoverageHole]]) -> timedelta:
    """The time without a hole, less than nothing: the worst sorts first."""
    mine = (holes for (pk, _severity), holes in found.items() if pk == service.pk)
    return -sum((hole.length for holes in mine for hole in holes if hole.is_hole), timedelta(0))


def _line(severity: Severity, holes: list[CoverageHole], start: datetime) -> dict[str, Any]:
    ordered = sorted(holes, key=lambda hole: hole.is_hole)  # the grave ones on top
    return {
        "severity": severity,
        "label": _words(severity, holes),
        "marks": [_mark(hole, start) for hole in ordered],
    }


def _mark(hole: CoverageHole, start: datetime) -> dict[str, Any]:
    x = (hole.starts_at - start) / HOUR
    width = max((hole.ends_at - hole.starts_at) / HOUR, NARROWEST)
    x = min(x, WIDTH - width)
    return {"x": round(x, 2), "width": round(width, 2), "kind": hole.kind}


def _words(severity: Severity, holes: list[CoverageHole]) -> str:
    """The strip in words, for who cannot see it."""
    bad = [hole for hole in holes if hole.kind == HoleKind.NOBODY]
    weak = len(holes) - len(bad)
    hours = round(sum((hole.length for hole in bad), timedelta(0)) / HOUR, 1)
    first = ngettext("%(n)d hole", "%(n)d holes", len(bad)) % {"n": len(bad)}
    second = ngettext("%(n)d weak spot", "%(n)d weak spots", weak) % {"n": weak}
    return f"{severity.name}: {first} ({hours:g} h), {second}"


def _days(start: datetime) -> Iterator[dict[str, Any]]:
    """Midnights of the reader's zone, with a label once a week."""
    day = timezone.localtime(start).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(1, 31):
        at = day + number * timedelta(days=1)
        x = (at - start) / HOUR
        if 0 <= x < WIDTH:
            yield {"x": round(x, 2), "at": at, "is_monday": at.weekday() == 0}
