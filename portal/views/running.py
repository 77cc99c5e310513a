"""How the portal itself is, for people; machines ask `portal.views.health`."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_celery_beat.models import PeriodicTask

from portal import audit, clock
from portal.heartbeats import QUIET_AFTER
from portal.http import Request
from portal.models import (
    UNSEALED,
    Event,
    Finding,
    Heartbeat,
    Notification,
    Reaction,
    WebhookDelivery,
)
from portal.styleguide import examples


@require_GET
def health(request: Request) -> HttpResponse:
    now = clock.now()
    beats = list(Heartbeat.objects.all())
    context = {
        "now": now,
        "processes": [
            {"beat": beat, "is_quiet": now - beat.beat_at > QUIET_AFTER} for beat in beats
        ],
        "findings": Finding.objects.filter(cleared_at=None),
        "cleared": Finding.objects.exclude(cleared_at=None).order_by("-cleared_at")[:10],
        "oldest": _oldest_due(),
        "reactions_waiting": Reaction.objects.filter(state=Reaction.State.DUE).count(),
        "deliveries_waiting": WebhookDelivery.objects.owed().count(),
        "head": audit.kept_head(),
        "unsealed": Event.objects.filter(UNSEALED, is_demo=False).count(),
        "tasks": PeriodicTask.objects.select_related("interval", "crontab").order_by("name"),
    }
    return render(request, "portal/health.html", context)


def _oldest_due() -> Notification | None:
    oldest = Notification.objects.owed().filter(wanted_at__lte=clock.now())
    return oldest.order_by("wanted_at").first()


@require_GET
def styleguide(request: Request) -> HttpResponse:
    return render(request, "portal/styleguide.html", examples())
