"""Checks: asked when due by one process only, believed when two answers agree."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from operations import tasks, workflow
from operations.models import Check, CheckResult, CheckState
from operations.sparklines import sparkline, sparklines
from portal import clock, outgoing
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.operations.make import NOON, make_check

URL = "https://checkout.example/health"


class Net:
    """The outside world: what it answers next, and what it was asked."""

    status: int | None = 200
    asked: list[str]

    def __init__(self) -> None:
        self.asked = []

    def send(self, _method: str, url: str, **_: Any) -> outgoing.Answer:
        self.asked.append(url)
        if self.status is None:
            raise outgoing.SendFailed("no_answer", "Nobody answered in 10 s.")
        return outgoing.Answer(self.status, {}, b"")


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Net:
    found = Net()
    monkeypatch.setattr(outgoing, "send", found.send)
    monkeypatch.setattr(outgoing, "_lookup", lambda *_: [])
    return found


def ask(check: Check, net: Net, status: int | None, now: datetime = NOON) -> str:
    net.status = status
    Check.objects.filter(pk=check.pk).update(since=NOON - timedelta(days=1))
    workflow.run_check(check, now=now)
    check.refresh_from_db()
    return check.state


def test_two_in_a_row_are_believed(checkout: Service, net: Net) -> None:
    check = make_check(checkout)

    answers = [200, 500, 200, None, 503, 503, 200, 500, 200, 200]
    states = [
        ask(check, net, status, NOON + timedelta(minutes=number))
        for number, status in enumerate(answers)
    ]

    up, down = CheckState.UP, CheckState.DOWN
    assert states == [up, up, up, up, down, down, down, down, down, up]
    kinds = Event.objects.filter(kind__startswith="check.").order_by("pk")
    assert [event.kind for event in kinds] == ["check.went_down", "check.came_up"]
    assert [event.service for event in kinds] == [checkout, checkout]
    assert CheckResult.objects.count() == len(answers)


def test_the_first_bad_answer_proves_nothing(checkout: Service, net: Net) -> None:
    check = make_check(checkout)

    assert ask(check, net, None) == CheckState.UNKNOWN
    assert ask(check, net, None, NOON + timedelta(minutes=1)) == CheckState.DOWN
    assert check.last_error == "Nobody answered in 10 s."
    assert check.history.first().history_user is None


def test_a_refused_address_is_a_bad_answer(checkout: Service) -> None:
    check = make_check(checkout, url="http://127.0.0.1/health")

    result = workflow.run_check(check, now=NOON)

    assert (result.is_up, result.milliseconds, result.status) == (False, None, None)
    assert result.error


def test_a_due_check_is_claimed_once_and_keeps_its_rhythm(checkout: Service) -> None:
    make_check(checkout, due_at=NOON, every_seconds=60)
    make_check(checkout, "Paused", due_at=NOON, is_active=False)
    now = NOON + timedelta(seconds=7)

    claimed = workflow.claim_due(now)

    assert len(claimed) == 1
    assert workflow.claim_due(now) == []
    assert Check.objects.get(pk=claimed[0]).due_at == NOON + timedelta(seconds=60)
    late = NOON + timedelta(hours=3)
    workflow.claim_due(late)
    assert Check.objects.get(pk=claimed[0]).due_at > late


def test_the_task_starts_one_for_each(
    checkout: Service, net: Net, django_capture_on_commit_callbacks: Any
) -> None:
    check = make_check(checkout)
    make_check(checkout, "Other")

    with django_capture_on_commit_callbacks() as hints:
        tasks.run_due_checks()
        tasks.run_due_checks()
    assert len(hints) == 2
    tasks.run_check(check.pk)
    tasks.run_check(987)
    assert net.asked == [URL]


def test_by_page_and_by_api(client: Client, olivia: User, checkout: Service, net: Net) -> None:
    client.force_login(olivia)
    form = {"name": "A", "url": URL, "expected_status": 200, "every_seconds": 60}

    page = client.post("/operate/checks/new/", form | {"service": checkout.pk})
    body = form | {"name": "B", "service": "checkout"}
    api = client.post("/api/v1/checks/", body, content_type="application/json")
    assert (page.status_code, api.status_code) == (302, 201)
    first, second = Check.objects.order_by("name")
    assert (first.is_active, second.state) == (True, "unknown")

    changed = form | {"service": checkout.pk, "expected_status": 204}
    assert client.post(f"{first.get_absolute_url()}edit/", changed).status_code == 302
    patch = {"every_seconds": 30}
    url = f"/api/v1/checks/{second.pk}/"
    assert client.patch(url, patch, content_type="application/json").status_code == 200
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.expected_status, second.every_seconds, second.url) == (204, 30, URL)

    assert client.post(f"{first.get_absolute_url()}pause/").status_code == 302
    assert client.post(f"{first.get_absolute_url()}pause/").status_code == 409
    assert client.post(f"{url}pause/").json()["is_active"] is False
    assert client.post(f"{url}pause/").status_code == 409
    assert client.post(f"{url}resume/").json()["is_active"] is True
    assert client.post(f"{first.get_absolute_url()}resume/").status_code == 302


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "http://169.254.169.254/latest", "ftp://example.com/"]
)
def test_an_address_inside_is_refused_at_its_field(
    client: Client, olivia: User, checkout: Service, url: str
) -> None:
    client.force_login(olivia)
    form = {"name": "A", "url": url, "expected_status": 200, "every_seconds": 60}

    page = client.post("/operate/checks/new/", form | {"service": checkout.pk})
    body = form | {"service": "checkout"}
    api = client.post("/api/v1/checks/", body, content_type="application/json")

    assert page.status_code == 422
    assert page.context["form"].errors["url"]
    assert (api.status_code, api.json()["errors"][0]["field"]) == (400, "url")
    assert not Check.objects.exists()


@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("vera", 403), ("otto", 404)])
def test_others_change_nothing(
    client: Client, checkout: Service, request: pytest.FixtureRequest, name: str, status: int
) -> None:
    check = make_check(checkout)
    client.force_login(request.getfixturevalue(name))
    body = {"name": "A", "service": "checkout", "url": URL}

    answers = [
        client.post(f"{check.get_absolute_url()}pause/"),
        client.get(f"{check.get_absolute_url()}edit/"),
        client.post(f"/api/v1/checks/{check.pk}/pause/"),
        client.patch(f"/api/v1/checks/{check.pk}/", {}, content_type="application/json"),
        client.post("/api/v1/checks/", body, content_type="application/json"),
    ]

    assert [answer.status_code for answer in answers] == [status] * 5


def test_another_question_begins_anew(checkout: Service, olivia: User, net: Net) -> None:
    check = make_check(checkout)
    ask(check, net, 200)

    changed = workflow.change_check(
        check,
        name="A",
        service=checkout,
        url=URL + "/2",
        expected_status=200,
        every_seconds=60,
        severity=None,
        now=NOON,
        actor=olivia,
    )

    assert (changed.state, changed.due_at) == (CheckState.UNKNOWN, NOON)
    with pytest.raises(TransitionNotAllowed):
        workflow.resume_check(check, now=NOON, actor=olivia)


def test_results_are_listed_and_forgotten(
    client: Client, vera: User, checkout: Service, net: Net
) -> None:
    check = make_check(checkout)
    ask(check, net, 200)
    ask(check, net, 500, clock.now())
    client.force_login(vera)

    rows = client.get(f"/api/v1/checks/{check.pk}/results/").json()["results"]
    assert [row["status"] for row in rows] == [500, 200]
    workflow.forget_old_results(now=clock.now())
    assert [result.status for result in check.results.all()] == [500]


def test_a_sparkline_has_a_gap_where_nothing_answered(checkout: Service) -> None:
    check = make_check(checkout)
    for number, milliseconds in enumerate([10, 20, None, 40, 20]):
        CheckResult.objects.create(
            check_done=check,
            at=NOON + timedelta(minutes=number),
            is_up=milliseconds is not None,
            milliseconds=milliseconds,
        )

    line = sparklines([check])[check.pk]

    assert line["segments"] == ["0.0,22.5 30.0,16.0", "90.0,3.0 120.0,16.0"]
    assert (line["last_x"], line["last_y"]) == (120.0, 16.0)
    assert line["label"] == "20 ms at last, at most 40 ms in the last 4 answers"
    assert sparkline([])["label"] == "No answer yet"
