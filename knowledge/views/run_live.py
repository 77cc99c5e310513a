"""News of a run: whether there are any, and the steps that tell them."""

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from knowledge.access import run_for
from knowledge.run_live import newest_by
from knowledge.run_page import run_context
from portal.http import Request

UNSTORED = {"Cache-Control": "no-store"}


@require_GET
@login_not_required
def news(request: HttpRequest, token: str) -> HttpResponse:
    """204 if the asker has seen everything, else the number to fetch the run's steps by."""
    try:
        newest = newest_by(token)
    except BadSignature:
        return HttpResponse(status=410)
    if newest is None:
        return HttpResponse(status=404)
    if request.GET.get("seen") == str(newest):
        return HttpResponse(status=204, headers=UNSTORED)
    return JsonResponse({"newest": newest}, headers=UNSTORED)


@require_GET
def live(request: Request, pk: int) -> HttpResponse:
    """The steps as they are now: 204 if the reader has seen them so."""
    run = run_for(request.user, pk)
    if not request.htmx:
        return redirect(run)
    if request.GET.get("seen") == str(run.version):
        return HttpResponse(status=204, headers=UNSTORED)
    context = run_context(request.user, run) | {"is_update": True}
    part = render(request, "knowledge/run.html#live", context)
    part.headers["Cache-Control"] = "no-store"
    return part
