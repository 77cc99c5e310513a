"""What people see without an account: the status page, and the link that acknowledges."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page, require_http_methods, require_safe

from incidents import links, workflow
from incidents.access import may_work_on
from incidents.models import Incident
from incidents.page_settings import page_settings
from incidents.status_documents import Publication
from incidents.wording import tone_of
from portal import clock
from portal.access import require_look
from portal.errors import DomainError
from portal.http import Request
from portal.models import Notification, User

BADGE = "badge.svg"
View = Callable[..., HttpResponse]
FRESH_FOR = 15  # seconds


def public(view: View) -> View:
    """
    The same answer for everybody, with an ETag.

    Pages are drawn without the request, so that nothing about who looks can get in.
    """

    @login_not_required
    @require_safe
    @conditional_page
    @cache_control(public=True, max_age=FRESH_FOR)
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    return answer


@public
def status(request: HttpRequest, path: str = "") -> HttpResponse:
    """A part of the page; `?component=` keeps what is about one component."""
    return _answer(request, Publication(clock.now()), path)


@require_safe
@conditional_page
@cache_control(private=True, no_cache=True)
def status_inside(request: Request, path: str = "") -> HttpResponse:
    """The page with its private components, for who is signed in and may look."""
    require_look(request.user)
    return _answer(request, Publication(clock.now(), is_private=True), path)


@login_not_required
@require_safe
@conditional_page
@cache_control(private=True, no_cache=True)
def status_by_key(request: HttpRequest, key: str, path: str = "") -> HttpResponse:
    """The page with its private components, for who has the address; 404 for a wrong one."""
    kept = page_settings()
    if not kept.private_key or not constant_time_compare(key, kept.private_key):
        raise Http404
    publication = Publication(clock.now(), is_private=True, settings=kept)
    return _answer(request, publication, path)


def _answer(request: HttpRequest, publication: Publication, path: str) -> HttpResponse:
    slug = request.GET.get("component", "")
    document = publication.document(f"components/{slug}/{path}" if slug else path)
    if document is None:
        raise Http404
    if path and not slug and document.path == f"{path}/":  # its links are relative
        return redirect(f"{request.path}/")
    response = HttpResponse(document.body, content_type=document.content_type)
    if document.policy:
        policy = f"{document.policy}; frame-ancestors 'none'"
        response.headers["Content-Security-Policy"] = policy
    if path.endswith(BADGE):
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


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
