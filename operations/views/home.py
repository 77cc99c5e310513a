"""Operate: is anything wrong, who is on call, what is to be done today?"""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from operations.access import seen_by
from operations.models import (
    Alert,
    AlertRule,
    BackupComponent,
    CapacityRule,
    Check,
    ChecklistRun,
    ChecklistTemplate,
    CheckState,
    MetricThreshold,
    RunState,
)
from operations.on_call import everybody_on_call
from portal import clock
from portal.access import require_look
from portal.http import Request

SHOWN = 10


@require_GET
def home(request: Request) -> HttpResponse:
    require_look(request.user)
    firing = Alert.objects.visible_to(request.user).firing().with_list_columns()
    runs = ChecklistRun.objects.visible_to(request.user).with_list_columns()
    down = Check.objects.filter(state=CheckState.DOWN, is_active=True)
    worst = list(firing.order_by("severity", "-started_at", "-pk")[: SHOWN + 1])
    context = {
        "alerts": worst[:SHOWN],
        "has_more_alerts": len(worst) > SHOWN,
        "red_checks": down.select_related("service")[:SHOWN],
        "runs": runs.filter(state=RunState.OPEN).order_by("due_at")[:SHOWN],
        "duties": everybody_on_call(clock.now()),
    }
    return render(request, "operations/home.html", context)


@require_GET
def reference(request: Request) -> HttpResponse:
    require_look(request.user)
    thresholds = seen_by(request.user, MetricThreshold.objects.all())
    context = {
        "families": [
            (family.label, [row for row in thresholds if row.family == family])
            for family in MetricThreshold.Family
        ],
        "rules": AlertRule.objects.select_related("metric").order_by("delivery", "order"),
        "backups": BackupComponent.objects.all(),
        "templates": ChecklistTemplate.objects.select_related("team"),
        "capacity": CapacityRule.objects.all(),
    }
    return render(request, "operations/reference.html", context)
