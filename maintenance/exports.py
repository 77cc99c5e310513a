"""Lists as CSV."""

import csv
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.http import StreamingHttpResponse

from portal.spreadsheets import row_of


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_answer(
    name: str, header: list[str], rows: Iterable[list[Any]], *, sealed: bool = False
) -> StreamingHttpResponse:
    """
    Return `<name>.csv` in UTF-8, row by row; moments are written in UTC, ISO 8601.

    A sealed one ends with `# sha256 <hex>` of all the lines above, so that it can be kept as
    evidence: `head -n -1 FILE | sha256sum`.
    """
    writer = csv.writer(_Echo())
    digest = hashlib.sha256()

    def written() -> Iterator[bytes]:
        plain = (row_of(_plain(value) for value in row) for row in rows)
        for row in chain([header], plain):
            said = writer.writerow(row).encode()
            digest.update(said)
            yield said
        if sealed:
            yield f"# sha256 {digest.hexdigest()}\r\n".encode()

    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingHttpResponse(
        written(), content_type="text/csv; charset=utf-8", headers=headers
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value if value is None or isinstance(value, bool | int) else str(value)
