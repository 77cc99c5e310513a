"""Who is on call: the rotation by the wall clock, overrides, who is passed over, gaps."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from operations import on_call, workflow
from operations.models import Override, Participant, Schedule
from operations.on_call import who_is_on_call
from operations.wall_clock import instant
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Access, Event, Team, User
from tests.make import make_person, make_team
from tests.operations.make import make_schedule

MONDAY = date(2026, 3, 2)
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def cover(schedule: Schedule, person: User, start: datetime, end: datetime) -> Override:
    row = Override(schedule=schedule, person=person, starts_at=start, ends_at=end)
    row.changed_by = None
    row.save()
    return row


@pytest.mark.parametrize(
    ("day", "at_time", "zone", "utc"),
    [
        # Skipped: the first instant after the gap. Twice: the first of the two.
        ((2026, 3, 29), (2, 30), "Europe/Berlin", "2026-03-29T01:00:00+00:00"),
        ((2026, 10, 25), (2, 30), "Europe/Berlin", "2026-10-25T00:30:00+00:00"),
        ((2026, 3, 8), (2, 0), "America/New_York", "2026-03-08T07:00:00+00:00"),
        ((2026, 10, 4), (2, 15), "Australia/Lord_Howe", "2026-10-03T15:30:00+00:00"),
        # A day that never was.
        ((2011, 12, 30), (9, 0), "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
        ((2026, 3, 30), (9, 0), "Europe/Berlin", "2026-03-30T07:00:00+00:00"),
    ],
)
def test_wall_clock(
    day: tuple[int, int, int], at_time: tuple[int, int], zone: str, utc: str
) -> None:
    found = instant(date(*day), time(*at_time), ZoneInfo(zone))

    assert found == datetime.fromisoformat(utc)


def test_the_turns_go_round_week_by_week(olivia: User, manager: User, payments: Team) -> None:
    make_schedule(payments, olivia, manager)

    who = [who_is_on_call(payments, at(day, 12)).person for day in (2, 8, 9, 16)]
    assert who == [olivia, olivia, manager, olivia]
    assert who_is_on_call(payments, at(9, 8, 59)).person == olivia
    assert who_is_on_call(payments, at(9, 9)).person == manager
    assert who_is_on_call(payments, at(9, 9)).reason == "Turn 2 of 2 in the weekly rotation."


def test_the_week_begins_on_the_hand_over_day(
    olivia: User, manager: User, payments: Team
) -> None:
    make_schedule(payments, olivia, manager, starts_on=date(2026, 3, 5), handoff_weekday=2)

    assert who_is_on_call(payments, at(4, 9)).person == olivia  # the Wednesday before
    assert who_is_on_call(payments, at(11, 9)).person == manager


def test_the_hand_over_keeps_to_the_wall_clock(db: None) -> None:
    team = make_team("Berlin", time_zone="Europe/Berlin")
    one, two = make_person("One", team=team), make_person("Two", team=team)
    make_schedule(team, one, two, starts_on=date(2026, 3, 23))

    assert who_is_on_call(team, at(23, 8)).person == one  # 09:00 in winter
    assert who_is_on_call(team, at(30, 6, 59)).person == one
    assert who_is_on_call(team, at(30, 7)).person == two  # 09:00 in summer


def test_before_the_first_week_nobody_is(olivia: User, payments: Team) -> None:
    make_schedule(payments, olivia)

    assert who_is_on_call(payments, at(2, 8)) == ((), "The rotation has not begun yet.")


def test_no_schedule_is_an_answer(payments: Team) -> None:
    assert who_is_on_call(payments, at(2, 8)) == (
        (),
        "This team has no on-call schedule.",
    )


def test_an_override_wins_and_the_later_word_wins_over_it(
    olivia: User, manager: User, payments: Team
) -> None:
    schedule = make_schedule(payments, olivia)
    cover(schedule, manager, at(3, 0), at(4, 0))
    cover(schedule, olivia, at(3, 12), at(3, 13))

    def who(moment: datetime) -> User | None:
        return who_is_on_call(payments, moment).person

    assert [who(at(3, 0)), who(at(3, 12)), who(at(3, 13)), who(at(4, 0))] == [
        manager,
        olivia,
        manager,
        olivia,
    ]


def test_who_cannot_work_is_passed_over_with_the_reason(
    olivia: User, manager: User, payments: Team
) -> None:
    schedule = make_schedule(payments, olivia, manager)
    cover(schedule, olivia, at(3, 0), at(4, 0))
    User.objects.filter(pk=olivia.pk).update(is_active=False)

    answer = who_is_on_call(payments, at(3, 12))
    assert answer.person == manager
    assert answer.reason.endswith(
        "Olivia cannot work any more and is passed over. "
        "Olivia cannot work any more and is passed over."
    )
    User.objects.filter(pk=manager.pk).update(access="viewer")
    assert who_is_on_call(payments, at(3, 12)).person is None


class WindowTests(TestCase):
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_a_point_is_the_same_as_in_any_window(self, data: st.DataObject) -> None:
        team = make_team("Team", time_zone=data.draw(st.sampled_from(ZONES)))
        people = [
            make_person(f"Person {number}", team=team)
            for number in range(data.draw(st.integers(1, 4)))
        ]
        schedule = make_schedule(
            team,
            *people,
            starts_on=date(2026, 2, 20),
            handoff_weekday=data.draw(st.integers(0, 6)),
            handoff_time=time(data.draw(st.integers(0, 23)), data.draw(st.integers(0, 59))),
        )
        moments = st.datetimes(
            datetime(2026, 2, 1),  # noqa: DTZ001
            datetime(2026, 12, 1),  # noqa: DTZ001
            timezones=st.just(UTC),
        )
        for person in data.draw(st.lists(st.sampled_from(people), max_size=3)):
            start = data.draw(moments)
            hours = data.draw(st.integers(1, 400))
            cover(schedule, person, start, start + timedelta(hours=hours))
        start = data.draw(moments)
        end = start + timedelta(hours=data.draw(st.integers(1, 2000)))
        point = data.draw(st.datetimes(start.replace(tzinfo=None), end.replace(tzinfo=None)))
        point = min(point.replace(tzinfo=UTC), end - timedelta(microseconds=1))

        shifts = on_call.shifts(team, start, end)

        assert (shifts[0].starts_at, shifts[-1].ends_at) == (start, end)
        for one, following in pairwise(shifts):
            assert one.starts_at < one.ends_at == following.starts_at
            assert one[2:] != following[2:]
        (covering,) = [shift for shift in shifts if shift.starts_at <= point < shift.ends_at]
        assert who_is_on_call(team, point) == (covering.people, covering.reason)


def test_a_rotation_is_set_changed_and_kept_in_history(
    olivia: User, manager: User, payments: Team
) -> None:
    first = workflow.set_schedule(payments, people=[olivia], starts_on=MONDAY, actor=manager)
    second = workflow.set_schedule(
        payments, people=[manager, olivia], starts_on=MONDAY, actor=manager
    )

    assert first.pk == second.pk
    assert [row.person for row in second.layers.get().participants.all()] == [manager, olivia]
    kinds = Event.objects.filter(kind__startswith="schedule.").values_list("kind", flat=True)
    assert list(kinds.order_by("pk")) == ["schedule.created", "schedule.changed"]
    assert Participant.history.filter(history_user=manager).count() == 4  # made, gone, two made


def test_only_members_who_can_work_take_part(ana: User, payments: Team, platform: Team) -> None:
    viewer = make_person("Viewer", team=payments, access=Access.VIEWER)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.set_schedule(payments, people=[ana, viewer], starts_on=MONDAY, actor=None)

    codes = [refusal.code for refusal in refused.value.refusals]
    assert codes == ["not_a_member", "cannot_work"]
    with pytest.raises(TransitionNotAllowed, match="at least one person"):
        workflow.set_schedule(payments, people=[], starts_on=MONDAY, actor=None)


@pytest.mark.parametrize(
    ("now", "first"),
    [("2026-03-02T08:59:00Z", "2026-03-01"), ("2026-03-02T09:00:00Z", "2026-03-02")],
)
def test_a_new_rotation_is_meant_to_have_begun(
    olivia: User, payments: Team, now: str, first: str
) -> None:
    with time_machine.travel(now, tick=False):
        client = Client()
        client.force_login(olivia)
        page = client.get("/operate/on-call/set/payments/").content.decode()
    assert f'value="{first}"' in page


def test_by_page_and_by_api(
    client: Client, olivia: User, manager: User, payments: Team
) -> None:
    client.force_login(olivia)
    form = {
        "starts_on": "2026-03-02",
        "handoff_weekday": 0,
        "handoff_time": "09:00",
        f"turn_{olivia.pk}": 2,
        f"turn_{manager.pk}": 1,
    }
    page = client.post("/operate/on-call/set/payments/", form)
    schedule = Schedule.objects.get()
    assert page.headers["Location"] == schedule.get_absolute_url()
    assert [row.person for row in schedule.layers.get().participants.all()] == [manager, olivia]
    empty = {**form, f"turn_{olivia.pk}": "", f"turn_{manager.pk}": ""}
    assert client.post("/operate/on-call/set/payments/", empty).status_code == 422

    body: dict[str, Any] = {
        "team": "payments",
        "people": [olivia.pk],
        "starts_on": "2026-03-02",
    }
    api = client.post("/api/v1/schedules/", body, content_type="application/json")
    assert api.status_code == 200
    assert [person["name"] for person in api.json()["people"]] == ["Olivia"]
    body["people"] = []
    assert (
        client.post("/api/v1/schedules/", body, content_type="application/json").status_code
        == 409
    )


@time_machine.travel("2026-03-04T10:00:00Z")  # a Wednesday: no hand-over is near
def test_an_override_by_page_and_by_api(
    client: Client, olivia: User, manager: User, payments: Team
) -> None:
    schedule = make_schedule(payments, olivia)
    client.force_login(olivia)
    soon = clock.now() + timedelta(hours=1)
    later = soon + timedelta(hours=8)
    form = {"person": manager.pk, "starts_at": f"{soon:%Y-%m-%dT%H:%M}", "reason": "Dentist"}
    url = schedule.get_absolute_url()

    backwards = client.post(f"{url}override/", form | {"ends_at": form["starts_at"]})
    assert backwards.status_code == 422
    made = client.post(f"{url}override/", form | {"ends_at": f"{later:%Y-%m-%dT%H:%M}"})
    assert made.status_code == 302
    answer = who_is_on_call(payments, soon + timedelta(hours=1))
    assert answer == ((manager,), "Override: Dentist")

    body = {
        "person": olivia.pk,
        "starts_at": soon.isoformat(),
        "ends_at": later.isoformat(),
    }
    door = f"/api/v1/schedules/{schedule.pk}/overrides/"
    api = client.post(door, body, content_type="application/json")
    assert api.status_code == 201
    newest = Override.objects.latest("pk")
    assert client.delete(f"{door}{newest.pk}/").status_code == 204
    window = {
        "start": soon.isoformat(),
        "end": (later - timedelta(minutes=1)).isoformat(),
    }
    shifts = client.get(f"/api/v1/schedules/{schedule.pk}/shifts/", window).json()
    assert [shift["person"]["name"] for shift in shifts] == ["Max"]
    oldest = Override.objects.get()
    assert client.post(f"/operate/on-call/overrides/{oldest.pk}/remove/").status_code == 302
    assert not Override.objects.exists()
    assert Override.history.filter(history_type="-").latest("pk").history_user == olivia


def test_an_override_that_is_over_stays(olivia: User, payments: Team) -> None:
    schedule = make_schedule(payments, olivia)
    over = cover(schedule, olivia, at(1, 0), at(2, 0))

    with pytest.raises(TransitionNotAllowed, match="stays as a record"):
        workflow.remove_override(over, actor=olivia)
    with pytest.raises(TransitionNotAllowed, match="over already"):
        workflow.override(
            schedule, person=olivia, starts_at=at(1, 0), ends_at=at(2, 0), actor=olivia
        )


@pytest.mark.parametrize(("name", "status"), [("ana", 403), ("vera", 403), ("otto", 404)])
def test_other_teams_change_nothing(
    client: Client,
    olivia: User,
    payments: Team,
    request: pytest.FixtureRequest,
    name: str,
    status: int,
) -> None:
    schedule = make_schedule(payments, olivia)
    client.force_login(request.getfixturevalue(name))
    body = {"team": "payments", "people": [olivia.pk], "starts_on": "2026-03-02"}

    answers = [
        client.post(f"{schedule.get_absolute_url()}override/"),
        client.get("/operate/on-call/set/payments/"),
        client.post("/api/v1/schedules/", body, content_type="application/json"),
        client.post(f"/api/v1/schedules/{schedule.pk}/overrides/"),
    ]

    assert [answer.status_code for answer in answers] == [status] * 4


def test_who_is_on_call_everywhere(
    client: Client, vera: User, olivia: User, payments: Team, platform: Team
) -> None:
    make_schedule(payments, olivia)
    client.force_login(vera)

    now = client.get("/api/v1/on-call/").json()["duties"]
    before = client.get("/api/v1/on-call/?at=2026-03-01T00:00:00Z").json()["duties"]

    assert [(duty["team"], duty["person"]["name"]) for duty in now] == [("payments", "Olivia")]
    (duty,) = before
    assert (duty["person"], duty["people"]) == (None, [])
    assert duty["reason"] == "The rotation has not begun yet."
    assert client.get("/api/v1/on-call/?at=tomorrow").status_code == 400
