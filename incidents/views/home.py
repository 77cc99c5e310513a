"""Respond: what is going on, what is owed, who is on call; and what a severity means."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from incidents.clock_words import shown_first, shown_review
from incidents.models import Incident, IncidentQuerySet, ProblemReport, Review, StatusTemplate
from incidents.parts import parts
from incidents.policies import policies
from incidents.wording import tone_of
from operations.on_call import everybody_on_call
from portal import clock
from portal.access import require_look
from portal.http import Request
from portal.models import User

MOST = 50  # on this page; the list has them all


@require_GET
def home(request: Request) -> HttpResponse:
    require_look(request.user)
    now = clock.now()
    owed = Review.objects.visible_to(request.user).owed().with_list_columns()
    owed = owed.order_by("due_at")
    context = {
        "incidents": unresolved_rows(request.user),
        "reviews": [
            {"review": review, "clock": shown_review(review, now)} for review in owed[:MOST]
        ],
        "on_call": everybody_on_call(now),
        "may_work": request.user.may_work,
        "reports": ProblemReport.objects.visible_to(request.user).waiting().count(),
        "parts": parts("home"),
    }
    return render(request, "incidents/home.html", context)


@require_GET
def severities(request: Request) -> HttpResponse:
    require_look(request.user)
    context = {
        "policies": list(policies().values()),
        "templates": StatusTemplate.objects.all(),
        "is_administrator": request.user.is_administrator,
        "parts": parts("severities"),
    }
    return render(request, "incidents/severities.html", context)


def unresolved_rows(user: User, among: IncidentQuerySet | None = None) -> list[dict[str, Any]]:
    """Unresolved incidents with the clock that runs, the gravest first; two queries."""
    now = clock.now()
    seen = Incident.objects.visible_to(user) if among is None else among
    rows = seen.unresolved().with_list_columns().with_clocks()
    rows = rows.order_by("severity", "detected_at", "pk")
    return [row_of(incident, now) for incident in rows[:MOST]]


def row_of(incident: Incident, now: datetime) -> dict[str, Any]:
    """Return what a list shows of an incident: of its clocks the one that matters most."""
    running = shown_first(incident.clocks.all(), now)
    return {"incident": incident, "clock": running, "tone": tone_of(incident.state)}
