"""
When an alert flaps: it began and ended so often that telling of each time would be noise.

Starts and ends of occurrences count, by the monitor's clock, so that calls in any order come
to the same. One page has gone out by then; what follows is counted and not told, until the
alert has been quiet for as long as it was watched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from operations.models import Alert, NoiseSettings

Span = tuple[datetime, datetime | None]


def changes(spans: Iterable[Span], *, since: datetime, until: datetime) -> list[datetime]:
    """Return the moments in `(since, until]` at which an occurrence began or ended."""
    moments = {moment for span in spans for moment in span if moment is not None}
    return sorted(moment for moment in moments if since < moment <= until)


def note_change(alert: Alert, *, at: datetime, now: datetime, rules: NoiseSettings) -> None:
    """
    Work out whether a locked alert flaps after it began or ended at `at`; the caller saves.

    Fields: `is_flapping, flap_began_at, flap_due_at, flap_count`.
    """
    length = timedelta(minutes=rules.flap_minutes)
    if alert.is_flapping:
        alert.flap_count += 1
        alert.flap_due_at = max(now, at) + length
        return
    recent = Q(started_at__gt=at - length) | Q(ended_at__gt=at - length)
    spans = alert.occurrences.filter(recent).values_list("started_at", "ended_at")
    found = changes(spans[: rules.flap_changes * 2], since=at - length, until=at)
    if len(found) >= rules.flap_changes:
        alert.is_flapping = True
        alert.flap_began_at = found[0]
        alert.flap_due_at = max(now, at) + length
        alert.flap_count = 0


def was_told(alert: Alert) -> bool:
    """
    Whether people heard of an occurrence of this flap that was as grave as this one.

    One that every rule let through, that is; without any, the next one still goes out.
    """
    held = alert.holds.values("occurrence_started_at")
    told = alert.occurrences.filter(
        started_at__gte=alert.flap_began_at,
        started_at__lt=alert.started_at,
        severity__lte=alert.severity,
    )
    return told.exclude(started_at__in=held).exists()


def calm_down(alert: Alert) -> int:
    """Let a locked alert count as quiet; return how many changes were kept back."""
    kept_back, alert.flap_count = alert.flap_count, 0
    alert.is_flapping = False
    alert.flap_began_at = alert.flap_due_at = None
    return kept_back
