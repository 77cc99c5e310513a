"""Files of rows that are worked out, line by line, as a spreadsheet reads them."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

from portal.spreadsheets import row_of


class _Line:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def sheet(name: str, head: list[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Answer with a file of that name; `head` names its columns."""
    return StreamingHttpResponse(
        _lines(head, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(head: list[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(head)
    for cells in rows:
        yield writer.writerow(row_of(cells))
