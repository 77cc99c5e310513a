"""The shifts of one person in all schedules."""

from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from operations import on_call
from operations.models import Schedule
from operations.on_call import Shift
from portal.models import User

AHEAD = timedelta(days=60)


class Coming(NamedTuple):
    """A shift to come, with its schedule and the page that finds somebody for it."""

    schedule: Schedule
    shift: Shift
    swap_url: str


def coming_shifts(person: User, now: datetime, *, ahead: timedelta = AHEAD) -> list[Coming]:
    """Return the person's shifts that run or come, the next first, in fixed queries."""
    found = [
        Coming(schedule, shift, _swap_url(schedule, shift))
        for schedule in on_call.schedules_with_people(after=now)
        for shift in on_call.told_shifts(on_call.plan_of(schedule).between(now, now + ahead))
        if person in shift.people
    ]
    return sorted(found, key=lambda each: (each.shift.starts_at, each.schedule.pk))


def _swap_url(schedule: Schedule, shift: Shift) -> str:
    span = {
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
    }
    return f"{reverse('operations:swap-create', args=[schedule.pk])}?{urlencode(span)}"
