"""The incident room: all that a responder needs on one page, and what is done there."""

from typing import Any, NamedTuple

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from incidents import clocks, workflow
from incidents.access import incident_for, may_work_on
from incidents.forms import (
    NoteForm,
    PagePersonForm,
    ReasonForm,
    ResolveForm,
    SeverityForm,
    SnoozeForm,
    UpdateForm,
)
from incidents.models import Incident, IncidentState, Phase, Review, ReviewState, StatusTemplate
from incidents.policies import policy_of
from incidents.running import running
from incidents.timeline import newest_event, timeline
from incidents.wording import shown, tone_of
from knowledge.models import Document, RunbookRun, RunbookRunState
from knowledge.suggestions import suggested_runbooks
from operations.models import AlertState
from portal import clock
from portal.errors import Refusal
from portal.http import Request
from portal.thread import thread

ALERT_TONES = {
    AlertState.UNACKED: "bad",
    AlertState.ACKED: "busy",
    AlertState.RETURNED: "neutral",
    AlertState.NORMAL: "good",
}
MOST_ALERTS = 100


class Verb(NamedTuple):
    """A part of the room in which one thing can be done."""

    key: str
    label: str
    icon: str
    url: str
    refusals: list[Refusal]
    form: forms.Form | None
    kind: str
    is_open: bool
    draft: str


@require_GET
def room(request: Request, pk: int) -> HttpResponse:
    return room_page(request, incident_for(request.user, pk))


@require_GET
def live(request: Request, pk: int) -> HttpResponse:
    """What has changed since the reader looked: 204 if nothing, else timeline and facts."""
    incident = incident_for(request.user, pk)
    if not request.htmx:
        return redirect(incident)
    newest = newest_event(incident)
    if request.GET.get("seen") == str(newest):
        return HttpResponse(status=204)
    is_mine = may_work_on(request.user, incident)
    context = _facts(request, incident, is_mine=is_mine) | {"newest": newest, "is_update": True}
    return render(request, "incidents/room.html#live", context)


