"""What is new in the documents: the list, what one has read of it, and the feed."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_GET, require_POST, require_safe

from knowledge import workflow
from knowledge.models import DocumentNews, ReaderSettings
from knowledge.news_feed import CONTENT_TYPE, as_atom, headline
from knowledge.parts import parts_of_learn
from knowledge.texts import words_of
from portal.access import require_look
from portal.api.pagination import Page
from portal.crypto import secret_hash
from portal.http import Request
from portal.models import User


@require_GET
def news(request: Request) -> HttpResponse:
    require_look(request.user)
    return _page(request)


@require_POST
def read(request: Request) -> HttpResponse:
    """Mark as read what the list showed, not what came since."""
    require_look(request.user)
    until = request.POST.get("until", "")
    if not until.isdecimal() or len(until) > 18:
        raise Http404
    workflow.mark_read(until=int(until), actor=request.user)
    return redirect("knowledge:news")


@require_POST
def make_feed(request: Request) -> HttpResponse:
    """Make the reader's feed and show its address once."""
    require_look(request.user)
    key = workflow.make_feed(actor=request.user)
    return _page(request, url=address_of(key), status=201)


@require_POST
def close_feed(request: Request) -> HttpResponse:
    require_look(request.user)
    workflow.close_feed(actor=request.user)
    return redirect("knowledge:news")


@login_not_required
@require_safe
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The news for whoever has the key; 404 for one that opens nothing."""
    owner = workflow.feed_owner(key)
    if owner is None:
        missing = "There is no such feed.\n"
        return _guarded(HttpResponse(missing, status=404, content_type="text/plain"))
    body = as_atom(owner, address_of(key))
    etag = quote_etag(secret_hash(body.decode()))
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(body, content_type=CONTENT_TYPE)
    elif not isinstance(response, HttpResponseNotModified):
        response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["ETag"] = etag
    return _guarded(response)


def address_of(key: str) -> str:
    return f"{settings.SITE_URL}{reverse('document-feed', args=[key])}"


def _guarded(response: Any) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    answer: HttpResponse = response
    return answer


def _page(request: Request, *, url: str = "", status: int = 200) -> HttpResponse:
    user = request.user
    rows = DocumentNews.objects.visible_to(user)
    is_watched = "watched" in request.GET
    shown = rows.watched_by(user) if is_watched else rows
    page = Page(request, shown.with_list_columns().order_by("-pk"))
    known = ReaderSettings.objects.filter(person=user).first() or ReaderSettings()
    context = {
        "page": page,
        "rows": [_row(item, user, known.news_seen) for item in page.rows],
        "newest": rows.order_by("-pk").values_list("pk", flat=True).first(),
        "is_watched": is_watched,
        "settings": known,
        "url": url,
        "parts": parts_of_learn(user, "news"),
    }
    response = render(request, "knowledge/news.html", context, status=status)
    if url:
        response.headers["Cache-Control"] = "no-store"
    return response


def _row(item: DocumentNews, reader: User, seen: int) -> dict[str, Any]:
    is_new = item.pk > seen and item.actor_id != reader.pk and item.at >= reader.joined_at
    words = words_of(item.comment.html) if item.comment else ""
    return {"news": item, "headline": headline(item), "words": words, "is_new": is_new}
