"""What machines ask of the portal, and what the auditor finds."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from portal import auditor, clock, events, notify, outbox
from portal.heartbeats import _last, beat
from portal.models import Finding, Heartbeat, Reaction, Service, Urgency, User


@pytest.fixture
def pager(db: None) -> None:
    _last.clear()
    beat("pager of a test", "pager")


def page(person: User, *, minutes_ago: int) -> None:
    notify.notify(
        person,
        key="a page",
        urgency=Urgency.HIGH,
        kind="page",
        subject="P0",
        body="",
        due_at=clock.now() - timedelta(minutes=minutes_ago),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_machines_need_no_session(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


class TestPaging:
    def test_is_well_when_the_pager_lives_and_nothing_is_late(
        self, client: Client, pager: None
    ) -> None:
        answer = client.get("/health/paging")

        assert (answer.status_code, answer.json()["status"]) == (200, "ok")

    def test_is_late_when_a_page_is(self, client: Client, pager: None, olivia: User) -> None:
        page(olivia, minutes_ago=2)

        answer = client.get("/health/paging")
        assert (answer.status_code, answer.json()["status"]) == (503, "late")

        outbox.send_due(clock.now())
        assert client.get("/health/paging").status_code == 200

    @pytest.mark.django_db
    def test_is_quiet_without_a_pager(self, client: Client) -> None:
        answer = client.get("/health/paging")

        assert (answer.status_code, answer.json()["status"]) == (503, "quiet")


class TestTheAuditor:
    def test_finds_nothing_when_all_happened(self, pager: None) -> None:
        assert auditor.audit(clock.now()) == []

    def test_finds_a_late_page_and_forgets_it_when_it_left(
        self, pager: None, olivia: User
    ) -> None:
        page(olivia, minutes_ago=2)
        assert [found.code for found in auditor.audit(clock.now())] == ["page_late"]
        assert Finding.objects.get().cleared_at is None

        outbox.send_due(clock.now())
        assert auditor.audit(clock.now()) == []
        assert Finding.objects.get().cleared_at is not None

    def test_finds_a_handler_that_never_ran(self, pager: None, checkout: Service) -> None:
        event = events.record("service.tested", checkout, actor=None)
        late = clock.now() - timedelta(minutes=5)
        Reaction.objects.create(event=event, handler="somebody", due_at=late)

        assert [found.code for found in auditor.audit(clock.now())] == ["reaction_late"]

    def test_finds_a_pager_that_went_quiet(self, pager: None) -> None:
        Heartbeat.objects.update(beat_at=clock.now() - timedelta(minutes=1))

        assert [found.code for found in auditor.audit(clock.now())] == ["pager_quiet"]


@pytest.mark.django_db
def test_metrics_ask_for_the_token_when_there_is_one(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "long and random"

    assert client.get("/metrics").status_code == 401
    shown = client.get("/metrics", headers={"Authorization": "Bearer long and random"})
    assert shown.status_code != 401
