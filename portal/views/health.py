"""What machines ask: do we live, can we serve, do pages leave in time? Open, no session."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from portal import clock
from portal.models import Reaction
from portal.paging import state


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
    503 when the oldest due page is over a minute late, no pager has looked for 30 s, or the
    auditor found something else that keeps pages back.

    `{"status", "oldest_due_page_seconds", "reactions_waiting", "pager_seen_seconds", "alarm"}`.
    """
    now = state(clock.now())
    seen = now.pager_seen
    answer = {
        "status": now.status,
        "oldest_due_page_seconds": now.late_for.total_seconds(),
        "reactions_waiting": Reaction.objects.filter(state=Reaction.State.DUE).count(),
        "pager_seen_seconds": (now.now - seen).total_seconds() if seen else None,
        "alarm": now.alarm.code if now.alarm else None,
    }
    return JsonResponse(answer, status=200 if now.status == "ok" else 503)


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
