"""What machines ask of the portal, and what the auditor finds."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from portal import auditor, clock, events, notify, outbox, paging, reach
from portal.heartbeats import _last, beat, is_quiet
from portal.models import (
    ContactMethod,
    Finding,
    Gravity,
    Heartbeat,
    Reaction,
    SendState,
    Service,
    Team,
    Urgency,
    User,
)
from portal.workflow import contacts


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

    def test_pings_outside_although_there_are_warnings(self, pager: None) -> None:
        warning = auditor.Found("gap", "A gap.", 2, Gravity.WARNING, "/somewhere/")
        with (
            patch.object(auditor, "_questions", [lambda _now: iter([warning])]),
            patch.object(auditor, "_ping_outside") as ping,
        ):
            auditor.audit(clock.now())
        assert ping.called
        kept = Finding.objects.get()
        assert (kept.gravity, kept.count, kept.url) == ("warning", 2, "/somewhere/")

    def test_shows_a_warning_on_the_health_page_alone(
        self, client: Client, pager: None, vera: User
    ) -> None:
        Finding.objects.create(code="gap", sentence="A gap.", gravity=Gravity.WARNING)
        client.force_login(vera)

        shown = client.get("/health/").content.decode()

        assert "A gap." in shown
        assert "What was due has happened" in shown
        assert "A gap." not in client.get("/band/").content.decode()
        assert client.get("/health/paging").status_code == 200


def test_a_busy_worker_is_not_called_quiet(db: None) -> None:
    """It gives its sign once a minute, in a task that may have to wait."""
    now = clock.now()
    for kind, quiet in [("worker", False), ("pager", True), ("beat", True)]:
        row = Heartbeat(name=kind, kind=kind, beat_at=now - timedelta(seconds=90))
        assert is_quiet(row, now) is quiet
    gone = Heartbeat(name="w", kind="worker", beat_at=now - timedelta(minutes=3))
    assert is_quiet(gone, now)


class TestTheSyntheticPage:
    """Every hour a page that leads nowhere goes the whole way; if not, an alarm says so."""

    def test_is_owed_once_an_hour_and_leaves_like_any_other(self, db: None) -> None:
        now = clock.now().replace(minute=10)
        assert [paging.owe_synthetic_page(now) for _ in range(3)] == [1, 0, 0]
        outbox.send_due(clock.now() + timedelta(hours=1))

        [page] = paging.synthetic_pages()
        assert page.state == SendState.SENT
        assert paging.owe_synthetic_page(now + timedelta(hours=1)) == 1
        paging.owe_synthetic_page(now + timedelta(days=8))
        assert page not in paging.synthetic_pages()

    def test_is_missed_aloud(self, pager: None, olivia: User) -> None:
        User.objects.update(joined_at=clock.now() - timedelta(hours=3))
        assert [found.code for found in auditor.audit(clock.now())] == ["no_synthetic_page"]

        paging.owe_synthetic_page(clock.now())
        outbox.send_due(clock.now())
        assert auditor.audit(clock.now()) == []
        [later] = auditor.the_synthetic_page_arrives(clock.now() + timedelta(minutes=91))
        assert later.code == "no_synthetic_page"

    def test_measures_how_fast_pages_leave(self, client: Client, olivia: User) -> None:
        page(olivia, minutes_ago=3)
        paging.owe_synthetic_page(clock.now())
        outbox.send_due(clock.now())
        latency = paging.latency(clock.now())
        assert latency is not None
        assert latency.count == 2
        assert latency.longest >= timedelta(minutes=3)

        client.force_login(olivia)
        shown = client.get("/health/").content.decode()
        assert "Longest delay" in shown
        assert "of 2 pages of the last 24 hours" in shown


class TestTheBand:
    """Everybody sees at once when nobody can rely on being woken."""

    def test_says_that_pages_are_late(self, client: Client, pager: None, vera: User) -> None:
        page(vera, minutes_ago=4)
        client.force_login(vera)

        for door in ("/", "/band/"):
            shown = client.get(door).content.decode()
            assert "Paging is late: the oldest page has waited for 4 min." in shown
        outbox.send_due(clock.now())
        assert "Paging is late" not in client.get("/band/").content.decode()

    def test_says_that_no_pager_runs(self, client: Client, vera: User) -> None:
        client.force_login(vera)
        assert "Paging has stopped" in client.get("/").content.decode()

    def test_says_what_else_keeps_pages_back(
        self, client: Client, pager: None, vera: User
    ) -> None:
        Finding.objects.create(
            code="escalation_late", sentence="Escalations are late.", gravity=Gravity.ALARM
        )
        client.force_login(vera)

        assert "Paging is in doubt. Escalations are late." in (
            client.get("/band/").content.decode()
        )
        answer = client.get("/health/paging")
        assert (answer.status_code, answer.json()["status"]) == (503, "alarm")
        assert answer.json()["alarm"] == "escalation_late"
        Finding.objects.update(cleared_at=clock.now())
        assert client.get("/health/paging").status_code == 200

    def test_is_quiet_when_all_is_well(self, client: Client, pager: None, vera: User) -> None:
        client.force_login(vera)
        assert 'data-kind="paging"' not in client.get("/").content.decode()


class TestReachability:
    """Whether everybody who is on call soon can be reached, the doubtful first."""

    def test_names_ways_and_reasons(
        self, client: Client, olivia: User, max: User, payments: Team, vera: User
    ) -> None:
        work = contacts.add_contact(
            max, kind="email", label="Phone", destination="max@sms.example.com", actor=max
        )
        ContactMethod.objects.filter(pk=work.pk).update(verified_at=clock.now())
        soon = [reach.OnCallSoon(payments, person, clock.now()) for person in (max, olivia)]
        client.force_login(vera)

        with_soon = {"people.on_call_soon": [lambda _user, _asked: soon]}
        with patch.dict("portal.slots._contributions", with_soon):
            page = client.get("/reachability/")
        rows = page.context["rows"]
        assert [row["person"] for row in rows] == [olivia, max]
        assert [reason.code for reason in rows[0]["reasons"]] == ["no_way"]
        shown = page.content.decode()
        assert "m…@sms.example.com" in shown
        assert "max@sms.example.com" not in shown

    def test_says_what_it_is_for_when_empty(self, client: Client, vera: User) -> None:
        client.force_login(vera)
        shown = client.get("/reachability/").content.decode()
        assert "Nobody is on call within these days" in shown


@pytest.mark.django_db
def test_metrics_ask_for_the_token_when_there_is_one(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "long and random"

    assert client.get("/metrics").status_code == 401
    shown = client.get("/metrics", headers={"Authorization": "Bearer long and random"})
    assert shown.status_code != 401
