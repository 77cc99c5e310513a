"""What shifts show on other pages: gaps ahead, hand-overs that wait, what is passed on."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations.models import (
    FindingKind,
    Handover,
    Schedule,
    ShiftFinding,
    Silence,
    SwapRequest,
)
from operations.shift_notices import finding_text
from operations.spans import moment_text
from operations.workflow import Leaving
from portal.access import works_in
from portal.models import Team, User
from portal.slots import contribution, panel

SHOWN = 5


@panel("home.today", "operations/panels/shifts.html", order=45)
def shifts_of_today(user: User, _subject: Any) -> dict[str, Any] | None:
    """Hand-overs to accept, swaps to answer, and what is wrong with the shifts to come."""
    if not user.may_look:
        return None
    teams = Team.objects.of(user)
    waiting = Handover.objects.offered().with_list_columns().filter(schedule__team__in=teams)
    handovers = list(waiting.filter(Q(taker=user) | Q(taker=None))[:SHOWN])
    asked = SwapRequest.objects.open().with_list_columns().filter(schedule__team__in=teams)
    swaps = list(asked.filter(Q(asked=user) | Q(asked=None)).exclude(person=user)[:SHOWN])
    found = ShiftFinding.objects.current().with_list_columns().filter(schedule__team__in=teams)
    findings = [finding_text(row, user.time_zone) for row in found[:SHOWN]]
    if not (handovers or swaps or findings):
        return None
    return {
        "handovers": handovers,
        "swaps": swaps,
        "findings": findings,
        "heading": _counted(found.filter(kind=FindingKind.GAP).count()),
        "findings_url": reverse("operations:shift-findings"),
    }


@panel("on_call.overview", "operations/panels/carry_over.html", order=10)
def coming_from_elsewhere(user: User, _subject: Any) -> dict[str, Any] | None:
    """Schedules kept in another product can be carried over."""
    return {"may_work": user.may_work} if user.may_look else None


@panel("schedule.detail", "operations/panels/schedule_life.html", order=10)
def life_of_schedule(user: User, schedule: Schedule) -> dict[str, Any] | None:
    """What is wrong with its shifts, the calendars that it follows, and what one can do."""
    if not user.may_look:
        return None
    is_mine = Q(schedule=schedule) | Q(other=schedule)
    found = ShiftFinding.objects.current().with_list_columns().filter(is_mine)
    return {
        "schedule": schedule,
        "findings": [finding_text(row, schedule.time_zone) for row in found[:SHOWN]],
        "count": found.count(),
        "calendars": schedule.calendars.order_by("name", "pk"),
        "may_change": works_in(user, schedule.team) and schedule.retired_at is None,
    }


@contribution("shift.handover")
def silences_to_hand_over(user: User, leaving: Leaving) -> Iterator[dict[str, Any]]:
    """The silences that hold at this time for the team or its services, and when they end."""
    team = leaving.schedule.team_id
    rows = Silence.objects.filter(
        Q(team=team) | Q(services__team=team) | Q(owner=user),
        ended_at=None,
        starts_at__lte=leaving.at,
        ends_at__gt=leaving.at,
    )
    for silence in rows.distinct():
        until = moment_text(silence.ends_at, leaving.schedule.time_zone)
        yield {
            "kind": "silence",
            "reference": f"silence:{silence.pk}",
            "text": _("Silence: %(reason)s") % {"reason": silence.reason},
            "note": _("until %(until)s") % {"until": until},
            "url": silence.get_absolute_url(),
            "order": 20,
        }


def _counted(gaps: int) -> str:
    if not gaps:
        return _("Shifts to come")
    return ngettext("%(n)d gap ahead", "%(n)d gaps ahead", gaps) % {"n": gaps}
