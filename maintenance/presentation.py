"""How requests, deployments and windows are put into words, tones and lines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maintenance.models import (
    Attribution,
    Authorisation,
    Deployment,
    DeploymentResult,
    EvidenceGate,
    EvidenceWanted,
    ExclusiveResource,
    Freeze,
    MaintenanceRequest,
    MaintenanceWindow,
    Outcome,
    ProcessStep,
    RequestState,
    StepPhase,
    StepRole,
    Vote,
)
from portal.models import Event, Service
from portal.timeline import words

TONES: dict[str, str] = {
    RequestState.DRAFT: "neutral",
    RequestState.SUBMITTED: "info",
    RequestState.ASSESSING: "busy",
    RequestState.AWAITING_APPROVAL: "busy",
    RequestState.APPROVED: "info",
    RequestState.SCHEDULED: "info",
    RequestState.IN_PROGRESS: "busy",
    RequestState.VERIFYING: "info",
    RequestState.REVIEW: "info",
    RequestState.REJECTED: "bad",
    RequestState.WITHDRAWN: "neutral",
    RequestState.CANCELLED: "neutral",
    RequestState.EXPIRED: "bad",
    RequestState.ON_HOLD: "busy",
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
    if deployment.result == DeploymentResult.ABORTED:
        return str(deployment.get_result_display()), "neutral"
    if deployment.attribution == Attribution.INFERRED:
        return _("Failure suspected"), "busy"
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


def gate_row(gate: EvidenceGate, now: datetime) -> dict[str, Any]:
    """Return one piece of evidence with its words."""
    if not gate.is_green:
        state = ("red", _("Red"), "bad")
    elif gate.is_stale_at(now):
        state = ("stale", _("Too old"), "busy")
    else:
        state = ("green", _("Green"), "good")
    return {
        "gate": gate,
        "state": state[0],
        "label": state[1],
        "tone": state[2],
        "stale_from": gate.stale_from,
    }


FREEZE_STATES: dict[str, tuple[Any, str]] = {
    "draft": (gettext_lazy("Draft"), "neutral"),
    "discarded": (gettext_lazy("Discarded"), "neutral"),
    "upcoming": (gettext_lazy("To come"), "info"),
    "in_force": (gettext_lazy("In force"), "bad"),
    "over": (gettext_lazy("Over"), "neutral"),
}


def freeze_row(freeze: Freeze, now: datetime) -> dict[str, Any]:
    state = freeze.standing_at(now)
    label, tone = FREEZE_STATES[state]
    return {
        "item": freeze,
        "state": state,
        "label": label,
        "tone": tone,
        "services": list(freeze.services.all()),
        "teams": list(freeze.teams.all()),
        "scope": freeze_scope(freeze),
    }


def freeze_scope(freeze: Freeze) -> list[str]:
    """Return what a freeze covers, in words."""
    if freeze.covers_all:
        return [_("All")]
    teams = [_("all of %(team)s") % {"team": team} for team in freeze.teams.all()]
    return [*map(str, freeze.services.all()), *teams]


def category_of(request: MaintenanceRequest) -> str:
    return str(request.get_category_display()).partition(":")[0]


PHASES = [
    (RequestState.DRAFT, "created_at"),
    (RequestState.SUBMITTED, "submitted_at"),
    (RequestState.AWAITING_APPROVAL, ""),
    (RequestState.APPROVED, "decided_at"),
    (RequestState.IN_PROGRESS, "started_at"),
    (RequestState.VERIFYING, "finished_at"),
    (RequestState.REVIEW, ""),
    (RequestState.CLOSED, "closed_at"),
]
# At which phase a state that is none of its own stands; None: it came to nothing.
STANDS_AT: dict[str, RequestState | None] = {
    RequestState.ASSESSING: RequestState.SUBMITTED,
    RequestState.SCHEDULED: RequestState.APPROVED,
    RequestState.REJECTED: RequestState.APPROVED,
    RequestState.EXPIRED: RequestState.APPROVED,
    RequestState.WITHDRAWN: None,
    RequestState.CANCELLED: None,
}
FELL = {RequestState.REJECTED, RequestState.EXPIRED}


def phases(request: MaintenanceRequest) -> list[dict[str, Any]]:
    """Return `{"label", "state": done, current, failed or todo, "at"}` for each phase."""
    state = RequestState(request.state)
    order = [phase for phase, _moment in PHASES]
    reached = RequestState(request.held_from or state)
    stands = STANDS_AT.get(reached, reached)
    here = order.index(stands) if stands is not None else -1
    shown = []
    for number, (phase, moment) in enumerate(PHASES):
        mark = "done" if number < here or phase == state == RequestState.CLOSED else "todo"
        label = phase.label
        if number == here and mark != "done":
            mark = "failed" if state in FELL else "current"
            label = state.label
        at = getattr(request, moment) if moment and mark != "todo" else None
        shown.append({"label": label, "state": mark, "at": at})
    return shown


# kind of event: icon, tone, words; the words are filled from the event's data.
LINES: dict[str, tuple[str, str, Any]] = {
    "request.created": ("plus", "", gettext_lazy("made this request")),
    "request.plan_changed": ("pencil", "", gettext_lazy("changed %(fields)s")),
    "request.submitted": ("arrow-right", "", gettext_lazy("handed it in")),
    "request.assessment_began": ("eye", "busy", gettext_lazy("began to assess it")),
    "request.approval_asked": ("arrow-right", "busy", gettext_lazy("sent it for approval")),
    "request.scheduled": ("calendar", "info", gettext_lazy("scheduled it")),
    "request.expired": ("x", "bad", gettext_lazy("let its approval run out")),
    "request.cancelled": ("x", "", gettext_lazy("cancelled it")),
    "request.held": ("flag", "busy", gettext_lazy("put it on hold")),
    "request.resumed": ("play", "", gettext_lazy("took it off hold")),
    "request.approved": ("check", "good", gettext_lazy("approved it")),
    "request.voted": ("check", "busy", gettext_lazy("gave a vote: %(decision)s")),
    "request.glass_broken": (
        "alert",
        "bad",
        gettext_lazy("let it begin before it was approved"),
    ),
    "request.approved_afterwards": ("check", "good", gettext_lazy("approved it afterwards")),
    "request.rejected_afterwards": ("x", "bad", gettext_lazy("rejected it afterwards")),
    "request.rejected": ("x", "bad", gettext_lazy("rejected it")),
    "request.withdrawn": ("undo", "", gettext_lazy("withdrew it")),
    "request.returned_to_draft": ("undo", "", gettext_lazy("took it back to draft")),
    "request.gate_set": ("check", "", gettext_lazy("said how the evidence “%(gate)s” is")),
    "request.gate_removed": ("x", "", gettext_lazy("took the evidence “%(gate)s” off")),
    "request.ranked": ("arrow-up", "", gettext_lazy("ranked it %(rank)s in the backlog")),
    "request.analysed": ("pencil", "", gettext_lazy("wrote the analysis")),
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
    "request.runbook_confirmed": ("runbook", "", gettext_lazy("said the runbook is right")),
    "request.verified": ("check", "info", gettext_lazy("verified it: %(outcome)s")),
    "request.reviewed": ("eye", "good", gettext_lazy("wrote the review")),
    "request.followed_up": ("plus", "", gettext_lazy("made the follow-up %(follow_up)s")),
    "request.closed": ("check", "good", gettext_lazy("closed it")),
    "deployment.recorded": (
        "deployment",
        "info",
        gettext_lazy("recorded the deployment of %(version)s to %(environment)s"),
    ),
    "deployment.updated": ("deployment", "info", gettext_lazy("deployment: %(result)s")),
    "deployment.failed": ("alert", "bad", gettext_lazy("marked the deployment as failed")),
    "deployment.suspected": (
        "alert",
        "busy",
        gettext_lazy("something went wrong soon after it"),
    ),
    "deployment.failure_cleared": ("check", "", gettext_lazy("says that it did not fail")),
    "deployment.rollback_linked": ("undo", "busy", gettext_lazy("it took back %(of)s")),
    "deployment.accepted": (
        "check",
        "info",
        gettext_lazy("looked at it and lets it stand, although nobody had approved it"),
    ),
    "deployment.recovered": ("check", "good", gettext_lazy("marked it as recovered")),
    "request.time_overridden": (
        "flag",
        "busy",
        gettext_lazy("let it go ahead in a time that is closed to it"),
    ),
    "source.set_up": ("plus", "", gettext_lazy("set this up")),
    "source.changed": ("pencil", "", gettext_lazy("changed this")),
    "source.secret_rotated": ("refresh", "busy", gettext_lazy("made another secret")),
    "source.switched_on": ("play", "good", gettext_lazy("switched it on")),
    "source.switched_off": ("x", "busy", gettext_lazy("switched it off")),
    "source.misunderstood": ("alert", "bad", gettext_lazy("a call was not understood")),
    "source.tested": ("play", "", gettext_lazy("sent a test")),
    "source.call_replayed": ("refresh", "", gettext_lazy("had a call read again")),
    "request.evidence_packed": (
        "download",
        "",
        gettext_lazy("packed its evidence, sealed %(seal)s"),
    ),
    "gate.allow": ("deployment", "good", gettext_lazy("the deploy gate let it through")),
    "gate.deny": ("deployment", "bad", gettext_lazy("the deploy gate said no: %(codes)s")),
    "freeze.drafted": ("plus", "", gettext_lazy("wrote this freeze")),
    "freeze.changed": ("pencil", "", gettext_lazy("changed this freeze")),
    "freeze.approved": ("check", "busy", gettext_lazy("approved it; from its start it binds")),
    "freeze.enforced": ("lock", "busy", gettext_lazy("put on hold what was ready")),
    "freeze.released": ("play", "good", gettext_lazy("let go on what was held")),
    "freeze.ended": ("undo", "good", gettext_lazy("ended it early")),
    "freeze.discarded": ("x", "", gettext_lazy("discarded it")),
    "supplier_notice.received": ("inbox", "info", gettext_lazy("took this notice")),
    "supplier_notice.changed": ("pencil", "", gettext_lazy("was told otherwise")),
    "supplier_notice.linked": ("link", "", gettext_lazy("said which services feel it")),
    "recurring.set_up": ("plus", "", gettext_lazy("set this up")),
    "recurring.changed": ("pencil", "", gettext_lazy("changed %(fields)s")),
    "recurring.split": ("branch", "", gettext_lazy("let another rule go on from %(since)s")),
    "recurring.drafted": ("request", "", gettext_lazy("made drafts: %(made)s")),
    "recurring.paused": ("pause", "busy", gettext_lazy("paused this")),
    "recurring.resumed": ("play", "good", gettext_lazy("went on with this")),
    "recurring.ended": ("x", "", gettext_lazy("ended this for good")),
    "change_window.set_up": ("plus", "", gettext_lazy("set this up")),
    "change_window.changed": ("pencil", "", gettext_lazy("changed this")),
    "change_window.retired": ("x", "", gettext_lazy("took it out of use")),
    "process.saved": ("pencil", "", gettext_lazy("saved the draft of version %(number)s")),
    "process.published": ("check", "good", gettext_lazy("published version %(number)s")),
    "process.draft_discarded": ("x", "", gettext_lazy("threw the draft %(number)s away")),
    "approval_policy.set_up": ("plus", "", gettext_lazy("set this up")),
    "approval_policy.changed": ("pencil", "", gettext_lazy("changed this policy")),
    "approval_policy.retired": ("x", "", gettext_lazy("took it out of use")),
    "request.authorised": (
        "check",
        "good",
        gettext_lazy("is authorised as the standard change “%(standard)s”"),
    ),
    "standard.proposed": ("plus", "", gettext_lazy("proposed version %(number)s")),
    "standard.approved": ("check", "good", gettext_lazy("approved version %(number)s")),
    "standard.rejected": ("x", "bad", gettext_lazy("rejected version %(number)s")),
    "standard.suspended": ("pause", "bad", gettext_lazy("suspended it")),
    "standard.reinstated": ("play", "good", gettext_lazy("reinstated it")),
    "standard.retired": ("x", "", gettext_lazy("took it out of use")),
    "window.announced": ("calendar", "info", gettext_lazy("announced this window")),
    "window.changed": ("pencil", "", gettext_lazy("changed this window")),
    "window.ended": ("check", "good", gettext_lazy("ended this window: the work is done")),
    "window.cancelled": ("x", "", gettext_lazy("called this window off")),
}
SAID = ("reason", "note", "evidence", "verification", "what")


def lines(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Return the parameters of the timeline component, in the order given."""
    return [_line(event) for event in events]


