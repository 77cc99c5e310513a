"""Calendar feeds: stable UIDs, rising SEQUENCE, keys that open only what their owner sees."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from icalendar import Calendar

from operations import workflow
from operations.calendar_feeds import as_icalendar, shifts_in
from operations.models import CalendarFeed, PublishedShift, Schedule
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import AnsweredRequest, Event, Team, User
from tests.make import make_person
from tests.operations.make import make_schedule

HOUR = timedelta(hours=1)


@pytest.fixture
def schedule(olivia: User, max: User, payments: Team) -> Schedule:
    return make_schedule(payments, olivia, max)


def events_of(feed: CalendarFeed) -> dict[str, Any]:
    body = as_icalendar(feed, shifts_in(feed, clock.now()))
    return {str(event["UID"]): event for event in Calendar.from_ical(body).walk("VEVENT")}


def feed_of(owner: User, schedule: Schedule | None = None) -> tuple[CalendarFeed, str]:
    return workflow.make_feed(owner=owner, schedule=schedule, actor=owner)


def test_a_feed_tells_the_shifts_of_half_a_year(schedule: Schedule, olivia: User) -> None:
    workflow.publish(schedule, now=clock.now())
    feed, _key = feed_of(olivia)

    found = events_of(feed)

    assert all(str(event["SUMMARY"]).startswith("On call: ") for event in found.values())
    latest = max_end(found)
    assert latest > clock.now() + timedelta(days=182)
    everybody, _key = feed_of(olivia, schedule)
    summaries = {
        str(event["SUMMARY"]).split(" on call")[0] for event in events_of(everybody).values()
    }
    assert summaries == {"Olivia", "Max"}


def max_end(found: dict[str, Any]) -> datetime:
    ends: list[datetime] = [event["DTEND"].dt for event in found.values()]
    return max(ends)


def test_publishing_again_changes_nothing_and_the_bytes_are_the_same(
    schedule: Schedule, olivia: User
) -> None:
    now = clock.now()
    assert workflow.publish(schedule, now=now) > 20
    feed, _key = feed_of(olivia, schedule)
    before = as_icalendar(feed, shifts_in(feed, now))

    assert workflow.publish(schedule, now=now + HOUR) == 0
    assert as_icalendar(feed, shifts_in(feed, now)) == before


def test_a_change_raises_the_sequence_of_the_same_uid_and_a_shift_called_off_stays(
    schedule: Schedule, olivia: User, max: User
) -> None:
    now = clock.now()
    workflow.publish(schedule, now=now)
    row = PublishedShift.objects.filter(
        person=olivia, starts_at__gt=now + timedelta(days=3)
    ).first()
    assert row is not None
    feed, _key = feed_of(olivia)

    later = row.starts_at + 10 * HOUR
    workflow.override(schedule, person=max, starts_at=row.starts_at, ends_at=later, actor=None)
    workflow.publish(schedule, now=now)

    moved = events_of(feed)[f"{row.uid}@localhost"]
    assert (moved["SEQUENCE"], moved["DTSTART"].dt) == (1, later.astimezone(UTC))
    workflow.override(schedule, person=max, starts_at=later, ends_at=row.ends_at, actor=None)
    workflow.publish(schedule, now=now)
    gone = events_of(feed)[f"{row.uid}@localhost"]
    assert (gone["SEQUENCE"], str(gone["STATUS"])) == (2, "CANCELLED")


def test_the_address_is_open_secret_and_answers_304(
    client: Client, schedule: Schedule, olivia: User
) -> None:
    workflow.publish(schedule, now=clock.now())
    feed, key = feed_of(olivia)

    answer = client.get(f"/feeds/on-call/{key}.ics")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"] or "private" in answer["Cache-Control"]
    assert b"\r\n" in answer.content
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    again = client.get(f"/feeds/on-call/{key}.ics", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert key not in CalendarFeed.objects.get().key_hash
    feed.refresh_from_db()
    assert feed.last_used_at is not None
    assert client.get("/feeds/on-call/nonsense.ics").status_code == 404


def test_a_revoked_key_and_one_of_somebody_who_left_open_nothing(
    client: Client, schedule: Schedule, olivia: User
) -> None:
    feed, key = feed_of(olivia)
    workflow.revoke_feed(feed, actor=olivia)
    assert client.get(f"/feeds/on-call/{key}.ics").status_code == 404
    with pytest.raises(TransitionNotAllowed, match="revoked already"):
        workflow.revoke_feed(feed, actor=olivia)

    other, key = feed_of(olivia)
    User.objects.filter(pk=olivia.pk).update(access="none")
    assert client.get(f"/feeds/on-call/{key}.ics").status_code == 404
    other.refresh_from_db()
    assert not shifts_in(other, clock.now()).exists()


def test_names_cannot_break_out_of_their_line(payments: Team, max: User) -> None:
    crook = make_person(
        "Eve\r\nATTENDEE:x\x0b\u2028END:VEVENT, \\; Ünïcödé" + "é" * 60, team=payments
    )
    schedule = make_schedule(payments, crook)
    workflow.publish(schedule, now=clock.now())
    feed, _key = feed_of(max, schedule)

    body = as_icalendar(feed, shifts_in(feed, clock.now()))
    (first, *_rest) = Calendar.from_ical(body).walk("VEVENT")

    assert "ATTENDEE" not in first
    assert str(first["SUMMARY"]).startswith("Eve ATTENDEE:x END:VEVENT, \\; Ünïcödé")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))


def test_the_page_shows_the_address_once_and_revokes(
    client: Client, schedule: Schedule, olivia: User, ana: User
) -> None:
    client.force_login(olivia)
    made = client.post("/operate/on-call/feeds/new/", {"schedule": ""})
    assert made.status_code == 201
    assert f"{settings.SITE_URL}/feeds/on-call/" in made.content.decode()
    feed = CalendarFeed.objects.get()
    page = client.get("/operate/on-call/feeds/").content.decode()
    assert "/feeds/on-call/" not in page.replace("/operate/on-call/feeds/", "")
    assert feed.key_prefix in page

    client.force_login(ana)
    assert client.post(f"/operate/on-call/feeds/{feed.pk}/revoke/").status_code == 404
    client.force_login(olivia)
    assert client.post(f"/operate/on-call/feeds/{feed.pk}/revoke/").status_code == 302
    kinds = Event.objects.filter(kind__startswith="calendar_feed").values_list(
        "kind", flat=True
    )
    assert set(kinds) == {"calendar_feed.created", "calendar_feed.revoked"}


def test_an_address_is_told_once_also_to_whoever_asks_twice(
    client: Client, olivia: User
) -> None:
    client.force_login(olivia)

    def ask() -> str:
        made = client.post(
            "/api/v1/calendar-feeds/",
            {},
            content_type="application/json",
            headers={"Idempotency-Key": "one"},
        )
        return str(made.json()["address"])

    key = ask().rpartition("/")[2].removesuffix(".ics")

    assert key
    assert ask() == ""
    assert key not in str(AnsweredRequest.objects.get().body)
