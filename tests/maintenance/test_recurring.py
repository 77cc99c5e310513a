"""Recurring work: a draft ahead of each time; changed for one, the following, or all."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from maintenance import workflow
from maintenance.models import MaintenanceRequest, RecurringOccurrence, RecurringWork
from maintenance.tasks import make_recurring_drafts
from maintenance.workflow import recurring
from portal.errors import TransitionNotAllowed
from portal.models import Notification, Service, Urgency, User
from tests.maintenance.make import make_recurring, own_queries
from tests.maintenance.test_messages import react
from tests.maintenance.test_requests import codes

JSON = "application/json"
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)  # a Monday


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def wednesday(day: int, month: int = 12, hour: int = 22) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def drafts(work: RecurringWork) -> list[MaintenanceRequest]:
    rows = MaintenanceRequest.objects.filter(recurrence__work=work)
    return list(rows.exclude(state="withdrawn").order_by("planned_start"))


def starts(work: RecurringWork) -> list[datetime | None]:
    return [request.planned_start for request in drafts(work)]


def test_drafts_are_made_so_many_days_ahead_once_each(checkout: Service, olivia: User) -> None:
    work = make_recurring(checkout, olivia, announces=True, rollback_minutes=15)
    assert starts(work) == [wednesday(2), wednesday(9)]
    first = drafts(work)[0]
    assert (first.state, first.category, first.requester) == ("draft", "preventive", olivia)
    assert (first.title, first.plan, first.rollback_minutes) == (
        "Rotate the logs",
        "1. Rotate",
        15,
    )
    assert (first.announces, first.planned_end) == (True, wednesday(2, hour=23))

    assert make_recurring_drafts() == 0
    with time_machine.travel(NOON + 7 * DAY, tick=False):
        assert make_recurring_drafts() == 1
        assert make_recurring_drafts() == 0
    assert starts(work)[-1] == wednesday(16)


def test_no_rule_is_left_out_however_many_there_are(
    checkout: Service, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = [make_recurring(checkout, olivia, title=f"Rule {each}") for each in range(3)]
    monkeypatch.setattr(recurring, "AT_ONCE", 2)
    with time_machine.travel(NOON + 7 * DAY, tick=False):
        assert make_recurring_drafts() == 3
    assert [starts(work)[-1] for work in works] == [wednesday(16)] * 3


def test_its_owner_hears_of_drafts(checkout: Service, olivia: User) -> None:
    make_recurring(checkout, olivia)
    react()
    (message,) = Notification.objects.filter(kind="recurring")
    assert (message.person, message.urgency) == (olivia, Urgency.LOW)
    assert "CHG-" in message.body


def test_no_time_of_a_rule_is_made_twice(checkout: Service, olivia: User) -> None:
    work = make_recurring(checkout, olivia)
    known = work.occurrences.first()
    assert known is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        RecurringOccurrence.objects.create(
            work=work,
            original_start=known.original_start,
            request=drafts(work)[1],
            written_digest="",
        )


def test_hours_are_by_the_clock_of_its_zone_also_when_that_changes(
    checkout: Service, olivia: User
) -> None:
    with time_machine.travel(datetime(2026, 10, 20, 12, tzinfo=UTC), tick=False):
        work = make_recurring(checkout, olivia, time_zone="Europe/Berlin")
        assert starts(work) == [wednesday(21, 10, 20), wednesday(28, 10, 21)]


def test_people_take_turns_by_name(
    checkout: Service, olivia: User, ana: User, manager: User
) -> None:
    work = make_recurring(checkout, olivia, implementers=[olivia, ana], lead_days=30)
    people = [request.implementer for request in drafts(work)]
    assert people == [ana, olivia, ana, olivia]


def test_one_is_changed_by_editing_its_request_and_stays_so(
    checkout: Service, olivia: User
) -> None:
    work = make_recurring(checkout, olivia)
    one, other = drafts(work)
    workflow.change_plan(one, plan="1. Rotate by hand", actor=olivia)
    workflow.change_recurring(work, plan="1. Rotate\n2. Look", actor=olivia)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.plan, other.plan) == ("1. Rotate by hand", "1. Rotate\n2. Look")


def test_all_that_is_ahead_is_changed_and_nothing_that_is_past_or_sent(
    checkout: Service, olivia: User, manager: User
) -> None:
    with time_machine.travel(NOON - 7 * DAY, tick=False):
        work = make_recurring(checkout, olivia)
    past, sent = drafts(work)
    assert past.planned_start == wednesday(25, 11)
    workflow.submit(sent, actor=olivia)
    make_recurring_drafts()
    work = workflow.change_recurring(work, at=time(20), title="Rotate", actor=olivia)
    assert starts(work) == [
        wednesday(25, 11),
        wednesday(2, hour=20),
        wednesday(2),
        wednesday(9, hour=20),
    ]
    past.refresh_from_db()
    assert past.title == "Rotate the logs"


def test_from_a_day_on_another_rule_takes_over(checkout: Service, olivia: User) -> None:
    work = make_recurring(checkout, olivia, lead_days=30)
    after = workflow.change_recurring(
        work, since=date(2026, 12, 10), at=time(6), title="Rotate early", actor=olivia
    )
    work.refresh_from_db()
    assert (work.until, after.follows, after.starts_on) == (
        date(2026, 12, 9),
        work,
        date(2026, 12, 10),
    )
    assert starts(work) == [wednesday(2), wednesday(9)]
    assert starts(after) == [
        wednesday(16, hour=6),
        wednesday(23, hour=6),
        wednesday(30, hour=6),
    ]
    assert {request.title for request in drafts(after)} == {"Rotate early"}
    with time_machine.travel(NOON + 30 * DAY, tick=False):
        make_recurring_drafts()
        assert starts(work) == [wednesday(2), wednesday(9)]


@pytest.mark.parametrize(
    ("since", "code"),
    [(date(2026, 1, 1), "nothing_before"), (date(2027, 3, 1), "nothing_after")],
)
def test_a_day_that_splits_nothing_is_refused(
    checkout: Service, olivia: User, since: date, code: str
) -> None:
    work = make_recurring(checkout, olivia, until=date(2026, 12, 31))
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.change_recurring(work, since=since, title="Other", actor=olivia)
    assert codes(refused) == [code]


def test_paused_it_makes_none_and_does_not_make_up_for_them(
    checkout: Service, olivia: User
) -> None:
    work = workflow.pause_recurring(make_recurring(checkout, olivia), actor=olivia)
    with time_machine.travel(NOON + 21 * DAY, tick=False):
        assert make_recurring_drafts() == 0
        work = workflow.resume_recurring(work, actor=olivia)
    assert starts(work) == [wednesday(2), wednesday(9), wednesday(23), wednesday(30)]
    with pytest.raises(TransitionNotAllowed):
        workflow.resume_recurring(work, actor=olivia)


def test_ended_it_withdraws_what_nobody_touched(
    checkout: Service, olivia: User, manager: User
) -> None:
    work = make_recurring(checkout, olivia, lead_days=30)
    touched = drafts(work)[0]
    workflow.change_plan(touched, plan="By hand", actor=olivia)
    work = workflow.end_recurring(work, reason="The disk is gone.", actor=manager)
    assert drafts(work) == [touched]
    assert make_recurring_drafts() == 0
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.change_recurring(work, title="Again", actor=olivia)
    assert codes(refused) == ["wrong_state"]


def test_one_that_fails_stops_no_other(
    checkout: Service, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = (make_recurring(checkout, olivia, title=title) for title in ("A", "B"))
    RecurringWork.objects.filter(pk=broken.pk).update(time_zone="Nowhere/Land")
    with time_machine.travel(NOON + 7 * DAY, tick=False):
        assert make_recurring_drafts() == 1
    assert len(drafts(sound)) == 3


def test_it_is_set_up_from_what_is_usual_changed_and_ended_on_pages(
    client: Client, checkout: Service, olivia: User
) -> None:
    client.force_login(olivia)
    assert (
        "Vacuum and reindex the database" in client.get("/change/recurring/").content.decode()
    )
    form = client.get("/change/recurring/new/?like=vacuum").content.decode()
    assert "Reindex concurrently" in form
    told = {
        "title": "Vacuum",
        "service": "checkout",
        "reason": "Dead rows.",
        "plan": "1. Vacuum",
        "rollback_plan": "Stop.",
        "frequency": "monthly",
        "interval": "1",
        "nth": "1",
        "weekdays": ["0"],
        "starts_on": "2026-11-01",
        "at": "22:00",
        "minutes": "120",
        "time_zone": "UTC",
        "lead_days": "14",
    }
    wrong = client.post("/change/recurring/new/", {**told, "weekdays": []})
    assert wrong.status_code == 422
    assert "1. Vacuum" in wrong.content.decode()
    assert client.post("/change/recurring/new/", told).status_code == 302
    work = RecurringWork.objects.get()
    own = work.get_absolute_url()
    page = client.get(own).content.decode()
    assert "CHG-" in page
    assert "first Mon of each month" in page
    assert client.get(f"{own}edit/").status_code == 200
    assert client.post(f"{own}edit/", {**told, "title": "Vacuum all"}).status_code == 302
    early = client.post(f"{own}edit/", {**told, "since": "2026-11-01"})
    assert early.status_code == 409
    assert client.post(f"{own}pause/", {"reason": "Holidays"}).status_code == 302
    assert client.post(f"{own}resume/").status_code == 302
    assert client.post(f"{own}end/").status_code == 302
    assert client.post(f"{own}end/").status_code == 409
    work.refresh_from_db()
    assert (work.title, work.state) == ("Vacuum all", "ended")


def test_it_is_set_up_and_changed_in_the_api(
    client: Client, checkout: Service, olivia: User, ana: User
) -> None:
    client.force_login(olivia)
    told = {
        "title": "Renew certificates",
        "service": "checkout",
        "reason": "They run out.",
        "frequency": "daily",
        "interval": 7,
        "starts_on": "2026-12-01",
        "at": "06:00",
        "minutes": 30,
        "time_zone": "UTC",
        "implementers": [ana.pk],
    }
    made = client.post("/api/v1/recurring-work/", told, content_type=JSON).json()
    assert [each["original_start"] for each in made["occurrences"]] == [
        "2026-12-08T06:00:00Z",
        "2026-12-01T06:00:00Z",
    ]
    own = f"/api/v1/recurring-work/{made['id']}/"
    after = client.patch(own, {"since": "2026-12-05", "at": "07:00"}, content_type=JSON).json()
    assert (after["follows"], after["implementers"][0]["name"]) == (made["id"], "Ana")
    assert client.get(own).json()["until"] == "2026-12-04"
    assert client.post(f"{own}pause/", {}, content_type=JSON).json()["state"] == "paused"
    assert client.post(f"{own}pause/", {}, content_type=JSON).status_code == 409
    bad = client.post("/api/v1/recurring-work/", {**told, "minutes": 0}, content_type=JSON)
    assert bad.status_code == 400


def test_the_list_asks_no_more_for_many(
    client: Client, checkout: Service, olivia: User
) -> None:
    client.force_login(olivia)
    make_recurring(checkout, olivia)
    asked = own_queries(client, "/change/recurring/")
    for number in range(20):
        make_recurring(checkout, olivia, title=f"Work {number}", lead_days=1)
    assert own_queries(client, "/change/recurring/") == asked
