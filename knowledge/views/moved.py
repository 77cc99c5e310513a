"""Old addresses of documents: they lead where the document is now."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from knowledge.access import Moved
from portal.http import Request


def follows(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Have the view answer an old slug with the new address; what was sent goes along."""

    @wraps(view)
    def answer(request: Request, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, slug=slug, **kwargs)
        except Moved as moved:
            match = request.resolver_match
            assert match is not None
            address = reverse(match.view_name, kwargs={**kwargs, "slug": moved.slug})
            query = request.META.get("QUERY_STRING", "")
            to = f"{address}?{query}" if query else address
            return HttpResponseRedirect(to, preserve_request=request.method != "GET")

    return answer
