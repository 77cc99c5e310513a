"""Search, and the improvement board."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from portal.http import Request
from portal.improvement import board, rules
from portal.search import search
from portal.text_search import LONGEST, MOST_TERMS, is_too_much


@require_GET
@vary_on_headers("HX-Target")
def search_page(request: Request) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    too_much = is_too_much(text)
    context = {
        "text": text,
        "longest": LONGEST,
        "too_much": _("Search for at most %(length)d characters and %(terms)d words.")
        % {"length": LONGEST, "terms": MOST_TERMS}
        if too_much
        else "",
        "groups": [] if too_much else search(request.user, text),
    }
    only_results = request.htmx.target == "results"
    template = "portal/search.html#results" if only_results else "portal/search.html"
    return render(request, template, context, status=422 if too_much else 200)


@require_GET
def improve(request: Request) -> HttpResponse:
    context = {"board": board(request.user), "rules": rules()}
    return render(request, "portal/improve.html", context)
