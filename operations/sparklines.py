"""Small lines of latency and of occurrences: coordinates for `components/sparkline.html`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber, TruncHour
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations.models import Alert, Check, CheckResult, Occurrence

WIDTH, HEIGHT, MARGIN = 120, 32, 3
SHOWN = 30  # results
HOURS, HOUR = 24, timedelta(hours=1)


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


def occurrence_sparklines(alerts: Sequence[Alert], now: datetime) -> dict[int, dict[str, Any]]:
    """
    Return how often each alert began in each of the last 24 hours, by its key, in one query.

    `{"points": "0,29 5,3", "last_x": 120.0, "last_y": 29.0, "label": "3 times in 24 hours"}`;
    nothing for those that did not begin in that time.
    """
    since = now - HOURS * HOUR
    began = (
        Occurrence.objects.filter(alert__in=alerts, started_at__gt=since)
        .order_by()
        .annotate(hour=TruncHour("started_at", tzinfo=UTC))
        .values_list("alert", "hour")
        .annotate(count=Count("pk"))
    )
    by_alert: dict[int, list[int]] = defaultdict(lambda: [0] * HOURS)
    for pk, hour, count in began:
        place = int((hour - since) / HOUR)
        by_alert[pk][min(max(place, 0), HOURS - 1)] += count
    return {pk: _counts(counts) for pk, counts in by_alert.items()}


def _counts(counts: list[int]) -> dict[str, Any]:
    most, step = max(counts) or 1, WIDTH / (len(counts) - 1)
    points = [
        (round(number * step, 1), round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * n / most, 1))
        for number, n in enumerate(counts)
    ]
    label = ngettext("%(n)d time in 24 hours", "%(n)d times in 24 hours", sum(counts))
    return {
        "points": " ".join(f"{x},{y}" for x, y in points),
        "last_x": points[-1][0],
        "last_y": points[-1][1],
        "label": label % {"n": sum(counts)},
    }
