"""What Improve shows of availability, and of how often what was promised was not kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext

from incidents import availability, availability_sheet, learning
from incidents.availability_words import said
from incidents.models import ClockKind, Incident
from portal import clock
from portal.models import Service, User
from portal.slots import contribution, panel

DAYS = 90
MONTHS = 3  # full ones, over which missed targets are counted
CLOCKS = [ClockKind.RESPONSE, ClockKind.COMMUNICATION, ClockKind.RESOLUTION]


@contribution("improve.figures")
def how_much_is_up(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    """The mean over the services in use, of the last 90 days; private incidents count too."""
    now = clock.now()
    services = list(Service.objects.visible_to(user).current())
    period = availability.lately(now)
    facts = availability.read(services, period.start, now, now=now)
    found = [facts.of(service, period) for service in services]
    plain, full = availability.mean_of(found)
    count = sum(each.value is not None for each in found)
    text = ngettext(
        "%(figures)s over 90 days, of %(n)d service",
        "%(figures)s over 90 days, the mean over %(n)d services",
        count,
    )
    invalid = sum(each.invalid for each in found)
    if invalid:
        text += "; " + ngettext("%(wrong)d out of order", "%(wrong)d out of order", invalid)
    yield {
        "key": "availability",
        "value": plain,
        "text": text % {"figures": said(plain, full), "n": count, "wrong": invalid},
        "state": "not_applicable" if plain is None else "recorded",
        "n": count,
        "url": reverse("incidents:availability"),
    }


@panel("improve.board", "incidents/panels/improve_availability.html", order=20)
def what_was_not_kept(user: User, _subject: object) -> dict[str, Any] | None:
    """Months below their target, and clocks that were breached; each leads to its rows."""
    if not user.may_look:
        return None
    now = clock.now()
    found = availability_sheet.sheet(Service.objects.visible_to(user), months=MONTHS, now=now)
    visible = Incident.objects.visible_to(user)
    kept = learning.kept(visible, learning.start_of(DAYS, now), now)
    totals = {row.kind: row for row in kept if row.severity is None}
    return {
        "missed": found.missed,
        "judged": found.judged,
        "clocks": [
            {
                "label": totals[kind].label,
                "row": totals[kind],
                "url": f"{reverse('incidents:learning-clocks')}"
                f"?days={DAYS}&kind={kind}&outcome=breached",
            }
            for kind in CLOCKS
        ],
    }
