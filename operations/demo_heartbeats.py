"""The demo's jobs: their nightly runs, as they told of them; paused, for no job runs here."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from operations.models import Heartbeat, HeartbeatState, Ping, PingKind, RhythmKind, Severity
from portal.demo import DAYS, ZONE, Story, keep, wipe

NIGHTS = 14


class Job(NamedTuple):
    """A job of the demo: when it begins, how long it takes, and what it says at its end."""

    name: str
    service: str
    hour: int
    minutes: int
    severity: Severity
    says: str


JOBS = [
    Job("Nightly backup", "Orders database", 3, 24, Severity.P1, "412 GiB, 0 errors"),
    Job("Invoice run", "Invoices", 6, 48, Severity.P2, "1,204 invoices sent"),
]


def load(story: Story) -> None:
    for job in JOBS:
        service = story.services[job.service]
        heartbeat = Heartbeat(
            name=job.name,
            service=service,
            kind=RhythmKind.CRON,
            cron=f"0 {job.hour} * * *",
            time_zone=str(ZONE),
            grace_minutes=90,
            severity=job.severity,
            state=HeartbeatState.PAUSED,
            since=story.at(0, 8),
            heard_at=story.at(1, job.hour, job.minutes),
            succeeded_at=story.at(1, job.hour, job.minutes),
            last_duration=timedelta(minutes=job.minutes),
            is_demo=True,
        )
        keep(heartbeat, by=story.manager(story.team_of(service)), at=story.at(DAYS, 9))
        Ping.objects.bulk_create(_nights(story, job, heartbeat))


def remove() -> None:
    wipe(Heartbeat.objects.filter(service__is_demo=True))


def _nights(story: Story, job: Job, heartbeat: Heartbeat) -> list[Ping]:
    pings = []
    for days_ago in range(NIGHTS, 0, -1):
        began = story.at(days_ago, job.hour)
        took = timedelta(minutes=job.minutes * story.dice.uniform(0.9, 1.2))
        if days_ago == 1:
            took = timedelta(minutes=job.minutes)
        known = {
            "heartbeat": heartbeat,
            "method": "POST",
            "agent": "curl/8.5.0",
            "is_read": True,
        }
        pings += [
            Ping(kind=PingKind.START, at=began, **known),
            Ping(
                kind=PingKind.SUCCESS,
                exit_status=0,
                at=began + took,
                duration=took,
                body=job.says.encode(),
                **known,
            ),
        ]
    return pings
