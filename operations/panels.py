"""What operations shows on pages of the ground floor, and adds to the frame and the search."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from operations import pace_panels, shift_panels, tones
from operations.access import hours_for
from operations.models import (
    Alert,
    AlertState,
    BusinessHours,
    Check,
    ChecklistRun,
    CheckState,
    Heartbeat,
    RunState,
    Schedule,
)
from operations.on_call import (
    everybody_on_call,
    schedules_with_people,
    shifts,
    shown_schedules,
    who_is_on_call,
)
from operations.sparklines import sparklines
from portal import clock
from portal.models import Service, Team, User
from portal.reach import Asked, OnCallSoon
from portal.slots import contribution, panel
from portal.versions import readable

SHOWN = 10
FOUND = 8  # of each kind, in a search
# They fill slots of their own; named so that they are loaded.
OTHERS = (pace_panels, shift_panels)


@contribution("people.on_call_soon")
def who_is_on_call_soon(user: User, asked: Asked) -> Iterator[OnCallSoon]:
    """Everybody whom a schedule names within the days asked about, with their first shift."""
    if not user.may_look:
        return
    for schedule in schedules_with_people(after=asked.starts_at).select_related("team"):
        for shift in shifts(schedule, asked.starts_at, asked.ends_at):
            for person in shift.people:
                yield OnCallSoon(schedule.team, person, shift.starts_at)


@contribution("action.proof")
def checks_that_pass(user: User, action: Any) -> Iterator[dict[str, Any]]:
    """What proves that something works: checks of the action's service that are up."""
    if not user.may_look or action.service is None:
        return
    up = Check.objects.filter(service=action.service, is_active=True, state=CheckState.UP)
    for check in up[:FOUND]:
        yield {
            "reference": f"check:{check.pk}",
            "kind": "check",
            "label": _("Check “%(name)s” passes") % {"name": check.name},
            "url": check.get_absolute_url(),
        }


@contribution("home.answer")
def what_fires(user: User, _subject: Any) -> Iterator[dict[str, Any]]:
    """Whether any monitor says that something is wrong."""
    if not user.may_look:
        return
    count = Alert.objects.visible_to(user).firing().count()
    if count:
        text = ngettext("%(n)d alert is firing.", "%(n)d alerts are firing.", count)
        url = reverse("operations:alerts") + "?state=firing"
        yield {"tone": "busy", "text": text % {"n": count}, "url": url}
    else:
        yield {"tone": "good", "text": _("Nothing is firing."), "url": ""}


@panel("home.today", "operations/panels/checklists.html", order=40)
def todays_checklists(user: User, _subject: Any) -> dict[str, Any] | None:
    """What my teams still have to work through."""
    runs = ChecklistRun.objects.visible_to(user).with_list_columns()
    mine = runs.filter(state=RunState.OPEN, team__in=Team.objects.of(user)).order_by("due_at")
    return {"runs": shown} if (shown := list(mine[:SHOWN])) else None


@panel("home.today", "operations/panels/red_checks.html", order=50)
def red_checks(user: User, _subject: Any) -> dict[str, Any] | None:
    down = Check.objects.filter(state=CheckState.DOWN, is_active=True).order_by("since")
    if not user.may_look or not (checks := list(down.select_related("service")[:SHOWN])):
        return None
    return {"checks": checks}


@panel("service.detail", "operations/panels/service_alerts.html", order=20)
def alerts_of_service(user: User, service: Service) -> dict[str, Any] | None:
    firing = Alert.objects.visible_to(user).firing().filter(service=service)
    alerts = list(firing.with_list_columns()[:SHOWN])
    shown = {"alerts": alerts, "service": service, "may_work": user.may_work}
    return shown if alerts else None


@panel("service.detail", "operations/panels/service_checks.html", order=30)
def checks_of_service(user: User, service: Service) -> dict[str, Any] | None:
    if not user.may_look:
        return None
    checks = list(Check.objects.filter(service=service)[:SHOWN])
    lines = sparklines(checks) if checks else {}
    return {"rows": [(check, lines.get(check.pk)) for check in checks]} if checks else None


@panel("service.detail", "operations/panels/service_heartbeats.html", order=32)
def heartbeats_of_service(user: User, service: Service) -> dict[str, Any] | None:
    rows = Heartbeat.objects.visible_to(user).filter(service=service)[:SHOWN]
    return {"heartbeats": found} if (found := list(rows)) else None


@panel("home.today", "operations/panels/silent_heartbeats.html", order=55)
def silent_heartbeats(user: User, _subject: Any) -> dict[str, Any] | None:
    """Jobs that were not heard, or said that they failed."""
    down = Heartbeat.objects.visible_to(user).down().with_list_columns().order_by("since")
    return {"heartbeats": found} if (found := list(down[:SHOWN])) else None


@panel("service.detail", "operations/panels/service_on_call.html", order=35)
def on_call_of_service(user: User, service: Service) -> dict[str, Any] | None:
    if not user.may_look:
        return None
    return {
        "on_call": who_is_on_call(service.team, clock.now()),
        "team": service.team,
        "schedule": Schedule.objects.filter(team=service.team, is_default=True).first(),
    }


@contribution("frame.on_call")
def on_call_now(user: User, _subject: Any) -> Iterator[dict[str, str]]:
    if user.may_look:
        now = clock.now()
        rows = (
            (person.name, duty.team.name)
            for duty in everybody_on_call(now, among=shown_schedules(now))
            for person in duty.on_call.people
        )
        for name, team in dict.fromkeys(rows):
            yield {"name": name, "team": team}


@contribution("thread")
def alert_in_thread(_user: User, subject: Model) -> Iterator[dict[str, Any]]:
    if isinstance(subject, Alert):
        yield {
            "kind": "alert",
            "label": str(subject),
            "url": subject.get_absolute_url(),
            "status": subject.get_state_display(),
            "tone": tones.ALERTS[AlertState(subject.state)],
            "at": subject.started_at,
            "missing": False,
            "current": True,
            "order": 10,
        }


@readable("operations.businesshours")
def versions_of_hours(user: User, pk: int) -> BusinessHours:
    return hours_for(user, pk)
