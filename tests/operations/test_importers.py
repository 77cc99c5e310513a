"""Schedules of PagerDuty, Opsgenie and Grafana OnCall: read, compared, carried over."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from operations import on_call, workflow
from operations.importers import read_export
from operations.importers.comparing import compare
from operations.importers.shape import NotAnExport, hours_by_day
from operations.models import CalendarImport, Schedule, ScheduleDraft
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Team, User

DAY = timedelta(days=1)
WEEK = 7 * DAY


def monday() -> datetime:
    """The Monday before last, 09:00 in UTC."""
    now = clock.now()
    start = (now - now.weekday() * DAY - WEEK).replace(hour=9, minute=0, second=0)
    return start.replace(microsecond=0)


def pagerduty(people: list[tuple[str, str]], **layer: Any) -> dict[str, Any]:
    """A weekly rotation with the program's own answers for half a year."""
    start = monday()
    users = [
        {"id": f"P{n}", "summary": name, "email": mail} for n, (name, mail) in enumerate(people)
    ]
    entries = [
        {
            "start": (start + n * WEEK).isoformat(),
            "end": (start + (n + 1) * WEEK).isoformat(),
            "user": {
                "id": users[n % len(users)]["id"],
                "summary": users[n % len(users)]["summary"],
            },
        }
        for n in range(20)
    ]
    given = {
        "name": "Nights",
        "start": start.isoformat(),
        "end": None,
        "rotation_virtual_start": start.isoformat(),
        "rotation_turn_length_seconds": 604800,
        "users": [{"user": {"id": user["id"], "summary": user["summary"]}} for user in users],
        "restrictions": [],
        **layer,
    }
    return {
        "schedule": {
            "name": "Payments primary",
            "time_zone": "UTC",
            "schedule_layers": [given],
            "final_schedule": {"rendered_schedule_entries": entries},
        },
        "users": users,
    }


def draft_of(team: Team, kind: str, body: Any, **options: Any) -> ScheduleDraft:
    source = body if isinstance(body, bytes) else json.dumps(body).encode()
    options.setdefault("file_name", "export.json")
    return workflow.keep_draft(team=team, kind=kind, source=source, actor=None, **options)


def compared(draft: ScheduleDraft) -> Any:
    export = read_export(draft.kind, draft.content)
    people = workflow.people_of(draft)
    (shape,) = export.schedules
    return compare(shape, export, people, draft.team, clock.now())


def test_the_dry_run_of_a_weekly_rotation_finds_no_difference(
    payments: Team, olivia: User, max: User
) -> None:
    body = pagerduty([("Olivia", olivia.email.upper()), ("Max", max.email)])

    found = compared(draft_of(payments, "pagerduty", body))

    assert found.compared >= 89 * DAY
    assert not any(piece.differs for piece in found.pieces)
    assert {piece.ours for piece in found.pieces} == {"Olivia", "Max"}


def test_the_dry_run_names_the_instants_that_differ(
    payments: Team, olivia: User, max: User
) -> None:
    body = pagerduty([("Olivia", olivia.email), ("Max", max.email)])
    entries = body["schedule"]["final_schedule"]["rendered_schedule_entries"]
    entries[4]["user"] = entries[5]["user"]

    found = compared(draft_of(payments, "pagerduty", body))

    (piece,) = [each for each in found.pieces if each.differs]
    assert piece.starts_at == datetime.fromisoformat(entries[4]["start"])
    assert found.differing == WEEK
    assert {piece.theirs, piece.ours} == {"Olivia", "Max"}


def test_who_is_unknown_is_a_difference_until_somebody_says_who_it_is(
    client: Client, payments: Team, olivia: User, max: User
) -> None:
    body = pagerduty([("Olivia", olivia.email), ("Maximilian", "old@example.org")])
    client.force_login(max)
    page = client.post(
        "/operate/on-call/carry-over/",
        {
            "team": payments.pk,
            "kind": "pagerduty",
            "file": SimpleUploadedFile("pd.json", json.dumps(body).encode()),
        },
        follow=True,
    )
    text = page.content.decode()
    assert "Maximilian &lt;old@example.org&gt;" in text
    assert "difference" in text
    draft = ScheduleDraft.objects.get()
    url = draft.get_absolute_url()
    client.post(f"{url}people/", {"person_0": olivia.pk, "person_1": max.pk})
    assert "No difference in the" in client.get(url).content.decode()

    made = client.post(f"{url}make/")

    schedule = Schedule.objects.get()
    assert made["Location"] == schedule.get_absolute_url()
    now = clock.now()
    ours = on_call.shifts(schedule, now, now + 60 * DAY)
    assert {person for shift in ours for person in shift.people} == {olivia, max}
    assert client.post(f"{url}make/").status_code == 409
    assert Event.objects.filter(kind="schedule_draft.carried_over").count() == 1


