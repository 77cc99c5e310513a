"""Links that lead nowhere, as a list and as a file: document, line, address, and why."""

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from knowledge.filters import LinkFilter
from knowledge.models import DocumentLink
from knowledge.parts import parts_of_learn
from operations.views.export import csv_file
from portal.access import require_look
from portal.http import Request
from portal.listing import listing

COLUMNS = ["document__title", "document__slug", "line", "address", "why", "kind"]


@require_GET
def link_list(request: Request) -> HttpResponse:
    require_look(request.user)
    broken = DocumentLink.objects.broken_for(request.user)
    context = {
        **listing(request, broken.with_list_columns(), LinkFilter),
        "parts": parts_of_learn(request.user, "links"),
    }
    return render(request, "knowledge/links.html", context)


@require_GET
def link_csv(request: Request) -> HttpResponseBase:
    """The list as it is filtered, all of its pages."""
    require_look(request.user)
    broken = DocumentLink.objects.broken_for(request.user)
    return csv_file(
        request, broken.with_list_columns(), LinkFilter, name="links", columns=COLUMNS
    )
