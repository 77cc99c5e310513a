"""A maintenance request in one press, from an incident or from a user's report."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from incidents import workflow
from incidents.access import incident_for, report_for
from maintenance.access import require_services
from maintenance.views.origins import show
from portal.http import Request


@require_POST
def from_incident(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    require_services(request.user, [incident.service])
    made, is_new = workflow.request_from_incident(incident, actor=request.user)
    return show(request, made, is_new=is_new)


@require_POST
def from_report(request: Request, pk: int) -> HttpResponse:
    report = report_for(request.user, pk, may="change")
    if report.component and report.component.service:
        require_services(request.user, [report.component.service])
    made, is_new = workflow.request_from_report(report, actor=request.user)
    return show(request, made, is_new=is_new)