def room_page(
    request: Request,
    incident: Incident,
    sent: dict[str, forms.Form] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Show the room; `sent` holds the form that came with something to correct, by verb."""
    sent = sent or {}
    is_mine = may_work_on(request.user, incident)
    facts = _facts(request, incident, is_mine=is_mine)
    runs = _runs(incident)
    context = facts | {
        "newest": newest_event(incident),
        "verbs": _verbs(incident, sent, is_mine=is_mine),
        "updates": _update_forms(
            incident, sent, _why_not(incident, "post_update", is_mine=is_mine)
        ),
        "start_refusals": _why_not(incident, "start_runbook", is_mine=is_mine),
        "runs": runs,
        "runbooks": _suggested(incident, facts["alerts"], runs),
        "thread": thread(request.user, incident),
        "sent": next(iter(sent), ""),
    }
    return render(request, "incidents/room.html", context, status=status)


def _facts(request: Request, incident: Incident, *, is_mine: bool) -> dict[str, Any]:
    """What the live parts show: state, clocks, next step, alerts, timeline."""
    now = clock.now()
    policy = policy_of(incident.severity)
    wants_all = request.GET.get("timeline") == "all"
    return {
        "incident": incident,
        "tone": tone_of(incident.state),
        "policy": policy,
        "clocks": [shown(each) for each in clocks.clocks_of(incident, policy, now)],
        "timeline": timeline(incident, **({"limit": None} if wants_all else {})),
        "alerts": _alerts(incident),
        "may_change": is_mine,
        "next": _next_step(
            incident, is_mine=is_mine, may_note=request.user.may_work and not is_mine
        ),
        "ladder": running(incident, now),
    }


def _next_step(incident: Incident, *, is_mine: bool, may_note: bool) -> dict[str, Any]:
    """The one or two things that make sense now, for the title row."""
    review = _review_of(incident)
    is_over = not incident.is_unresolved
    return {
        "acknowledge": incident.state == IncidentState.TRIGGERED,
        "resolve": incident.state == IncidentState.ACKNOWLEDGED,
        "review": review if is_over and review and review.state == ReviewState.DRAFT else None,
        "close": incident.state == IncidentState.RESOLVED,
        "refusals": _why_not(incident, "acknowledge", is_mine=is_mine),
        "may_note": may_note,
        "close_refusals": _why_not(incident, "close", is_mine=is_mine),
    }


def _verbs(incident: Incident, sent: dict[str, forms.Form], *, is_mine: bool) -> list[Verb]:
    """Everything that can be done here, each with every reason why not now."""
    rows: list[tuple[str, str, str, str, forms.Form | None, str]] = [
        ("add_note", _("Add a note"), "note", "notes", NoteForm(auto_id="id_note_%s"), "plain"),
        (
            "change_severity",
            _("Change the severity"),
            "flag",
            "severity",
            SeverityForm(auto_id="id_severity_%s", initial={"severity": incident.severity}),
            "plain",
        ),
        ("resolve", _("Resolve"), "state-good", "resolve", ResolveForm(), "primary"),
        ("escalate", _("Escalate now"), "bell", "escalate", None, "plain"),
        ("page", _("Page somebody"), "phone", "page", PagePersonForm(), "plain"),
        ("snooze", _("Put it off"), "clock", "snooze", SnoozeForm(), "plain"),
        ("unacknowledge", _("Give it back"), "undo", "unacknowledge", None, "plain"),
        ("reopen", _("Reopen"), "undo", "reopen", ReasonForm(), "danger"),
        ("close", _("Close"), "check", "close", None, "plain"),
    ]
    return [
        Verb(
            key,
            label,
            icon,
            f"{incident.get_absolute_url()}{path}/",
            _why_not(incident, key, is_mine=is_mine),
            sent.get(key, form),
            kind,
            key in sent,
            f"{key}-{incident.pk}" if form else "",
        )
        for key, label, icon, path, form, kind in rows
        if not (key == "close" and incident.state == IncidentState.RESOLVED)  # stands on top
    ]


def _update_forms(
    incident: Incident, sent: dict[str, forms.Form], refusals: list[Refusal]
) -> list[dict[str, Any]]:
    """One form for each phase with its template's words in it."""
    words = {template.phase: template.text for template in StatusTemplate.objects.all()}
    refused = sent.get("post_update")
    shown_forms = []
    for phase in Phase:
        is_sent = refused is not None and refused.data.get("phase") == phase
        fresh = UpdateForm(
            auto_id=f"id_{phase}_%s",
            initial={"phase": phase.value, "text": words.get(phase.value, "")},
        )
        shown_forms.append(
            {
                "phase": phase,
                "label": phase.label,
                "form": refused if is_sent else fresh,
                "is_open": is_sent,
                "refusals": refusals,
                "draft": f"update-{phase}-{incident.pk}",
            }
        )
    return shown_forms


def _runs(incident: Incident) -> list[RunbookRun]:
    runs = RunbookRun.objects.filter(reference=incident.reference)
    return list(
        runs.select_related("revision__document", "started_by").prefetch_related("steps")[:10]
    )


def _suggested(
    incident: Incident, alerts: list[dict[str, Any]], runs: list[RunbookRun]
) -> list[Document]:
    """Runbooks for the alert that came first, else those of the service; not those running."""
    name = alerts[-1]["alert"].name if alerts else ""
    running = {run.revision.document_id for run in runs if run.state == RunbookRunState.RUNNING}
    found = suggested_runbooks(name, incident.service)
    return [runbook for runbook in found if runbook.pk not in running]


def _alerts(incident: Incident) -> list[dict[str, Any]]:
    rows = incident.alerts.select_related("alert").order_by("-started_at", "-pk")
    return [
        {"row": row, "alert": row.alert, "tone": ALERT_TONES[AlertState(row.alert.state)]}
        for row in rows[:MOST_ALERTS]
    ]


def _review_of(incident: Incident) -> Review | None:
    return getattr(incident, "review", None)


def _why_not(incident: Incident, verb: str, *, is_mine: bool) -> list[Refusal]:
    """Who may not is told so first; what the state says would not help them."""
    if is_mine:
        return workflow.refusals(incident, verb)
    sentence = _("%(team)s works on this incident.") % {"team": incident.service.team}
    remedy = _("Its members can do this, and whoever is on call.")
    return [Refusal("not_yours", sentence, remedy)]
