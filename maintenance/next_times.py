"""The next times at which a change would fit, from all that is planned."""

from __future__ import annotations

from copy import copy
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from maintenance.conflicts import WORDS, planned_near, sight_of
from maintenance.models import COMMITTED, Freeze, MaintenanceRequest, RequestState
from maintenance.permitted import MINUTE, permitted_spans, windows_for
from maintenance.timing import Blocker, Need, Slot, Span, Weight, next_slots, shared
from maintenance.timing.slots import HORIZON
from operations.leave import away

SHOWN = 10
USUAL = timedelta(hours=1)  # of a change that does not say how long it takes


class Proposal(NamedTuple):
    """A time that fits, with the things by name that kept it from being earlier."""

    slot: Slot
    because: list[str]


def proposals(
    request: MaintenanceRequest,
    *,
    now: datetime,
    lasts: timedelta | None = None,
    most: int = SHOWN,
) -> list[Proposal]:
    """Return the next times within 90 days that fit this request, the earliest first."""
    whole = Span(now, now + HORIZON)
    names: dict[str, str] = {}
    blockers = [
        *_freezes(request, whole, names),
        *_changes(request, whole, names),
        *_absences(request, whole, names),
    ]
    slots = next_slots(
        need_of(request, lasts),
        after=now,
        blockers=blockers,
        windows=permitted_spans(request, windows_for(request), whole),
        most=most,
    )
    return [Proposal(slot, [names[key] for key in slot.because]) for slot in slots]


def need_of(request: MaintenanceRequest, lasts: timedelta | None = None) -> Need:
    planned = USUAL
    if request.planned_start and request.planned_end:
        planned = request.planned_end - request.planned_start
    return Need(
        lasts or planned,
        prepare=request.prepare_minutes * MINUTE,
        rollback=request.rollback_minutes * MINUTE,
    )


def moved_to(
    request: MaintenanceRequest, *, start: datetime, end: datetime
) -> MaintenanceRequest:
    """Return the request as it would be at another time; it is not to be saved."""
    moved = copy(request)
    moved.planned_start, moved.planned_end = start, end
    moved.state = RequestState.DRAFT
    return moved


def _freezes(request: MaintenanceRequest, whole: Span, names: dict[str, str]) -> list[Blocker]:
    found = []
    for freeze in Freeze.objects.overlapping(*whole).for_services(request.touched_services):
        if freeze.stops(request):
            names[f"freeze {freeze.pk}"] = freeze.name
            found.append(Blocker(freeze.span, f"freeze {freeze.pk}"))
    return found


def _changes(request: MaintenanceRequest, whole: Span, names: dict[str, str]) -> list[Blocker]:
    """Other changes that share something with it, asked for or given their time; no drafts."""
    sight = sight_of(request, whole)
    found = []
    for row in planned_near(sight, whole):
        other = row.change(whole.start) if row.state in COMMITTED else None
        if other is None:
            continue
        rules = [
            rule
            for rule, _over in shared(sight.change, other, sight.near)
            if sight.rules.weight_of(rule) != Weight.OFF
        ]
        if rules:
            words = ", ".join(str(WORDS[rule]) for rule in rules)
            names[row.number] = f"{row.number} {row.title} ({words})"
            found.append(Blocker(other.span, row.number))
    return found


def _absences(request: MaintenanceRequest, whole: Span, names: dict[str, str]) -> list[Blocker]:
    if request.implementer is None:
        return []
    found = []
    for leave in away({request.implementer}, *whole):
        names[f"leave {leave.pk}"] = _("%(person)s is away") % {"person": request.implementer}
        found.append(Blocker(Span(leave.starts_at, leave.ends_at), f"leave {leave.pk}"))
    return found
