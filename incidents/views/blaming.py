"""Saying which deployment caused an incident."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from incidents import workflow
from incidents.access import incident_for
from incidents.blaming_form import BlameForm
from incidents.views.context import context_page
from portal.http import Request


@require_POST
def blame(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = BlameForm(request.POST, incident=incident)
    if not form.is_valid():
        return context_page(request, incident, form, status=422)
    workflow.blame_deployment(incident, actor=request.user, **form.cleaned_data)
    messages.success(request, _("It is kept with the deployment."))
    return redirect("incidents:incident-context", incident.pk)
