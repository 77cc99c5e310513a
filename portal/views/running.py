"""How the portal itself is, for people; machines ask `portal.views.health`."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET
from django_celery_beat.models import PeriodicTask

from portal import audit, bundling, clock, paging
from portal.access import require_look
from portal.heartbeats import is_quiet
from portal.http import Request
from portal.models import (
    UNSEALED,
    Event,
    Finding,
    Gravity,
    Heartbeat,
    Notification,
    Reaction,
    WebhookDelivery,
)
from portal.slots import gather
from portal.styleguide import examples
from portal.views.administration import tabs


@require_GET
def health(request: Request) -> HttpResponse:
    now = clock.now()
    beats = list(Heartbeat.objects.all())
    current = list(Finding.objects.filter(cleared_at=None))
    context = {
        "tabs": tabs(request.user, "health"),
        "processes": [{"beat": beat, "is_quiet": is_quiet(beat, now)} for beat in beats],
        "findings": [row for row in current if row.gravity != Gravity.WARNING],
        "warnings": [row for row in current if row.gravity == Gravity.WARNING],
        "pager_lives": any(beat.kind == "pager" and not is_quiet(beat, now) for beat in beats),
        "cleared": Finding.objects.exclude(cleared_at=None).order_by("-cleared_at")[:10],
        "oldest": _oldest_due(),
        "latency": paging.latency(now),
        "synthetic": paging.synthetic_pages().order_by("-pk").first(),
        "bundled": bundling.waiting_now(),
        "reactions_waiting": Reaction.objects.filter(state=Reaction.State.DUE).count(),
        "deliveries_waiting": WebhookDelivery.objects.owed().count(),
        "head": audit.kept_head(),
        "unsealed": Event.objects.filter(UNSEALED, is_demo=False).count(),
        "tasks": [{"task": task, "when": _when(task)} for task in _tasks()],
    }
    return render(request, "portal/health.html", context)


@require_GET
def band(request: Request) -> HttpResponse:
    """What concerns everybody now, by itself, for pages that stay open."""
    require_look(request.user)
    items = gather("frame.band", request.user)
    return render(request, "components/band_items.html", {"band": items})


def _tasks() -> QuerySet[Any]:
    tasks: QuerySet[Any] = PeriodicTask.objects.select_related("interval", "crontab")
    return tasks.order_by("name")


def _when(task: Any) -> str:
    """Return “every 6 hours” or “at 03:20 UTC”; an unusual table as it stands."""
    if task.interval:
        return _("every %(time)s") % {"time": _length(task.interval)}
    table = task.crontab
    days = (table.day_of_week, table.day_of_month, table.month_of_year)
    if f"{table.hour}{table.minute}".isdigit() and set(days) == {"*"}:
        time = f"{int(table.hour):02}:{int(table.minute):02} {table.timezone}"
        return _("every day at %(time)s") % {"time": time}
    return str(table)


def _length(interval: Any) -> str:
    length = timedelta(**{interval.period: interval.every})
    hours, minutes = length // timedelta(hours=1), length // timedelta(minutes=1)
    if hours and length % timedelta(hours=1) == timedelta(0):
        return ngettext("hour", "%(n)d hours", hours) % {"n": hours}
    if minutes and length % timedelta(minutes=1) == timedelta(0):
        return ngettext("minute", "%(n)d minutes", minutes) % {"n": minutes}
    seconds = int(length.total_seconds())
    return ngettext("second", "%(n)d seconds", seconds) % {"n": seconds}


def _oldest_due() -> Notification | None:
    oldest = Notification.objects.owed().filter(wanted_at__lte=clock.now())
    return oldest.order_by("wanted_at").first()


@require_GET
def styleguide(request: Request) -> HttpResponse:
    return render(request, "portal/styleguide.html", examples())
