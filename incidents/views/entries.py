"""Entries of the timeline: written, corrected, struck out and pinned."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from incidents import workflow
from incidents.access import incident_for, note_for
from incidents.entry_forms import EditEntryForm, EntryForm, RemoveEntryForm
from incidents.models import TimelineNote
from incidents.room_events import events_of
from incidents.views.room import room_page
from portal.errors import DomainError
from portal.http import Request


@require_POST
def add(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = EntryForm(request.POST, request.FILES, user=request.user, auto_id="id_note_%s")
    if not form.is_valid():
        return room_page(request, incident, {"add_note": form}, status=422)
    workflow.add_note(incident, **form.words, actor=request.user)
    return redirect(incident)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int, note: int) -> HttpResponse:
    entry = note_for(request.user, note, may="change", incident=pk)
    if request.method != "POST":
        return _page(request, entry, EditEntryForm(note=entry, user=request.user))
    form = EditEntryForm(request.POST, note=entry, user=request.user)
    if not form.is_valid():
        return _page(request, entry, form, status=422)
    version = form.cleaned_data["version"]
    try:
        workflow.edit_note(entry, version=version, actor=request.user, **form.words)
    except DomainError as refused:  # what was typed stays in the form
        for refusal in refused.refusals:
            form.add_error(None, " ".join([refusal.sentence, refusal.remedy]).strip())
        return _page(request, entry, form, status=409)
    return _back(entry)


@require_POST
def remove(request: Request, pk: int, note: int) -> HttpResponse:
    entry = note_for(request.user, note, may="change", incident=pk)
    form = RemoveEntryForm(request.POST)
    if not form.is_valid():
        edited = EditEntryForm(note=entry, user=request.user)
        return _page(request, entry, edited, form, status=422)
    workflow.remove_note(entry, **form.cleaned_data, actor=request.user)
    return _back(entry)


@require_POST
def pin(request: Request, pk: int, note: int, *, is_pinned: bool) -> HttpResponse:
    entry = note_for(request.user, note, may="change", incident=pk)
    return _back(workflow.pin_note(entry, is_pinned=is_pinned, actor=request.user))


@require_POST
def pin_event(request: Request, pk: int, event: int, *, is_pinned: bool) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    found = get_object_or_404(events_of(incident, request.user), pk=event)
    workflow.pin_event(incident, found, is_pinned=is_pinned, actor=request.user)
    return redirect(f"{incident.get_absolute_url()}#event-{event}")


def _page(
    request: Request,
    entry: TimelineNote,
    form: EditEntryForm,
    remove_form: RemoveEntryForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    refusals = workflow.why_not_edit(entry)
    context = {
        "entry": entry,
        "incident": entry.incident,
        "form": form,
        "remove_form": remove_form or RemoveEntryForm(auto_id="id_remove_%s"),
        "refusals": refusals,
        "history_url": reverse("history", args=["incidents.timelinenote", entry.pk]),
    }
    return render(request, "incidents/entry.html", context, status=status)


def _back(entry: TimelineNote) -> HttpResponse:
    return redirect(f"{entry.incident.get_absolute_url()}#note-{entry.pk}")
