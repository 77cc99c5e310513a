"""How requests, deployments and windows are put into words, tones and lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maintenance.models import (
    Deployment,
    DeploymentResult,
    MaintenanceRequest,
    MaintenanceWindow,
    Outcome,
    RequestState,
    Vote,
)
from portal.models import Event, Service
from portal.timeline import words

TONES: dict[str, str] = {
    RequestState.DRAFT: "neutral",
    RequestState.AWAITING_APPROVAL: "busy",
    RequestState.APPROVED: "info",
    RequestState.REJECTED: "bad",
    RequestState.IN_PROGRESS: "busy",
    RequestState.VERIFYING: "info",
    RequestState.WITHDRAWN: "neutral",
}
OUTCOME_TONES: dict[str, str] = {
    Outcome.SUCCEEDED: "good",
    Outcome.WITH_ISSUES: "busy",
    Outcome.FAILED: "bad",
    Outcome.ROLLED_BACK: "bad",
}
WINDOW_STATES: dict[str, tuple[Any, str]] = {
    "upcoming": (gettext_lazy("Announced"), "info"),
    "running": (gettext_lazy("Running"), "busy"),
    "over": (gettext_lazy("Over"), "neutral"),
    "cancelled": (gettext_lazy("Called off"), "neutral"),
}


def status_of(request: MaintenanceRequest) -> tuple[str, str]:
    """Return the state in words, and its tone."""
    if request.state == RequestState.CLOSED:
        return f"{request.get_state_display()}: {request.get_outcome_display()}", (
            OUTCOME_TONES[request.outcome]
        )
    return str(request.get_state_display()), TONES[request.state]


def status_of_deployment(deployment: Deployment) -> tuple[str, str]:
    if deployment.recovered_at is not None:
        return _("Failed, recovered"), "busy"
    if deployment.failed_at is not None:
        return _("Failed"), "bad"
    tone = "busy" if deployment.result == DeploymentResult.RUNNING else "good"
    return str(deployment.get_result_display()), tone


def request_row(request: MaintenanceRequest) -> dict[str, Any]:
    """Return a request with its words, as lists, cards and panels show it."""
    label, tone = status_of(request)
    return {"item": request, "label": label, "tone": tone, "category": category_of(request)}


def deployment_row(deployment: Deployment) -> dict[str, Any]:
    label, tone = status_of_deployment(deployment)
    return {"item": deployment, "label": label, "tone": tone}


def window_row(window: MaintenanceWindow, now: datetime) -> dict[str, Any]:
    state = window.state_at(now)
    label, tone = WINDOW_STATES[state]
    return {
        "item": window,
        "state": state,
        "label": label,
        "tone": tone,
        "services": list(window.services.all()),
    }


def category_of(request: MaintenanceRequest) -> str:
    return str(request.get_category_display()).partition(":")[0]


PHASES = [
    (RequestState.DRAFT, "created_at"),
    (RequestState.AWAITING_APPROVAL, "submitted_at"),
    (RequestState.APPROVED, "decided_at"),
    (RequestState.IN_PROGRESS, "started_at"),
    (RequestState.VERIFYING, ""),
    (RequestState.CLOSED, "closed_at"),
]
STOPPED_AT = {RequestState.REJECTED: RequestState.APPROVED, RequestState.WITHDRAWN: None}


def phases(request: MaintenanceRequest) -> list[dict[str, Any]]:
    """Return `{"label", "state": done, current, failed or todo, "at"}` for each phase."""
    state = RequestState(request.state)
    order = [phase for phase, _moment in PHASES]
    stopped = STOPPED_AT.get(state, state)
    here = order.index(stopped) if stopped is not None else -1
    shown = []
    for number, (phase, moment) in enumerate(PHASES):
        mark = "done" if number < here or phase == state == RequestState.CLOSED else "todo"
        label = phase.label
        if number == here and mark != "done":
            mark = "failed" if state == RequestState.REJECTED else "current"
            label = state.label
        at = getattr(request, moment) if moment and mark != "todo" else None
        shown.append({"label": label, "state": mark, "at": at})
    return shown


# kind of event: icon, tone, words; the words are filled from the event's data.
LINES: dict[str, tuple[str, str, Any]] = {
    "request.created": ("plus", "", gettext_lazy("made this request")),
    "request.plan_changed": ("pencil", "", gettext_lazy("changed %(fields)s")),
    "request.submitted": ("arrow-right", "busy", gettext_lazy("sent it for approval")),
    "request.approved": ("check", "good", gettext_lazy("approved it")),
    "request.rejected": ("x", "bad", gettext_lazy("rejected it")),
    "request.withdrawn": ("undo", "", gettext_lazy("withdrew it")),
    "request.returned_to_draft": ("undo", "", gettext_lazy("took it back to draft")),
    "request.started": ("play", "busy", gettext_lazy("started the work")),
    "request.step_answered": (
        "checklist",
        "",
        gettext_lazy("step %(order)s, %(state)s: %(step)s"),
    ),
    "request.work_finished": ("flag", "info", gettext_lazy("finished the work")),
    "request.sent_back": ("undo", "busy", gettext_lazy("sent it back to work")),
    "request.runbook_revised": (
        "runbook",
        "good",
        gettext_lazy("published revision %(revision)s of the runbook"),
    ),
    "request.closed": ("check", "good", gettext_lazy("closed it")),
    "deployment.recorded": (
        "deployment",
        "info",
        gettext_lazy("recorded the deployment of %(version)s to %(environment)s"),
    ),
    "deployment.updated": ("deployment", "info", gettext_lazy("deployment: %(result)s")),
    "deployment.failed": ("alert", "bad", gettext_lazy("marked the deployment as failed")),
    "deployment.recovered": ("check", "good", gettext_lazy("marked it as recovered")),
    "window.announced": ("calendar", "info", gettext_lazy("announced this window")),
    "window.changed": ("pencil", "", gettext_lazy("changed this window")),
    "window.cancelled": ("x", "", gettext_lazy("called this window off")),
}
SAID = ("reason", "note", "verification")


def lines(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return the parameters of the timeline component, in the order given."""
    return [_line(event) for event in events]


