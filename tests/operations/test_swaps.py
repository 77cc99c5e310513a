"""Shifts that change hands: asked for, accepted, withdrawn, expired, taken over."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from operations import on_call, workflow
from operations.models import SWAP_TRANSITIONS, Schedule, SwapRequest, SwapState
from operations.workflow import NotInFuture
from portal import clock
from portal.errors import DomainError, TransitionNotAllowed
from portal.models import Event, Notification, Team, User
from tests.make import make_person
from tests.operations.make import make_schedule
from tests.operations.shifts import react

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def schedule(olivia: User, max: User, payments: Team) -> Schedule:
    """Olivia and Max take turns by weeks."""
    return make_schedule(payments, olivia, max)


def shift_of(schedule: Schedule, person: User, *, nth: int = 0) -> on_call.Shift:
    """A whole shift of the person's, to come."""
    now = clock.now()
    ahead = on_call.shifts(schedule, now, now + timedelta(days=70))
    return [shift for shift in ahead[1:-1] if shift.people == (person,)][nth]


def ask(schedule: Schedule, person: User, **fields: Any) -> SwapRequest:
    shift = shift_of(schedule, person)
    span = {"starts_at": shift.starts_at, "ends_at": shift.ends_at}
    return workflow.ask_for_swap(schedule, person=person, actor=person, **{**span, **fields})


def on_call_at(schedule: Schedule, at: datetime) -> User | None:
    return on_call.schedule_on_call(schedule, at).person


def codes(refused: pytest.ExceptionInfo[DomainError]) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


def test_cover_is_asked_for_and_taken(schedule: Schedule, olivia: User, max: User) -> None:
    swap = ask(schedule, olivia)

    taken = workflow.accept_swap(swap, person=max, actor=max)

    assert (taken.state, taken.accepted_by, taken.due_at) == (SwapState.ACCEPTED, max, None)
    assert on_call_at(schedule, swap.starts_at) == max
    assert on_call_at(schedule, swap.ends_at - HOUR) == max
    kinds = [event.kind for event in Event.objects.order_by("pk") if "swap" in event.kind]
    assert kinds == ["swap.asked", "swap.accepted"]


def test_a_swap_gives_both_their_time(schedule: Schedule, olivia: User, max: User) -> None:
    back = shift_of(schedule, max, nth=1)
    swap = ask(
        schedule,
        olivia,
        asked=max,
        return_starts_at=back.starts_at,
        return_ends_at=back.ends_at,
    )
    third = make_person("Third", team=schedule.team)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.accept_swap(swap, person=third, actor=third)
    assert codes(refused) == ["asked_another"]

    workflow.accept_swap(swap, person=max, actor=max)

    assert on_call_at(schedule, swap.starts_at) == max
    assert on_call_at(schedule, back.starts_at + HOUR) == olivia


@pytest.mark.parametrize("state", SwapState)
@pytest.mark.parametrize("to", [SwapState.ACCEPTED, SwapState.WITHDRAWN])
def test_every_transition(
    schedule: Schedule, olivia: User, max: User, state: SwapState, to: SwapState
) -> None:
    swap = ask(schedule, olivia)
    closed = None if state == SwapState.OPEN else clock.now()
    SwapRequest.objects.filter(pk=swap.pk).update(
        state=state,
        closed_at=closed,
        accepted_by=max if state == SwapState.ACCEPTED else None,
    )

    def go() -> SwapRequest:
        if to == SwapState.ACCEPTED:
            return workflow.accept_swap(swap, person=max, actor=max)
        return workflow.withdraw_swap(swap, actor=olivia)

    if to in SWAP_TRANSITIONS[state]:
        assert go().state == to
        return
    with pytest.raises(TransitionNotAllowed) as refused:
        go()
    assert codes(refused)[0] in {"already_accepted", "withdrawn", "expired"}
    swap.refresh_from_db()
    assert swap.state == state


