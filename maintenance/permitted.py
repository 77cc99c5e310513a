"""
Whether the time of a change is open to it: what freezes and permitted times say.

Asked for the planned time when it is approved, and again for the time that is left when work
begins; a freeze that was approved in between stops what was approved before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from maintenance.models import (
    PRODUCTION,
    ChangeWindow,
    Freeze,
    MaintenanceRequest,
    OverrideOf,
    environment_named,
)
from maintenance.timing import Code, Span, common, effective, judge, merged

AROUND = timedelta(days=8)  # longer than any permitted time, so that joined ones are whole
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Standing:
    """What was found for a span; the code is None where there was no span to judge."""

    code: Code | None
    freezes: list[Freeze] = field(default_factory=list)
    windows: list[ChangeWindow] = field(default_factory=list)
    is_overridden: bool = False  # of windows; an overridden freeze is not in `freezes`


def standing(request: MaintenanceRequest, span: Span | None) -> Standing:
    """
    Judge a span for this request, with what managers have overridden for its plan.

    A freeze holds in the environments that it names, and permitted times in production;
    elsewhere any time is open.
    """
    windows = windows_for(request)
    if span is None:
        return Standing(None, windows=windows)
    freezes = [
        freeze
        for freeze in Freeze.objects.overlapping(*span).for_services(request.touched_services)
        if freeze.stops(request)
    ]
    overridden = list(request.time_overrides.filter(plan_digest=request.plan_digest))
    let_go = {override.freeze_id for override in overridden}
    freezes = [freeze for freeze in freezes if freeze.pk not in let_go]
    verdict = judge(
        span,
        freezes=[freeze.span for freeze in freezes],
        windows=permitted_spans(request, windows, span),
    )
    of_windows = any(override.of == OverrideOf.WINDOWS for override in overridden)
    return Standing(verdict.code, freezes, windows, of_windows)


def windows_for(request: MaintenanceRequest) -> list[ChangeWindow]:
    """Return the permitted times of all that a request touches, with their services."""
    if environment_named(request.environment) != PRODUCTION:
        return []
    windows = ChangeWindow.objects.in_use().for_services(request.touched_services)
    return list(windows.prefetch_related("services"))


def permitted_spans(
    request: MaintenanceRequest, windows: Sequence[ChangeWindow], around: Span
) -> list[Span] | None:
    """
    Return when all that a request touches may be changed, near a span; None: at any time.

    A service without permitted times restricts nothing; of several that have some, all must
    be open at once.
    """
    open_times: list[Span] | None = None
    spans: dict[int, list[Span]] = {}
    for service in request.touched_services:
        own = [window for window in windows if _is_for(window, service)]
        if not own:
            continue
        for window in own:
            if window.pk not in spans:
                spans[window.pk] = _near(window, around)
        together = merged(span for window in own for span in spans[window.pk])
        open_times = together if open_times is None else common(open_times, together)
    return open_times


def _is_for(window: ChangeWindow, service: int) -> bool:
    return window.covers_all or any(each.pk == service for each in window.services.all())


def _near(window: ChangeWindow, around: Span) -> list[Span]:
    found = window.recurrence.between(around.start - AROUND, around.end + AROUND)
    return [span for _day, span in found]


def span_from(request: MaintenanceRequest, now: datetime) -> Span | None:
    """
    Return what is left of the time of a change that begins now, with its rollback.

    Without a planned end it is this minute, with the rollback: no more is known.
    """
    end = request.planned_end
    if end is not None and end <= now:
        return None
    rollback = request.rollback_minutes * MINUTE
    return effective(now, end or now + MINUTE, rollback=rollback)


def affected_by(freeze: Freeze) -> list[MaintenanceRequest]:
    """Return the open requests, by planned start, whose time a freeze would close."""
    requests = (
        MaintenanceRequest.objects.open()
        .with_list_columns()
        .filter(planned_start__isnull=False, planned_end__isnull=False)
        .order_by("planned_start", "pk")
    )
    if not freeze.covers_all:
        requests = requests.touching(freeze.covered_services)
    near = requests.filter(
        planned_start__lt=freeze.ends_at + AROUND, planned_end__gt=freeze.starts_at - AROUND
    )
    closed = freeze.span
    return [
        request
        for request in near
        if freeze.stops(request) and request.effective and request.effective.overlaps(closed)
    ]
