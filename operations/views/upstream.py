from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from operations import workflow
from operations.access import integration_for
from operations.forms import UpstreamForm
from portal import clock
from portal.http import Request


@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    integration = integration_for(request.user, pk, may="change")
    form = UpstreamForm(request.POST or None, integration=integration)
    if form.is_valid():
        workflow.set_upstream(integration, **form.values, now=clock.now(), actor=request.user)
        return redirect(integration)
    integrations = reverse("operations:integrations")
    context = {
        "form": form,
        "title": _("How its alerts are confirmed"),
        "crumbs": [
            {"label": _("Integrations"), "url": integrations},
            {"label": str(integration), "url": integration.get_absolute_url()},
        ],
        "cancel_url": integration.get_absolute_url(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "operations/form.html", context, status=status)


@require_POST
def ask(request: Request, pk: int) -> HttpResponse:
    integration = integration_for(request.user, pk, may="change")
    workflow.ask_soon(integration, now=clock.now(), actor=request.user)
    messages.success(request, _("It is asked within seconds; come back for the answer."))
    return redirect(integration)
