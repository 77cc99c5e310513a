"""What can be written in texts, with examples drawn as every page draws them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from knowledge.examples import EXAMPLES
from portal.access import require_look
from portal.http import Request


@require_GET
def writing(request: Request) -> HttpResponse:
    require_look(request.user)
    return render(request, "knowledge/writing.html", {"examples": EXAMPLES})