def _line(event: Event) -> dict[str, Any]:
    icon, tone, template = LINES.get(event.kind, ("history", "", words(event.kind)))
    try:
        text = str(template) % _for_words(event.data)
    except KeyError:  # an event that was written without its details
        text = words(event.kind)
    if giver := event.data.get("for"):
        text = _("%(what)s, for %(giver)s") % {"what": text, "giver": giver}
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
    codes = ", ".join(data.get("codes", []))
    made = ", ".join(data.get("made", []))
    return {**data, "fields": ", ".join(changed), "codes": codes, "made": made}


@dataclass(frozen=True)
class Change:
    """
    One field that is not as it was.

    `lines` are (kind, parts), kind: same, gone, new or changed; parts are (kind, text) within
    the line.
    """

    label: str
    lines: list[tuple[str, list[tuple[str, str]]]]


def changes_since(request: MaintenanceRequest, vote: Vote) -> list[Change]:
    """Return what is not as it was when this vote was given; empty if nothing moved."""
    old = request.history.filter(plan_digest=vote.plan_digest).order_by("-history_id").first()
    if old is None or old.plan_digest == request.plan_digest:
        return []
    before, after = _plan_in_words(old), _plan_in_words(request)
    return [
        Change(label, compare_words(before[label], after[label]))
        for label in after
        if before[label] != after[label]
    ]


