"""
Makes up calls that a team's own rules can read, for the test button.

The rules say where each thing is looked for; so it is put there. That need not work out, as
where a rule names a constant: whoever sends the calls reads them first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from operations.formats import paths
from operations.formats.incoming import Sample
from operations.models import Severity

MOST_PLACES = 100  # that a list is filled up to


def bodies(
    rules: Mapping[str, Any], name: str, now: datetime, *, words: tuple[str, str]
) -> list[Sample]:
    """Return one call that begins and one that ends an alert; `words` say so by default."""
    return [Sample("", json.dumps(_body(rules, name, now, word)).encode()) for word in words]


def subjects(rules: Mapping[str, Any]) -> tuple[str, str]:
    """Return the word of a subject that begins an alert, and the one that ends it."""
    return _first(rules.get("open", []), "PROBLEM"), _first(rules.get("resolve", []), "")


def _body(rules: Mapping[str, Any], name: str, now: datetime, status: str) -> Any:
    item: dict[str, Any] = {}
    root = _looked_for(rules.get("root", ""))
    whole: Any = {} if root and isinstance(root.steps[0], str) else [] if root else item
    if root:
        _put(whole, root.steps, [item])
    values = {
        "title": "TestAlert",
        "summary": name,
        "fingerprint": f"test-{now:%Y%m%d%H%M%S%f}",
        "status": _word(rules.get("statuses", {}), status),
        "severity": _word(rules.get("severities", {}), Severity.P3, "p3"),
        "labels": {"test": "true"},
    }
    for field, value in values.items():
        path = _looked_for(rules.get("fields", {}).get(field, ""))
        if path is not None:
            _put(whole if path.is_of_whole else item, path.steps, value)
    return whole


def _looked_for(expression: str) -> paths.Path | None:
    """Return the first place that an expression names; a constant is no place."""
    return next((path for path in paths.parse(expression) if path.steps), None)


def _put(into: Any, steps: tuple[str | int, ...], value: Any) -> None:
    """Put a value where the steps lead, if nothing else stands there or in the way."""
    step, rest = steps[0], steps[1:]
    inner = value if not rest else {} if isinstance(rest[0], str) else []
    if isinstance(step, str) and isinstance(into, dict):
        inner = into.setdefault(step, inner)
    elif isinstance(step, int) and isinstance(into, list) and step < MOST_PLACES:
        place = max(step, 0)
        into += [None] * (place + 1 - len(into))
        inner = into[place] = inner if into[place] is None else into[place]
    else:
        return
    if rest:
        _put(inner, rest, value)


def _word(table: Mapping[str, Any], meaning: Any, otherwise: str = "") -> str:
    return next(
        (word for word, means in table.items() if means == meaning), otherwise or meaning
    )


def _first(words: list[str], otherwise: str) -> str:
    return words[0] if words else otherwise
