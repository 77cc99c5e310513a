"""Calendar feeds of changes: the page where keys are made, and what calendars read."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_GET, require_POST, require_safe

from maintenance import workflow
from maintenance.access import change_feed_for
from maintenance.change_feeds import as_icalendar, changes_in
from maintenance.models import ChangeFeed
from maintenance.time_forms import ChangeFeedForm
from operations.calendar_feeds import CONTENT_TYPE
from portal import clock
from portal.access import require_look
from portal.crypto import secret_hash
from portal.http import Request


@require_GET
def feed_list(request: Request) -> HttpResponse:
    require_look(request.user)
    return _page(request)


@require_POST
def create(request: Request) -> HttpResponse:
    """Make a feed and show its address once."""
    require_look(request.user)
    form = ChangeFeedForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    _feed, key = workflow.make_change_feed(
        owner=request.user, **form.scope(), actor=request.user
    )
    return _page(request, url=address_of(key), status=201)


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    workflow.revoke_change_feed(change_feed_for(request.user, pk), actor=request.user)
    return redirect("maintenance:change-feeds")


@login_not_required
@require_safe
def read(request: HttpRequest, key: str) -> HttpResponse:
    """
    The changes of a feed for whoever has its key; the key is the only name that is shown.

    Answers 404 for a key that opens nothing, and 304 when nothing changed.
    """
    feed = workflow.change_feed_by(key)
    if feed is None:
        missing = "There is no such feed.\n"
        return _guarded(HttpResponse(missing, status=404, content_type="text/plain"))
    body = as_icalendar(feed, changes_in(feed, clock.now()))
    etag = quote_etag(secret_hash(body.decode()))
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(body, content_type=CONTENT_TYPE)
        response.headers["Content-Disposition"] = 'inline; filename="changes.ics"'
    elif not isinstance(response, HttpResponseNotModified):
        response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["ETag"] = etag
    return _guarded(response)


def address_of(key: str) -> str:
    return f"{settings.SITE_URL}{reverse('change-feed', args=[key])}"


def _guarded(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(
    request: Request, form: ChangeFeedForm | None = None, *, url: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "feeds": ChangeFeed.objects.of(request.user).open().select_related("team"),
        "form": form or ChangeFeedForm(),
        "url": url,
    }
    response = render(request, "maintenance/change_feeds.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
