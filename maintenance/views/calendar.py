"""The calendar of changes: a month, a week or an agenda, by the reader's clock."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from maintenance import change_calendar as calendar
from maintenance.access import own_services
from maintenance.change_calendar import AGENDA, Entry
from maintenance.filters import CalendarFilter
from maintenance.models import (
    BINDING,
    ChangeWindow,
    Freeze,
    FreezeState,
    MaintenanceRequest,
    MaintenanceWindow,
    NoticeStatus,
    SupplierNotice,
)
from maintenance.timing import Span
from maintenance.workflow.guards import MOVES, Verb
from operations.shift_calendar import MONTH, WEEK
from portal import clock
from portal.access import require_look
from portal.http import Request
from portal.listing import found_by
from portal.models import Service

YEARS = range(2000, 2100)
VIEWS = (MONTH, WEEK, AGENDA)
MOST = 1000  # requests in one view


@require_GET
def page(request: Request) -> HttpResponse:
    require_look(request.user)
    zone = ZoneInfo(request.user.time_zone)
    now = clock.now()
    today = now.astimezone(zone).date()
    days = calendar.days_of(_view(request), _day(request, today))
    visible = MaintenanceRequest.objects.visible_to(request.user).with_list_columns()
    chosen = CalendarFilter(request.GET, queryset=visible, request=request)
    entries = _entries(request, chosen, calendar.span_of(days, zone), now)
    laid_out = calendar.lay_out(days, entries, zone=zone, today=today)
    context = {
        "days": laid_out,
        "weeks": calendar.in_weeks(laid_out),
        "quarters": [(number, number * calendar.QUARTER) for number in range(calendar.PARTS)],
        "has_entries": any(day.parts for day in laid_out),
        "span": days,
        "zone": zone.key,
        "filter": chosen,
        "keep": [("view", days.view), ("day", days.day.isoformat())],
        "clear_url": _to(days.view, days.day, {}),
        **_links(request, days, today),
    }
    return render(request, "maintenance/calendar.html", context)


def _entries(
    request: Request, chosen: CalendarFilter, around: Span, now: datetime
) -> list[Entry]:
    """All that is asked for, in a number of queries that does not depend on how much it is."""
    services = _services(chosen)
    requests: Any = found_by(chosen)
    planned = list(requests.planned_within(*around)[:MOST])
    freezes = _for(Freeze.objects.visible_to(request.user), services)
    freezes = freezes.filter(
        BINDING | Q(state=FreezeState.DRAFT),
        starts_at__lt=around.end,
        closes_at__gt=around.start,
    )
    windows = MaintenanceWindow.objects.visible_to(request.user).filter(
        starts_at__lt=around.end, ends_at__gt=around.start
    )
    if services is not None:
        windows = windows.filter(services__in=services).distinct()
    notices = SupplierNotice.objects.visible_to(request.user).filter(
        starts_at__lt=around.end, ends_at__gt=around.start
    )
    notices = notices.exclude(status=NoticeStatus.CANCELLED)
    if services is not None:
        notices = notices.filter(services__in=services).distinct()
    permitted = _for(ChangeWindow.objects.visible_to(request.user).in_use(), services)
    return [
        *calendar.of_requests(planned, _movable(request, planned)),
        *calendar.of_freezes(freezes.with_list_columns(), now),
        *calendar.of_windows(windows.with_list_columns(), now),
        *calendar.of_notices(notices.with_list_columns()),
        *calendar.of_permitted(permitted.with_list_columns(), around),
    ]


def _for(rows: Any, services: list[int] | None) -> Any:
    return rows if services is None else rows.for_services(services)


def _services(chosen: CalendarFilter) -> list[int] | None:
    """Return the services that the filter leaves; None for all, and none where it is wrong."""
    if not chosen.is_valid():
        return []
    team = chosen.form.cleaned_data.get("team")
    service = chosen.form.cleaned_data.get("service")
    if service is not None:
        return [service.pk]
    if team is None:
        return None
    return list(Service.objects.filter(team=team).values_list("pk", flat=True))


def _movable(request: Request, planned: list[MaintenanceRequest]) -> dict[int, str]:
    own = set(own_services(request.user).values_list("pk", flat=True))
    sources, _target = MOVES[Verb.CHANGE_PLAN]
    return {
        item.pk: reverse("maintenance:request-move-time", args=[item.pk])
        for item in planned
        if item.service_id in own and item.state in sources and item.started_at is None
    }


def _view(request: Request) -> str:
    view = request.GET.get("view", "")
    return view if view in VIEWS else MONTH


def _day(request: Request, today: date) -> date:
    try:
        day = parse_date(request.GET.get("day", "")) or today
    except ValueError:
        day = today
    return day if day.year in YEARS else today


def _to(view: str, day: date, chosen: dict[str, str]) -> str:
    return "?" + urlencode({"view": view, "day": day.isoformat(), **chosen})


def _links(request: Request, days: Any, today: date) -> dict[str, Any]:
    names = CalendarFilter.base_filters
    chosen = {name: request.GET[name] for name in names if request.GET.get(name)}
    return {
        "previous_url": _to(days.view, days.previous, chosen),
        "next_url": _to(days.view, days.following, chosen),
        "today_url": _to(days.view, today, chosen),
        "views": [(view, _to(view, days.day, chosen)) for view in VIEWS],
        "agenda_query": urlencode({"view": AGENDA, **chosen}),
    }
