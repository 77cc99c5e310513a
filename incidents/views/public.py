"""What people see without an account: the status page, and the link that acknowledges."""

from collections.abc import Callable
from datetime import UTC
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page, require_http_methods, require_safe

from incidents import links, workflow
from incidents.access import may_work_on
from incidents.models import Incident
from incidents.status_page import as_json, entry_title, status_page
from incidents.wording import tone_of
from portal import clock
from portal.errors import DomainError
from portal.models import Notification, User

View = Callable[..., HttpResponse]
ATOM = "application/atom+xml; charset=utf-8"


def public(view: View) -> View:
    """
    The same answer for everybody, with an ETag, in UTC.

    Pages are drawn without the request, so that nothing about who looks can get in.
    """

    @login_not_required
    @require_safe
    @conditional_page
    @cache_control(public=True, max_age=15)
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with timezone.override(UTC):
            return view(request, *args, **kwargs)

    return answer


@public
def status(_request: HttpRequest) -> HttpResponse:
    context = {"status": status_page(clock.now()), "brand_name": settings.NAME}
    return HttpResponse(render_to_string("status/index.html", context))


@public
def status_json(_request: HttpRequest) -> JsonResponse:
    return JsonResponse(as_json(status_page(clock.now()), _absolute(reverse("status"))))


@public
def status_feed(_request: HttpRequest) -> HttpResponse:
    """Each update once, under an address of its own that never changes."""
    page = status_page(clock.now())
    url = _absolute(reverse("status"))
    feed = Atom1Feed(
        title=_("%(name)s status") % {"name": settings.NAME},
        link=url,
        description=page.headline,
        feed_url=_absolute(reverse("status-feed")),
        language="en",
    )
    entries = [
        (each, update) for each in [*page.current, *page.past] for update in each.updates
    ]
    for incident, update in sorted(entries, key=lambda pair: pair[1].posted_at, reverse=True):
        feed.add_item(
            title=entry_title(incident, update),
            link=f"{url}#update-{update.pk}",
            description=update.text,
            unique_id=f"{url}#update-{update.pk}",
            pubdate=update.posted_at,
            updateddate=update.posted_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=ATOM)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@csrf_exempt  # the address itself is the secret; a phone without cookies must be able to post
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """Show the incident and a button; only the button acts, for the person the link names."""
    try:
        named = links.read(token)
    except signing.SignatureExpired:
        return _no_use(_("This link has expired."), 410)
    except (signing.BadSignature, ValueError, TypeError):
        return _no_use(_("This link is not complete, or not one of ours."), 404)
    person = User.objects.filter(pk=named.person).first()
    incident = Incident.objects.with_room_columns().filter(pk=named.incident).first()
    if person is None or incident is None or not _may_still(person, incident):
        return _no_use(_("This link cannot be used any more."), 403)
    with timezone.override(ZoneInfo(person.time_zone)):
        if request.method == "POST":
            return _acknowledge(person, incident, token)
        return _ack_page(person, incident, token)


def _acknowledge(person: User, incident: Incident, token: str) -> HttpResponse:
    try:
        workflow.acknowledge(incident, actor=person)
    except DomainError:
        return _ack_page(
            person, Incident.objects.with_room_columns().get(pk=incident.pk), token
        )
    return redirect("acknowledge", token)


def _ack_page(person: User, incident: Incident, token: str) -> HttpResponse:
    context = {
        "incident": incident,
        "person": person,
        "tone": tone_of(incident.state),
        "refusals": workflow.refusals(incident, "acknowledge"),
        "ack_url": reverse("acknowledge", args=[token]),
        "brand_name": settings.NAME,
    }
    return HttpResponse(render_to_string("status/acknowledge.html", context))


def _no_use(reason: str, status: int) -> HttpResponse:
    context = {"reason": reason, "brand_name": settings.NAME}
    return HttpResponse(render_to_string("status/no_use.html", context), status=status)


def _may_still(person: User, incident: Incident) -> bool:
    """Who was paged may answer, as long as they may work here at all."""
    if may_work_on(person, incident):
        return True
    was_paged = Notification.objects.filter(
        person=person, topic=incident.reference, kind="page"
    )
    return person.may_work and was_paged.exists()


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
