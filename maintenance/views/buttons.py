"""The verbs of a request as buttons: in the state they fit, with every reason why not."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maintenance.forms import ReasonForm
from maintenance.models import (
    EvidenceWanted,
    MaintenanceRequest,
    RequestStep,
    StepPhase,
    StepRole,
    StepState,
)
from maintenance.workflow.guards import MOVES, Verb, answers
from maintenance.workflow.questions import FOR_WHOM, Question, is_for, may_be_answered
from portal import clock
from portal.models import User

# verb: the name of its URL, its words, its kind, and what is asked before it.
BUTTONS: dict[Verb, tuple[str, Any, str, Any]] = {
    Verb.SUBMIT: ("submit", _("Send for approval"), "primary", ""),
    Verb.ASK_APPROVAL: ("ask-approval", _("Send for approval"), "primary", ""),
    Verb.AUTHORISE: ("authorise", _("Go ahead as a standard change"), "primary", ""),
    Verb.ASSESS: ("assess", _("Assess it"), "plain", ""),
    Verb.RESUME: ("resume", _("Go on"), "primary", ""),
    Verb.SCHEDULE: ("schedule", _("Schedule"), "plain", ""),
    Verb.START: ("start", _("Start the work"), "primary", ""),
    Verb.FINISH_WORK: ("finish-work", _("Finish the work"), "primary", ""),
    Verb.BACK_TO_WORK: ("back-to-work", _("Back to work"), "plain", ""),
    Verb.CLOSE: ("close", _("Close the request"), "primary", ""),
    Verb.BACK_TO_DRAFT: ("back-to-draft", _("Back to draft"), "plain", ""),
    Verb.WITHDRAW: (
        "withdraw",
        _("Withdraw"),
        "quiet",
        _("Withdraw this request? It can be taken back to draft later."),
    ),
}
# What needs a reason, and so more than a button.
WITH_REASON: dict[Verb, tuple[str, Any, str, Any]] = {
    Verb.HOLD: ("hold", _("Put on hold"), "plain", ""),
    Verb.CANCEL: (
        "cancel",
        _("Cancel for good"),
        "danger",
        _("Cancel this request? It cannot be taken up again."),
    ),
}
# The marks of the step component.
MARKS = {StepState.PENDING: "todo", StepState.DONE: "done", StepState.SKIPPED: "skipped"}


def buttons_for(
    item: MaintenanceRequest, user: User, *, may_work_on_it: bool
) -> list[dict[str, Any]]:
    """Return the parameters of a verb form for each verb that fits the state of `item`."""
    return _forms(BUTTONS, item, user) if may_work_on_it else []


def forms_for(
    item: MaintenanceRequest, user: User, *, may_work_on_it: bool
) -> list[dict[str, Any]]:
    """Return the same for each verb that needs a reason, with the field to write it in."""
    rows = _forms(WITH_REASON, item, user) if may_work_on_it else []
    return [{**row, "form": ReasonForm(auto_id=f"id_{row['name']}_%s")} for row in rows]


def _forms(
    buttons: dict[Verb, tuple[str, Any, str, Any]], item: MaintenanceRequest, user: User
) -> list[dict[str, Any]]:
    question = Question(item, user, clock.now())
    return [
        {
            "name": name,
            "action_url": reverse(f"maintenance:request-{name}", args=[item.pk]),
            "label": label,
            "kind": kind,
            "confirm": confirm,
            "refusals": answers(question, verb),
        }
        for verb, (name, label, kind, confirm) in buttons.items()
        if item.state in MOVES[verb][0]
        and (verb != Verb.AUTHORISE or item.standard_version_id is not None)
    ]


def step_groups(
    item: MaintenanceRequest, user: User, *, may_answer: bool
) -> list[dict[str, Any]]:
    """Return the steps by phase, each phase with how many of its steps have an answer."""
    steps = list(item.steps.select_related("answered_by"))
    question = Question(item, user, clock.now())
    answerable = may_answer and item.state in MOVES[Verb.ANSWER_STEP][0]
    groups = [(phase, [step for step in steps if step.phase == phase]) for phase in StepPhase]
    return [
        {
            "label": phase.label,
            "done": sum(step.state != StepState.PENDING for step in of_phase),
            "total": len(of_phase),
            "rows": [_step_row(question, step, answerable=answerable) for step in of_phase],
        }
        for phase, of_phase in groups
        if of_phase
    ]


def _step_row(question: Question, step: RequestStep, *, answerable: bool) -> dict[str, Any]:
    """Say who answers the step, and where this person may: with any answer, or by skipping."""
    item, user = question.request, question.actor
    theirs = user is not None and is_for(step, question, user)
    may_skip = theirs or (user is not None and user.pk in question.managers)
    return {
        "step": step,
        "mark": MARKS[StepState(step.state)],
        "is_pending": step.state == StepState.PENDING,
        "wants_evidence": step.evidence_wanted != EvidenceWanted.NONE,
        "is_link": step.evidence.startswith(("https://", "http://")),
        "whom": "" if step.role == StepRole.ANYONE else FOR_WHOM[StepRole(step.role)],
        "may_do": theirs,
        "url": reverse("maintenance:request-step", args=[item.pk, step.order])
        if answerable and may_skip and may_be_answered(step, item)
        else "",
    }
