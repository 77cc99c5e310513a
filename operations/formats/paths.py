"""
Small expressions that find a value in a JSON body; nothing in them runs.

    alert.title            a field of a field; a name with other signs stands as ["my name"]
    events[0].id           an element by its place, [-1] is the last
    $.host                 from the whole body, where a list is read item by item
    alert.name || title    the first that says something
    "disk"                 itself
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

LONGEST = 300  # characters of an expression
CONSTANT = re.compile(r'"((?:[^"\\]|\\["\\])*+)"')
STEP = re.compile(
    r"""\.?(?P<name>[A-Za-z_@][\w@:/-]*+)       # .name
      | \[\s*(?P<place>-?\d{1,6})\s*\]          # [0]
      | \["(?P<quoted>[^"\\]{1,200})"\]         # ["any name"]
    """,
    re.VERBOSE,
)
WHOLE = "$"


class BadPath(ValueError):
    """The expression cannot be read; the sentence says where."""


@dataclass(frozen=True)
class Path:
    """One alternative: a constant, or steps from the item or from the whole body."""

    steps: tuple[str | int, ...] = ()
    constant: str | None = None
    is_of_whole: bool = False

    def value(self, item: Any, whole: Any) -> Any:
        if self.constant is not None:
            return self.constant
        found = whole if self.is_of_whole else item
        for step in self.steps:
            found = _step(found, step)
        return found


def parse(expression: str) -> list[Path]:
    """Return the alternatives of an expression, none for an empty one. Raises `BadPath`."""
    if len(expression) > LONGEST:
        raise BadPath(f"An expression has at most {LONGEST} characters.")
    return [_alternative(part) for part in _split(expression)] if expression.strip() else []


def find(paths: list[Path], item: Any, whole: Any) -> Any:
    """Return the first value that says something; None when none does."""
    for path in paths:
        value = path.value(item, whole)
        if value not in (None, "", [], {}):
            return value
    return None


def _split(expression: str) -> list[str]:
    """Split at ||, but not inside a constant."""
    parts, start, is_quoted = [], 0, False
    for place, sign in enumerate(expression):
        if sign == '"' and expression[place - 1 : place] != "\\":
            is_quoted = not is_quoted
        elif not is_quoted and expression.startswith("||", place) and place >= start:
            parts.append(expression[start:place])
            start = place + 2
    return [*parts, expression[start:]]


def _alternative(part: str) -> Path:
    said = part.strip()
    if not said:
        raise BadPath("Something is missing beside “||”.")
    if constant := CONSTANT.fullmatch(said):
        return Path(constant=re.sub(r'\\(["\\])', r"\1", constant[1]))
    is_of_whole = said.startswith(WHOLE)
    rest = said[1:] if is_of_whole else said
    steps: list[str | int] = []
    place = 0
    while place < len(rest):
        step = STEP.match(rest, place)
        if step is None or (place == 0 and not is_of_whole and rest[0] == "."):
            raise BadPath(f"“{said[:60]}” cannot be read from “{rest[place : place + 20]}” on.")
        steps.append(int(step["place"]) if step["place"] else step["name"] or step["quoted"])
        place = step.end()
    return Path(steps=tuple(steps), is_of_whole=is_of_whole)


def _step(found: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return found.get(step) if isinstance(found, dict) else None
    if isinstance(found, list) and -len(found) <= step < len(found):
        return found[step]
    return None