def test_restrictions_become_hours_and_days(payments: Team, olivia: User) -> None:
    weekend = {
        "type": "weekly_restriction",
        "start_day_of_week": 5,
        "start_time_of_day": "17:00:00",
        "duration_seconds": 64 * 3600,
    }
    body = pagerduty([("Olivia", olivia.email)], restrictions=[weekend])
    (shape,) = read_export("pagerduty", json.dumps(body)).schedules

    days = {layer.hours[0]: layer.weekdays for layer in shape.layers}

    assert days == {
        (time(17), time(0)): (4,),
        (time(0), time(0)): (5, 6),
        (time(0), time(9)): (0,),
    }
    found = compared(draft_of(payments, "pagerduty", body))
    local = [(s.starts_at.weekday(), s.starts_at.hour) for s in found.ours if s.people]
    assert {(4, 17), (5, 0)} <= {*local, *[(5, 0)]}


def test_hours_by_day_covers_the_span_exactly() -> None:
    found = list(hours_by_day(4, time(17), timedelta(hours=64)))

    assert found == [(4, (time(17), time(0))), (5, None), (6, None), (0, (time(0), time(9)))]
    assert list(hours_by_day(2, time(22), timedelta(hours=10))) == [(2, (time(22), time(8)))]
    assert list(hours_by_day(2, time(0), DAY)) == [(2, None)]


def test_what_cannot_be_carried_over_is_said(olivia: User) -> None:
    body = pagerduty([("Olivia", olivia.email)], rotation_turn_length_seconds=1000)
    body["schedule"]["time_zone"] = "Mars/Base"

    (shape,) = read_export("pagerduty", json.dumps(body)).schedules

    assert shape.layers == []
    assert [note.partition(":")[0] for note in shape.notes] == [
        "The time zone “Mars/Base” is not known here; UTC is taken.",
        "Layer “Nights” was left out",
    ]


def test_opsgenie(payments: Team, olivia: User, max: User) -> None:
    start = monday()
    hours = {"startHour": 9, "startMin": 0, "endHour": 17, "endMin": 30}
    body = {
        "data": [
            {
                "id": "s1",
                "name": "Support",
                "timezone": "Europe/Berlin",
                "rotations": [
                    {
                        "name": "Day",
                        "startDate": start.isoformat().replace("+00:00", "Z"),
                        "type": "daily",
                        "length": 2,
                        "participants": [
                            {"type": "user", "username": olivia.email},
                            {"type": "user", "username": max.email},
                            {"type": "team", "id": "t"},
                        ],
                        "timeRestriction": {"type": "time-of-day", "restriction": hours},
                    }
                ],
            }
        ],
        "overrides": {
            "s1": [
                {
                    "user": {"username": max.email},
                    "startDate": (start + 3 * WEEK).isoformat(),
                    "endDate": (start + 3 * WEEK + DAY).isoformat(),
                }
            ]
        },
    }
    draft = draft_of(payments, "opsgenie", body)

    (schedule,) = workflow.carry_over(draft, actor=max)

    layer = schedule.layers.get()
    assert (layer.rotation, layer.interval) == ("daily", 2)
    assert layer.hours == [{"from": "09:00", "until": "17:30"}]
    assert schedule.time_zone == "Europe/Berlin"
    assert schedule.overrides.get().person == max
    (shape,) = read_export("opsgenie", draft.content).schedules
    assert "are no people" in shape.notes[0]


def test_grafana_shifts(payments: Team, olivia: User, max: User) -> None:
    start = monday().replace(tzinfo=None).isoformat()
    shift = {
        "id": "O1",
        "name": "Workdays",
        "type": "rolling_users",
        "time_zone": "UTC",
        "level": 2,
        "start": start,
        "duration": 8 * 3600,
        "frequency": "weekly",
        "interval": 1,
        "by_day": ["MO", "TU", "WE", "TH", "FR"],
        "rolling_users": [["U1"], ["U2"]],
        "start_rotation_from_user_index": 1,
    }
    yearly = {**shift, "id": "O2", "name": "Yearly", "by_month": [1]}
    body = {
        "schedules": [
            {"id": "S1", "name": "Ops", "time_zone": "UTC", "shifts": ["O1", "O2", "O3"]}
        ],
        "on_call_shifts": {"results": [shift, yearly]},
        "users": [
            {"id": "U1", "username": "olivia", "email": olivia.email},
            {"id": "U2", "username": "max", "email": max.email},
        ],
    }
    draft = draft_of(payments, "grafana", body)

    (schedule,) = workflow.carry_over(draft, actor=max)

    layer = schedule.layers.get()
    assert (layer.priority, layer.weekdays) == (2, [0, 1, 2, 3, 4])
    assert layer.hours == [{"from": "09:00", "until": "17:00"}]
    first = layer.participants.order_by("order").first()
    assert first is not None
    assert first.person == max
    (shape,) = read_export("grafana", draft.content).schedules
    assert [note[:12] for note in shape.notes] == ["Shift “Yearl", "The file has"]


