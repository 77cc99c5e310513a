"""The improvement board."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.http import Request
from portal.improvement import board, rules


@require_GET
def improve(request: Request) -> HttpResponse:
    context = {"board": board(request.user), "rules": rules()}
    return render(request, "portal/improve.html", context)
