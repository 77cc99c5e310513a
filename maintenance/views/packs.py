"""Evidence to take along, as a ZIP."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from maintenance import workflow
from maintenance.access import request_for
from maintenance.delivery_form import DeliveryForm
from maintenance.views.delivery import form_page
from maintenance.workflow import Pack
from portal.access import require_look
from portal.http import Request
from portal.models import Service


@require_POST
def of_request(request: Request, pk: int) -> HttpResponse:
    item = request_for(request.user, pk)
    return answer(workflow.pack_request(item, actor=request.user))


@require_POST
def of_service(request: Request, slug: str) -> HttpResponse:
    """Of the time that the delivery page was asked for."""
    require_look(request.user)
    service = get_object_or_404(Service.objects.visible_to(request.user), slug=slug)
    form = DeliveryForm(request.POST, user=request.user)
    if not form.is_valid():
        return form_page(request, form)
    period = form.period
    pack = workflow.pack_service(
        service, start=period.start, end=period.end, actor=request.user
    )
    return answer(pack)


def answer(pack: Pack) -> HttpResponse:
    """Return the ZIP as a download, with its seal in a header."""
    headers = {
        "Content-Disposition": f'attachment; filename="{pack.name}"',
        "X-Evidence-Seal": pack.seal,
    }
    return HttpResponse(pack.content, content_type="application/zip", headers=headers)
