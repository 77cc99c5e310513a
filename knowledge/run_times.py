"""How long the steps of runs take, and how long they usually do."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from knowledge.models import Document, RunbookRun, RunStep, StepState

EARLIER = 50  # runs that a median is taken over
FEWEST = 3  # times a step was done before its median says anything


def took(began: datetime, steps: Iterable[RunStep]) -> dict[int, timedelta]:
    """
    Return for each answered step how long it took, by its order.

    From the answer before it, or from when somebody began it, if that was later.
    """
    answered = sorted(
        (step.answered_at, step.order, step.began_at)
        for step in steps
        if step.answered_at is not None and step.state != StepState.NOT_APPLICABLE
    )
    times = {}
    for (before, _order, _began), (at, order, begun) in pairwise([(began, 0, None), *answered]):
        start = max(before, begun) if begun and begun <= at else before
        times[order] = max(at - start, timedelta(0))
    return times


def usual_times(document: Document, *, besides: RunbookRun) -> dict[str, timedelta]:
    """Return the median of each step over earlier runs, by the step's name."""
    runs = (
        RunbookRun.objects.of(document)
        .exclude(pk=besides.pk)
        .filter(continues=None, finished_at__isnull=False)
        .prefetch_related("steps")
        .order_by("-started_at")[:EARLIER]
    )
    seen: dict[str, list[float]] = {}
    for run in runs:
        steps = list(run.steps.all())
        times = took(run.started_at, steps)
        for step in steps:
            if step.state == StepState.DONE and step.order in times:
                seen.setdefault(step.anchor, []).append(times[step.order].total_seconds())
    return {
        anchor: timedelta(seconds=median(times))
        for anchor, times in seen.items()
        if len(times) >= FEWEST
    }
