"""What is not there: a page for people, problem details for programs."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found

from portal.api.errors import MEDIA_TYPE


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    problem = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": _("There is nothing at this address."),
        "code": "not_found",
    }
    return JsonResponse(problem, status=404, content_type=MEDIA_TYPE)
