"""The verbs of a request as buttons: in the state they fit, with every reason why not."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from maintenance.models import MaintenanceRequest, RequestState, StepState
from maintenance.workflow.guards import MOVES, Verb, answers
from maintenance.workflow.questions import Question
from portal import clock
from portal.models import User

# verb: the name of its URL, its words, its kind, and what is asked before it.
BUTTONS: dict[Verb, tuple[str, Any, str, Any]] = {
    Verb.SUBMIT: ("submit", _("Send for approval"), "primary", ""),
    Verb.START: ("start", _("Start the work"), "primary", ""),
    Verb.FINISH_WORK: ("finish-work", _("Finish the work"), "primary", ""),
    Verb.BACK_TO_WORK: ("back-to-work", _("Back to work"), "plain", ""),
    Verb.BACK_TO_DRAFT: ("back-to-draft", _("Back to draft"), "plain", ""),
    Verb.WITHDRAW: (
        "withdraw",
        _("Withdraw"),
        "quiet",
        _("Withdraw this request? It can be taken back to draft later."),
    ),
}
# The marks of the step component.
MARKS = {StepState.PENDING: "todo", StepState.DONE: "done", StepState.SKIPPED: "skipped"}


def buttons_for(
    item: MaintenanceRequest, user: User, *, may_work_on_it: bool
) -> list[dict[str, Any]]:
    """Return the parameters of a verb form for each verb that fits the state of `item`."""
    if not may_work_on_it:
        return []
    question = Question(item, user, clock.now())
    return [
        {
            "action_url": reverse(f"maintenance:request-{name}", args=[item.pk]),
            "label": label,
            "kind": kind,
            "confirm": confirm,
            "refusals": answers(question, verb),
        }
        for verb, (name, label, kind, confirm) in BUTTONS.items()
        if item.state in MOVES[verb][0]
    ]


def step_rows(item: MaintenanceRequest, *, may_answer: bool) -> list[dict[str, Any]]:
    open_states = {RequestState.IN_PROGRESS, RequestState.VERIFYING}
    answerable = may_answer and item.state in open_states
    return [
        {
            "step": step,
            "mark": MARKS[StepState(step.state)],
            "is_pending": step.state == StepState.PENDING,
            "url": reverse("maintenance:request-step", args=[item.pk, step.order])
            if answerable
            else "",
        }
        for step in item.steps.select_related("answered_by")
    ]
