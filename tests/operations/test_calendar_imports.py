"""Calendars that say who is on call: fetched, uploaded, failing, the last good copy kept."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from operations import on_call, workflow
from operations.calendar_people import Directory
from operations.models import CalendarImport, ImportedShift, Schedule
from portal import clock, outgoing
from portal.models import Event, Notification, Team, User
from tests.make import make_person
from tests.operations.shifts import react
from tests.operations.test_calendar_reading import calendar

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
URL = "https://calendar.example.org/private-secret/basic.ics"


class Web:
    """What stands at the address, and what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.kind = 200, b"", "text/calendar"
        self.etag = ""
        self.asked: list[dict[str, str]] = []

    def send(self, _method: str, _url: str, *, headers: Any, **_: Any) -> outgoing.Answer:
        self.asked.append(dict(headers))
        if self.status == 0:
            raise outgoing.SendFailed("timeout", "It did not answer in time.")
        found = {"content-type": self.kind, "etag": self.etag}
        return outgoing.Answer(self.status, found, self.body)


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    found = Web()
    monkeypatch.setattr(outgoing, "send", found.send)
    monkeypatch.setattr(outgoing, "check_url", lambda _url: None)
    return found


@pytest.fixture
def schedule(payments: Team) -> Schedule:
    return workflow.make_schedule(team=payments, time_zone="UTC", actor=None)


def tomorrow() -> datetime:
    return (clock.now() + DAY).replace(minute=0, second=0, microsecond=0)


def event(title: str, *, uid: str = "a", start: datetime | None = None) -> str:
    start = start or tomorrow()
    times = f"DTSTART:{start:%Y%m%dT%H%M%SZ}\nDTEND:{start + 8 * HOUR:%Y%m%dT%H%M%SZ}"
    return f"UID:{uid}\n{times}\nSUMMARY:{title}"


def who(schedule: Schedule) -> User | None:
    return on_call.schedule_on_call(schedule, tomorrow() + HOUR).person


def test_a_fetched_calendar_says_who_is_on_call(
    web: Web, schedule: Schedule, olivia: User
) -> None:
    web.body, web.etag = calendar(event(f"[L1] {olivia.email.upper()}")), '"one"'
    made = workflow.add_calendar(schedule, name="Duty", url=URL, actor=None)

    assert workflow.fetch_all_due(clock.now()) == 1
    assert workflow.fetch_all_due(clock.now()) == 0

    made.refresh_from_db()
    assert who(schedule) == olivia
    assert (made.error, made.unmatched, made.shift_count) == ("", [], 1)
    changed = Event.objects.filter(kind="schedule.changed").count()
    web.status = 304
    assert workflow.fetch_all_due(clock.now() + HOUR) == 1
    assert web.asked[-1]["If-None-Match"] == '"one"'
    assert who(schedule) == olivia
    assert Event.objects.filter(kind="schedule.changed").count() == changed


@pytest.mark.parametrize(
    ("status", "kind", "body", "code"),
    [
        (0, "", b"", "timeout"),
        (404, "text/plain", b"", "bad_status"),
        (302, "text/plain", b"", "redirect"),
        (200, "text/html; charset=utf-8", b"BEGIN:VCALENDAR", "web_page"),
        (200, "text/calendar", b"<html>", "not_a_calendar"),
    ],
)
def test_what_is_wrong_is_shown_and_the_last_good_copy_answers(
    client: Client,
    web: Web,
    schedule: Schedule,
    olivia: User,
    max: User,
    status: int,
    kind: str,
    body: bytes,
    code: str,
) -> None:
    web.body = calendar(event("Olivia"))
    made = workflow.add_calendar(schedule, name="Duty", url=URL, actor=None)
    workflow.fetch_all_due(clock.now())
    web.status, web.kind, web.body = status, kind, body

    workflow.fetch_all_due(clock.now() + HOUR)
    workflow.fetch_all_due(clock.now() + 2 * HOUR)

    made.refresh_from_db()
    assert (made.error_code, made.failure_count) == (code, 2)
    assert who(schedule) == olivia
    react()
    (told,) = Notification.objects.filter(person=max, subject__contains="cannot be read")
    assert "The last good copy still says who is on call." in told.body
    client.force_login(max)
    page = client.get(made.get_absolute_url()).content.decode()
    assert made.error in page
    assert "private-secret" not in page
    assert made.is_stale_at(clock.now() + 2 * DAY)


