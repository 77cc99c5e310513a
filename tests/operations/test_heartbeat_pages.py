"""Heartbeats by page and by API: set up, paused, shown, and kept from strangers."""

from typing import Any

import pytest
from django.test import Client

from operations import sweeps, workflow
from operations.models import Heartbeat, HeartbeatState, Ping
from operations.templatetags.lengths import as_length
from portal import clock
from portal.models import Service, User
from tests.operations.make import MINUTE, NOON, make_heartbeat
from tests.searching import found

FORM = {
    "name": "A",
    "kind": "period",
    "period_minutes": 60,
    "time_zone": "UTC",
    "grace_minutes": 10,
    "severity": 2,
}
LIST, API = "/operate/heartbeats/", "/api/v1/heartbeats/"
JSON = "application/json"


@pytest.fixture
def backup(checkout: Service) -> Heartbeat:
    return make_heartbeat(checkout, period_minutes=60, grace_minutes=10)


def test_by_page_and_by_api(client: Client, olivia: User, checkout: Service) -> None:
    client.force_login(olivia)

    page = client.post(f"{LIST}new/", FORM | {"service": checkout.pk})
    body = FORM | {"name": "B", "service": "checkout", "kind": "cron", "cron": "0 4 * * *"}
    api = client.post(API, body, content_type=JSON)
    assert (page.status_code, api.status_code) == (302, 201)
    first, second = Heartbeat.objects.order_by("name")
    assert (first.state, second.cron) == ("new", "0 4 * * *")
    assert api.json()["ping_url"] == f"http://localhost:8000/ping/{second.ping_key}"

    changed = FORM | {"service": checkout.pk, "grace_minutes": 20, "severity": 0}
    assert client.post(f"{first.get_absolute_url()}edit/", changed).status_code == 302
    url = f"{API}{second.pk}/"
    assert client.patch(url, {"severity": 1}, content_type=JSON).json()["severity"] == 1
    first.refresh_from_db()
    assert (first.grace_minutes, first.severity) == (20, 0)

    assert client.post(f"{first.get_absolute_url()}pause/").status_code == 302
    assert client.post(f"{first.get_absolute_url()}pause/").status_code == 409
    assert client.post(f"{first.get_absolute_url()}resume/").status_code == 302
    assert client.post(f"{url}pause/").json()["state"] == "paused"
    assert client.post(f"{url}resume/").json()["state"] == "new"
    assert client.post(f"{url}resume/").status_code == 409
    assert client.post(f"{first.get_absolute_url()}renew-key/").status_code == 302
    assert client.post(f"{url}renew-key/").json()["ping_url"] != api.json()["ping_url"]
    timed = {"kind": "calendar", "on_calendar": "Mon..Fri 04:30 Europe/Berlin"}
    assert client.patch(url, timed, content_type=JSON).json()["cron"] == ""
    changed |= timed
    assert client.post(f"{first.get_absolute_url()}edit/", changed).status_code == 302
    shown = client.get(first.get_absolute_url()).content
    assert b"OnCalendar=Mon..Fri 04:30" in shown
    assert b"Mon..Fri 04:30 Europe/Berlin</code>" in shown
    assert b"Europe/Berlin</code> <span" not in shown  # its own zone counts, not UTC


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"kind": "cron", "cron": "every day"}, "cron"),
        ({"kind": "cron", "cron": ""}, "cron"),
        ({"kind": "cron", "cron": "0 0 30 2 *"}, "cron"),
        ({"kind": "calendar"}, "on_calendar"),
        ({"kind": "calendar", "on_calendar": "now and then"}, "on_calendar"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"grace_minutes": 0}, "grace_minutes"),
        ({"period_minutes": 10_000_000}, "period_minutes"),
        ({"severity": 9}, "severity"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: Client, olivia: User, checkout: Service, changed: dict[str, Any], field: str
) -> None:
    client.force_login(olivia)

    page = client.post(f"{LIST}new/", FORM | {"service": checkout.pk} | changed)
    api = client.post(API, FORM | {"service": "checkout"} | changed, content_type=JSON)

    assert (page.status_code, api.status_code) == (422, 400)
    assert page.context["form"].errors[field]
    assert api.json()["errors"][0]["field"] == field
    assert not Heartbeat.objects.exists()


def test_the_page_shows_what_was_heard(client: Client, olivia: User, backup: Heartbeat) -> None:
    for verb in ("start", "3"):
        body = b"No space left on device"
        client.post(f"/ping/{backup.ping_key}/{verb}", body, content_type="text/plain")
    sweeps.look_at_heartbeats(clock.now())
    client.force_login(olivia)

    text = client.get(backup.get_absolute_url()).content.decode()
    assert "It said that it failed" in text
    assert "Failure" in text
    assert f"http://localhost:8000/ping/{backup.ping_key}/start" in text
    assert "ExecStopPost" in text
    ping = backup.pings.get(kind="fail")
    shown = client.get(f"{backup.get_absolute_url()}pings/{ping.pk}/").content.decode()
    assert "No space left on device" in shown
    rows = client.get(f"{API}{backup.pk}/pings/").json()["results"]
    assert [row["kind"] for row in rows] == ["fail", "start"]
    assert rows[0]["exit_status"] == 3
    assert "Nightly backup" in client.get("/").content.decode()
    assert "Nightly backup" in found(olivia, "nightly")
    assert "Nightly backup" in client.get("/services/checkout/").content.decode()


def test_the_address_is_for_those_who_may_set_it_up(
    client: Client, vera: User, ana: User, ada: User, backup: Heartbeat
) -> None:
    for person, sees in ((vera, False), (ana, False), (ada, True)):
        client.force_login(person)
        page = client.get(backup.get_absolute_url()).content.decode()
        row = client.get(f"{API}{backup.pk}/").json()
        assert (str(backup.ping_key) in page, bool(row["ping_url"])) == (sees, sees)


