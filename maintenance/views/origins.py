"""A request in one press, from the pages of what made it necessary."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maintenance import workflow
from maintenance.access import require_services
from maintenance.models import MaintenanceRequest
from operations.access import alert_for, check_for
from portal.access import require_work
from portal.http import Request


@require_POST
def from_alert(request: Request, pk: int) -> HttpResponse:
    require_work(request.user)
    alert = alert_for(request.user, pk)
    if alert.service is not None:
        require_services(request.user, [alert.service])
    made, is_new = workflow.request_from_alert(alert, actor=request.user)
    return show(request, made, is_new=is_new)


@require_POST
def from_check(request: Request, pk: int) -> HttpResponse:
    require_work(request.user)
    check = check_for(request.user, pk)
    require_services(request.user, [check.service])
    made, is_new = workflow.request_from_check(check, actor=request.user)
    return show(request, made, is_new=is_new)


def show(request: Request, made: MaintenanceRequest, *, is_new: bool) -> HttpResponse:
    """Go to the request, and say so if it was there already."""
    if not is_new:
        text = _("There is an open request about this already: %(number)s.")
        messages.info(request, text % {"number": made.number})
    return redirect(made)
