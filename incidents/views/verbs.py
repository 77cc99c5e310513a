"""What is done in the incident room: one small form for each verb."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from incidents import workflow
from incidents.access import incident_for, may_work_on
from incidents.forms import (
    MitigateForm,
    PagePersonForm,
    ReasonForm,
    ResolveForm,
    RunbookForm,
    SeverityForm,
    SnoozeForm,
    UpdateForm,
)
from incidents.models import DraftState, Phase, UpdateDraft
from incidents.naming_components import components_to_name
from incidents.views.room import room_page
from knowledge import workflow as knowledge
from knowledge.access import run_for
from knowledge.models import StepState
from knowledge.run_forms import AnswerForm
from portal import clock
from portal.access import require_work
from portal.http import Request

WAITS = {
    DraftState.WAITING: gettext_lazy("It is kept until a second person lets it out."),
    DraftState.SCHEDULED: gettext_lazy("It is kept, and goes out at its moment."),
}


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
def update(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = UpdateForm(request.POST, components=components_to_name(incident))
    if form.is_valid():
        phase, text = Phase(form.cleaned_data["phase"]), form.cleaned_data["text"]
        for refusal in workflow.why_not_post(incident, phase, text):
            form.add_error("text", " ".join([refusal.sentence, refusal.remedy]).strip())
    if not form.is_valid():
        return room_page(request, incident, {"post_update": form}, status=422)
    done = workflow.submit_update(incident, **form.said, actor=request.user)
    if isinstance(done, UpdateDraft):
        messages.success(request, WAITS[DraftState(done.state)])
    return redirect(incident)


@require_POST
def mitigate(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = MitigateForm(request.POST)
    if form.is_valid():
        for refusal in workflow.why_not_mitigated_at(
            incident, form.cleaned_data["mitigated_at"]
        ):
            form.add_error("mitigated_at", " ".join([refusal.sentence, refusal.remedy]).strip())
    if not form.is_valid():
        return room_page(request, incident, {"mitigate": form}, status=422)
    return redirect(workflow.mitigate(incident, **form.cleaned_data, actor=request.user))


@require_POST
def unmitigate(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    return redirect(workflow.unmitigate(incident, actor=request.user))


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
    form = RunbookForm(request.POST, user=request.user)
    if not form.is_valid():
        return room_page(request, incident, {"start_runbook": form}, status=422)
    return redirect(
        workflow.start_runbook(incident, form.cleaned_data["document"], actor=request.user)
    )


@require_POST
def answer_step(request: Request, pk: int, run: int, order: int) -> HttpResponse:
    """Answer a step of a run that is for this incident, without leaving the room."""
    incident = incident_for(request.user, pk)
    found = run_for(request.user, run, may="change")
    if found.reference != incident.reference:
        raise Http404
    step = get_object_or_404(found.steps, order=order)
    form = AnswerForm(request.POST)
    if not form.is_valid() or _lacks_note(form.cleaned_data):
        messages.error(request, _("Say why, for those who read this later."))
        return room_page(request, incident, status=422)
    knowledge.answer_step(step, actor=request.user, **form.cleaned_data)
    return redirect(f"{incident.get_absolute_url()}#runbooks")


def _lacks_note(said: dict[str, Any]) -> bool:
    return said["state"] in {StepState.SKIPPED, StepState.FAILED} and not said["note"]
