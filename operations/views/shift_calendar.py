"""The calendar of shifts: a month or a week, of one's own or of a team."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from operations import on_call
from operations.filters import FindingFilter
from operations.models import Participant, Schedule, ShiftFinding
from operations.shift_calendar import MONTH, WEEK, Span, span_of, weeks
from operations.shift_notices import finding_text
from portal import clock
from portal.access import require_look, works_in
from portal.http import Request
from portal.listing import listing
from portal.models import Team, User

MINE = "mine"
PERSON = "person-"  # and a number: the shifts of somebody else
YEARS = range(2000, 2100)


@require_GET
def calendar(request: Request) -> HttpResponse:
    """Who is on call on which day, by the reader's clock."""
    require_look(request.user)
    zone = ZoneInfo(request.user.time_zone)
    today = clock.now().astimezone(zone).date()
    span = span_of(_view(request), _day(request, today))
    who = request.GET.get("who", _usual(request))
    person = _person(request, who)
    schedules = _schedules("" if person else who)
    context = {
        "weeks": weeks(span, schedules, zone=zone, today=today, person=person),
        "span": span,
        "zone": zone.key,
        "other_zones": sorted({row.time_zone for row in schedules} - {zone.key}),
        "has_schedules": bool(schedules),
        "is_one_team": who != "" and person is None,
        "who": who,
        "choices": _choices(who, person),
        **_links(span, who, today),
    }
    return render(request, "operations/shift_calendar.html", context)


@require_GET
def findings(request: Request) -> HttpResponse:
    """Gaps, double bookings and shifts on leave of the next 60 days."""
    require_look(request.user)
    rows = ShiftFinding.objects.current().visible_to(request.user).with_list_columns()
    context = listing(request, rows, FindingFilter)
    context["lines"] = [
        (row, finding_text(row, request.user.time_zone), works_in(request.user, team_id))
        for row in context["page"].rows
        for team_id in [row.schedule.team_id]
    ]
    return render(request, "operations/shift_findings.html", context)


def _view(request: Request) -> str:
    return WEEK if request.GET.get("view") == WEEK else MONTH


def _day(request: Request, today: date) -> date:
    try:
        day = parse_date(request.GET.get("day", "")) or today
    except ValueError:
        day = today
    return day if day.year in YEARS else today


def _usual(request: Request) -> str:
    """What is shown first: the team of the reader, if there is one."""
    team = Team.objects.of(request.user).order_by("name").first()
    return team.slug if team else ""


def _person(request: Request, who: str) -> User | None:
    """Whose shifts alone are shown; None for those of a team, or of all."""
    if who == MINE:
        return request.user
    if not who.startswith(PERSON):
        return None
    number = who.removeprefix(PERSON)
    return get_object_or_404(
        User.objects.visible_to(request.user), pk=int(number) if number.isdecimal() else 0
    )


def _schedules(who: str) -> list[Schedule]:
    rows = on_call.schedules_with_people()
    if not who:
        return list(rows)
    found = list(rows.filter(team__slug=who))
    if not found and not Team.objects.filter(slug=who).exists():
        raise Http404
    return found


def _choices(who: str, person: User | None) -> list[dict[str, Any]]:
    """Oneself, the teams, and everybody who takes turns, by name."""
    teams = Team.objects.filter(pk__in=Schedule.objects.values("team")).order_by("name")
    named = [(MINE, _("My shifts")), ("", _("All teams"))]
    named += [(team.slug, team.name) for team in teams]
    takes_turns = Participant.objects.filter(layer__schedule__retired_at=None)
    chosen = [person.pk] if person and who != MINE else []
    people = User.objects.filter(Q(pk__in=takes_turns.values("person")) | Q(pk__in=chosen))
    named += [(f"{PERSON}{each.pk}", each.name) for each in people.order_by("name", "pk")]
    return [{"value": value, "label": label, "chosen": value == who} for value, label in named]


def _links(span: Span, who: str, today: date) -> dict[str, str]:
    def to(day: date, view: str = span.view) -> str:
        return "?" + urlencode({"view": view, "day": day.isoformat(), "who": who})

    return {
        "previous_url": to(span.previous),
        "next_url": to(span.following),
        "today_url": to(today),
        "month_url": to(span.day, MONTH),
        "week_url": to(span.day, WEEK),
    }
