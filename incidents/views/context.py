"""Beside the room: what helps to understand an incident, and what is done less often."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from incidents import workflow
from incidents.access import incident_for, may_work_on
from incidents.blaming_form import BlameForm
from incidents.models import Incident
from incidents.similar import similar_to
from incidents.understanding import changed_before
from incidents.views.room import desk_context
from portal.http import Request
from portal.thread import thread


@require_GET
@vary_on_headers("HX-Request")
def context(request: Request, pk: int) -> HttpResponse:
    """A page of its own; the room fetches its parts once it stands there."""
    return context_page(request, incident_for(request.user, pk))


def context_page(
    request: Request, incident: Incident, form: BlameForm | None = None, *, status: int = 200
) -> HttpResponse:
    """Show it; `form` is one that came with something to correct."""
    is_mine = may_work_on(request.user, incident)
    shown = {
        "incident": incident,
        "changed": changed_before(incident, request.user),
        "blamed": workflow.blamed_for(incident),
        "blame_form": form or (BlameForm(incident=incident) if is_mine else None),
        "similar": similar_to(incident, request.user),
        "thread": thread(request.user, incident),
    }
    name = "incidents/context.html" + ("#parts" if request.htmx else "")
    return render(request, name, shown, status=status)


@require_GET
@vary_on_headers("HX-Request")
def desk(request: Request, pk: int) -> HttpResponse:
    """Telling people, tasks, impact and merging: its own page, and a part of the room."""
    incident = incident_for(request.user, pk)
    is_mine = may_work_on(request.user, incident)
    shown = desk_context(request.user, incident, {}, is_mine=is_mine)
    name = "incidents/desk_parts.html" if request.htmx else "incidents/desk.html"
    return render(request, name, shown)
