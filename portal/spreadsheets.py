"""Cells that a spreadsheet shows and never runs."""

import json
from collections.abc import Iterable
from typing import Any

# A cell that begins so is taken for a formula; a quote before it makes it text.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def row_of(values: Iterable[Any]) -> list[str]:
    return [cell(value) for value in values]


def cell(value: Any) -> str:
    """Return the text of a cell; numbers and dates stay what they are."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if not isinstance(value, str):
        return str(value)
    seen = value.lstrip("\u200b\ufeff \u00a0")
    return f"'{value}" if seen.startswith(STARTS) else value
