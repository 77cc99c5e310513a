"""The incident room: all that a responder needs on one page, and what is done there."""

from typing import Any, NamedTuple

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from incidents import workflow
from incidents.access import incident_for, may_request_for, may_work_on
from incidents.clock_words import shown_all
from incidents.command_view import command_context, roles_of, target_of, tasks_of
from incidents.entry_forms import EntryForm
from incidents.forms import (
    MitigateForm,
    ReasonForm,
    ResolveForm,
    SeverityForm,
    SnoozeForm,
    UpdateForm,
)
from incidents.live import address_for
from incidents.models import (
    PHASES,
    Incident,
    IncidentState,
    Phase,
    Review,
    StatusTemplate,
)
from incidents.naming_components import components_to_name
from incidents.policies import policy_of
from incidents.room_events import newest_of
from incidents.room_runs import runs_of, suggested
from incidents.room_timeline import timeline_context
from incidents.running import running
from incidents.telling import room_part
from incidents.wording import tone_of
from operations.models import AlertState
from portal import clock
from portal.errors import Refusal
from portal.http import Request
from portal.models import User

ALERT_TONES = {
    AlertState.UNACKED: "bad",
    AlertState.ACKED: "busy",
    AlertState.RETURNED: "neutral",
    AlertState.NORMAL: "good",
}
MOST_ALERTS = 100
COMMAND_VERBS = [
    *("give_role", "add_task", "finish_task", "set_impact", "change_severity"),
    *("set_private", "merge", "unmerge", "page", "post_update"),
]
COMMAND_FORMS = {
    *("give_role", "add_task", "set_impact", "set_affected", "assess", "merge"),
    *("page", "post_update"),
}


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


def live_context(request: Request, incident: Incident, *, is_mine: bool) -> dict[str, Any]:
    """What the parts show that follow what happens; the reader's own tokens come later."""
    facts = _facts(request, incident, is_mine=is_mine)
    return facts | _runs(request, incident, facts["alerts"], is_mine=is_mine)


def command_news(request: Request, incident: Incident, *, is_mine: bool) -> dict[str, Any]:
    """Roles and tasks, as they follow what happens."""
    return {
        "roles": roles_of(incident, request.user),
        "why_not_give": _why_not(incident, "give_role", is_mine=is_mine),
        "tasks": tasks_of(incident),
        "why_not_finish": _why_not(incident, "finish_task", is_mine=is_mine),
    }


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
    context = live_context(request, incident, is_mine=is_mine) | {
        "newest": newest_of(incident),
        "news_url": address_for(request.user, incident),
        "verbs": _verbs(request.user, incident, sent, is_mine=is_mine),
        "target": target_of(incident, request.user),
        "roles": roles_of(incident, request.user),
        "why_not_give": _why_not(incident, "give_role", is_mine=is_mine),
        "sent": next(iter(sent), ""),
        "may_request": may_request_for(request.user, incident),
    }
    # What came back to be corrected stands in the room itself; else it is fetched.
    if set(sent) & COMMAND_FORMS:
        context |= desk_context(request.user, incident, sent, is_mine=is_mine)
    return render(request, "incidents/room.html", context, status=status)


def desk_context(
    user: User, incident: Incident, sent: dict[str, forms.Form], *, is_mine: bool
) -> dict[str, Any]:
    """What `incidents/desk_parts.html` shows: telling people, tasks, impact, merging."""
    why_not = {verb: _why_not(incident, verb, is_mine=is_mine) for verb in COMMAND_VERBS}
    return {
        "incident": incident,
        "updates": _update_forms(incident, sent, why_not["post_update"]),
        "tell": room_part(incident),
        "policy": policy_of(incident.severity),
        "command": command_context(incident, user, sent, why_not=why_not),
    }


def _facts(request: Request, incident: Incident, *, is_mine: bool) -> dict[str, Any]:
    """What the live parts show: state, clocks, next step, alerts, timeline."""
    now = clock.now()
    alerts = _alerts(incident)
    known = [each["row"] for each in alerts] if len(alerts) < MOST_ALERTS else None
    return {
        "incident": incident,
        "tone": tone_of(incident.state),
        "clocks": shown_all(incident.clocks.order_by("kind", "number"), now),
        "alerts": alerts,
        "may_change": is_mine,
        "next": _next_step(
            incident, is_mine=is_mine, may_note=request.user.may_work and not is_mine
        ),
        "ladder": running(incident, now, alerts=known),
        **timeline_context(request, incident, is_mine=is_mine),
    }


