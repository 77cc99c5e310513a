"""
When an alert that was told of began, where the monitor does not say it or cannot be believed.

Formats known by a key alone bring no start. Their calls are read in the order in which they
were received, and what they tell is taken to hold from then:

    told       known                    what follows
    firing     open                     it goes on
    firing     ended before the call    a new occurrence, begun when the call was received
    firing     ended after the call     read again, or late: nothing new begins
    resolved   open before the call     it ends
    resolved   ended, or nothing        nothing

What fired and is known to be over (it has an end: `operations.hindsight`) opens nothing.

A start in the future is that of a wrong clock: the occurrence begins when the call was
received, and keeps the start that was told, to be known again by. So it does where what fires
was given up here, because its monitor seemed to know of it no more (`workflow.upstream`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from operations.formats import Incoming
from operations.models import Alert, Occurrence

Known = Mapping[tuple[int, datetime], Occurrence]


@dataclass(frozen=True)
class Started(Incoming):
    """An alert as it was told of, with a start to know its occurrence by."""

    started_at: datetime
    # The start that was told, where it lay in the future when it was received.
    future_start: datetime | None = None


class Late(Exception):
    """What is told is older than what is known; it is counted and not applied."""


def placed(
    told: Incoming, alert: Alert | None, *, received_at: datetime, known: Known
) -> Started | None:
    """
    Return what was told with a start; None when nothing follows from it.

    Raises `Late` for what would begin before something that is known already.
    """
    start = told.started_at
    if start is None:
        return _by_key(told, alert, received_at)
    if told.is_firing and told.ended_at is not None:
        told = replace(told, is_firing=False)
    occurrence = known.get((alert.pk, start)) if alert else None
    if told.is_firing and occurrence and _was_given_up(occurrence, received_at):
        return _started(told, received_at, future_start=start)
    if start <= received_at or occurrence:
        return _started(told, start)
    return _started(told, received_at, future_start=start)


def _was_given_up(occurrence: Occurrence, received_at: datetime) -> bool:
    is_reconciled = occurrence.end_reason == Occurrence.EndReason.RECONCILED
    return (
        is_reconciled and occurrence.ended_at is not None and received_at > occurrence.ended_at
    )


def _by_key(told: Incoming, alert: Alert | None, at: datetime) -> Started | None:
    if alert is None:
        return _anew(told, at) if told.is_firing else None
    if alert.is_firing:
        return _while_open(told, alert, at)
    if not told.is_firing:
        return None
    assert alert.ended_at is not None
    if at > alert.ended_at:
        return _anew(told, at)
    if alert.occurrences.filter(started_at__lte=at, ended_at__gte=at).exists():
        return None
    raise Late


def _while_open(told: Incoming, alert: Alert, at: datetime) -> Started | None:
    if at < alert.started_at:
        raise Late
    if told.is_firing:
        return _started(told, alert.started_at)
    # Who only says that it is over leaves the words as they were.
    return _started(
        told,
        alert.started_at,
        ended_at=told.ended_at or at,
        labels=told.labels or alert.labels,
        annotations=told.annotations or alert.annotations,
        generator_url=told.generator_url or alert.generator_url,
    )


def _anew(told: Incoming, at: datetime) -> Started:
    """A new occurrence, which may be known to be over."""
    return _started(told, at, is_firing=told.ended_at is None)


def _started(told: Incoming, at: datetime, **changed: Any) -> Started:
    return Started(**(vars(told) | {"started_at": at} | changed))
