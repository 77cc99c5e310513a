"""Hand-overs: offered when a shift ends, listed as it was, accepted, reminded of."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client

from operations import on_call, workflow
from operations.models import Handover, HandoverState, Schedule, ShiftWatch
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Team, TeamRole, User
from tests.make import make_person
from tests.operations.make import make_schedule
from tests.operations.shifts import react

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def schedule(olivia: User, max: User, payments: Team) -> Schedule:
    return make_schedule(payments, olivia, max)


def next_end(schedule: Schedule) -> on_call.Shift:
    now = clock.now()
    return on_call.shifts(schedule, now, now + timedelta(days=8))[0]


def offered(schedule: Schedule) -> Handover:
    """The hand-over at the end of the shift that runs now."""
    workflow.offer_due(clock.now())
    assert workflow.offer_due(next_end(schedule).ends_at) == 1
    return Handover.objects.get()


def test_it_is_offered_at_the_end_and_once(schedule: Schedule) -> None:
    shift = next_end(schedule)
    assert workflow.offer_due(clock.now()) == 0
    assert ShiftWatch.objects.get().due_at == min(
        shift.ends_at, ShiftWatch.objects.get().due_at
    )
    assert workflow.offer_due(shift.ends_at - SECOND) == 0

    assert workflow.offer_due(shift.ends_at) == 1
    assert workflow.offer_due(shift.ends_at + MINUTE) == 0

    handover = Handover.objects.get()
    assert (handover.leaver,) == shift.people
    assert handover.taker == on_call.schedule_on_call(schedule, shift.ends_at).person
    assert handover.shift_ended_at == shift.ends_at


def test_a_pager_that_was_down_offers_what_ended_meanwhile(schedule: Schedule) -> None:
    workflow.offer_due(clock.now())
    end = next_end(schedule).ends_at

    assert workflow.offer_due(end + timedelta(hours=5)) == 1
    assert Handover.objects.get().shift_ended_at == end


def test_a_night_off_is_no_hand_over_but_a_change_during_it_is(
    olivia: User, max: User, payments: Team
) -> None:
    schedule = workflow.make_schedule(team=payments, time_zone="UTC", actor=None)
    today = clock.now().date()
    workflow.add_layer(
        schedule,
        groups=[[olivia], [max]],
        rotation="daily",
        interval=2,
        starts_on=today,
        handoff_time="09:00",
        hours=[{"from": "09:00", "until": "17:00"}],
        actor=None,
    )
    now = clock.now()
    shifts = on_call.shifts(schedule, now, now + timedelta(days=6))
    ends = [shift.ends_at for shift in shifts if shift.people][:-1]
    workflow.offer_due(now)

    for end in ends:
        workflow.offer_due(end)

    for handover in Handover.objects.all():
        assert handover.leaver != handover.taker
    assert 1 <= Handover.objects.count() <= 3


def test_accepting_is_recorded_for_the_floors_above(schedule: Schedule) -> None:
    handover = offered(schedule)
    assert handover.taker is not None

    workflow.accept_handover(handover, person=handover.taker, actor=handover.taker)

    event = Event.objects.get(kind="shift.handed_over")
    assert event.data["from_id"] == handover.leaver_id
    assert event.data["to_id"] == handover.taker_id
    assert event.data["schedule_id"] == schedule.pk
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.accept_handover(handover, person=handover.taker, actor=handover.taker)
    assert [refusal.code for refusal in refused.value.refusals] == ["already_accepted"]
    with pytest.raises(TransitionNotAllowed, match="accepted already"):
        workflow.write_notes(handover, notes="Late", actor=handover.leaver)


def test_the_leaver_and_strangers_to_the_team_do_not_accept(
    schedule: Schedule, ana: User
) -> None:
    handover = offered(schedule)

    for person, code in [(handover.leaver, "own_handover"), (ana, "not_a_member")]:
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.accept_handover(handover, person=person, actor=person)
        assert [refusal.code for refusal in refused.value.refusals] == [code]


def test_what_nobody_accepts_is_reminded_of_and_told_to_the_managers(
    schedule: Schedule, max: User
) -> None:
    boss = make_person("Boss", team=schedule.team, role=TeamRole.MANAGER)
    handover = offered(schedule)
    start = handover.offered_at

    def at(minutes: int) -> datetime:
        return start + minutes * MINUTE

    assert workflow.remind_of_handovers(at(29)) == 0
    assert [workflow.remind_of_handovers(at(m)) for m in (30, 31, 60, 119, 120)] == [
        1,
        0,
        1,
        0,
        1,
    ]
    assert workflow.remind_of_handovers(at(6000)) == 0
    react()
    kinds = Event.objects.filter(kind__startswith="handover.").order_by("pk")
    assert [event.kind for event in kinds] == [
        "handover.offered",
        "handover.reminded",
        "handover.reminded",
        "handover.unaccepted",
    ]
    told = Notification.objects.filter(person=boss, kind="handover")
    assert [row.subject.partition(":")[0] for row in told] == [
        "Nobody has accepted this hand-over"
    ]


def test_the_row_says_what_is_true(schedule: Schedule) -> None:
    handover = offered(schedule)
    rows = Handover.objects.filter(pk=handover.pk)

    with pytest.raises(IntegrityError, match="handover_accepted_iff_by_somebody"):
        rows.update(state=HandoverState.ACCEPTED)


def test_by_page_and_by_api(client: Client, schedule: Schedule, ana: User) -> None:
    handover = offered(schedule)
    assert handover.taker is not None
    client.force_login(handover.leaver)
    url = handover.get_absolute_url()
    assert client.post(f"{url}notes/", {"notes": "Disk is <full>"}).status_code == 302
    assert client.post(f"{url}accept/").status_code == 409
    page = client.get(url).content.decode()
    assert "You hand this over; somebody else accepts it." in page
    client.force_login(ana)
    assert client.post(f"{url}accept/").status_code == 403

    client.force_login(handover.taker)
    page = client.get(url).content.decode()
    assert "Disk is &lt;full&gt;" in page
    assert "Accept the hand-over from" in client.get("/").content.decode()
    door = f"/api/v1/hand-overs/{handover.pk}/"
    assert client.get(door).json()["notes"] == "Disk is <full>"
    taken = client.post(f"{door}accept/", content_type="application/json")
    assert (taken.status_code, taken.json()["state"]) == (200, "accepted")
    assert client.post(f"{url}accept/").status_code == 409
    assert (
        "No shift has ended yet"
        not in client.get("/operate/on-call/hand-overs/").content.decode()
    )
