"""Planned changes in calendar programs: the name of an event stays, its number rises."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from maintenance import workflow
from maintenance.change_feeds import as_icalendar, changes_in
from maintenance.models import ChangeFeed, PublishedChange
from portal import clock
from portal.models import Access, AnsweredRequest, Service, Team, User
from tests.maintenance.make import approved_request, make_request
from tests.make import make_service

JSON = "application/json"
HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
TEN = NOON.replace(hour=22)


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def at_ten(**fields: Any) -> dict[str, Any]:
    return {"planned_start": TEN, "planned_end": TEN + HOUR, **fields}


def read(feed: ChangeFeed) -> list[dict[str, Any]]:
    body = as_icalendar(feed, changes_in(feed, clock.now()))
    return [dict(event) for event in Calendar.from_ical(body).walk("VEVENT")]


def told(feed: ChangeFeed) -> tuple[str, int, str]:
    (event,) = read(feed)
    return str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"])


def test_one_event_keeps_its_name_and_counts_each_change_of_time_or_status(
    checkout: Service, olivia: User, manager: User
) -> None:
    feed, _key = workflow.make_change_feed(owner=olivia, actor=olivia)
    request = make_request(checkout, olivia, **at_ten())
    uid = f"chg-{request.pk}-1@"
    assert told(feed)[0].startswith(uid)
    assert told(feed)[1:] == (0, "TENTATIVE")
    request = workflow.submit(request, actor=olivia)
    assert told(feed)[1:] == (0, "TENTATIVE")
    request = workflow.approve(request, digest=request.plan_digest, actor=manager)
    assert told(feed)[1:] == (1, "CONFIRMED")
    request = workflow.change_plan(
        request, planned_start=TEN + HOUR, planned_end=TEN + 2 * HOUR, actor=olivia
    )
    assert told(feed)[1:] == (2, "TENTATIVE")
    request = workflow.change_plan(request, reason="Said better", actor=olivia)
    assert told(feed)[1:] == (2, "TENTATIVE")
    workflow.withdraw(request, actor=olivia)
    assert told(feed)[0].startswith(uid)
    assert told(feed)[1:] == (3, "CANCELLED")


def test_what_has_no_time_any_more_stays_as_cancelled(checkout: Service, olivia: User) -> None:
    feed, _key = workflow.make_change_feed(owner=olivia, actor=olivia)
    request = make_request(checkout, olivia)
    assert read(feed) == []
    request = workflow.change_plan(request, **at_ten(), actor=olivia)
    assert told(feed)[1:] == (0, "TENTATIVE")
    workflow.change_plan(request, planned_start=None, planned_end=None, actor=olivia)
    assert told(feed)[1:] == (1, "CANCELLED")


def test_the_file_is_as_the_standard_says(checkout: Service, olivia: User) -> None:
    title = "Reindex; orders, then “Größe” of everything\\all " + "x" * 80
    make_request(checkout, olivia, title=title, **at_ten())
    feed, _key = workflow.make_change_feed(owner=olivia, actor=olivia)
    body = as_icalendar(feed, changes_in(feed, clock.now()))

    lines = body.split(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in lines)
    assert b"DTSTART:20261130T220000Z" in lines
    assert b"DTEND:20261130T230000Z" in lines
    assert rb"Reindex\; orders\, then" in body
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert str(event["SUMMARY"]).endswith(title)
    assert as_icalendar(feed, changes_in(feed, clock.now())) == body


def test_a_feed_shows_all_changes_those_of_a_team_or_ones_own(
    checkout: Service, platform: Team, olivia: User, ana: User, manager: User
) -> None:
    mail = make_service("Mail", team=platform)
    make_request(checkout, olivia, title="Pay", **at_ten())
    make_request(mail, ana, title="Post", **at_ten())
    make_request(checkout, manager, title="Given", implementer=ana, **at_ten())

    def titles(**scope: Any) -> set[str]:
        feed, _key = workflow.make_change_feed(owner=ana, actor=ana, **scope)
        return {str(event["SUMMARY"]).partition(" ")[2] for event in read(feed)}

    assert titles() == {"Pay", "Post", "Given"}
    assert titles(team=platform) == {"Post"}
    assert titles(is_of_own=True) == {"Post", "Given"}


def test_the_key_opens_it_until_it_is_revoked_and_only_its_hash_is_kept(
    client: Client, checkout: Service, olivia: User
) -> None:
    request = make_request(checkout, olivia, **at_ten())
    client.force_login(olivia)
    assert "No feed yet" in client.get("/change/calendar/feeds/").content.decode()
    made = client.post("/change/calendar/feeds/new/", {"team": "", "is_of_own": "on"})
    assert made.status_code == 201
    feed = ChangeFeed.objects.get()
    page = made.content.decode()
    key = page.partition("/feeds/changes/")[2].partition(".ics")[0]
    assert key.startswith(feed.key_prefix)
    assert key not in {feed.key_hash, feed.key_prefix}
    client.logout()

    answer = client.get(f"/feeds/changes/{key}.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert request.number in answer.content.decode()
    etag = {"If-None-Match": answer["ETag"]}
    assert client.get(f"/feeds/changes/{key}.ics", headers=etag).status_code == 304
    workflow.withdraw(request, actor=olivia)
    assert client.get(f"/feeds/changes/{key}.ics", headers=etag).status_code == 200

    client.force_login(olivia)
    revoke = f"/change/calendar/feeds/{feed.pk}/revoke/"
    assert client.post(revoke).status_code == 302
    assert client.post(revoke).status_code == 409
    assert client.get(f"/feeds/changes/{key}.ics").status_code == 404


def test_who_left_reads_nothing(client: Client, checkout: Service, vera: User) -> None:
    _feed, key = workflow.make_change_feed(owner=vera, actor=vera)
    assert client.get(f"/feeds/changes/{key}.ics").status_code == 200
    vera.access = Access.NONE
    vera.changed_by = None
    vera.save()
    assert client.get(f"/feeds/changes/{key}.ics").status_code == 404


def test_feeds_in_the_api(client: Client, platform: Team, olivia: User, ana: User) -> None:
    client.force_login(olivia)
    made = client.post(
        "/api/v1/change-feeds/", {"team": platform.slug}, content_type=JSON
    ).json()
    assert "/feeds/changes/" in made["address"]
    (listed,) = client.get("/api/v1/change-feeds/").json()["results"]
    assert "address" not in listed
    client.force_login(ana)
    assert client.post(f"/api/v1/change-feeds/{made['id']}/revoke/").status_code == 404
    client.force_login(olivia)
    assert client.post(f"/api/v1/change-feeds/{made['id']}/revoke/").status_code == 200


def test_an_address_is_told_once_also_to_whoever_asks_twice(
    client: Client, olivia: User
) -> None:
    client.force_login(olivia)

    def ask() -> str:
        headers = {"Idempotency-Key": "one"}
        made = client.post("/api/v1/change-feeds/", {}, content_type=JSON, headers=headers)
        return str(made.json()["address"])

    key = ask().rpartition("/")[2].removesuffix(".ics")

    assert key
    assert ask() == ""
    assert key not in str(AnsweredRequest.objects.get().body)


def test_a_person_has_at_most_twenty(client: Client, olivia: User) -> None:
    for _number in range(20):
        workflow.make_change_feed(owner=olivia, actor=olivia)
    client.force_login(olivia)
    assert client.post("/change/calendar/feeds/new/", {}).status_code == 409


def test_what_was_planned_before_there_were_feeds_is_published_once(
    checkout: Service, olivia: User, manager: User
) -> None:
    approved_request(checkout, olivia, manager, **at_ten())
    PublishedChange.objects.all().delete()
    assert workflow.publish_missing() == 1
    assert workflow.publish_missing() == 0
    assert PublishedChange.objects.get().status == "CONFIRMED"
