"""A list as a CSV file, with the filter that the page has."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django_filters import FilterSet

from portal.http import Request
from portal.listing import exported_by
from portal.spreadsheets import row_of

AT_MOST = 100_000  # rows


class _Line:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_file(
    request: Request,
    rows: QuerySet[Any],
    filterset: type[FilterSet],
    *,
    name: str,
    columns: list[str],
) -> HttpResponseBase:
    """Stream the filtered rows; `columns` are lookups such as `service__slug`."""
    chosen = filterset(request.GET, queryset=rows, request=request)
    values = exported_by(chosen)[:AT_MOST].values_list(*columns).iterator(chunk_size=1000)
    return StreamingHttpResponse(
        _lines(columns, values),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(columns: list[str], values: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow([column.replace("__", "_") for column in columns])
    for row in values:
        yield writer.writerow(row_of(row))
