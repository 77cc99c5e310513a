"""Signs of life: each long-running process says now and then that it lives."""

import time
from datetime import datetime, timedelta

from portal import clock
from portal.models import Heartbeat

EVERY = 5.0  # seconds
QUIET_AFTER = timedelta(seconds=30)
# A worker says so in a task of every minute, and one that is busy is late with it.
QUIET_AFTER_OF = {"worker": timedelta(seconds=150)}
FORGOTTEN_AFTER = timedelta(hours=1)

_last: dict[str, float] = {}


def beat(name: str, kind: str) -> None:
    """Say that the process lives, at most every few seconds; forget those long gone."""
    if time.monotonic() - _last.get(name, -EVERY) < EVERY:
        return
    _last[name] = time.monotonic()
    now = clock.now()
    Heartbeat.objects.update_or_create(name=name, defaults={"kind": kind, "beat_at": now})
    Heartbeat.objects.filter(kind=kind, beat_at__lt=now - FORGOTTEN_AFTER).delete()


def is_quiet(beat: Heartbeat, now: datetime) -> bool:
    """Whether this process should have given a sign of life since."""
    return now - beat.beat_at > QUIET_AFTER_OF.get(beat.kind, QUIET_AFTER)


def newest(kind: str) -> datetime | None:
    """When a process of this kind last said that it lives."""
    return (
        Heartbeat.objects.filter(kind=kind)
        .order_by("-beat_at")
        .values_list("beat_at", flat=True)
        .first()
    )
