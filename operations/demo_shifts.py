"""The demo's shifts beyond the weekly ones: day and night, a calendar, swaps, hand-overs."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet

from operations import on_call
from operations.calendar_reading import read
from operations.models import (
    CalendarImport,
    Handover,
    HandoverState,
    ImportedShift,
    Layer,
    Leave,
    Override,
    Participant,
    PastShift,
    PlannedShift,
    RotationKind,
    Schedule,
    ShiftFinding,
    SwapRequest,
    TemporarySchedule,
)
from operations.workflow import freeze
from portal.demo import DAYS, ZONE, Story, keep, tell, wipe
from portal.models import User

DAY = [{"from": "08:00", "until": "20:00"}]
NIGHT = [{"from": "20:00", "until": "08:00"}]
CALENDAR_FOR = timedelta(days=366)
WEEK = timedelta(days=7)


def load(story: Story) -> None:
    schedules = {name: _weekly(story, name) for name in story.teams}
    _day_and_night(story)
    _campaign_desk(story, schedules["Web"])
    _exceptions(story, schedules["Payments"])
    _hand_over(story, schedules["Payments"], is_accepted=True)
    story.shelf["handover"] = _hand_over(story, schedules["Web"], is_accepted=False)
    for schedule in Schedule.objects.filter(team__in=story.teams.values()):
        freeze(schedule, now=story.now)


def remove() -> None:
    wipe(Handover.objects.filter(is_demo=True) | _of_demo_teams(Handover))
    wipe(SwapRequest.objects.filter(is_demo=True) | _of_demo_teams(SwapRequest))
    wipe(Leave.objects.filter(is_demo=True) | Leave.objects.filter(person__is_demo=True))
    for model in (ShiftFinding, PastShift, PlannedShift):
        model.objects.filter(schedule__team__is_demo=True).delete()
    wipe(_of_demo_teams(CalendarImport))
    wipe(_of_demo_teams(Override))
    wipe(Participant.objects.filter(layer__schedule__team__is_demo=True))
    wipe(_of_demo_teams(TemporarySchedule))
    wipe(_of_demo_teams(Layer))
    wipe(Schedule.objects.filter(team__is_demo=True))


def _of_demo_teams(model: type[Model]) -> QuerySet[Any]:
    rows: Any = model._default_manager
    return rows.filter(schedule__team__is_demo=True)  # type: ignore[no-any-return]  # of any model


def _schedule(story: Story, team: str, name: str, at: datetime, *, text: str = "") -> Schedule:
    schedule = Schedule(
        team=story.teams[team],
        name=name,
        description=text,
        time_zone=story.teams[team].time_zone,
        is_default=not name,
        made_at=at,
        is_demo=True,
    )
    return keep(schedule, by=story.manager(team), at=at)


def _rotate(layer: Layer, people: list[User], *, by: User, at: datetime) -> None:
    keep(layer, by=by, at=at)
    for order, person in enumerate(people, start=1):
        keep(Participant(layer=layer, person=person, order=order), by=by, at=at)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _weekly(story: Story, team: str) -> Schedule:
    at = story.at(DAYS, 9)
    schedule = _schedule(story, team, "", at)
    layer = Layer(schedule=schedule, starts_on=_monday(at.date()))
    _rotate(layer, story.members(team), by=story.manager(team), at=at)
    return schedule


def _day_and_night(story: Story) -> None:
    """Two layers that share the day; nobody is in them in their week for the whole team."""
    at = story.at(30, 9)
    weeks = (_monday(at.date()) - _monday(story.at(DAYS, 9).date())) // WEEK
    people = story.members("Platform")
    schedule = _schedule(
        story, "Platform", "Databases", at, text="By day and by night, a week at a time."
    )
    shared: dict[str, Any] = {
        "schedule": schedule,
        "starts_on": _monday(at.date()),
        "handoff_time": time(8),
    }
    by = story.manager("Platform")
    day = Layer(name="Day", hours=DAY, **shared)
    _rotate(day, _from(people, weeks + 1), by=by, at=at)
    night = Layer(name="Night", hours=NIGHT, **(shared | {"handoff_time": time(20)}))
    _rotate(night, _from(people, weeks + 2), by=by, at=at)


def _from(people: list[User], turn: int) -> list[User]:
    """The same order, begun with the one whose turn it is."""
    first = turn % len(people)
    return people[first:] + people[:first]


def _campaign_desk(story: Story, weekly: Schedule) -> None:
    """A schedule kept in another program: whoever is not on call for the whole team."""
    at = story.at(12, 14)
    schedule = _schedule(story, "Web", "Campaign desk", at)
    layer = Layer(
        schedule=schedule,
        name="Campaigns.ics",
        rotation=RotationKind.CALENDAR,
        starts_on=at.date(),
    )
    by = story.manager("Web")
    keep(layer, by=by, at=at)
    monday = _monday(at.date())
    noon = datetime.combine(monday, time(12), ZONE)
    on = on_call.schedule_on_call(weekly, noon).person
    people = {person.email: person for person in story.members("Web")}
    titles = sorted(people, key=lambda email: people[email] == on)
    source = _ics(monday, titles)
    calendar = CalendarImport(
        schedule=schedule,
        layer=layer,
        name=layer.name,
        source=source,
        source_hash=hashlib.sha256(source.encode()).hexdigest(),
        read_at=at,
        tried_at=at,
        due_at=story.now + timedelta(hours=12),
    )
    keep(calendar, by=by, at=at)
    reading = read(
        source.encode(), zone=ZoneInfo(schedule.time_zone), start=at, end=at + CALENDAR_FOR
    )
    shifts = [
        ImportedShift(
            calendar=calendar,
            person=people[each.title],
            uid=each.uid,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
            priority=each.priority,
        )
        for each in reading.instances
    ]
    ImportedShift.objects.bulk_create(shifts)
    CalendarImport.objects.filter(pk=calendar.pk).update(shift_count=len(shifts))


def _ics(monday: date, titles: list[str]) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Harbour//Campaigns//EN"]
    for number, title in enumerate(titles):
        day = monday + timedelta(days=7 * number)
        lines += [
            "BEGIN:VEVENT",
            f"UID:campaign-{number}@harbour.example",
            f"DTSTAMP:{monday:%Y%m%d}T080000Z",
            f"DTSTART;TZID={ZONE}:{day:%Y%m%d}T090000",
            f"DTEND;TZID={ZONE}:{day + WEEK:%Y%m%d}T090000",
            f"RRULE:FREQ=WEEKLY;INTERVAL={len(titles)}",
            f"SUMMARY:{title}",
            "END:VEVENT",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _exceptions(story: Story, schedule: Schedule) -> None:
    """Single times: an override, leave, and a shift that looks for somebody."""
    start = story.by_the_wall(-2, 18)
    on = on_call.schedule_on_call(schedule, start).person
    other = next(person for person in story.members("Payments") if person != on)
    override = Override(
        schedule=schedule,
        person=other,
        starts_at=start,
        ends_at=start + timedelta(hours=4),
        reason="School concert",
    )
    keep(override, by=other, at=story.at(1, 11))
    away = Leave(
        person=story.people["jun"],
        starts_at=story.by_the_wall(-9, 0),
        ends_at=story.by_the_wall(-16, 0),
        note="Family in Sapporo",
        is_demo=True,
    )
    keep(away, by=away.person, at=story.at(14, 10))
    _look_for_cover(story, schedule)


def _look_for_cover(story: Story, schedule: Schedule) -> None:
    start = story.by_the_wall(-11, 20)
    person = on_call.schedule_on_call(schedule, start).person
    assert person is not None
    made_at = story.at(1, 16)
    swap = SwapRequest(
        schedule=schedule,
        person=person,
        starts_at=start,
        ends_at=start + timedelta(hours=12),
        note="A wedding; I take any night of yours in return.",
        made_by=person,
        made_at=made_at,
        due_at=start - timedelta(days=7),
        is_demo=True,
    )
    keep(swap, by=person, at=made_at)
    tell("swap.asked", swap, at=made_at, actor=person)


def _hand_over(story: Story, schedule: Schedule, *, is_accepted: bool) -> Handover:
    """Pass on what the last whole shift left; one of them waits to be accepted."""
    past = on_call.shifts(schedule, story.now - timedelta(days=10), story.now)
    before, after = past[-2], past[-1]
    handover = Handover(
        schedule=schedule,
        leaver=before.people[0],
        taker=after.people[0],
        shift_ended_at=before.ends_at,
        offered_at=before.ends_at,
        notes="Quiet since the fix of the pool. Look at its graph once a day, please.",
        is_demo=True,
    )
    if is_accepted:
        handover.state = HandoverState.ACCEPTED
        handover.accepted_at = min(before.ends_at + timedelta(minutes=12), story.now)
        handover.accepted_by = after.people[0]
    else:
        handover.due_at = story.now + timedelta(hours=1)
    keep(handover, by=before.people[0], at=before.ends_at)
    tell("handover.offered", handover, at=before.ends_at, actor=before.people[0])
    return handover
