"""The audit log, and the past versions of a record."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.api.pagination import Page
from portal.filters import EventFilter
from portal.http import Request
from portal.listing import exported_by, listing
from portal.models import Event
from portal.spreadsheets import row_of
from portal.timeline import lines, visible_events
from portal.versions import described, record_for, versions_of
from portal.views.administration import tabs

MOST_ROWS = 50_000
COLUMNS = ["position", "happened_at", "kind", "subject", "service", "actor", "data", "seal"]


@require_GET
def event_list(request: Request) -> HttpResponse:
    context = listing(request, visible_events(request.user), EventFilter)
    rows = context["page"].rows
    context["rows"] = [
        {"event": event, "line": line} for event, line in zip(rows, lines(rows), strict=True)
    ]
    context["tabs"] = tabs(request.user, "events")
    context["csv_query"] = request.GET.urlencode()
    return render(request, "portal/events.html", context)


@require_GET
def events_csv(request: Request) -> StreamingHttpResponse:
    """The same list with the same filter, as a file; at most 50,000 rows."""
    chosen = EventFilter(request.GET, queryset=visible_events(request.user))
    events = exported_by(chosen)[:MOST_ROWS]
    return StreamingHttpResponse(
        _csv(events.iterator()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="events.csv"'},
    )


class _Line:
    """What a csv writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def _csv(events: Iterator[Event]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for event in events:
        yield writer.writerow(row_of(_cells(event)))


def _cells(event: Event) -> list[Any]:
    return [
        event.position,
        event.happened_at.isoformat(),
        event.kind,
        event.subject_label,
        event.service.slug if event.service else "",
        event.actor_label,
        event.data,
        event.seal,
    ]


@require_GET
def history(request: Request, label: str, pk: int) -> HttpResponse:
    """What a record looked like, version by version."""
    record = record_for(request.user, label, pk)
    page = Page(request, versions_of(record))
    older = None
    if page.rows:
        older = versions_of(record).filter(history_id__lt=page.rows[-1].history_id).first()
    context = {
        "record": record,
        "page": page,
        "versions": list(described(page.rows, older)),
    }
    return render(request, "portal/history.html", context)