def test_grafana_calendars(payments: Team, olivia: User) -> None:
    begin = (clock.now() + DAY).astimezone(UTC)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:x",
        "BEGIN:VEVENT",
        "UID:a",
        f"DTSTART:{begin:%Y%m%dT%H%M%SZ}",
        "DURATION:PT8H",
        f"SUMMARY:[L1] {olivia.email}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    draft = draft_of(payments, "grafana", "\r\n".join(lines).encode(), file_name="x.ics")
    assert [shift.people for shift in compared(draft).ours if shift.people] == [(olivia,)]

    (schedule,) = workflow.carry_over(draft, actor=None)

    assert CalendarImport.objects.get(schedule=schedule).shift_count == 1
    assert on_call.schedule_on_call(schedule, begin + timedelta(hours=1)).person == olivia


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pagerduty", "hello"),
        ("pagerduty", "[]"),
        ("opsgenie", '{"data": [{"timezone": "UTC"}]}'),
        ("opsgenie", "[1]"),
        ("grafana", '{"schedules": [{"id": 1}]}'),
        ("grafana", "[]"),
        ("pagerduty", '{"schedule": {"schedule_layers": [{"name": "x"}]}}'),
    ],
)
def test_what_is_no_export_is_refused_with_a_sentence(kind: str, content: str) -> None:
    with pytest.raises(NotAnExport):
        read_export(kind, content)


def test_a_draft_is_for_its_team_alone(
    client: Client, payments: Team, olivia: User, ana: User, vera: User, otto: User
) -> None:
    draft = draft_of(payments, "pagerduty", pagerduty([("Olivia", olivia.email)]))
    for person, status in [(ana, 403), (vera, 403), (otto, 404), (olivia, 200)]:
        client.force_login(person)
        assert client.get(draft.get_absolute_url()).status_code == status
    bad = {
        "team": payments.pk,
        "kind": "opsgenie",
        "file": SimpleUploadedFile("x", b"nonsense"),
    }
    refused = client.post("/operate/on-call/carry-over/", bad)
    assert refused.status_code == 422
    assert "The file is not JSON" in refused.content.decode()
    workflow.discard_draft(draft, actor=olivia)
    assert not ScheduleDraft.objects.exists()


def test_all_of_it_by_api(client: Client, payments: Team, olivia: User, ana: User) -> None:
    client.force_login(olivia)
    address = "/api/v1/schedule-drafts/"
    content = json.dumps(pagerduty([("Olivia", olivia.email), ("Somebody", "x@example.com")]))
    given = {"team": payments.slug, "kind": "pagerduty", "content": content}

    def post(path: str, body: Any = None) -> Any:
        return client.post(path, body, content_type="application/json")

    refused = post(address, given | {"content": "nonsense"})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "file"
    made = post(address, given)
    assert made.status_code == 201
    one = f"{address}{made.json()['id']}/"
    unknown = [key for key, who in made.json()["people"].items() if who is None]
    assert len(unknown) == 1
    (compared,) = client.get(f"{one}comparison/").json()
    assert compared["differing_hours"] > 0
    assert {piece["theirs"] for piece in compared["differences"]} >= {"Somebody"}

    for people in ({"nobody": olivia.pk}, {unknown[0]: ana.pk}):
        assert post(f"{one}people/", {"people": people}).status_code == 400
    assert post(f"{one}people/", {"people": {unknown[0]: olivia.pk}}).status_code == 200
    (compared,) = client.get(f"{one}comparison/").json()
    assert compared["differing_hours"] == 0

    carried = post(f"{one}carry-over/")
    assert carried.status_code == 201
    assert [*Schedule.objects.values_list("pk", flat=True)] == carried.json()["schedules"]
    assert post(f"{one}carry-over/").status_code == 409
    assert len(client.get(address).json()["results"]) == 1
    client.force_login(ana)
    assert client.get(address).json()["results"] == []
    assert client.get(one).status_code == 403
    client.force_login(olivia)
    assert client.delete(one).status_code == 204


def test_a_draft_is_carried_over_once(payments: Team, olivia: User) -> None:
    draft = draft_of(payments, "pagerduty", pagerduty([("Olivia", olivia.email)]))
    workflow.carry_over(draft, actor=olivia)

    with pytest.raises(TransitionNotAllowed, match="carried over already"):
        workflow.carry_over(draft, actor=olivia)
