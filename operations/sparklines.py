"""Small lines of latency: coordinates for `components/sparkline.html`."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations.models import Check, CheckResult

WIDTH, HEIGHT, MARGIN = 120, 32, 3
SHOWN = 30  # results


def sparklines(checks: Sequence[Check]) -> dict[int, dict[str, Any]]:
    """Return a sparkline for each check that has results, by its key, in one query."""
    rank = Window(RowNumber(), partition_by=F("check_done"), order_by=F("at").desc())
    newest = (
        CheckResult.objects.filter(check_done__in=checks)
        .annotate(rank=rank)
        .filter(rank__lte=SHOWN)
        .order_by("at", "pk")
    )
    by_check: dict[int, list[CheckResult]] = defaultdict(list)
    for result in newest:
        by_check[result.check_done_id].append(result)
    return {pk: sparkline(results) for pk, results in by_check.items()}


def sparkline(results: Sequence[CheckResult]) -> dict[str, Any]:
    """
    Return the line of these results, the oldest first, with a gap where nothing answered.

    `{"segments": ["0,3 4,29"], "last_x": 4.0, "last_y": 29.0, "label": "12 ms at last"}`
    """
    times = [result.milliseconds for result in results if result.milliseconds is not None]
    most = max(times, default=0) or 1
    step = WIDTH / max(len(results) - 1, 1)
    segments: list[list[str]] = [[]]
    last: tuple[float, float] | None = None
    for number, result in enumerate(results):
        if result.milliseconds is None:
            segments.append([])
            last = None
            continue
        depth = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * result.milliseconds / most
        last = round(number * step, 1), round(depth, 1)
        segments[-1].append(f"{last[0]},{last[1]}")
    return {
        "segments": [" ".join(segment) for segment in segments if len(segment) > 1],
        "last_x": last[0] if last else "",
        "last_y": last[1] if last else "",
        "label": _words(results),
    }


def _words(results: Sequence[CheckResult]) -> str:
    if not results:
        return _("No answer yet")
    if results[-1].milliseconds is None:
        return _("No answer at last")
    answered = [each.milliseconds for each in results if each.milliseconds is not None]
    return ngettext(
        "%(last)d ms at last, at most %(most)d ms in the last answer",
        "%(last)d ms at last, at most %(most)d ms in the last %(count)d answers",
        len(answered),
    ) % {"last": answered[-1], "most": max(answered), "count": len(answered)}
