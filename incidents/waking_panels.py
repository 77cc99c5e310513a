"""What the simulation and the proof of coverage show on other pages; `panels` loads it."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.models import CoverageHole, CoverageRun, HoleKind
from operations.models import Alert, Schedule
from portal.models import Service, Team, User
from portal.slots import contribution, panel

SHOWN = 5  # holes in a panel


@panel("home.today", "incidents/panels/holes.html", order=30)
def holes_of_my_teams(user: User, _subject: object) -> dict[str, Any] | None:
    """The next holes in the paging of the teams to which this person belongs."""
    holes = _holes().filter(service__team__in=Team.objects.of(user))
    found = list(holes.visible_to(user)[:SHOWN])
    return {"holes": found} if found else None


@contribution("home.answer")
def whether_a_page_could_be_lost(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    if not user.may_look:
        return
    if count := _holes().count():
        text = ngettext(
            "In the next 30 days there is %(n)d span in which a page reaches nobody.",
            "In the next 30 days there are %(n)d spans in which a page reaches nobody.",
            count,
        )
        url = reverse("incidents:coverage") + "?kind=nobody"
        yield {"tone": "bad", "text": text % {"n": count}, "url": url}


@panel("service.detail", "incidents/panels/waking.html", order=13)
def waking_of_service(user: User, service: Service) -> dict[str, Any] | None:
    if not user.may_look:
        return None
    holes = list(_holes().filter(service=service)[:SHOWN])
    return {"query": f"service={service.slug}", "service": service, "holes": holes}


@panel("alert.detail", "incidents/panels/waking.html", order=12)
def waking_of_alert(user: User, alert: Alert) -> dict[str, Any] | None:
    return {"query": f"alert={alert.pk}"} if user.may_look else None


@panel("schedule.detail", "incidents/panels/waking.html", order=40)
def waking_of_schedule(user: User, schedule: Schedule) -> dict[str, Any] | None:
    """Who is woken for the first of the team's services; others are chosen on that page."""
    service = Service.objects.current().filter(team=schedule.team_id).first()
    if not user.may_look or service is None:
        return None
    return {"query": f"service={service.slug}", "service": service}


@contribution("improve.figures")
def how_much_is_covered(user: User, _subject: object) -> Iterator[dict[str, Any]]:
    """The part of the time ahead in which a page ends at somebody, as last proved."""
    run = CoverageRun.objects.visible_to(user).finished().first()
    covered = run.covered_percent if run and run.is_complete else None
    state = "recorded" if covered is not None else "not_applicable" if run else "pending"
    holes = run.hole_count if run else 0
    words = {"covered": covered, "holes": holes, "routes": run.route_count if run else 0}
    yield {
        "key": "paging-coverage",
        "value": covered,
        "text": _("%(covered)s %% of the next 30 days; %(holes)d holes in %(routes)d routes")
        % words,
        "state": state if run is None or run.is_complete else "invalid",
        "n": holes,
        "url": reverse("incidents:coverage"),
    }


def _holes() -> Any:
    """What the last finished proof found to reach nobody, the soonest first."""
    newest = CoverageRun.objects.finished().order_by("-pk").values("pk")[:1]
    holes = CoverageHole.objects.filter(run__in=newest, kind=HoleKind.NOBODY)
    return holes.with_list_columns()
