"""Flags and settings that changed, as programs told of them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from maintenance.deployment_parts import deployment_parts
from maintenance.filters import ChangeEventFilter
from maintenance.models import ChangeEvent
from portal.http import Request
from portal.listing import listing


@require_GET
def change_event_list(request: Request) -> HttpResponse:
    rows = ChangeEvent.objects.visible_to(request.user).with_list_columns()
    context = listing(request, rows, ChangeEventFilter)
    page = context["page"]
    counted = ngettext("%(n)s change", "%(n)s changes", page.counted)
    context["total"] = counted % {"n": page.total_text}
    context["parts"] = deployment_parts(request)
    return render(request, "maintenance/change_events.html", context)
