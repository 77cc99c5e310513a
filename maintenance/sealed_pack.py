"""
A ZIP whose parts vouch for one another, to be checked without any code of ours.

`MANIFEST` has a line for each file, in order: SHA-256 of the file, its path, and the chain:
SHA-256 of the line before's chain, a space, this SHA-256, a space, this path. Whoever edits,
drops, adds or reorders a file changes every chain from there on, the last of which is the
seal of the whole.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from portal.spreadsheets import row_of

BEGINNING = "0" * 64
MANIFEST = "MANIFEST"


def sealed_zip(files: Mapping[str, bytes], *, at: datetime) -> tuple[bytes, str]:
    """Return the ZIP of these files with their manifest, and its seal."""
    lines, chain = [], BEGINNING
    for path, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        chain = hashlib.sha256(f"{chain} {digest} {path}".encode()).hexdigest()
        lines.append(f"{digest} {path} {chain}\n")
    whole = {**files, MANIFEST: "".join(lines).encode()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
        stamp = at.astimezone(UTC).timetuple()[:6]
        for path, content in whole.items():
            pack.writestr(zipfile.ZipInfo(path, stamp), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue(), chain


def as_json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    return f"{text}\n".encode()


def as_csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return rows as CSV; what is no plain value stands as JSON in its cell."""
    found = list(rows)
    text = io.StringIO()
    writer = csv.writer(text)
    names = list(found[0]) if found else []
    writer.writerow(names)
    writer.writerows(row_of(_cell(row[name]) for name in names) for row in found)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return value if value is None or isinstance(value, bool | int) else str(value)