def test_only_eligible_colleagues_take_it(
    schedule: Schedule, olivia: User, ana: User, vera: User
) -> None:
    swap = ask(schedule, olivia)

    for person, code in [(olivia, "own_shift"), (ana, "not_a_member"), (vera, "cannot_work")]:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.accept_swap(swap, person=person, actor=person)
        assert codes(refused) == [code]


def test_only_own_time_in_the_future_is_given(
    schedule: Schedule, olivia: User, max: User
) -> None:
    now = clock.now()
    with pytest.raises(NotInFuture) as over:
        ask(schedule, olivia, starts_at=now - DAY, ends_at=now - HOUR)
    assert (over.value.status_code, codes(over)) == (422, ["is_over"])
    shift = shift_of(schedule, olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        ask(schedule, max, starts_at=shift.starts_at, ends_at=shift.ends_at)
    assert codes(refused) == ["not_on_call"]
    ask(schedule, olivia)
    with pytest.raises(TransitionNotAllowed) as refused:
        ask(schedule, olivia)
    assert codes(refused) == ["already_asked"]


def test_a_shift_that_runs_is_given_from_now_on(schedule: Schedule, olivia: User) -> None:
    now = clock.now()
    running = on_call.shifts(schedule, now, now + 8 * DAY)[0]
    (person,) = running.people
    (other,) = [each for each in schedule.team.people.all() if each != person]

    start, end = workflow.take_shift(
        schedule,
        from_person=person,
        person=other,
        starts_at=now - DAY,
        ends_at=running.ends_at,
        actor=other,
    )

    assert now <= start <= clock.now()
    assert end == running.ends_at
    assert on_call_at(schedule, clock.now()) == other
    event = Event.objects.get(kind="shift.taken_over")
    assert (event.actor, event.data["to_id"], event.data["time_zone"]) == (
        other,
        other.pk,
        schedule.time_zone,
    )


def test_nobody_takes_what_a_temporary_schedule_decides(
    schedule: Schedule, olivia: User, max: User
) -> None:
    shift = shift_of(schedule, olivia)
    workflow.make_temporary(
        schedule,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        reason="Audit",
        shifts=[(olivia, shift.starts_at, shift.ends_at)],
        actor=None,
    )

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.take_shift(
            schedule,
            from_person=olivia,
            person=max,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            actor=max,
        )
    assert codes(refused) == ["temporary_schedule"]
    assert on_call_at(schedule, shift.starts_at) == olivia


def test_reminders_come_from_four_weeks_to_twelve_hours_before(
    schedule: Schedule, olivia: User, max: User
) -> None:
    shift = shift_of(schedule, olivia, nth=2)
    swap = ask(schedule, olivia, starts_at=shift.starts_at, ends_at=shift.ends_at)
    lead = shift.starts_at - clock.now()
    expected = [
        before
        for before in [28 * DAY, 14 * DAY, 7 * DAY, 3 * DAY, DAY, 12 * HOUR, 0 * DAY]
        if before < lead
    ]
    found = []
    while (due_at := SwapRequest.objects.get(pk=swap.pk).due_at) != shift.ends_at:
        assert due_at is not None
        found.append(shift.starts_at - due_at)
        assert workflow.look_after_swaps(due_at - timedelta(seconds=1)) == 0
        assert workflow.look_after_swaps(due_at) == 1

    assert found == expected
    react()
    asked = Notification.objects.filter(person=max, kind="swap")
    assert asked.count() == 1 + len(expected)
    assert workflow.look_after_swaps(shift.ends_at) == 1
    swap.refresh_from_db()
    assert swap.state == SwapState.EXPIRED
    react()
    (told,) = Notification.objects.filter(person=olivia, kind="swap")
    assert told.subject.startswith("Nobody took your shift: ")


def test_the_row_says_what_is_true(schedule: Schedule, olivia: User) -> None:
    swap = ask(schedule, olivia)
    rows = SwapRequest.objects.filter(pk=swap.pk)

    with pytest.raises(IntegrityError, match="swap_closed_iff_not_open"):
        rows.update(state=SwapState.WITHDRAWN)


def test_by_page_the_stored_interval_and_its_zone_are_confirmed(
    client: Client, schedule: Schedule, olivia: User, max: User
) -> None:
    shift = shift_of(schedule, olivia)
    client.force_login(olivia)
    url = f"/operate/on-call/{schedule.pk}/find-cover/"
    form = {"person": olivia.pk, "note": "Dentist"}

    over = client.post(url, form | {"ends_at": "2020-01-01T00:00"})
    assert over.status_code == 422
    assert b"This time is over already" in over.content
    assert b"Dentist" in over.content
    times = {
        "starts_at": f"{shift.starts_at:%Y-%m-%dT%H:%M}",
        "ends_at": f"{shift.ends_at:%Y-%m-%dT%H:%M}",
    }
    made = client.post(url, form | times, follow=True)
    page = made.content.decode()
    assert f"Asked for: Olivia in On call for Payments, {shift.starts_at:%a}" in page
    assert "(UTC)" in page

    swap = SwapRequest.objects.get()
    client.force_login(max)
    taken = client.post(f"{swap.get_absolute_url()}accept/", follow=True)
    assert "Max has it now: Olivia in On call for Payments" in taken.content.decode()


def test_who_is_no_manager_acts_for_nobody_else(
    client: Client, schedule: Schedule, olivia: User, max: User, ana: User
) -> None:
    third = make_person("Third", team=schedule.team)
    swap = ask(schedule, max)
    client.force_login(olivia)
    url = f"{swap.get_absolute_url()}accept/"

    assert client.post(url, {"person": third.pk}).status_code == 422
    assert client.post(f"{swap.get_absolute_url()}withdraw/").status_code == 403
    client.force_login(ana)
    assert client.post(url).status_code == 403
    client.force_login(max)
    assert client.post(url, {"person": third.pk}).status_code == 302
    swap.refresh_from_db()
    assert (swap.accepted_by, swap.state) == (third, SwapState.ACCEPTED)


def test_by_api(client: Client, schedule: Schedule, olivia: User, max: User) -> None:
    shift = shift_of(schedule, olivia)
    client.force_login(olivia)
    body = {
        "schedule": schedule.pk,
        "person": olivia.pk,
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
    }
    past = {"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-02T00:00:00Z"}
    over = client.post("/api/v1/swaps/", body | past, content_type="application/json")
    assert (over.status_code, over.json()["reasons"][0]["code"]) == (422, "is_over")
    made = client.post("/api/v1/swaps/", body, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["time_zone"] == "UTC"
    pk = made.json()["id"]
    own = client.post(f"/api/v1/swaps/{pk}/accept/", content_type="application/json")
    assert (own.status_code, own.json()["reasons"][0]["code"]) == (409, "own_shift")
    client.force_login(max)
    taken = client.post(f"/api/v1/swaps/{pk}/accept/", content_type="application/json")
    assert (taken.status_code, taken.json()["state"]) == (200, "accepted")
    listed = client.get("/api/v1/swaps/?state=accepted").json()["results"]
    assert [row["accepted_by"]["name"] for row in listed] == ["Max"]
    mine = shift_of(schedule, max, nth=1)
    taking = {
        "from_person": max.pk,
        "person": olivia.pk,
        "starts_at": mine.starts_at.isoformat(),
        "ends_at": mine.ends_at.isoformat(),
    }
    door = f"/api/v1/schedules/{schedule.pk}/take-over/"
    client.force_login(olivia)
    stored = client.post(door, taking, content_type="application/json")
    assert stored.status_code == 200
    assert stored.json()["person"]["name"] == "Olivia"
    assert stored.json()["time_zone"] == "UTC"
