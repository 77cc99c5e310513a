"""Lists as CSV."""

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.http import StreamingHttpResponse

from portal.spreadsheets import row_of


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_answer(
    name: str, header: list[str], rows: Iterable[list[Any]]
) -> StreamingHttpResponse:
    """Return `<name>.csv` in UTF-8, row by row; moments are written in UTC, ISO 8601."""
    writer = csv.writer(_Echo())

    def written() -> Iterator[bytes]:
        yield writer.writerow(header).encode()
        for row in rows:
            yield writer.writerow(row_of(_plain(value) for value in row)).encode()

    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingHttpResponse(
        written(), content_type="text/csv; charset=utf-8", headers=headers
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value if value is None or isinstance(value, bool | int) else str(value)
