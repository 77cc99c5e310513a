"""
What Celery beat does, declared beside the task and kept in the database.

An operator may change an interval or switch an entry off in the admin: seeding adds what is
missing and never overwrites what is there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from celery.schedules import crontab
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask


@dataclass(frozen=True)
class Entry:
    name: str
    task: str
    every: timedelta | crontab
    description: str


_entries: dict[str, Entry] = {}


Task = TypeVar("Task", bound=Any)


def periodic(name: str, every: timedelta | crontab) -> Callable[[Task], Task]:
    """Have beat start this task; stands above `@shared_task`. `name` is what operators see."""

    def register(task: Task) -> Task:
        description = (task.__doc__ or "").strip().partition("\n")[0]
        _entries[name] = Entry(name, task.name, every, description)
        return task

    return register


def entries() -> list[Entry]:
    return list(_entries.values())


def seed() -> int:
    """Add the entries that are missing; return how many there were."""
    added = 0
    for entry in entries():
        defaults = {
            "task": entry.task,
            "description": entry.description,
            **_when(entry.every),
        }
        added += PeriodicTask.objects.get_or_create(name=entry.name, defaults=defaults)[1]
    return added


def _when(every: timedelta | crontab) -> dict[str, Any]:
    if isinstance(every, timedelta):
        seconds = int(every.total_seconds())
        interval, _ = IntervalSchedule.objects.get_or_create(
            every=seconds, period=IntervalSchedule.SECONDS
        )
        return {"interval": interval}
    table = CrontabSchedule.from_schedule(every)  # the row that says so, or a new one
    if table.pk is None:
        table.save()
    return {"crontab": table}
