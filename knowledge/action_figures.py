"""How promises are kept: the share done by their day, and how long the others wait."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from statistics import median
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from knowledge.models import ActionItem, ActionState

PERIOD = timedelta(days=90)


class ActionFigures(NamedTuple):
    """Ages are whole days; None where there is nothing to work a figure out from."""

    open_count: int
    overdue_count: int
    median_age: int | None
    oldest_age: int | None
    done_count: int
    on_time_share: int | None  # per cent


def figures(actions: QuerySet[ActionItem], now: datetime) -> ActionFigures:
    """Over what is open now, and what was done within the last 90 days; two queries."""
    today = timezone.localtime(now).date()
    waiting = list(actions.unfinished().values_list("created_at", "due_on"))  # type: ignore[attr-defined]  # our own queryset
    done = actions.filter(state=ActionState.DONE, closed_at__gte=now - PERIOD)
    kept = [
        (due_on, timezone.localtime(closed_at).date())
        for due_on, closed_at in done.values_list("due_on", "closed_at")
        if closed_at is not None
    ]
    ages = [(now - created_at).days for created_at, _due_on in waiting]
    return ActionFigures(
        open_count=len(waiting),
        overdue_count=sum(due_on < today for _created_at, due_on in waiting),
        median_age=int(median(ages)) if ages else None,
        oldest_age=max(ages, default=None),
        done_count=len(kept),
        on_time_share=on_time_share(kept),
    )


def on_time_share(days: Iterable[tuple[date, date]]) -> int | None:
    """Return how many per cent of (due, done) were done by their day; None of none."""
    answers = [done <= due for due, done in days]
    return round(100 * sum(answers) / len(answers)) if answers else None
