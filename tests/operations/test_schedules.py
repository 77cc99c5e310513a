"""Schedules as they are edited: layers, overrides, fixed shifts, and the past that stays."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from operations import on_call, workflow
from operations.models import (
    Layer,
    Override,
    PastShift,
    Schedule,
    TemporarySchedule,
)
from operations.on_call import who_is_on_call
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Team, User
from tests.make import make_person, make_team
from tests.operations.make import make_schedule

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
NOW = datetime(2026, 3, 11, 12, tzinfo=UTC)  # a Wednesday; on call is the second of two


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def schedule(olivia: User, max: User, payments: Team) -> Schedule:
    return make_schedule(payments, olivia, max)


def codes(refused: pytest.ExceptionInfo[TransitionNotAllowed]) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


def add_nights(schedule: Schedule, *people: User, **fields: Any) -> Layer:
    fields.setdefault("name", "Night")
    fields.setdefault("priority", 1)
    fields.setdefault("hours", [{"from": "20:00", "until": "08:00"}])
    fields.setdefault("starts_on", date(2026, 3, 2))
    return workflow.add_layer(
        schedule, groups=[[person] for person in people], actor=None, **fields
    )


def who(subject: Schedule, at: datetime) -> list[str]:
    return [str(person) for person in on_call.schedule_on_call(subject, at).people]


# --- The past.


def test_an_edit_acts_from_now_and_the_past_answers_as_before(
    schedule: Schedule, olivia: User, max: User, payments: Team
) -> None:
    week_ago, in_a_week = NOW - WEEK, NOW + WEEK
    assert (who(schedule, week_ago), who(schedule, in_a_week)) == (["Olivia"], ["Olivia"])

    workflow.set_schedule(payments, people=[max], starts_on=date(2026, 3, 2), actor=max)

    schedule.refresh_from_db()
    assert (who(schedule, week_ago), who(schedule, in_a_week)) == (["Olivia"], ["Max"])
    window = on_call.shifts(schedule, week_ago, in_a_week)
    assert [str(shift.person) for shift in window] == ["Olivia", "Max", "Max", "Max"]
    assert who_is_on_call(payments, week_ago).reason == ("Turn 1 of 2 in the weekly rotation.")
    assert on_call.everybody_on_call(week_ago)[0].on_call.person == olivia


@pytest.mark.parametrize("edit", ["override", "layer", "remove", "temporary", "person"])
def test_no_edit_changes_who_was_on_call(
    schedule: Schedule, olivia: User, max: User, edit: str
) -> None:
    before = on_call.shifts(schedule, NOW - 2 * WEEK, NOW)
    layer = schedule.layers.get()
    span: dict[str, Any] = {"starts_at": NOW - 3 * DAY, "ends_at": NOW + DAY}
    match edit:
        case "override":
            workflow.override(schedule, person=olivia, **span, actor=None)
        case "layer":
            workflow.change_layer(layer, handoff_time=time(18), interval=2, actor=None)
        case "remove":
            workflow.remove_layer(layer, actor=None)
        case "temporary":
            shift = (olivia, NOW - 2 * DAY, NOW + HOUR)
            workflow.make_temporary(schedule, shifts=[shift], **span, actor=None)
        case "person":
            workflow.freeze(schedule, now=NOW)
            User.objects.filter(pk=olivia.pk).update(is_active=False)

    schedule.refresh_from_db()
    after = on_call.shifts(schedule, NOW - 2 * WEEK, NOW)
    assert [shift[:3] for shift in after] == [shift[:3] for shift in before]


def test_the_past_is_written_down_in_passing_and_grows_by_shifts_not_by_looks(
    schedule: Schedule,
) -> None:
    assert workflow.freeze_past(NOW) == 1
    assert workflow.freeze_past(NOW) == 0
    count = PastShift.objects.count()
    for minutes in range(10, 60, 10):
        assert workflow.freeze_past(NOW + timedelta(minutes=minutes)) == 1
    assert PastShift.objects.count() == count
    schedule.refresh_from_db()
    assert schedule.frozen_until == NOW + timedelta(minutes=50)


def test_what_is_written_down_is_whole(schedule: Schedule) -> None:
    workflow.freeze(schedule, now=NOW)
    rows = list(PastShift.objects.order_by("starts_at"))
    assert all(one.ends_at == two.starts_at for one, two in pairwise(rows))
    rows[0].pk = None
    with pytest.raises(IntegrityError):
        rows[0].save()


# --- Verbs and what refuses them.


def test_the_first_schedule_of_a_team_answers_for_it_and_only_one_does(
    olivia: User, payments: Team
) -> None:
    first = workflow.make_schedule(team=payments, name="Days", actor=olivia)
    second = workflow.make_schedule(team=payments, name="Nights", actor=olivia)
    assert (first.is_default, second.is_default) == (True, False)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.retire_schedule(first, actor=olivia)
    assert codes(refused) == ["is_default"]
    workflow.make_default(second, actor=olivia)
    workflow.retire_schedule(first, actor=olivia)

    first.refresh_from_db()
    assert on_call.default_schedule(payments) == second
    assert on_call.schedule_on_call(first, clock.now()).reason == (
        "This schedule is not used any more."
    )
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.change_schedule(first, name="Again", actor=olivia)
    assert codes(refused) == ["is_retired"]
    with pytest.raises(IntegrityError, match=r"answers_for_the_team|UNIQUE"):
        _second_default(payments)


def _second_default(team: Team) -> None:
    row = Schedule(team=team, is_default=True)
    row.changed_by = None
    row.save()


def test_layers_are_added_moved_changed_and_removed(
    schedule: Schedule, olivia: User, max: User
) -> None:
    night = add_nights(schedule, max)
    evening = NOW.replace(hour=21)
    assert who(schedule, evening + WEEK) == ["Max"]  # Olivia's week, Max's nights

    workflow.move_layer(night, is_up=False, actor=olivia)
    assert who(schedule, evening + WEEK) == ["Olivia"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.move_layer(night, is_up=False, actor=olivia)
    assert codes(refused) == ["is_at_the_end"]
    workflow.move_layer(night, is_up=True, actor=olivia)
    workflow.change_layer(night, groups=[[olivia, max]], actor=olivia)
    assert who(schedule, evening + WEEK) == ["Olivia", "Max"]
    workflow.remove_layer(night, actor=olivia)
    assert who(schedule, evening + WEEK) == ["Olivia"]
    kinds = set(Event.objects.filter(kind="schedule.changed").values_list("kind", flat=True))
    assert kinds == {"schedule.changed"}
    assert Layer.history.filter(history_type="-").latest("pk").history_user == olivia


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"valid_from": NOW, "valid_until": NOW}, "ends_before_it_begins"),
        ({"valid_from": NOW, "valid_until": NOW - HOUR}, "ends_before_it_begins"),
        ({"holiday_rule": "except"}, "no_country"),
    ],
)
def test_a_layer_that_cannot_be_is_refused_with_a_reason(
    client: Client, schedule: Schedule, max: User, fields: dict[str, Any], code: str
) -> None:
    client.force_login(max)
    body = {"groups": [[max.pk]], "starts_on": "2026-03-02", **fields}
    answer = client.post(
        f"/api/v1/schedules/{schedule.pk}/layers/", body, content_type="application/json"
    )
    assert answer.status_code == 409, answer.content
    assert [reason["code"] for reason in answer.json()["reasons"]] == [code]


@pytest.mark.parametrize(
    ("groups", "code"),
    [([], "nobody"), ([["ana"]], "not_a_member"), ([["max", "max"]], "twice_in_a_group")],
)
def test_a_layer_needs_people_of_the_team(
    schedule: Schedule, max: User, ana: User, groups: list[list[str]], code: str
) -> None:
    people = {"max": max, "ana": ana}
    asked = [[people[name] for name in group] for group in groups]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.add_layer(schedule, groups=asked, starts_on=date(2026, 3, 2), actor=None)
    assert codes(refused) == [code]
    assert schedule.layers.count() == 1


def test_the_short_form_leaves_larger_schedules_alone(
    schedule: Schedule, max: User, payments: Team
) -> None:
    add_nights(schedule, max)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.set_schedule(payments, people=[max], starts_on=date(2026, 3, 2), actor=max)
    assert codes(refused) == ["has_layers"]


def test_an_override_must_make_sense(schedule: Schedule, olivia: User, vera: User) -> None:
    team = make_team("Other")
    other = make_schedule(team, make_person("Oda", team=team))
    span = {"starts_at": NOW, "ends_at": NOW + HOUR}
    for fields, code in [
        ({"person": None, **span}, "nobody"),
        ({"person": vera, **span}, "cannot_work"),
        ({"person": olivia, **span, "layer": other.layers.get()}, "other_layer"),
        ({"person": olivia, **span, "kind": "add", "replaces": olivia}, "replaces_nobody"),
        ({"person": olivia, "starts_at": NOW, "ends_at": NOW}, "ends_before_it_starts"),
        ({"person": olivia, "starts_at": NOW - DAY, "ends_at": NOW}, "is_over"),
    ]:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.override(schedule, **fields, actor=None)  # type: ignore[arg-type]
        assert codes(refused) == [code]
    assert not Override.objects.exists()


def test_a_temporary_schedule_must_make_sense(
    schedule: Schedule, olivia: User, vera: User
) -> None:
    start, end = NOW, NOW + DAY
    for shifts, code in [
        ([], "nobody"),
        ([(olivia, start, end + HOUR)], "shift_outside"),
        ([(vera, start, end)], "cannot_work"),
    ]:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.make_temporary(
                schedule, starts_at=start, ends_at=end, shifts=shifts, actor=None
            )
        assert codes(refused) == [code]
    made = workflow.make_temporary(
        schedule, starts_at=start, ends_at=end, shifts=[(olivia, start, end)], actor=None
    )
    assert who(schedule, NOW) == ["Olivia"]
    workflow.change_temporary(
        made, starts_at=start, ends_at=end, shifts=[(olivia, start + HOUR, end)], actor=None
    )
    assert (who(schedule, NOW), who(schedule, NOW + HOUR)) == (["Max"], ["Olivia"])
    workflow.remove_temporary(made, actor=olivia)
    assert not TemporarySchedule.objects.exists()


# --- Pages.


def layer_form(*turns: tuple[User, int], **fields: Any) -> dict[str, Any]:
    return {
        "name": "Night",
        "rotation": "weekly",
        "interval": 1,
        "starts_on": "2026-03-02",
        "handoff_time": "09:00",
        "handoff_weekday": 0,
        "hours": "20:00-08:00",
        "weekdays": [0, 1, 2, 3, 4],
        **{f"turn_{person.pk}": place for person, place in turns},
        **fields,
    }


def test_a_schedule_and_its_layers_by_page(
    client: Client, olivia: User, max: User, payments: Team
) -> None:
    client.force_login(olivia)
    form = {"team": payments.pk, "name": "Nights", "time_zone": "Europe/Berlin"}
    made = client.post("/operate/on-call/new/", form)
    schedule = Schedule.objects.get()
    address = f"/operate/on-call/{schedule.pk}/layers/new/"
    assert made.headers["Location"] == address

    nobody = client.post(address, layer_form())
    assert nobody.status_code == 422
    assert "A rotation needs at least one person." in nobody.content.decode()
    wrong = client.post(address, layer_form((olivia, 1), hours="at night"))
    assert wrong.status_code == 422
    assert "Write times such as 18:00-08:00" in wrong.content.decode()
    assert client.post(address, layer_form((olivia, 1))).status_code == 302

    layer = Layer.objects.get()
    assert layer.hours == [{"from": "20:00", "until": "08:00"}]
    assert layer.weekdays == [0, 1, 2, 3, 4]
    page = client.get(schedule.get_absolute_url()).content.decode()
    assert "only Monday, Tuesday, Wednesday, Thursday, Friday; 20:00-08:00" in page
    assert "by the clock in Europe/Berlin" in page  # the confirmation
    removal = client.get(f"/operate/on-call/layers/{layer.pk}/remove/").content.decode()
    assert "Olivia" in removal
    client.post(f"/operate/on-call/layers/{layer.pk}/remove/")
    assert not Layer.objects.exists()


def test_what_an_edit_would_change_is_shown_before_it_is_saved(
    client: Client, schedule: Schedule, olivia: User, max: User
) -> None:
    layer = schedule.layers.get()
    client.force_login(olivia)
    form = layer_form((max, 1), hours="", weekdays=[], preview="1")

    page = client.post(f"/operate/on-call/layers/{layer.pk}/edit/", form)

    text = page.content.decode()
    assert page.status_code == 200
    assert "What this changes in the next 60 days" in text
    assert "Mon 16 Mar, 09:00 UTC" in text  # Olivia's week, that Max would have
    assert [row.person for row in layer.participants.all()] == [olivia, max]
    same = layer_form((olivia, 1), (max, 2), hours="", weekdays=[], preview="1")
    unchanged = client.post(f"/operate/on-call/layers/{layer.pk}/edit/", same)
    assert "Nobody's time changes." in unchanged.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence", "chosen"),
    [
        ("2026-03-29T02:30", "is put forward and skips 02:30", "2026-03-29T01:00:00+00:00"),
        ("2026-10-25T02:30", "is put back and shows 02:30 twice", "2026-10-25T01:30:00+00:00"),
    ],
)
def test_a_time_that_the_clock_skips_or_shows_twice_is_asked_about(
    client: Client, olivia: User, typed: str, sentence: str, chosen: str
) -> None:
    team = make_team("Berlin", time_zone="Europe/Berlin")
    person = make_person("Berta", team=team)
    schedule = make_schedule(team, person)
    client.force_login(person)
    form = {"person": person.pk, "starts_at": typed, "ends_at": "2026-12-01T09:00"}
    address = f"{schedule.get_absolute_url()}override/"

    asked = client.post(address, form)
    assert asked.status_code == 422
    assert sentence in asked.content.decode()
    assert not Override.objects.exists()

    done = client.post(address, form | {"starts_at_which": chosen}, follow=True)
    assert Override.objects.get().starts_at == datetime.fromisoformat(chosen)
    assert "until Tue 1 Dec, 09:00 (Europe/Berlin)" in done.content.decode()


def test_a_temporary_schedule_by_page(
    client: Client, schedule: Schedule, olivia: User, max: User
) -> None:
    client.force_login(olivia)
    address = f"/operate/on-call/{schedule.pk}/temporary/new/"
    form = {
        "starts_at": "2026-03-20T09:00",
        "ends_at": "2026-03-22T09:00",
        "shift_0_person": olivia.pk,
        "shift_0_from": "2026-03-20T09:00",
        "shift_0_until": "2026-03-21T09:00",
        "shift_1_person": max.pk,
        "shift_1_from": "2026-03-21T09:00",
        "shift_1_until": "",
    }
    half = client.post(address, form)
    assert half.status_code == 422
    assert "Say who, from when and until when." in half.content.decode()
    outside = client.post(address, form | {"shift_1_until": "2026-03-23T09:00"})
    assert "does not lie within the temporary schedule" in outside.content.decode()

    whole = form | {"shift_1_until": "2026-03-22T09:00"}
    assert client.post(address, whole).status_code == 302

    temporary = TemporarySchedule.objects.get()
    assert who(schedule, datetime(2026, 3, 20, 10, tzinfo=UTC)) == ["Olivia"]
    assert client.get(f"/operate/on-call/temporary/{temporary.pk}/edit/").status_code == 200
    client.post(f"/operate/on-call/temporary/{temporary.pk}/remove/")
    assert not TemporarySchedule.objects.exists()


def test_shifts_that_a_clock_change_lengthens_are_shown_ahead(client: Client, db: None) -> None:
    team = make_team("Berlin", time_zone="Europe/Berlin")
    person = make_person("Berta", team=team)
    schedule = make_schedule(team, person)
    client.force_login(person)

    page = client.get(schedule.get_absolute_url()).content.decode()

    assert "the clock is put forward; these shifts get shorter." in page
    assert "Mon 23 Mar, 09:00 CET – Mon 30 Mar, 09:00 CEST: Berta" in page  # noqa: RUF001


def test_a_schedule_page_costs_the_same_with_few_and_with_many(
    client: Client, schedule: Schedule, olivia: User, max: User
) -> None:
    client.force_login(olivia)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(schedule.get_absolute_url())
        return len(queries)

    add_nights(schedule, olivia)
    workflow.override(schedule, person=max, starts_at=NOW, ends_at=NOW + HOUR, actor=None)
    cost()
    few = cost()
    for number in range(12):
        add_nights(schedule, max, olivia, priority=number + 2)
        start = NOW + number * DAY
        workflow.override(
            schedule, person=max, starts_at=start, ends_at=start + HOUR, actor=None
        )
    assert cost() == few


def test_who_is_on_call_everywhere_costs_the_same_for_one_and_for_many(
    schedule: Schedule, olivia: User
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            on_call.everybody_on_call(NOW)
        return len(queries)

    few = cost()
    for number in range(10):
        team = make_team(f"Team {number}")
        make_schedule(team, make_person(f"Person {number}", team=team))
    assert cost() == few <= 8


# --- API.


def test_all_of_it_by_api(client: Client, olivia: User, max: User, payments: Team) -> None:
    client.force_login(olivia)

    def send(method: str, address: str, body: Any = None) -> Any:
        return client.generic(
            method, f"/api/v1/{address}", _json(body), content_type="application/json"
        )

    made = send("POST", "schedules/", {"team": "payments", "name": "Days"})
    assert made.status_code == 201
    door = f"schedules/{made.json()['id']}/"
    renamed = send("PATCH", door, {"time_zone": "Europe/Berlin"})
    assert renamed.json()["time_zone"] == "Europe/Berlin"
    assert send("PATCH", door, {"time_zone": "Mars/Base"}).status_code == 400
    layer = send(
        "POST",
        f"{door}layers/",
        {
            "rotation": "daily",
            "starts_on": "2026-03-02",
            "groups": [[olivia.pk], [max.pk]],
            "hours": [{"from": "08:00", "until": "20:00"}],
        },
    )
    assert layer.status_code == 201, layer.content
    assert [[p["name"] for p in group] for group in layer.json()["groups"]] == [
        ["Olivia"],
        ["Max"],
    ]
    bad = {"groups": [[olivia.pk]], "starts_on": "2026-03-02", "hours": [{"from": "8 o'clock"}]}
    assert send("POST", f"{door}layers/", bad).status_code == 400
    layer_door = f"schedule-layers/{layer.json()['id']}/"
    assert send("PATCH", layer_door, {"interval": 2}).json()["interval"] == 2
    span = {"starts_at": NOW.isoformat(), "ends_at": (NOW + HOUR).isoformat()}
    added = send("POST", f"{door}overrides/", {"kind": "add", "person": max.pk, **span})
    assert added.json()["overrides"][0]["kind"] == "add"
    temporary = {**span, "shifts": [{"person": max.pk, **span}]}
    answer = send("POST", f"{door}temporaries/", temporary).json()
    now = send("GET", f"{door}on-call/?at={NOW.isoformat().replace('+', '%2B')}").json()
    assert ([p["name"] for p in now["people"]], now["reason"]) == (
        ["Max"],
        "Temporary schedule.",
    )
    gone = send("DELETE", f"{door}temporaries/{answer['temporaries'][0]['id']}/")
    assert gone.status_code == 204
    window = "start=2026-03-20T00:00:00Z&end=2026-04-10T00:00:00Z"
    shifts = send("GET", f"{door}shifts/?{window}").json()
    assert {"people", "source", "slot", "layer"} <= set(shifts[0])
    (change,) = send("GET", f"{door}clock-changes/?{window}").json()
    assert (change["at"], change["minutes"]) == ("2026-03-29T01:00:00Z", 60)
    assert send("DELETE", layer_door).status_code == 204
    refused = send("POST", f"{door}retire/")
    assert refused.status_code == 204
    assert send("GET", "schedules/").json()["results"] == []
    assert send("GET", "on-call/?at=9999-01-01T00:00:00Z").status_code == 400


def _json(body: Any) -> Any:
    return "" if body is None else json.dumps(body)
