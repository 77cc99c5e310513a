"""What machines ask: do we live, can we serve, do pages leave in time? Open, no session."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from portal import clock
from portal.heartbeats import QUIET_AFTER, newest
from portal.models import Notification, Reaction, SendState, Urgency

LATE_AFTER = timedelta(seconds=60)


@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 while this process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database answers too, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "no answer"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


@login_not_required
@never_cache
@require_safe
def paging(request: HttpRequest) -> HttpResponse:
    """
    503 when the oldest due page is over a minute late, or no pager has looked for 30 s.

    `{"status", "oldest_due_page_seconds", "reactions_waiting", "pager_seen_seconds"}`.
    """
    now = clock.now()
    owed = Notification.objects.filter(
        state__in=[SendState.DUE, SendState.CLAIMED], urgency=Urgency.HIGH, wanted_at__lte=now
    )
    oldest = owed.order_by("wanted_at").values_list("wanted_at", flat=True).first()
    seen = newest("pager")
    late = oldest is not None and now - oldest > LATE_AFTER
    quiet = seen is None or now - seen > QUIET_AFTER
    answer = {
        "status": "late" if late else "quiet" if quiet else "ok",
        "oldest_due_page_seconds": (now - oldest).total_seconds() if oldest else 0,
        "reactions_waiting": Reaction.objects.filter(state=Reaction.State.DUE).count(),
        "pager_seen_seconds": (now - seen).total_seconds() if seen else None,
    }
    return JsonResponse(answer, status=503 if late or quiet else 200)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text; with EVENKEEL_METRICS_TOKEN set, only for who shows it as bearer."""
    wanted = settings.METRICS_TOKEN
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if wanted and not constant_time_compare(shown, wanted):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
