"""
Weekly hours as people type them: lines such as “Mon-Fri 22:00-06:00”.

Kept as `[{"weekdays": [0, 1], "from": "22:00", "until": "06:00"}]`, Monday being 0. A range
that ends at or before its start ends on the next day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
NUMBERS = {name.lower(): number for number, name in enumerate(NAMES)}
LINE = re.compile(r"(?P<days>.*?)\s+(?P<from>\d{1,2}:\d\d)\s*[-–]\s*(?P<until>\d{1,2}:\d\d)")  # noqa: RUF001 (as people type it)
MOST = 50  # ranges


def parse(said: str) -> list[dict[str, Any]]:
    """Return the ranges; raise `ValidationError` that names the line that cannot be read."""
    return [_line(line.strip()) for line in said.splitlines() if line.strip()]


def text(ranges: Iterable[dict[str, Any]]) -> str:
    """Return the ranges as people type them, one on a line."""
    return "\n".join(
        f"{_days(each['weekdays'])} {each['from']}-{each['until']}" for each in ranges
    )


def check_weekly(ranges: Any) -> list[dict[str, Any]]:
    """Return ranges that a program sent, checked, or raise `ValidationError`."""
    if not isinstance(ranges, list) or len(ranges) > MOST:
        raise ValidationError(_("Weekly hours are a list of at most 50 ranges."), "weekly")
    return [_checked(one) for one in ranges]


def _checked(one: Any) -> dict[str, Any]:
    sentence = _("A weekly range has weekdays (0 is Monday), from and until (“22:00”).")
    if not isinstance(one, dict) or set(one) != {"weekdays", "from", "until"}:
        raise ValidationError(sentence, "weekly")
    days = one["weekdays"]
    is_days = isinstance(days, list) and days and all(day in range(7) for day in days)
    if not is_days:
        raise ValidationError(sentence, "weekly")
    return {
        "weekdays": sorted(set(days)),
        "from": _time(one["from"], sentence),
        "until": _time(one["until"], sentence),
    }


def _time(said: Any, sentence: str) -> str:
    try:
        hour, _colon, minute = str(said).partition(":")
        return f"{time(int(hour), int(minute)):%H:%M}"
    except ValueError:
        raise ValidationError(sentence, "weekly") from None


def _line(line: str) -> dict[str, Any]:
    found = LINE.fullmatch(line)
    if found is None:
        sentence = _("“%(line)s” cannot be read; write it as in “Mon-Fri 22:00-06:00”.")
        raise ValidationError(sentence % {"line": line[:60]}, "weekly")
    return _checked(
        {
            "weekdays": _weekdays(found["days"], line),
            "from": found["from"],
            "until": found["until"],
        }
    )


def _weekdays(said: str, line: str) -> list[int]:
    days: set[int] = set()
    for part in re.split(r"[,\s]+", said.strip()):
        first, _dash, last = part.partition("-")
        start, end = NUMBERS.get(first[:3].lower()), NUMBERS.get((last or first)[:3].lower())
        if start is None or end is None:
            sentence = _("“%(part)s” in “%(line)s” is not a day such as Mon, or Mon-Fri.")
            raise ValidationError(sentence % {"part": part, "line": line[:60]}, "weekly")
        days |= {number % 7 for number in range(start, end + 1 if end >= start else end + 8)}
    return sorted(days)


def _days(weekdays: Iterable[int]) -> str:
    """Return “Mon-Wed, Fri” for 0, 1, 2 and 4."""
    runs: list[list[int]] = []
    for day in weekdays:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        NAMES[run[0]] if len(run) == 1 else f"{NAMES[run[0]]}-{NAMES[run[-1]]}" for run in runs
    )
