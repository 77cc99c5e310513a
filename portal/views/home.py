"""Today: what is wrong, who has it, what is due; and my inbox."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import clock, notify
from portal.api.pagination import Page
from portal.http import Request
from portal.models import Notification, Service, Team, User
from portal.slots import gather

TONES = ["bad", "busy", "good"]


@require_GET
def home(request: Request) -> HttpResponse:
    if not request.user.may_look:
        return render(request, "portal/no_access.html", status=404)
    local = timezone.localtime(clock.now())
    teams = Team.objects.of(request.user)
    mine = Service.objects.visible_to(request.user).current().filter(team__in=teams)
    context = {
        "greeting": _greeting(local.hour),
        "today": local,
        "answer": sorted(gather("home.answer", request.user), key=_gravest_first),
        "my_services": mine[:20],
        "is_empty_portal": not Service.objects.current().exists(),
    }
    return render(request, "portal/home.html", context)


def _gravest_first(said: dict[str, Any]) -> int:
    return TONES.index(said["tone"])


def _greeting(hour: int) -> str:
    if hour < 5:
        return _("Good night")
    if hour < 12:
        return _("Good morning")
    return _("Good afternoon") if hour < 18 else _("Good evening")


@require_GET
def inbox(request: Request) -> HttpResponse:
    """What I have not read yet, or with `?show=read` what I have."""
    show_read = request.GET.get("show") == "read"
    rows = _read(request.user) if show_read else notify.inbox_of(request.user)
    context = {
        "page": Page(request, rows.select_related("contact")),
        "show_read": show_read,
        "tabs": [
            {"label": _("Unread"), "url": request.path, "active": not show_read},
            {"label": _("Read"), "url": f"{request.path}?show=read", "active": show_read},
        ],
    }
    return render(request, "portal/inbox.html", context)


def _read(person: User) -> QuerySet[Notification]:
    mine = Notification.objects.filter(person=person, in_inbox=True)
    return mine.exclude(read_at=None)


@require_POST
def mark_read(request: Request, pk: int) -> HttpResponse:
    notify.mark_read(request.user, [pk])
    return redirect("inbox")


@require_POST
def mark_all_read(request: Request) -> HttpResponse:
    if notify.mark_read(request.user):
        messages.success(request, _("Everything is marked as read."))
    return redirect("inbox")