def short_facts(request: MaintenanceRequest) -> list[dict[str, str]]:
    """All that is approved besides the long texts and the time; what is empty is left out."""
    long_ones = {
        *(_("Title"), _("Plan"), _("Test evidence"), _("Rollback plan"), _("Planned time")),
    }
    return [
        {"label": label, "value": text}
        for label, text in _plan_in_words(request).items()
        if text and label not in long_ones
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
        _("Services also touched"): _named(Service, request.touches.get("services")),
        _("What it needs to itself"): _named(
            ExclusiveResource, request.touches.get("resources")
        ),
        _("Plan"): request.plan,
        _("Test evidence"): request.test_evidence,
        _("Rollback plan"): request.rollback_plan,
        _("Planned time"): planned,
        _("Environment"): request.environment,
        _("Artefact (SHA-256)"): request.artefact_sha256,
        _("Preparation"): _minutes(request.prepare_minutes),
        _("Time to roll back"): _minutes(request.rollback_minutes),
        _("Risk"): _estimate(request),
        _("Emergency"): _("Yes") if request.emergency else "",
        _("Authorisation"): str(Authorisation(request.authorisation).label),
    }


def steps_in_words(steps: Iterable[ProcessStep]) -> str:
    """One line for each step, with all that a version may say of it."""
    return "\n".join(map(_step_in_words, steps))


