"""Calendar feeds: the page where keys are made, and the address that calendars read."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_GET, require_POST, require_safe

from operations import workflow
from operations.access import feed_for, schedule_for
from operations.calendar_feeds import CONTENT_TYPE, as_icalendar, shifts_in
from operations.forms import FeedForm
from operations.models import IN_USE, CalendarFeed, Schedule
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
    form = _form(request)
    if not form.is_valid():
        return _page(request, form, status=422)
    schedule = form.cleaned_data["schedule"]
    if schedule is not None:
        schedule_for(request.user, schedule.pk)
    _feed, key = workflow.make_feed(owner=request.user, schedule=schedule, actor=request.user)
    url = settings.SITE_URL + reverse("on-call-feed", args=[key])
    return _page(request, url=url, status=201)


@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    workflow.revoke_feed(feed_for(request.user, pk), actor=request.user)
    return redirect("operations:feeds")


@login_not_required
@require_safe
def read(request: HttpRequest, key: str) -> HttpResponse:
    """
    The shifts of a feed for whoever has its key; the key is the only name that is shown.

    Answers 404 for a key that opens nothing, and 304 when nothing changed. The key stands in
    the address because calendar programs send nothing else; so no address leaves with links.
    """
    feed = workflow.feed_by(key)
    if feed is None:
        return _plain("There is no such feed.\n", 404)
    body = as_icalendar(feed, shifts_in(feed, clock.now()))
    etag = quote_etag(secret_hash(body.decode()))
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(body, content_type=CONTENT_TYPE)
        response.headers["Content-Disposition"] = 'inline; filename="on-call.ics"'
    elif not isinstance(response, HttpResponseNotModified):
        response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["ETag"] = etag
    return _guarded(response)


def _plain(text: str, status: int) -> HttpResponse:
    return _guarded(HttpResponse(text, status=status, content_type="text/plain"))


def _guarded(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _form(request: Request) -> FeedForm:
    schedules = Schedule.objects.filter(IN_USE).select_related("team")
    return FeedForm(request.POST or None, schedules=schedules)


def _page(
    request: Request, form: FeedForm | None = None, *, url: str = "", status: int = 200
) -> HttpResponse:
    feeds = CalendarFeed.objects.of(request.user).open().select_related("schedule__team")
    schedules = Schedule.objects.filter(IN_USE).select_related("team")
    context = {
        "feeds": feeds,
        "form": form or FeedForm(schedules=schedules),
        "url": url,
    }
    response = render(request, "operations/feeds.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
