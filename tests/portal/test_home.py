"""Today, and how the portal itself is."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from portal import clock
from portal.models import Finding, Heartbeat, Service, User
from portal.workflow import people


@pytest.mark.parametrize(
    ("hour", "words"),
    [(3, "Good night"), (9, "Good morning"), (13, "Good afternoon"), (20, "Good evening")],
)
def test_it_greets_by_the_reader_s_clock(
    client: Client, olivia: User, hour: int, words: str
) -> None:
    people.change_profile(olivia, time_zone="Asia/Kathmandu", actor=None)

    with time_machine.travel(datetime(2026, 3, 2, hour, tzinfo=ZoneInfo("Asia/Kathmandu"))):
        client.force_login(olivia)
        page = client.get("/").content.decode()

    assert f"{words}, Olivia" in page
    assert f"Monday 2 March, {hour:02}:00 +0545" in page


def test_an_empty_portal_offers_the_first_step(client: Client, ada: User) -> None:
    client.force_login(ada)

    assert "Put your first service into the catalogue" in client.get("/").content.decode()


def test_my_services_stand_beside(
    client: Client, olivia: User, ana: User, checkout: Service
) -> None:
    client.force_login(olivia)
    assert client.get("/").context["my_services"][0] == checkout

    client.force_login(ana)
    assert list(client.get("/").context["my_services"]) == []


def test_health_shows_what_runs_and_what_was_found(client: Client, vera: User) -> None:
    now = clock.now()
    Heartbeat.objects.create(name="pager-1", kind="pager", beat_at=now)
    Heartbeat.objects.create(name="pager-2", kind="pager", beat_at=now - timedelta(minutes=1))
    Finding.objects.create(code="page_late", sentence="Pages are late.", count=3)
    every = IntervalSchedule.objects.create(every=60, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.create(name="Remind", task="x.y", interval=every)
    client.force_login(vera)

    page = client.get("/health/")

    assert [row["is_quiet"] for row in page.context["processes"]] == [False, True]
    html = page.content.decode()
    assert all(
        words in html for words in ("Pages are late.", "Remind", "every minute", "Quiet")
    )


def test_health_without_processes_says_what_that_means(client: Client, vera: User) -> None:
    client.force_login(vera)

    assert "No process has given a sign of life" in client.get("/health/").content.decode()
