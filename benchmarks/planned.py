"""What is planned in a busy quarter, and how long the next times that fit take among it."""

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from datetime import time as clock_time
from typing import Any

from django.db import connection

from maintenance.models import ChangeWindow, Freeze, MaintenanceRequest, RequestState
from maintenance.next_times import proposals
from portal import clock
from portal.models import ServiceDependency
from tests.make import make_person, make_service, make_team

CHANGES, WINDOWS, SERVICES, FREEZES = 5000, 200, 100, 20
TIMES = 5  # each is measured, after one that is not
HOUR = timedelta(hours=1)


def measure() -> None:

    request = furnish()
    now = clock.now()
    asked: list[Any] = []

    def find() -> None:
        asked.clear()
        asked.extend(proposals(request, now=now))

    def hardly() -> None:
        asked.clear()
        asked.extend(proposals(request, now=now, lasts=5 * HOUR))

    def bare() -> None:
        list(MaintenanceRequest.objects.values_list("pk", "planned_start", "planned_end"))

    among = f"{CHANGES} changes, {WINDOWS} permitted times"
    print(f"next times that fit among {among}, {connection.vendor}")
    say("ten times found", timed(find))
    count, things = len(asked), len(asked[0].because)
    say("a time that hardly fits anywhere", timed(hardly))
    say("bare read of the changes", timed(bare))
    print(f"  {count} found, the first waits for {things} things; {len(asked)} of five hours")


def furnish() -> Any:
    dice = random.Random(5)
    team = make_team("Payments")
    olivia, max_ = make_person("Olivia", team=team), make_person("Max", team=team)
    services = [make_service(f"Service {number}", team=team) for number in range(SERVICES)]
    # A tree in which each service needs another: the first is needed by all, near or far.
    ServiceDependency.objects.bulk_create(
        ServiceDependency(service=services[number], needs=services[number // 4])
        for number in range(1, SERVICES)
    )
    now = clock.now()
    made = []
    for number in range(CHANGES):
        start = now + timedelta(minutes=dice.randrange(90 * 24 * 60))
        made.append(
            MaintenanceRequest(
                title=f"Change {number}",
                category="perfective",
                service=dice.choice(services),
                reason="Planned",
                requester=olivia,
                implementer=olivia if number % 10 == 0 else None,
                state=RequestState.APPROVED,
                planned_start=start,
                planned_end=start + dice.choice([1, 2]) * HOUR / 4,
                rollback_minutes=15,
            )
        )
    MaintenanceRequest.objects.bulk_create(made)
    for number in range(WINDOWS):
        window = ChangeWindow(
            name=f"Window {number}",
            frequency=dice.choice(["daily", "weekly", "monthly"]),
            weekdays=[],
            starts_on=date(2026, 1, 1),
            at=clock_time(dice.randrange(24)),
            minutes=dice.choice([60, 120, 240]),
            time_zone=dice.choice(["UTC", "Europe/Berlin", "America/New_York"]),
        )
        window.changed_by = None
        window.save()
        window.services.set([services[0], dice.choice(services)])
    for number in range(FREEZES):
        start = now + timedelta(days=4 * number)
        freeze = Freeze(
            name=f"Freeze {number}",
            reason="Sale",
            starts_at=start,
            ends_at=start + 12 * HOUR,
            closes_at=start + 12 * HOUR,
            author=olivia,
            approved_by=max_,
            approved_at=now,
            state="approved",
            covers_all=True,
        )
        freeze.changed_by = None
        freeze.save()
    request = MaintenanceRequest(
        title="The one that is asked about",
        category="perfective",
        service=services[0],
        reason="Planned",
        requester=olivia,
        implementer=olivia,
        rollback_minutes=30,
    )
    request.changed_by = None
    request.save()
    return request


def timed(work: Callable[[], None]) -> list[float]:
    work()
    taken = []
    for _number in range(TIMES):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def say(what: str, taken: list[float]) -> None:
    print(f"  {what}: median {statistics.median(taken):.3f} s, slowest {max(taken):.3f} s")
