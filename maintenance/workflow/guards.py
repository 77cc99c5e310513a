"""
Why not? The one table of rules about requests.

Verbs refuse by it, buttons are disabled by it with the same sentences beside them, and the
API answers 409 with them. Codes are part of the API and never get a second meaning.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from maintenance.models import MaintenanceRequest, RequestState
from maintenance.workflow import questions as ask
from maintenance.workflow.questions import Finding, Question
from portal import clock
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User


class Verb(StrEnum):
    CHANGE_PLAN = "change_plan"
    SUBMIT = "submit"
    WITHDRAW = "withdraw"
    BACK_TO_DRAFT = "back_to_draft"
    APPROVE = "approve"
    REJECT = "reject"
    START = "start"
    ANSWER_STEP = "answer_step"
    REVISE_RUNBOOK = "revise_runbook"
    FINISH_WORK = "finish_work"
    BACK_TO_WORK = "back_to_work"
    VERIFY_AND_CLOSE = "verify_and_close"


S = RequestState

# From which states a verb may be called, and where it leads; None: it moves no state itself.
MOVES: dict[Verb, tuple[set[RequestState], RequestState | None]] = {
    Verb.CHANGE_PLAN: (set(S) - {S.CLOSED, S.WITHDRAWN}, None),
    Verb.SUBMIT: ({S.DRAFT}, S.AWAITING_APPROVAL),
    Verb.WITHDRAW: ({S.DRAFT, S.AWAITING_APPROVAL, S.APPROVED}, S.WITHDRAWN),
    Verb.BACK_TO_DRAFT: ({S.AWAITING_APPROVAL, S.APPROVED, S.REJECTED, S.WITHDRAWN}, S.DRAFT),
    Verb.APPROVE: ({S.AWAITING_APPROVAL}, S.APPROVED),
    Verb.REJECT: ({S.AWAITING_APPROVAL}, S.REJECTED),
    Verb.START: ({S.APPROVED}, S.IN_PROGRESS),
    Verb.ANSWER_STEP: ({S.IN_PROGRESS, S.VERIFYING}, None),
    Verb.REVISE_RUNBOOK: ({S.IN_PROGRESS, S.VERIFYING}, None),
    Verb.FINISH_WORK: ({S.IN_PROGRESS}, S.VERIFYING),
    Verb.BACK_TO_WORK: ({S.VERIFYING}, S.IN_PROGRESS),
    Verb.VERIFY_AND_CLOSE: ({S.VERIFYING}, S.CLOSED),
}


class Guard(NamedTuple):
    code: str
    sentence: Any  # a lazy string, with the finding's names as %(placeholders)s
    remedy: Any
    objects: Callable[[Question], Finding]

    def ask(self, question: Question) -> Refusal | None:
        finding = self.objects(question)
        if finding is None:
            return None
        return Refusal(self.code, str(self.sentence) % finding, str(self.remedy) % finding)


SEEN = Guard(
    "digest_changed",
    _("The plan was changed after you opened it."),
    _("Read it as it is now, and go on from there."),
    ask.another_digest,
)
COMPLETE = (
    Guard(
        "missing_plan",
        _("There is no plan yet."),
        _("Write down what will be done, step by step."),
        lambda question: ask.when(not question.request.plan.strip()),
    ),
    Guard(
        "missing_rollback",
        _("There is no rollback plan yet."),
        _("Say how to get back if it goes wrong, or why that cannot be needed."),
        lambda question: ask.when(not question.request.rollback_plan.strip()),
    ),
    Guard(
        "interval_over",
        _("The planned time was over at %(end)s."),
        _("Plan another time."),
        ask.no_interval_left,
    ),
)
SEGREGATED = (
    Guard(
        "not_manager",
        _("Only a manager of %(team)s decides this."),
        "",
        ask.not_a_manager,
    ),
    Guard(
        "approver_is_requester",
        _("You asked for this; somebody else has to decide."),
        _("Ask another manager of %(team)s."),
        lambda question: ask.is_actor(question, {question.request.requester_id}),
    ),
    Guard(
        "approver_is_author",
        _("You wrote at this plan; somebody else has to decide."),
        _("Ask another manager of %(team)s."),
        lambda question: ask.is_actor(question, {*question.authors}),
    ),
    Guard(
        "approver_is_implementer",
        _("You are to carry this out; somebody else has to decide."),
        _("Ask another manager of %(team)s."),
        lambda question: ask.is_actor(question, {question.request.implementer_id}),
    ),
    SEEN,
)

GUARDS: dict[Verb, tuple[Guard, ...]] = {
    Verb.CHANGE_PLAN: (
        SEEN,
        Guard(
            "work_began",
            _("Work on the approved plan has begun, so the plan stays as it is."),
            _("Finish or roll back, close this request, and make a new one."),
            ask.plan_of_begun_work,
        ),
    ),
    Verb.SUBMIT: (
        *COMPLETE,
        Guard(
            "rejected_before",
            _("This plan, word for word, was rejected."),
            _("Change the plan so that it answers the reason."),
            ask.rejected_before,
        ),
        Guard(
            "no_approver",
            _("Nobody in %(team)s could approve this: it has no manager without a hand in it."),
            _("Make somebody else a manager of %(team)s."),
            ask.nobody_can_approve,
        ),
    ),
    Verb.WITHDRAW: (
        Guard(
            "not_requester",
            _("Only %(requester)s, who asked for it, or a manager of the team withdraws this."),
            "",
            ask.neither_requester_nor_manager,
        ),
    ),
    Verb.BACK_TO_DRAFT: (),
    Verb.APPROVE: (*SEGREGATED, *COMPLETE),
    Verb.REJECT: (
        *SEGREGATED,
        Guard(
            "missing_reason",
            _("A rejection needs a reason."),
            _("Say what would have to be different."),
            ask.blank("reason"),
        ),
    ),
    Verb.START: (
        *COMPLETE,
        Guard(
            "no_approval",
            _("Nobody has approved the plan as it is now."),
            _("Take it back to draft and send it for approval."),
            lambda question: ask.when(not question.approvals),
        ),
        Guard(
            "approver_left",
            _("%(name)s, who approved this, is not a manager of %(team)s any more."),
            _("Take it back to draft and send it for approval again."),
            ask.approver_left,
        ),
        Guard(
            "starter_approved",
            _("You approved this; somebody else has to carry it out."),
            "",
            ask.starter_approved,
        ),
        Guard(
            "too_early",
            _("It is planned from %(start)s."),
            _("Wait, or plan another time; that needs a new approval."),
            ask.too_early,
        ),
    ),
    Verb.ANSWER_STEP: (
        Guard(
            "skipped_without_reason",
            _("Skipping a step needs a reason."),
            _("Say why the step is not needed here."),
            ask.skipped_in_silence,
        ),
    ),
    Verb.REVISE_RUNBOOK: (
        Guard(
            "no_runbook",
            _("No runbook is linked to this request."),
            _("Choose the runbook to update on the request's edit page."),
            lambda question: ask.when(question.request.runbook_id is None),
        ),
    ),
    Verb.FINISH_WORK: (),
    Verb.BACK_TO_WORK: (),
    Verb.VERIFY_AND_CLOSE: (
        Guard(
            "steps_open",
            _("Not every step has an answer: %(steps)s."),
            _("Mark each step as done, or skip it with a reason."),
            ask.steps_open,
        ),
        Guard(
            "runbook_not_revised",
            _("The linked runbook “%(runbook)s” has not been revised."),
            _("Publish a new revision from here, or take the runbook off the request."),
            ask.runbook_as_before,
        ),
        Guard(
            "no_deployment",
            _("No deployment is linked to this request."),
            _("Record the deployment with this request's number, or say why there is none."),
            ask.no_deployment,
        ),
        Guard(
            "missing_verification",
            _("Closing needs a word on how it was verified."),
            "",
            ask.blank("verification"),
        ),
    ),
}


def refusals(
    request: MaintenanceRequest,
    verb: Verb,
    actor: User | None,
    *,
    now: datetime | None = None,
    **given: Any,
) -> list[Refusal]:
    """Return every reason why `actor` cannot do this to `request` now; empty if they can."""
    return answers(Question(request, actor, now or clock.now(), given), verb)


def answers(question: Question, verb: Verb) -> list[Refusal]:
    sources, _target = MOVES[verb]
    state = RequestState(question.request.state)
    if state not in sources:
        return [_wrong_state(state, sources)]
    asked = (guard.ask(question) for guard in GUARDS[verb])
    return [refusal for refusal in asked if refusal is not None]


def require(
    request: MaintenanceRequest,
    verb: Verb,
    actor: User | None,
    *,
    now: datetime | None = None,
    **given: Any,
) -> None:
    """Raise `TransitionNotAllowed` with every reason if a rule says no."""
    if found := refusals(request, verb, actor, now=now, **given):
        raise TransitionNotAllowed(found)


def _wrong_state(state: RequestState, sources: set[RequestState]) -> Refusal:
    wanted = ", ".join(f"“{source.label}”" for source in RequestState if source in sources)
    return Refusal(
        "wrong_state",
        str(_("It is “%(state)s”; this is done to what is %(wanted)s."))
        % {"state": state.label, "wanted": wanted},
    )