def _line(event: Event) -> dict[str, Any]:
    icon, tone, template = LINES.get(event.kind, ("history", "", words(event.kind)))
    try:
        text = str(template) % _for_words(event.data)
    except KeyError:  # an event that was written without its details
        text = words(event.kind)
    said = " ".join(str(event.data[name]) for name in SAID if event.data.get(name))
    return {
        "at": event.happened_at,
        "icon": icon,
        "tone": tone,
        "actor": event.actor_label or _("Evenkeel"),
        "text": f"{text}: “{said}”" if said else text,
    }


def _for_words(data: dict[str, Any]) -> dict[str, Any]:
    names = {field.name: str(field.verbose_name) for field in MaintenanceRequest._meta.fields}
    changed = [names.get(name, name) for name in data.get("fields", [])]
    return {**data, "fields": ", ".join(changed)}


@dataclass(frozen=True)
class Change:
    """One field that is not as it was; `parts` are (kind, text), kind: same, gone or new."""

    label: str
    parts: list[tuple[str, str]]


def changes_since(request: MaintenanceRequest, vote: Vote) -> list[Change]:
    """Return what is not as it was when this vote was given; empty if nothing moved."""
    old = request.history.filter(plan_digest=vote.plan_digest).order_by("-history_id").first()
    if old is None or old.plan_digest == request.plan_digest:
        return []
    before, after = _plan_in_words(old), _plan_in_words(request)
    return [
        Change(label, _compare(before[label], after[label]))
        for label in after
        if before[label] != after[label]
    ]


def _plan_in_words(request: Any) -> dict[str, str]:
    service = Service.objects.filter(pk=request.service_id).first()
    times = [request.planned_start, request.planned_end]
    planned = _(" to ").join(
        f"{date_format(localtime(moment), 'j M Y, H:i')} {localtime(moment):%Z}"
        for moment in times
        if moment
    )
    return {
        _("Title"): request.title,
        _("Category"): category_of(request),
        _("Service"): str(service or ""),
        _("Plan"): request.plan,
        _("Test evidence"): request.test_evidence,
        _("Rollback plan"): request.rollback_plan,
        _("Planned time"): planned,
    }


def _compare(old: str, new: str) -> list[tuple[str, str]]:
    """Compare line by line."""
    before, after = old.splitlines(), new.splitlines()
    parts: list[tuple[str, str]] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            parts += [("same", line) for line in before[i:j]]
        else:
            parts += [("gone", line) for line in before[i:j]]
            parts += [("new", line) for line in after[k:m]]
    return parts
