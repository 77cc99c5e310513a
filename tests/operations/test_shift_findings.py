"""Gaps, double bookings and shifts on leave: found, kept, told of once; leave itself."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from operations import found, leave, on_call, workflow
from operations.coverage_gaps import findings
from operations.forms.leave import whole_days
from operations.models import FindingKind, Leave, Schedule, ShiftFinding
from operations.shift_calendar import span_of
from portal import clock
from portal.models import Event, Notification, Team, User
from tests.operations.make import make_schedule
from tests.operations.shifts import react

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def schedule(olivia: User, max: User, payments: Team) -> Schedule:
    return make_schedule(payments, olivia, max)


def take_out(schedule: Schedule, start: datetime, end: datetime) -> None:
    workflow.override(
        schedule, person=None, kind="remove", starts_at=start, ends_at=end, actor=None
    )


def current() -> list[tuple[str, datetime, datetime]]:
    rows = ShiftFinding.objects.current().order_by("starts_at")
    return [(row.kind, row.starts_at, row.ends_at) for row in rows]


def test_a_gap_is_found_told_once_and_gone_when_it_is_filled(
    schedule: Schedule, max: User
) -> None:
    now = clock.now()
    start, end = now + 10 * DAY, now + 10 * DAY + 5 * HOUR
    take_out(schedule, start, end)

    assert workflow.look_for_findings(now) == 1
    assert workflow.look_for_findings(now + HOUR) == 0
    assert current() == [(FindingKind.GAP, start, end)]
    react()
    (told,) = Notification.objects.filter(person=max, kind="schedule")
    assert told.subject == "1 problem in the shifts to come: On call for Payments"
    assert "nobody is on call" in told.body

    workflow.override(schedule, person=max, starts_at=start, ends_at=end, actor=None)
    workflow.look_for_findings(now + 2 * HOUR)
    assert current() == []
    assert ShiftFinding.objects.get().gone_at == now + 2 * HOUR


def test_the_same_gap_each_week_is_told_of_once(olivia: User, payments: Team) -> None:
    schedule = workflow.make_schedule(team=payments, time_zone="Europe/Berlin", actor=None)
    workflow.add_layer(
        schedule,
        groups=[[olivia]],
        rotation="weekly",
        interval=1,
        starts_on=date(2026, 1, 5),
        hours=[{"from": "09:00", "until": "17:00"}],
        actor=None,
    )
    now = clock.now()
    workflow.look_for_findings(now)
    assert ShiftFinding.objects.current().filter(kind=FindingKind.GAP).count() > 55
    for days in range(1, 8):
        workflow.look_for_findings(now + days * DAY)
    events = Event.objects.filter(kind="schedule.findings_found")
    # Each weekday once; what is new later came up on its weekday before.
    assert events.count() <= 3


def test_one_person_in_two_schedules_at_once(
    schedule: Schedule, olivia: User, payments: Team
) -> None:
    second = workflow.make_schedule(team=payments, name="Second", actor=None)
    now = clock.now()
    mine = [
        shift
        for shift in on_call.shifts(schedule, now, now + 30 * DAY)
        if olivia in shift.people
    ]
    day = mine[-1].starts_at + DAY
    workflow.make_temporary(
        second,
        starts_at=day,
        ends_at=day + DAY,
        reason="",
        shifts=[(olivia, day, day + DAY)],
        actor=None,
    )

    workflow.look_for_findings(now)

    (row,) = ShiftFinding.objects.filter(kind=FindingKind.DOUBLE)
    assert (row.person, row.starts_at, row.ends_at) == (olivia, day, day + DAY)
    assert {row.schedule, row.other} == {schedule, second}


def test_a_shift_on_leave_is_a_finding_and_nobody_is_taken_off_call(
    schedule: Schedule, olivia: User, max: User
) -> None:
    now = clock.now()
    before = on_call.shifts(schedule, now, now + 40 * DAY)
    mine = next(s for s in before[1:] if olivia in s.people)
    leave = workflow.record_leave(
        person=olivia,
        starts_at=mine.starts_at + DAY,
        ends_at=mine.starts_at + 3 * DAY,
        kind="sick",
        actor=olivia,
    )

    workflow.look_for_findings(now)

    assert on_call.shifts(schedule, now, now + 40 * DAY) == before
    assert current() == [(FindingKind.ON_LEAVE, leave.starts_at, leave.ends_at)]
    told = Event.objects.filter(kind="schedule.changed").latest("pk")
    assert "sick" not in str(told.data)
    workflow.cancel_leave(leave, actor=max)
    workflow.look_for_findings(now)
    assert current() == []


def test_findings_that_touch_are_one(schedule: Schedule, olivia: User) -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    gap = on_call.Shift(start, start + HOUR, (), "Nobody")
    more = on_call.Shift(start + HOUR, start + 2 * HOUR, (), "Nobody either")

    (found,) = findings({schedule: [gap, more]}, [])

    assert (found.starts_at, found.ends_at) == (start, start + 2 * HOUR)


def test_leave_lasts_whole_days_by_the_persons_clock() -> None:
    # The clock is put forward on the 29th.
    assert whole_days(date(2026, 3, 28), date(2026, 3, 29), "Europe/Berlin") == (
        datetime(2026, 3, 27, 23, tzinfo=UTC),
        datetime(2026, 3, 29, 22, tzinfo=UTC),
    )


def test_leave_by_page_and_api_and_only_its_kind_is_private(
    client: Client, olivia: User, max: User, ana: User, payments: Team
) -> None:
    client.force_login(olivia)
    day = (clock.now() + 5 * DAY).date()
    form = {
        "person": olivia.pk,
        "first_day": day.isoformat(),
        "last_day": (day - DAY).isoformat(),
        "kind": "sick",
        "note": "Flu",
    }
    wrong = client.post("/operate/on-call/leave/new/", form)
    assert wrong.status_code == 422
    assert "The last day must not be before the first." in wrong.content.decode()
    assert "Flu" in wrong.content.decode()
    done = client.post("/operate/on-call/leave/new/", form | {"last_day": day.isoformat()})
    assert done.status_code == 302
    leave = Leave.objects.get()
    assert leave.ends_at - leave.starts_at == DAY
    assert "Flu" in client.get("/operate/on-call/leave/").content.decode()

    third = User.objects.get(pk=max.pk)
    client.force_login(third)  # her manager
    assert "Ill" in client.get("/operate/on-call/leave/").content.decode()
    client.force_login(ana)
    assert client.get(f"/operate/on-call/leave/{leave.pk}/").status_code == 404
    assert client.get("/api/v1/leave/").json()["results"] == []
    other = {"person": olivia.pk, "starts_at": leave.starts_at, "ends_at": leave.ends_at}
    assert (
        client.post("/api/v1/leave/", other, content_type="application/json").status_code == 400
    )
    client.force_login(olivia)
    (mine,) = client.get("/api/v1/leave/").json()["results"]
    assert mine["kind"] == "sick"
    assert client.delete(f"/api/v1/leave/{leave.pk}/").status_code == 204


def test_the_page_and_the_api_list_them_in_few_queries(
    client: Client, schedule: Schedule, vera: User, django_assert_max_num_queries: object
) -> None:
    now = clock.now()
    client.force_login(vera)
    url = "/operate/on-call/findings/"
    assert "No gap and no double booking" in client.get(url).content.decode()
    for number in range(30):
        at = now + (number + 1) * DAY
        ShiftFinding.objects.create(
            schedule=schedule, kind="gap", starts_at=at, ends_at=at + HOUR
        )
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        page = client.get(url).content.decode()
    assert page.count("nobody is on call") == 30
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert len(client.get("/api/v1/shift-findings/?kind=gap").json()["results"]) == 30


def test_the_auditor_warns_of_a_gap_of_today_and_of_whom_no_page_would_reach(
    schedule: Schedule,
) -> None:
    now = clock.now()
    take_out(schedule, now + 2 * DAY, now + 2 * DAY + HOUR)
    workflow.look_for_findings(now)
    (unreachable,) = found.who_is_on_call_can_be_reached(now)
    assert "is on call without a way of being reached" in unreachable.sentence
    assert unreachable.gravity == "warning"

    assert list(found.schedules_have_no_hole(now)) == []
    (gap,) = found.schedules_have_no_hole(now + DAY + HOUR)
    assert gap.sentence == "Within a day, nobody is on call for a while: On call for Payments."
    assert gap.url == "/operate/on-call/findings/"


def test_putting_somebody_on_call_while_away_is_said_at_once(
    client: Client, schedule: Schedule, olivia: User, max: User
) -> None:
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    workflow.record_leave(
        person=max,
        starts_at=now + 3 * DAY,
        ends_at=now + 5 * DAY,
        kind="holiday",
        actor=None,
    )
    client.force_login(max)
    span = {
        "starts_at": f"{now + 2 * DAY:%Y-%m-%dT%H:%M}",
        "ends_at": f"{now + 4 * DAY:%Y-%m-%dT%H:%M}",
    }

    page = client.post(
        f"/operate/on-call/{schedule.pk}/override/", {"person": max.pk, **span}, follow=True
    ).content.decode()

    assert f"Max is away then: {now + 3 * DAY:%a}" in page
    shifts = on_call.plan_of(schedule).between(now, now + 6 * DAY)
    (sentence,) = leave.warnings_of(shifts, "UTC")
    assert sentence.startswith("Max is away then")


def test_the_calendar_shows_the_shifts_of_one_person(
    client: Client, schedule: Schedule, olivia: User, max: User
) -> None:
    client.force_login(max)
    address = "/operate/on-call/calendar/?who=person-"
    shown = client.get(f"{address}{olivia.pk}")
    names = {e.names for w in shown.context["weeks"] for day in w for e in day.entries}
    assert names == {"Olivia"}
    assert f'value="person-{olivia.pk}" selected' in shown.content.decode()
    for wrong in ("0", "x", "99999999"):
        assert client.get(f"{address}{wrong}").status_code == 404


def test_a_month_is_whole_weeks_and_a_week_is_seven_days() -> None:
    month = span_of("month", date(2026, 11, 24))
    assert (month.first, month.last) == (date(2026, 10, 26), date(2026, 12, 7))
    assert (month.previous, month.following) == (date(2026, 10, 1), date(2026, 12, 1))
    week = span_of("week", date(2026, 11, 24))
    assert (week.first, week.last) == (date(2026, 11, 23), date(2026, 11, 30))


def test_the_calendar_shows_who_gaps_leave_and_holidays_by_the_readers_clock(
    client: Client, schedule: Schedule, olivia: User, max: User
) -> None:
    User.objects.filter(pk=max.pk).update(time_zone="Asia/Tokyo")
    workflow.add_layer(
        schedule,
        groups=[[max]],
        rotation="weekly",
        interval=1,
        starts_on=date(2026, 1, 5),
        priority=5,
        holiday_rule="only",
        holiday_country="DE",
        actor=None,
    )
    start = (clock.now() + 3 * DAY).replace(hour=1, minute=0, second=0, microsecond=0)
    take_out(schedule, start, start + 2 * HOUR)
    day = start.date().isoformat()
    client.force_login(max)

    page = client.get(f"/operate/on-call/calendar/?view=week&day={day}").content.decode()

    assert 'Nobody</span> <span class="calendar-time">10:00\N{EN DASH}12:00' in page
    assert "Asia/Tokyo" in page
    assert "handed over by the clock in UTC" in page
    december = client.get("/operate/on-call/calendar/?day=2026-12-01").content.decode()
    assert "(DE)" in december
    assert client.get("/operate/on-call/calendar/?day=9999-99-99&view=x").status_code == 200
    assert client.get("/operate/on-call/calendar/?who=nobody").status_code == 404
    mine = client.get("/operate/on-call/calendar/?who=mine").content.decode()
    assert "Olivia" not in mine.partition("<tbody>")[2]
