"""
Whether those who are on call soon can be reached: their ways, and when each was proved.

Who is on call is known upstairs, so an app fills the slot `people.on_call_soon` with
`reach.OnCallSoon` for the days it is asked about; addresses are masked for everybody.
"""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal import clock, reach
from portal.access import require_look
from portal.http import Request
from portal.models import Urgency, User
from portal.slots import gather
from portal.views.administration import tabs

AHEAD = timedelta(days=7)


@require_GET
def reachability(request: Request) -> HttpResponse:
    require_look(request.user)
    now = clock.now()
    soon: list[reach.OnCallSoon] = gather(
        "people.on_call_soon", request.user, reach.Asked(now, now + AHEAD)
    )
    context = {
        "rows": _rows(soon),
        "days": AHEAD.days,
        "tabs": tabs(request.user, "reachability"),
    }
    return render(request, "portal/reachability.html", context)


def _rows(soon: list[reach.OnCallSoon]) -> list[dict[str, Any]]:
    """Return `{person, duties, ways, reasons}` of each person, the unreachable first."""
    duties: dict[int, dict[int, reach.OnCallSoon]] = {}
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
