"""
Whether those who are on call soon can be reached: their ways, and when each was proved.

Who is on call is known upstairs, so an app fills the slot `people.on_call_soon` with
`OnCallSoon` for the days it is asked about; addresses are masked for everybody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal import clock, reach
from portal.access import require_look
from portal.http import Request
from portal.models import Team, Urgency, User
from portal.slots import gather
from portal.views.administration import tabs

AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class OnCallSoon:
    """Somebody who is on call for a team within the days asked about, and from when."""

    team: Team
    person: User
    starts_at: datetime


@dataclass(frozen=True)
class Asked:
    """What a filler of the slot is asked about."""

    starts_at: datetime
    ends_at: datetime


@require_GET
def reachability(request: Request) -> HttpResponse:
    require_look(request.user)
    now = clock.now()
    soon: list[OnCallSoon] = gather(
        "people.on_call_soon", request.user, Asked(now, now + AHEAD)
    )
    context = {
        "rows": _rows(soon),
        "days": AHEAD.days,
        "tabs": tabs(request.user, "reachability"),
    }
    return render(request, "portal/reachability.html", context)


def _rows(soon: list[OnCallSoon]) -> list[dict[str, Any]]:
    """Return `{person, duties, ways, reasons}` of each person, the unreachable first."""
    duties: dict[int, dict[int, OnCallSoon]] = {}
    people: dict[int, User] = {}
    for duty in sorted(soon, key=lambda duty: duty.starts_at):
        people[duty.person.pk] = duty.person
        duties.setdefault(duty.person.pk, {}).setdefault(duty.team.pk, duty)
    chains = reach.ways_of(people.values(), Urgency.HIGH)
    reasons = reach.why_unreachable_of(people.values(), Urgency.HIGH)
    rows = [
        {
            "person": person,
            "duties": list(duties[pk].values()),
            "ways": chains[pk],
            "reasons": reasons[pk],
        }
        for pk, person in people.items()
    ]
    return sorted(rows, key=lambda row: (not row["reasons"], row["person"].name))
