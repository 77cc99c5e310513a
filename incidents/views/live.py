"""News of a room: whether there are any, and the parts of the room that tell them."""

import secrets
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from incidents.access import incident_for, workers_on
from incidents.command_view import named_in
from incidents.live import address_for, newest_by, newest_in
from incidents.models import Incident
from incidents.views.room import command_news, live_context
from portal.brief import Brief
from portal.http import Request

# Stands where the reader's own token will: what many see is written once.
TOKEN, NEWS = secrets.token_hex(16), secrets.token_hex(16)

_parts: Brief[str] = Brief(5)


@require_GET
@login_not_required
def news(request: HttpRequest, token: str) -> HttpResponse:
    """204 if the asker has seen everything, else the number to fetch the room's parts by."""
    try:
        newest = newest_by(token)
    except BadSignature:
        return HttpResponse(status=410)  # the room has a fresh address
    if newest is None:
        return HttpResponse(status=404)
    headers = {"Cache-Control": "no-store"}
    if request.GET.get("seen") == str(newest):
        return HttpResponse(status=204, headers=headers)
    return JsonResponse({"newest": newest}, headers=headers)


class Room(NamedTuple):
    """An incident, who works on it and who is named in it, as all share it for a moment."""

    incident: Incident
    workers: frozenset[int]
    named: frozenset[int]


_rooms: Brief[Room] = Brief(2)


@require_GET
def live(request: Request, pk: int) -> HttpResponse:
    """
    What has changed since the reader looked: 204 if nothing, else the room's live parts.

    When something happens, everybody who looks asks at once: so that costs what tells who the
    reader is, and the rest is looked up and written once for all.
    """
    if not request.htmx:
        return redirect(incident_for(request.user, pk))
    person = request.user
    newest = newest_in(pk)
    room = _rooms.get((pk, newest), lambda: _room(pk))
    if not room.incident.is_visible_to(person):
        raise Http404
    if request.GET.get("seen") == str(newest):
        return HttpResponse(status=204)
    is_mine = person.is_administrator or (person.may_work and person.pk in room.workers)

    def parts() -> str:
        context: dict[str, Any] = live_context(request, room.incident, is_mine=is_mine)
        context |= command_news(request, room.incident, is_mine=is_mine)
        context |= {"newest": newest, "is_update": True, "csrf_token": TOKEN, "news_url": NEWS}
        return render_to_string("incidents/room.html#live", context)

    # All that the parts depend on, but for the reader's own two tokens: whoever has a role, or
    # was asked to take one over, sees buttons of their own.
    asked = request.GET.copy()
    asked.pop("seen", None)
    key = (
        *(pk, newest, is_mine, person.may_work, person.is_administrator, asked.urlencode()),
        *(get_current_timezone_name(), get_language()),
        person.pk if person.pk in room.named else None,
    )
    html = _parts.get(key, parts)
    html = html.replace(TOKEN, get_token(request))
    return HttpResponse(html.replace(NEWS, address_for(person, room.incident)))


def _room(pk: int) -> Room:
    incident = get_object_or_404(Incident.objects.with_room_columns(), pk=pk)
    return Room(incident, workers_on(incident), named_in(incident))
