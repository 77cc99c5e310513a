"""Subscribers of the status page, seen from the house: how many, what they got, what failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from incidents import workflow
from incidents.components import components, named
from incidents.filters import SubscriberFilter
from incidents.models import Announcement, Subscriber, SubscriberState
from incidents.parts import parts
from operations.views.export import csv_file
from portal import events
from portal.access import require_administrator, require_look
from portal.http import Request
from portal.listing import listing
from portal.models import SendState, User
from portal.natures import mask

TONES = {
    SubscriberState.UNCONFIRMED: "neutral",
    SubscriberState.ACTIVE: "good",
    SubscriberState.PAUSED: "info",
    SubscriberState.SUSPENDED: "bad",
    SubscriberState.LEFT: "neutral",
}
SEND_TONES = {SendState.SENT: "good", SendState.FAILED: "bad", SendState.CANCELLED: "neutral"}
COLUMNS = [
    *("id", "kind", "state", "wants_incidents", "wants_maintenance", "components"),
    *("requested_at", "confirmed_at", "suspended_reason", "failures"),
]
NEWEST = 10
LOG = 50


@require_GET
def subscriber_list(request: Request) -> HttpResponse:
    """Counts, the newest announcements with their progress, and the list."""
    require_look(request.user)
    present = Subscriber.objects.visible_to(request.user).present()
    counts = dict(present.order_by().values_list("state").annotate(Count("pk")))
    told = Announcement.objects.visible_to(request.user).with_progress()
    context: dict[str, Any] = {
        **listing(request, present, SubscriberFilter),
        "counts": [
            {"state": state.value, "label": state.label, "n": counts.get(state.value, 0)}
            for state in SubscriberState
            if state != SubscriberState.LEFT
        ],
        "announcements": told[:NEWEST],
        "parts": parts("subscribers"),
        "may_export": request.user.is_administrator,
    }
    names = components()
    context["rows"] = [_row(row, request.user, names) for row in context["page"].rows]
    return render(request, "incidents/subscribers.html", context)


@require_GET
def subscriber_csv(request: Request) -> HttpResponseBase:
    """The list as it is filtered; whole addresses stay where they are."""
    require_administrator(request.user)
    events.record("subscribers.exported", request.user, actor=request.user)
    present = Subscriber.objects.visible_to(request.user).present()
    return csv_file(request, present, SubscriberFilter, name="subscribers", columns=COLUMNS)


@require_GET
def subscriber(request: Request, pk: int) -> HttpResponse:
    """One subscriber and the log of what they were sent."""
    row = _subscriber_for(request.user, pk)
    log = row.deliveries.select_related("announcement")[:LOG]
    context = {
        **_row(row, request.user, components()),
        "log": [
            {"row": each, "tone": SEND_TONES.get(SendState(each.state), "busy")} for each in log
        ],
        "why_not_suspend": workflow.why_not_suspend(row),
        "may_change": request.user.is_administrator,
    }
    return render(request, "incidents/subscriber.html", context)


@require_POST
def suspend(request: Request, pk: int) -> HttpResponse:
    """Send nothing more, as after a complaint."""
    require_administrator(request.user)
    row = _subscriber_for(request.user, pk)
    reason = request.POST.get("reason", "").strip()[:300] or _("They complained.")
    workflow.suspend_subscriber(row, reason=reason, actor=request.user)
    return redirect(row)


@require_POST
def erase(request: Request, pk: int) -> HttpResponse:
    """Erase what is personal, at somebody's wish."""
    require_administrator(request.user)
    row = _subscriber_for(request.user, pk)
    workflow.leave(row, actor=request.user, reason=_("Erased by an administrator."))
    return redirect("incidents:subscribers")


@require_GET
def announcement(request: Request, pk: int) -> HttpResponse:
    """One announcement: its words, its progress, and whom it did not reach."""
    require_look(request.user)
    told = Announcement.objects.visible_to(request.user).with_progress()
    row = get_object_or_404(told, pk=pk)
    failed = row.deliveries.filter(state=SendState.FAILED).select_related("subscriber")
    context = {
        "announcement": row,
        "components": named(row.components),
        "failed": [
            {"row": each, "address": address_for(request.user, each.subscriber)}
            for each in failed[:LOG]
        ],
    }
    return render(request, "incidents/announcement.html", context)


def address_for(user: User, row: Subscriber) -> str:
    """The address as this reader may see it: whole for administrators alone."""
    if not row.address:
        return _("erased")
    return row.address if user.is_administrator else mask(row.kind, row.address)


def _row(row: Subscriber, user: User, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "subscriber": row,
        "address": address_for(user, row),
        "tone": TONES[SubscriberState(row.state)],
        "components": named(row.components, names),
    }


def _subscriber_for(user: User, pk: int) -> Subscriber:
    require_look(user)
    return get_object_or_404(Subscriber.objects.visible_to(user), pk=pk)
