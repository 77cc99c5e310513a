"""What is done in the incident room: one small form for each verb."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from incidents import workflow
from incidents.access import incident_for, may_work_on
from incidents.forms import (
    NoteForm,
    PagePersonForm,
    ReasonForm,
    ResolveForm,
    RunbookForm,
    SeverityForm,
    SnoozeForm,
    UpdateForm,
)
from incidents.models import Phase
from incidents.views.room import room_page
from portal import clock
from portal.access import require_work
from portal.http import Request


@require_POST
def acknowledge(request: Request, pk: int) -> HttpResponse:
    """Stop the paging; from who may not, keep that they say they are on it."""
    incident = incident_for(request.user, pk)
    if may_work_on(request.user, incident):
        return redirect(workflow.acknowledge(incident, actor=request.user))
    require_work(request.user)
    workflow.note_acknowledgement(incident, actor=request.user)
    messages.warning(request, _("Noted. Paging goes on until somebody entitled answers."))
    return redirect(incident)


@require_POST
def snooze(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"snooze": form}, status=422)
    until = clock.now() + form.length
    return redirect(workflow.snooze(incident, until=until, actor=request.user))


@require_POST
def escalate(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    return redirect(workflow.escalate_now(incident, actor=request.user))


@require_POST
def page(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = PagePersonForm(request.POST)
    if form.is_valid():
        for refusal in workflow.why_not_page(incident, form.cleaned_data["person"]):
            form.add_error("person", " ".join([refusal.sentence, refusal.remedy]).strip())
    if not form.is_valid():
        return room_page(request, incident, {"page": form}, status=422)
    workflow.page_person(incident, **form.cleaned_data, actor=request.user)
    messages.success(request, _("%(name)s is paged.") % {"name": form.cleaned_data["person"]})
    return redirect(incident)


@require_POST
def unacknowledge(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    return redirect(workflow.unacknowledge(incident, actor=request.user))


@require_POST
def severity(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = SeverityForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"change_severity": form}, status=422)
    return redirect(workflow.change_severity(incident, **form.cleaned_data, actor=request.user))


@require_POST
def note(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = NoteForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"add_note": form}, status=422)
    workflow.add_note(incident, **form.cleaned_data, actor=request.user)
    return redirect(incident)


@require_POST
def update(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = UpdateForm(request.POST)
    if form.is_valid():
        phase, text = Phase(form.cleaned_data["phase"]), form.cleaned_data["text"]
        for refusal in workflow.why_not_post(incident, phase, text):
            form.add_error("text", " ".join([refusal.sentence, refusal.remedy]).strip())
    if not form.is_valid():
        return room_page(request, incident, {"post_update": form}, status=422)
    workflow.post_update(incident, **form.cleaned_data, actor=request.user)
    return redirect(incident)


@require_POST
def resolve(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = ResolveForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"resolve": form}, status=422)
    return redirect(workflow.resolve(incident, **form.cleaned_data, actor=request.user))


@require_POST
def reopen(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"reopen": form}, status=422)
    return redirect(workflow.reopen(incident, **form.cleaned_data, actor=request.user))


@require_POST
def close(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    return redirect(workflow.close(incident, actor=request.user))


@require_POST
def start_runbook(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = RunbookForm(request.POST)
    if not form.is_valid():
        return room_page(request, incident, {"start_runbook": form}, status=422)
    return redirect(
        workflow.start_runbook(incident, form.cleaned_data["document"], actor=request.user)
    )