def test_the_body_of_anothers_ping_is_not_found(
    client: Client, olivia: User, checkout: Service, backup: Heartbeat
) -> None:
    other = make_heartbeat(checkout, "Other")
    ping = Ping.objects.create(heartbeat=other, kind="log", method="GET")
    client.force_login(olivia)

    assert client.get(f"{backup.get_absolute_url()}pings/{ping.pk}/").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("vera", 403), ("otto", 404)])
def test_others_change_nothing(
    client: Client, backup: Heartbeat, request: pytest.FixtureRequest, name: str, status: int
) -> None:
    client.force_login(request.getfixturevalue(name))
    page, api = backup.get_absolute_url(), f"{API}{backup.pk}/"
    body = FORM | {"service": "checkout"}

    answers = [
        client.post(f"{page}pause/"),
        client.get(f"{page}edit/"),
        client.post(f"{page}renew-key/"),
        client.post(f"{api}pause/"),
        client.post(f"{api}renew-key/"),
        client.patch(api, {}, content_type=JSON),
        client.post(API, body, content_type=JSON),
    ]

    assert [answer.status_code for answer in answers] == [status] * 7


@pytest.mark.parametrize("url", [LIST, API])
def test_a_list_asks_the_same_however_long_it_is(
    client: Client,
    vera: User,
    checkout: Service,
    backup: Heartbeat,
    url: str,
    django_assert_max_num_queries: Any,
) -> None:
    client.force_login(vera)
    client.get(url)
    with django_assert_max_num_queries(40) as few:
        client.get(url)
    for number in range(40):
        make_heartbeat(checkout, f"Job {number}")
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(url)


def test_the_list_says_state_and_what_is_next(
    client: Client, vera: User, checkout: Service, backup: Heartbeat
) -> None:
    Ping.objects.create(heartbeat=backup, kind="success", at=NOON, method="GET")
    sweeps.look_at_heartbeats(NOON + 61 * MINUTE)
    workflow.pause_heartbeat(make_heartbeat(checkout, "Idle"), now=NOON, actor=None)
    client.force_login(vera)

    text = client.get(LIST).content.decode()
    assert "every 1 h" in text
    assert "Late" in text
    assert "2 Mar 2026, 13:10" in text
    assert "Paused" in text
    late = client.get(f"{LIST}?state=late").content.decode()
    assert "Idle" not in late
    assert client.get(f"{API}?state=odd").status_code == 400


def test_lengths_read_as_people_say_them() -> None:
    lengths = [None, 1, 60, 1440, 1501, 3 * 1440, MINUTE / 600, MINUTE * 1.5, MINUTE * 61.5]

    assert [as_length(length) for length in lengths] == [
        "",
        "1 min",
        "1 h",
        "1 day",
        "1 day 1 h 1 min",
        "3 days",
        "0.1 s",
        "1 min 30 s",
        "1 h 1 min",
    ]


def test_every_state_has_a_tone(checkout: Service, client: Client, vera: User) -> None:
    client.force_login(vera)
    for number, state in enumerate(HeartbeatState):
        made = make_heartbeat(checkout, f"Job {number}")
        due = NOON if state in {"up", "started", "late"} else None
        why = "silent" if state == "down" else ""
        Heartbeat.objects.filter(pk=made.pk).update(state=state, due_at=due, down_because=why)
        assert client.get(made.get_absolute_url()).status_code == 200
    assert client.get(LIST).status_code == 200


def test_a_new_heartbeat_goes_by_the_clock_of_who_makes_it(
    client: Client, olivia: User
) -> None:
    User.objects.filter(pk=olivia.pk).update(time_zone="Asia/Kolkata")
    client.force_login(olivia)

    form = client.get("/operate/heartbeats/new/").context["form"]
    assert form["time_zone"].value() == "Asia/Kolkata"


def test_a_test_ping_arrives_and_changes_nothing(
    client: Client, olivia: User, backup: Heartbeat
) -> None:
    client.force_login(olivia)

    page = client.post(f"{backup.get_absolute_url()}send-test/", follow=True)
    api = client.post(f"{API}{backup.pk}/send-test/")

    assert (page.status_code, api.status_code) == (200, 201)
    assert b"changes nothing" in page.content
    workflow.look_at_due(clock.now())
    backup.refresh_from_db()
    assert backup.state == HeartbeatState.NEW
    assert list(backup.pings.values_list("kind", "agent", "is_read")) == [
        ("log", "Evenkeel", True),
        ("log", "Evenkeel", True),
    ]


def test_pings_that_were_turned_away_are_shown(
    client: Client, olivia: User, backup: Heartbeat
) -> None:
    old = backup.ping_key
    for word in ("/stop", "/stop?rid=1"):
        client.get(f"/ping/{old}{word}", headers={"user-agent": "curl/8"})
    renewed = workflow.renew_ping_key(backup, actor=olivia)
    assert client.get(f"/ping/{old}/start").status_code == 404
    client.force_login(olivia)

    page = client.get(backup.get_absolute_url()).content.decode()
    api = client.get(f"{API}{backup.pk}/rejections/").json()["results"]

    assert "Turned 2 pings away with a word that means nothing" in page
    assert "GET …/stop?rid=1, sent by curl/8" in page
    assert "Turned one ping away at an address that was replaced" in page
    assert [(row["reason"], row["count"]) for row in api] == [
        ("old_address", 1),
        ("no_such_word", 2),
    ]
    assert str(old) not in page
    assert str(renewed.ping_key) in page
