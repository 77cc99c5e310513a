"""
The door for forges: no session and no form token, only a signed body as it comes.

202 is said after the commit. A forge shows the answer beside its delivery, so each refusal
says in a sentence what to do.
"""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from maintenance import workflow
from maintenance.models import DeploymentSource
from operations.views.intake import LIMIT, answer, content_type_of, taking, unavailable
from portal import clock


@csrf_exempt
@login_not_required
@require_POST
def take_in(request: HttpRequest, kind: str, number: uuid.UUID) -> HttpResponse:
    """
    Keep one call of a forge.

    202 once it is kept, also if it was before; 401 if its signature is not right; 404 for an
    address that is no source's; 400 for what is not JSON; 413 for more than 10 MiB; 503 when
    the database refuses, so that the forge shows a failure and it can be sent again.
    """

    def take(request: HttpRequest, body: bytes) -> HttpResponse:
        source = DeploymentSource.objects.filter(public_id=number, kind=kind).first()
        if source is None:
            return answer(404, "unknown_source", "No source has this address.")
        return _take(request, source, body)

    return taking(request, take, unavailable)


def _take(request: HttpRequest, source: DeploymentSource, body: bytes) -> HttpResponse:
    headers = {name.lower(): value for name, value in request.headers.items()}
    content_type = content_type_of(request)

    def turn_away(status: int, code: str, why: str) -> HttpResponse:
        workflow.reject_call(source, body, content_type, headers, why=why)
        return answer(status, code, why)

    if len(body) > LIMIT:
        return turn_away(413, "too_long", "The body is longer than 10 MiB.")
    if why := workflow.why_not_let_in(source, body, headers, clock.now()):
        return turn_away(401, "not_let_in", why)
    if not workflow.is_json(source, body, content_type):
        return turn_away(400, "not_json", "The body is not JSON.")
    call, is_new = workflow.accept_call(source, body, content_type, headers)
    said = {"status": "accepted" if is_new else "known", "call": call.pk}
    return JsonResponse(said, status=202)
