from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from operations import workflow
from operations.access import alert_for, may_change
from operations.filters import AlertFilter
from operations.models import Alert
from operations.views.export import csv_file
from portal import events
from portal.access import require_look, require_work
from portal.errors import Refusal
from portal.http import Request
from portal.listing import listing
from portal.thread import thread
from portal.timeline import lines

AT_ONCE = 200
COLUMNS = [
    "id",
    "severity",
    "state",
    "name",
    "summary",
    "service__slug",
    "integration__name",
    "started_at",
    "ended_at",
    "occurrence_count",
]


@require_GET
def alert_list(request: Request) -> HttpResponse:
    require_look(request.user)
    alerts = Alert.objects.visible_to(request.user).with_list_columns()
    context = listing(request, alerts, AlertFilter)
    return render(request, "operations/alerts.html", context)


@require_GET
def export(request: Request) -> HttpResponseBase:
    require_look(request.user)
    alerts = Alert.objects.visible_to(request.user)
    return csv_file(request, alerts, AlertFilter, name="alerts", columns=COLUMNS)


@require_GET
def detail(request: Request, pk: int) -> HttpResponse:
    alert = alert_for(request.user, pk)
    reasons = workflow.why_not_acknowledge(alert)
    if not may_change(request.user, alert.service):
        reasons = [Refusal("not_yours", "Only the service's team acknowledges its alerts.")]
    context = {
        "alert": alert,
        "why_not_acknowledge": reasons,
        "occurrences": alert.occurrences.select_related("receipt").defer("receipt__body")[:50],
        "labels": sorted(alert.labels.items()),
        "annotations": sorted(alert.annotations.items()),
        "timeline": lines(events.about(alert)[:50], about=alert),
        "thread": thread(request.user, alert),
    }
    return render(request, "operations/alert.html", context)


@require_POST
def acknowledge(request: Request, pk: int) -> HttpResponse:
    alert = alert_for(request.user, pk, may="change")
    workflow.acknowledge_alert(alert, actor=request.user)
    return redirect(alert)


@require_POST
def acknowledge_many(request: Request) -> HttpResponse:
    """Acknowledge each of the chosen by itself, and say what became of each."""
    require_work(request.user)
    pks = [int(pk) for pk in request.POST.getlist("alert")[:AT_ONCE] if pk.isdecimal()]
    alerts = Alert.objects.visible_to(request.user).with_list_columns().filter(pk__in=pks)
    outcomes = []
    for alert in alerts.select_related("service__team"):
        if may_change(request.user, alert.service):
            outcomes += workflow.acknowledge_alerts([alert], actor=request.user)
        else:
            refusal = Refusal("not_yours", "Only the service's team acknowledges its alerts.")
            outcomes.append(workflow.Outcome(alert, [refusal]))
    done = sum(not outcome.refusals for outcome in outcomes)
    if done == len(outcomes):
        said = ngettext("%d alert is acknowledged.", "%d alerts are acknowledged.", done) % done
        messages.success(request, said)
        return redirect("operations:alerts")
    context = {"outcomes": outcomes, "done": done}
    return render(request, "operations/acknowledged.html", context, status=409)
