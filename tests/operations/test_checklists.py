"""Checklists: started when due, ticked by name, finished whole, or missed and recorded so."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from operations import workflow
from operations.models import ChecklistRun, LogEntry, RunState
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Team, User
from tests.make import make_team
from tests.operations.make import make_schedule, make_template


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def dues() -> list[datetime]:
    return list(ChecklistRun.objects.order_by("due_at").values_list("due_at", flat=True))


def test_a_daily_one_starts_by_the_clock_of_its_team(db: None) -> None:
    team = make_team("Berlin", time_zone="Europe/Berlin")
    make_template(team, at=time(8))

    assert workflow.start_due(at(2, 6, 59)) == 0
    assert workflow.start_due(at(2, 7, 1)) == 1
    assert workflow.start_due(at(2, 7, 2)) == 0
    run = ChecklistRun.objects.get()
    assert (run.due_at, run.missed_at) == (at(2, 7), at(2, 23))
    assert [item.text for item in run.items.all()] == ["Look", "Think"]


def test_what_fell_due_while_nobody_looked_is_a_record(payments: Team) -> None:
    make_template(payments, at=time(8))
    workflow.start_due(at(2, 8, 1))

    assert workflow.start_due(at(5, 9)) == 3
    assert dues() == [at(2, 8), at(3, 8), at(4, 8), at(5, 8)]
    assert workflow.miss_overdue(at(5, 9)) == 3
    assert workflow.miss_overdue(at(5, 9)) == 0
    states = ChecklistRun.objects.order_by("due_at").values_list("state", flat=True)
    assert list(states) == ["missed", "missed", "missed", "open"]
    assert Event.objects.filter(kind="checklist.missed").count() == 3


@pytest.mark.parametrize(
    ("frequency", "moment", "due"),
    [
        ("weekly", at(9, 8, 30), at(9, 8)),
        ("weekly", at(10, 8, 30), None),
        ("monthly", at(1, 8, 30), at(1, 8)),
        ("monthly", at(2, 8, 30), None),
        ("by_hand", at(2, 8, 30), None),
    ],
)
def test_when(payments: Team, frequency: str, moment: datetime, due: datetime | None) -> None:
    make_template(payments, at=time(8), frequency=frequency)
    workflow.start_due(moment)

    assert dues() == ([due] if due else [])


def test_one_without_a_team_waits_for_a_hand(payments: Team) -> None:
    make_template()

    assert workflow.start_due(at(2, 8, 1)) == 0


def test_who_is_on_call_is_reminded_once_and_quietly(olivia: User, payments: Team) -> None:
    make_schedule(payments, olivia)
    make_template(payments, at=time(8))
    workflow.start_due(at(9, 8, 1))
    workflow.start_due(at(9, 8, 2))
    run = ChecklistRun.objects.get()
    reminders = Notification.objects.filter(topic=f"checklist:{run.pk}")
    reminder: Any = reminders.get()
    assert (reminder.person, reminder.urgency, reminder.kind) == (olivia, "low", "reminder")

    for item in run.items.all():
        workflow.tick(item, actor=olivia)
    workflow.finish(run, actor=olivia)

    assert not reminders.filter(state="due").exists()


def test_it_is_finished_whole_and_logged(olivia: User, payments: Team) -> None:
    run = workflow.start_checklist(make_template(), team=payments, actor=olivia)
    first, second = run.items.all()

    ticked = workflow.tick(first, note="All fine", actor=olivia)
    assert (ticked.done_by, ticked.note) == (olivia, "All fine")
    with pytest.raises(TransitionNotAllowed, match="One of its points is not ticked"):
        workflow.finish(run, actor=olivia)
    with pytest.raises(TransitionNotAllowed, match="ticked already"):
        workflow.tick(first, actor=olivia)
    workflow.untick(first, actor=olivia)
    with pytest.raises(TransitionNotAllowed, match="was not ticked"):
        workflow.untick(first, actor=olivia)
    for item in (first, second):
        workflow.tick(item, actor=olivia)
    done = workflow.finish(run, actor=olivia)

    assert (done.state, done.finished_by) == (RunState.DONE, olivia)
    assert LogEntry.objects.get().text == "Morning: done (Payments)."
    with pytest.raises(TransitionNotAllowed, match="is finished"):
        workflow.finish(run, actor=olivia)
    with pytest.raises(TransitionNotAllowed, match="is finished"):
        workflow.untick(first, actor=olivia)


def test_a_missed_one_stays_missed(olivia: User, payments: Team) -> None:
    run = workflow.start_checklist(make_template(), team=payments, actor=olivia)
    workflow.miss_overdue(run.missed_at + timedelta(minutes=1))

    with pytest.raises(TransitionNotAllowed, match="was missed"):
        workflow.tick(run.items.all()[0], actor=olivia)


def test_by_page_and_by_api(client: Client, olivia: User, payments: Team) -> None:
    template = make_template()
    client.force_login(olivia)
    page = client.post(f"{template.get_absolute_url()}start/", {"team": payments.pk})
    body = {"team": "payments"}
    url = f"/api/v1/checklist-templates/{template.pk}/start/"
    ChecklistRun.objects.update(due_at=at(1, 1))
    api = client.post(url, body, content_type="application/json")
    assert (page.status_code, api.status_code) == (302, 201)
    one, other = ChecklistRun.objects.order_by("pk")

    def by_page(verb: str, **data: Any) -> int:
        return client.post(f"{one.get_absolute_url()}{verb}/", data).status_code

    def by_api(verb: str, **data: Any) -> Any:
        url = f"/api/v1/checklist-runs/{other.pk}/{verb}/"
        return client.post(url, data, content_type="application/json")

    assert by_page("finish") == 409
    assert by_api("finish").json()["reasons"][0]["code"] == "points_left"
    for item in one.items.all():
        assert by_page("tick", item=item.pk) == 302
        assert by_page("tick", item=item.pk) == 409
    for item in other.items.all():
        assert by_api("tick", item=item.pk, note="Fine").status_code == 200
        assert by_api("tick", item=item.pk).status_code == 409
    assert by_api("tick", item=987).status_code == 404
    assert by_page("untick", item=one.items.all()[0].pk) == 302
    assert by_page("tick", item=one.items.all()[0].pk) == 302
    assert by_page("finish") == 302
    answer = by_api("finish").json()
    assert (answer["state"], answer["finished_by"]["name"]) == ("done", "Olivia")


@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("vera", 403), ("otto", 404)])
def test_others_tick_nothing(
    client: Client,
    olivia: User,
    payments: Team,
    request: pytest.FixtureRequest,
    name: str,
    status: int,
) -> None:
    run = workflow.start_checklist(make_template(), team=payments, actor=olivia)
    item = run.items.all()[0]
    client.force_login(request.getfixturevalue(name))

    answers = [
        client.post(f"{run.get_absolute_url()}tick/", {"item": item.pk}),
        client.post(f"{run.get_absolute_url()}finish/"),
        client.post(f"/api/v1/checklist-runs/{run.pk}/tick/", {"item": item.pk}),
        client.post(f"/api/v1/checklist-runs/{run.pk}/finish/"),
    ]

    assert [answer.status_code for answer in answers] == [status] * 4