def test_whom_nobody_knows_is_a_gap_and_is_named(
    client: Client, web: Web, schedule: Schedule, olivia: User, ana: User
) -> None:
    web.body = calendar(event("Ana"), event("Olivia", uid="b", start=tomorrow() + DAY))
    made = workflow.add_calendar(schedule, name="Duty", url=URL, actor=None)
    workflow.fetch_all_due(clock.now())

    made.refresh_from_db()
    assert made.unmatched == ["Ana"]  # she works in another team
    assert who(schedule) is None
    client.force_login(olivia)
    assert "their shifts are gaps" in client.get(made.get_absolute_url()).content.decode()


def test_a_file_is_uploaded_changed_and_removed(
    client: Client, schedule: Schedule, olivia: User
) -> None:
    client.force_login(olivia)
    url = f"/operate/on-call/{schedule.pk}/calendars/new/"
    nothing = client.post(url, {"name": "Duty"})
    assert nothing.status_code == 422
    bad = {"name": "Duty", "file": SimpleUploadedFile("x.ics", b"hello")}
    refused = client.post(url, bad)
    assert refused.status_code == 422
    assert "This is not an iCalendar file." in refused.content.decode()
    good = calendar(event("Olivia"))
    made = client.post(url, {"name": "Duty", "file": SimpleUploadedFile("x.ics", good)})
    row = CalendarImport.objects.get()
    assert made["Location"] == row.get_absolute_url()
    assert who(schedule) == olivia

    other = calendar(event("Nobody we know"))
    change = {"name": "Duty 2", "file": SimpleUploadedFile("x.ics", other)}
    assert client.post(f"{row.get_absolute_url()}edit/", change).status_code == 302
    assert who(schedule) is None
    assert client.post(f"{row.get_absolute_url()}remove/").status_code == 302
    assert not CalendarImport.objects.exists()
    assert not ImportedShift.objects.exists()


def test_by_api_an_address_is_written_and_never_read(
    client: Client, web: Web, schedule: Schedule, olivia: User
) -> None:
    client.force_login(olivia)
    body = {"schedule": schedule.pk, "name": "Duty", "address": URL}
    both = client.post(
        "/api/v1/calendar-imports/", body | {"content": "x"}, content_type="application/json"
    )
    assert both.status_code == 400
    made = client.post("/api/v1/calendar-imports/", body, content_type="application/json")
    assert made.status_code == 201
    assert "private-secret" not in client.get("/api/v1/calendar-imports/").content.decode()
    row = CalendarImport.objects.get()
    assert row.url == URL
    assert client.delete(f"/api/v1/calendar-imports/{row.pk}/").status_code == 204


def test_an_address_that_is_never_called_is_refused(schedule: Schedule) -> None:
    with pytest.raises(ValidationError) as refused:
        workflow.add_calendar(schedule, name="Duty", url="http://127.0.0.1/x.ics", actor=None)
    assert "url" in refused.value.message_dict


def test_people_go_by_address_name_or_user_name(
    payments: Team, olivia: User, max: User, ana: User
) -> None:
    for name, address in [("Sam One", "sam@a.example"), ("Sam Two", "sam@b.example")]:
        person = make_person(name, team=payments)
        User.objects.filter(pk=person.pk).update(email=address)
    directory = Directory(payments)

    assert directory.find(olivia.email.upper()) == olivia
    assert directory.find("  oLiViA ") == olivia
    assert directory.find("sam") is None  # which of the two?
    assert directory.find("Ana") is None
    assert directory.match("Olivia, Max").people == [olivia, max]
    assert directory.match("Olivia, Bob") == ([olivia], ["Bob"])
    assert directory.match("On call", [max.email]) == ([max], [])
    assert directory.match("On call", ["x@y.example"]) == ([], ["On call"])


def test_what_is_past_stays_when_the_calendar_changes(
    web: Web, schedule: Schedule, olivia: User, max: User
) -> None:
    begun = clock.now() - 2 * HOUR
    web.body = calendar(event("Olivia", start=begun))
    workflow.add_calendar(schedule, name="Duty", url=URL, actor=None)
    workflow.fetch_all_due(clock.now())
    before = clock.now()
    web.body = calendar(event("Max", start=begun))

    workflow.fetch_all_due(clock.now() + HOUR)

    schedule.refresh_from_db()
    assert on_call.schedule_on_call(schedule, before).person == olivia
    assert on_call.schedule_on_call(schedule, clock.now() + 2 * HOUR).person == max
