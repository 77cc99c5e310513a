"""Respond: what is going on, what is owed, who is on call; and what a severity means."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from incidents import clocks
from incidents.models import Incident, Review, ReviewState, StatusTemplate
from incidents.parts import parts
from incidents.policies import policies
from incidents.wording import shown, tone_of
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
    owed = (
        Review.objects.filter(state=ReviewState.DRAFT, due_at__isnull=False)
        .select_related("incident__service", "owner")
        .order_by("due_at")
    )
    context = {
        "incidents": unresolved_rows(request.user),
        "reviews": [
            {"review": review, "clock": shown(clocks.review(review, now))}
            for review in owed[:MOST]
        ],
        "on_call": everybody_on_call(now),
        "may_work": request.user.may_work,
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


def unresolved_rows(user: User, **only: Any) -> list[dict[str, Any]]:
    """Unresolved incidents with the clock that runs, the gravest first; one query."""
    now = clock.now()
    unresolved = Incident.objects.visible_to(user).unresolved().filter(**only)
    rows = unresolved.with_list_columns().order_by("severity", "detected_at", "pk")
    return [row_of(incident, now) for incident in rows[:MOST]]


def row_of(incident: Incident, now: datetime) -> dict[str, Any]:
    """Return what a list shows of an incident: the response clock until somebody answered."""
    running = clocks.response(incident, now)
    if not running.is_running:
        running = clocks.resolution(incident, now)
    return {"incident": incident, "clock": shown(running), "tone": tone_of(incident.state)}