def _next_step(incident: Incident, *, is_mine: bool, may_note: bool) -> dict[str, Any]:
    """The one or two things that make sense now, for the title row."""
    review = _review_of(incident)
    is_over = not incident.is_unresolved
    return {
        "acknowledge": incident.state == IncidentState.TRIGGERED,
        "resolve": incident.is_answered,
        "review": review if is_over and review and review.is_being_written else None,
        "hand_over": is_mine and incident.is_answered,
        "close": incident.state == IncidentState.RESOLVED,
        "refusals": _why_not(incident, "acknowledge", is_mine=is_mine),
        "may_note": may_note,
        "close_refusals": _why_not(incident, "close", is_mine=is_mine),
    }


def _verbs(
    user: User, incident: Incident, sent: dict[str, forms.Form], *, is_mine: bool
) -> list[Verb]:
    """Everything that can be done here, each with every reason why not now."""
    entry = EntryForm(user=user, auto_id="id_note_%s")
    rows: list[tuple[str, str, str, str, forms.Form | None, str]] = [
        ("add_note", _("Add a note"), "note", "notes", entry, "plain"),
        (
            "change_severity",
            _("Change the severity"),
            "flag",
            "severity",
            SeverityForm(auto_id="id_severity_%s", initial={"severity": incident.severity}),
            "plain",
        ),
        ("mitigate", _("Mitigated"), "state-good", "mitigate", MitigateForm(), "plain"),
        ("resolve", _("Resolve"), "state-good", "resolve", ResolveForm(), "primary"),
        ("escalate", _("Escalate now"), "bell", "escalate", None, "plain"),
        ("snooze", _("Put it off"), "clock", "snooze", SnoozeForm(), "plain"),
        ("unacknowledge", _("Give it back"), "undo", "unacknowledge", None, "plain"),
        ("unmitigate", _("Not mitigated after all"), "undo", "unmitigate", None, "plain"),
        ("reopen", _("Reopen"), "undo", "reopen", ReasonForm(), "danger"),
        ("close", _("Close"), "check", "close", None, "plain"),
    ]
    return [
        _verb(incident, sent, row, _why_not(incident, row[0], is_mine=is_mine))
        for row in rows
        # That one stands on top.
        if not (row[0] == "close" and incident.state == IncidentState.RESOLVED)
    ]


def _verb(
    incident: Incident,
    sent: dict[str, forms.Form],
    row: tuple[str, str, str, str, forms.Form | None, str],
    refusals: list[Refusal],
) -> Verb:
    """One that cannot be done now has its reasons, and no fields to fill in for nothing."""
    key, label, icon, path, form, kind = row
    return Verb(
        key,
        label,
        icon,
        f"{incident.get_absolute_url()}{path}/",
        refusals,
        sent.get(key, None if refusals else form),
        kind,
        key in sent,
        f"{key}-{incident.pk}" if form else "",
    )


def _update_forms(
    incident: Incident, sent: dict[str, forms.Form], refusals: list[Refusal]
) -> list[dict[str, Any]]:
    """One form for each phase with its template's words in it."""
    words = {template.phase: template.text for template in StatusTemplate.objects.all()}
    refused = sent.get("post_update")
    components = components_to_name(incident)
    shown_forms = []
    for phase in PHASES:
        is_sent = refused is not None and refused.data.get("phase") == phase
        fresh = UpdateForm(
            auto_id=f"id_{phase}_%s",
            initial={"phase": phase.value, "text": words.get(phase.value, "")},
            components=() if phase == Phase.RESOLVED else components,
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


def _runs(
    request: Request, incident: Incident, alerts: list[dict[str, Any]], *, is_mine: bool
) -> dict[str, Any]:
    runs = runs_of(request.user, incident)
    return {
        "runs": runs,
        "runbooks": suggested(request.user, incident, alerts, runs),
        "start_refusals": _why_not(incident, "start_runbook", is_mine=is_mine),
        "may_work": request.user.may_work,
    }


def _alerts(incident: Incident) -> list[dict[str, Any]]:
    rows = incident.alerts.select_related("alert__service").order_by("-started_at", "-pk")
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
