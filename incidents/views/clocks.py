"""The clocks and the moments of one incident: what counts, what moved them, and corrections."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from incidents import workflow
from incidents.access import incident_for, may_work_on
from incidents.clock_forms import MilestoneForm, PauseForm
from incidents.clock_sheet import sheets
from incidents.milestones import MEASURES, measured, milestones
from incidents.models import Incident
from incidents.wording import length
from portal import clock, events
from portal.errors import Refusal
from portal.http import Request

MOST = 50  # corrections on the page


@require_GET
def clocks(request: Request, pk: int) -> HttpResponse:
    return _page(request, incident_for(request.user, pk))


@require_POST
def pause(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, incident, pause_form=form, status=422)
    workflow.pause_clock(incident, **form.cleaned_data, actor=request.user)
    return redirect("incidents:incident-clocks", incident.pk)


@require_POST
def resume(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    workflow.resume_clock(incident, actor=request.user)
    return redirect("incidents:incident-clocks", incident.pk)


@require_POST
def correct(request: Request, pk: int) -> HttpResponse:
    incident = incident_for(request.user, pk, may="change")
    form = MilestoneForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        for refusal in workflow.why_not_correct(
            incident, said["milestone"], said["at"], clock.now()
        ):
            form.add_error("at", " ".join([refusal.sentence, refusal.remedy]).strip())
    if not form.is_valid():
        return _page(request, incident, milestone_form=form, status=422)
    workflow.correct_milestone(incident, **form.cleaned_data, actor=request.user)
    return redirect("incidents:incident-clocks", incident.pk)


def _page(
    request: Request,
    incident: Incident,
    *,
    pause_form: forms.Form | None = None,
    milestone_form: forms.Form | None = None,
    status: int = 200,
) -> HttpResponse:
    is_mine = may_work_on(request.user, incident)
    corrections = events.about(incident).filter(kind="incident.milestone_corrected")
    context = {
        "incident": incident,
        "sheets": sheets(incident, clock.now()),
        "milestones": milestones(incident),
        "measures": [_measure(incident, key) for key in MEASURES],
        "corrections": corrections.order_by("-pk")[:MOST],
        "pause_form": pause_form or PauseForm(),
        "milestone_form": milestone_form or MilestoneForm(initial={"milestone": "detected"}),
        "pause_refusals": _why_not(incident, "pause_clock", is_mine=is_mine),
        "resume_refusals": _why_not(incident, "resume_clock", is_mine=is_mine),
        "correct_refusals": _why_not(incident, "correct_milestone", is_mine=is_mine),
        "is_paused": any(row.paused_for for row in incident.clocks.all()),
        "has_errors": status != 200,
    }
    return render(request, "incidents/clocks.html", context, status=status)


def _measure(incident: Incident, key: str) -> dict[str, str]:
    measure = MEASURES[key]
    value, span = measured(incident, measure)
    return {
        "label": str(measure.label),
        "ends": measure.ends,
        "value": value.value,
        "words": length(span) if span is not None else "",
    }


def _why_not(incident: Incident, verb: str, *, is_mine: bool) -> list[Refusal]:
    if is_mine:
        return workflow.refusals(incident, verb)
    sentence = _("%(team)s works on this incident.") % {"team": incident.service.team}
    return [Refusal("not_yours", sentence, "")]