def _step_in_words(step: ProcessStep) -> str:
    words_of_it = f"{step['text']} ({asked_of(step)})"
    return f"{words_of_it}: {step['help']}" if step["help"] else words_of_it


def step_lines(steps: Iterable[ProcessStep]) -> list[dict[str, str]]:
    """Return the parameters of `process_steps.html`."""
    return [
        {"text": step["text"], "asked": asked_of(step), "help": step["help"]} for step in steps
    ]


def asked_of(step: ProcessStep) -> str:
    """Say until when the step is answered, by whom, and with what."""
    said = [str(StepPhase(step["phase"]).label)]
    if step["role"] != StepRole.ANYONE:
        said.append(str(StepRole(step["role"]).label))
    if step["evidence"] != EvidenceWanted.NONE:
        wanted = str(EvidenceWanted(step["evidence"]).label)
        said.append(_("evidence: %(kind)s") % {"kind": wanted.lower()})
    if not step["mandatory"]:
        said.append(_("may stay open"))
    return ", ".join(said)


def _named(model: type[Model], keys: list[int] | None) -> str:
    if not keys:
        return ""
    return "\n".join(str(row) for row in model._default_manager.filter(pk__in=keys))


def _estimate(request: Any) -> str:
    said = []
    if request.risk_impact is not None:
        said.append(_("impact %(n)s") % {"n": request.risk_impact})
    if request.risk_likelihood is not None:
        said.append(_("likelihood %(n)s") % {"n": request.risk_likelihood})
    return ", ".join(said)


def _minutes(minutes: int) -> str:
    return _("%(minutes)s min") % {"minutes": minutes} if minutes else ""


def compare(old: str, new: str) -> list[tuple[str, str]]:
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


WORD = re.compile(r"\w+|\s+|[^\w\s]")
ALIKE = 0.4  # below this a line reads better as another than as the same one changed


def compare_words(old: str, new: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Compare line by line, and within a line that was changed word by word."""
    before, after = old.splitlines(), new.splitlines()
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [("same", [("same", line)]) for line in before[i:j]]
            continue
        pairs = min(j - i, m - k)
        for was, now in zip(before[i : i + pairs], after[k : k + pairs], strict=True):
            found += _line_changed(was, now)
        found += [("gone", [("gone", line)]) for line in before[i + pairs : j]]
        found += [("new", [("new", line)]) for line in after[k + pairs : m]]
    return found


def _line_changed(was: str, now: str) -> list[tuple[str, list[tuple[str, str]]]]:
    before, after = WORD.findall(was), WORD.findall(now)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return [("gone", [("gone", was)]), ("new", [("new", now)])]
    parts: list[tuple[str, str]] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            parts.append(("same", "".join(before[i:j])))
        else:
            parts += [("gone", "".join(before[i:j]))] if j > i else []
            parts += [("new", "".join(after[k:m]))] if m > k else []
    return [("changed", parts)]
