"""The delivery log: what was or will be sent to a person, by which way, when, how late."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal import clock
from portal.access import messages_of
from portal.filters import DeliveryLogFilter
from portal.http import Request
from portal.listing import exported_by, listing
from portal.models import Notification
from portal.spreadsheets import row_of
from portal.views.account import tabs

MOST_ROWS = 50_000
COLUMNS = [
    *("id", "urgency", "priority", "kind", "subject", "way", "state", "due", "sent"),
    *("late_seconds", "attempts", "error", "told_by"),
]


@require_GET
def deliveries(request: Request, pk: int) -> HttpResponse:
    person, rows = messages_of(request.user, pk)
    context = listing(request, with_columns(rows), DeliveryLogFilter)
    now = clock.now()
    context |= {
        "person": person,
        "rows": [{"row": row, "late": row.late_at(now)} for row in context["page"].rows],
        "csv_query": request.GET.urlencode(),
        "tabs": tabs(request.user, "deliveries") if person == request.user else None,
    }
    return render(request, "portal/deliveries.html", context)


@require_GET
def deliveries_csv(request: Request, pk: int) -> StreamingHttpResponse:
    """The same list with the same filter, as a file; at most 50,000 rows."""
    person, rows = messages_of(request.user, pk)
    chosen = DeliveryLogFilter(request.GET, queryset=with_columns(rows))
    found = exported_by(chosen)[:MOST_ROWS]
    name = f"deliveries-{person.pk}.csv"
    return StreamingHttpResponse(
        _csv(found.iterator()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def with_columns(rows: QuerySet[Notification]) -> QuerySet[Notification]:
    return rows.select_related("contact", "channel", "bundle").order_by("-pk")


class _Line:
    """What a csv writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def _csv(rows: Iterator[Notification]) -> Iterator[str]:
    writer = csv.writer(_Line())
    now = clock.now()
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow(row_of(_cells(row, now)))


def _cells(row: Notification, now: Any) -> list[Any]:
    late = row.late_at(now)
    return [
        row.pk,
        row.urgency,
        "" if row.priority is None else row.priority,
        row.kind,
        row.subject,
        row.contact.label if row.contact else "",
        row.state,
        row.wanted_at.isoformat(),
        row.sent_at.isoformat() if row.sent_at else "",
        int(late.total_seconds()) if late else 0,
        row.attempts,
        row.last_error,
        row.bundle_id or "",
    ]
