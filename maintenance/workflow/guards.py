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

from maintenance.approving import Word
from maintenance.models import (
    BEFORE_DECISION,
    HOLDABLE,
    READY,
    WORKING,
    MaintenanceRequest,
    RequestState,
    StepPhase,
)
from maintenance.workflow import questions as ask
from maintenance.workflow.questions import Finding, Question
from maintenance.workflow.taking_turns import take_turns
from portal import clock
from portal.errors import Refusal, TransitionNotAllowed
from portal.models import User


class Verb(StrEnum):
    CHANGE_PLAN = "change_plan"
    SUBMIT = "submit"
    ASSESS = "assess"
    ASK_APPROVAL = "ask_approval"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    HOLD = "hold"
    RESUME = "resume"
    BACK_TO_DRAFT = "back_to_draft"
    AUTHORISE = "authorise"
    APPROVE = "approve"
    REJECT = "reject"
    SCHEDULE = "schedule"
    EXPIRE = "expire"
    BREAK_GLASS = "break_glass"
    APPROVE_AFTERWARDS = "approve_afterwards"
    REJECT_AFTERWARDS = "reject_afterwards"
    OVERRIDE_TIME = "override_time"
    START = "start"
    ANALYSE = "analyse"
    ANSWER_STEP = "answer_step"
    RANK = "rank"
    SET_GATE = "set_gate"
    REMOVE_GATE = "remove_gate"
    REVISE_RUNBOOK = "revise_runbook"
    CONFIRM_RUNBOOK = "confirm_runbook"
    FINISH_WORK = "finish_work"
    BACK_TO_WORK = "back_to_work"
    VERIFY = "verify"
    REVIEW = "review"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"


S = RequestState
BEGUN = WORKING | {S.REVIEW}

# From which states a verb may be called, and where it leads; None: it moves no state itself.
# On hold leads back to where the request was held.
MOVES: dict[Verb, tuple[set[RequestState], RequestState | None]] = {
    Verb.CHANGE_PLAN: (set(S) - {S.REVIEW, S.CLOSED, S.WITHDRAWN, S.CANCELLED}, None),
    Verb.ANALYSE: (set(S) - {S.REVIEW, S.CLOSED, S.WITHDRAWN, S.CANCELLED}, None),
    Verb.SET_GATE: (set(S) - {S.REVIEW, S.CLOSED, S.WITHDRAWN, S.CANCELLED}, None),
    Verb.REMOVE_GATE: (set(S) - {S.REVIEW, S.CLOSED, S.WITHDRAWN, S.CANCELLED}, None),
    Verb.RANK: ({S.DRAFT, S.SUBMITTED, S.ASSESSING}, None),
    Verb.SUBMIT: ({S.DRAFT}, S.SUBMITTED),
    Verb.ASSESS: ({S.SUBMITTED}, S.ASSESSING),
    Verb.ASK_APPROVAL: ({S.SUBMITTED, S.ASSESSING}, S.AWAITING_APPROVAL),
    Verb.WITHDRAW: ({S.DRAFT} | BEFORE_DECISION, S.WITHDRAWN),
    Verb.CANCEL: (BEFORE_DECISION | READY | {S.ON_HOLD}, S.CANCELLED),
    Verb.HOLD: (HOLDABLE, S.ON_HOLD),
    Verb.RESUME: ({S.ON_HOLD}, None),
    Verb.BACK_TO_DRAFT: (
        BEFORE_DECISION | READY | {S.REJECTED, S.WITHDRAWN, S.EXPIRED},
        S.DRAFT,
    ),
    Verb.AUTHORISE: ({S.SUBMITTED, S.ASSESSING}, S.APPROVED),
    Verb.APPROVE: ({S.AWAITING_APPROVAL}, S.APPROVED),
    Verb.REJECT: (BEFORE_DECISION, S.REJECTED),
    Verb.SCHEDULE: ({S.APPROVED}, S.SCHEDULED),
    Verb.EXPIRE: (READY, S.EXPIRED),
    Verb.BREAK_GLASS: (BEFORE_DECISION, S.IN_PROGRESS),
    Verb.APPROVE_AFTERWARDS: (BEGUN, None),
    Verb.REJECT_AFTERWARDS: (BEGUN, None),
    Verb.OVERRIDE_TIME: ({S.DRAFT, S.ON_HOLD} | BEFORE_DECISION | READY, None),
    Verb.START: (READY, S.IN_PROGRESS),
    Verb.ANSWER_STEP: ({S.DRAFT} | BEFORE_DECISION | READY | BEGUN, None),
    Verb.REVISE_RUNBOOK: (BEGUN, None),
    Verb.CONFIRM_RUNBOOK: (BEGUN, None),
    Verb.FINISH_WORK: ({S.IN_PROGRESS}, S.VERIFYING),
    Verb.BACK_TO_WORK: ({S.VERIFYING}, S.IN_PROGRESS),
    Verb.VERIFY: ({S.VERIFYING}, S.REVIEW),
    Verb.REVIEW: ({S.REVIEW}, None),
    Verb.FOLLOW_UP: (BEGUN | {S.CLOSED}, None),
    Verb.CLOSE: ({S.REVIEW}, S.CLOSED),
}

# What happens by itself as soon as nothing speaks against it.
GOES_ON: dict[Verb, Verb] = {
    Verb.SUBMIT: Verb.ASK_APPROVAL,
    Verb.APPROVE: Verb.SCHEDULE,
    Verb.AUTHORISE: Verb.SCHEDULE,
    Verb.VERIFY: Verb.CLOSE,
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
WRITTEN = (
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
ORIGIN_TAKEN = Guard(
    "origin_taken",
    _("%(other)s is about the same thing, and open."),
    _("Go on with that one."),
    ask.origin_taken,
)
ANALYSED = (
    Guard(
        "impact_missing",
        _("Nobody has said yet what it touches."),
        _("Write in the analysis what services, data, interfaces, documents or users notice."),
        ask.no_impact,
    ),
    Guard(
        "not_reproduced",
        _("Nobody has said yet whether the fault was reproduced, and how."),
        _("Say so in the analysis: how, or why it was not, or that it does not apply."),
        ask.not_reproduced,
    ),
)
# While none of these speaks against it, a standard change needs no vote.
STANDARD = (
    Guard(
        "not_standard",
        _("It was not made from a standard change."),
        _("Send it for approval."),
        ask.not_standard,
    ),
    Guard(
        "standard_not_approved",
        _("The standard change “%(name)s” is not approved in this version."),
        _("Send it for approval, or make the request from the version in force."),
        ask.standard_not_in_force,
    ),
    Guard(
        "standard_expired",
        _("The approval of the standard change “%(name)s” was over at %(end)s."),
        _("Propose it again, or send this for approval."),
        ask.standard_over,
    ),
    Guard(
        "standard_suspended",
        _("The standard change “%(name)s” is suspended: %(why)s"),
        _("Send this for approval; a manager reinstates it, once the cause is mended."),
        ask.standard_suspended,
    ),
    Guard(
        "standard_edited",
        _("Fields that its standard change fixes were edited: %(fields)s."),
        _("Put them back as they were, or send this for approval."),
        ask.standard_edited,
    ),
)
EVIDENT = (
    Guard(
        "gate_red",
        _("Evidence is red: %(names)s."),
        _("Make it green and say so, or take it off with a reason."),
        ask.gates_red,
    ),
    Guard(
        "gate_stale",
        _("Evidence is too old: %(names)s."),
        _("Check it again and renew it."),
        ask.gates_stale,
    ),
)
OPEN_TIME = (
    Guard(
        "freeze",
        _("“%(name)s” stops changes of %(service)s from %(start)s until %(end)s."),
        _("Plan another time, or ask a manager who has no hand in this to let it pass."),
        ask.frozen,
    ),
    Guard(
        "no_interval",
        _("%(service)s is changed at its permitted times only, and no time is planned."),
        _("Plan one within “%(windows)s”."),
        ask.no_interval,
    ),
    Guard(
        "misses_window",
        _("Its time lies outside of the permitted times of %(service)s."),
        _("Plan one within “%(windows)s”, or ask a manager to let it pass."),
        ask.outside_windows,
    ),
    Guard(
        "exceeds_window",
        _("Its time, with preparation and rollback, is not wholly within a permitted time."),
        _("Begin earlier or shorten it, within “%(windows)s”; the rollback counts, too."),
        ask.beyond_windows,
    ),
)
UNTAKEN = (
    Guard(
        "hard_conflict",
        _("Its time, with preparation and rollback, is taken: %(changes)s."),
        _("Plan another time; the page of its time shows the next ones that fit."),
        ask.time_taken,
    ),
)
# Whoever does one of these gives a change its time.
TAKING_TIME = {Verb.APPROVE, Verb.SCHEDULE, Verb.RESUME, Verb.START, Verb.BREAK_GLASS}
HANDS = (
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
        lambda question: ask.is_actor(question, question.implementers),
    ),
)
SEGREGATED = (
    Guard(
        "not_manager",
        _("Only a manager of %(team)s decides this."),
        "",
        ask.not_a_manager,
    ),
    *HANDS,
    SEEN,
)


def on_ballot(word: Word) -> tuple[Guard, ...]:
    """What speaks against this word of this person, by the rule of approval."""

    def about(*named: str) -> Callable[[Question], Finding]:
        return lambda question: ask.about_vote(question, word, *named)

    return (
        Guard(
            "not_eligible",
            _("This is decided by others: %(who)s."),
            "",
            lambda question: ask.not_eligible(question, word),
        ),
        *HANDS,
        Guard(
            "approver_is_deployer",
            _("You deployed this, or let it begin; somebody else has to decide."),
            "",
            ask.has_another_hand,
        ),
        Guard(
            "giver_has_a_hand",
            _("%(name)s, for whom you would decide, has a hand in it."),
            "",
            lambda question: ask.giver_has_a_hand(question, word),
        ),
        Guard(
            "no_delegation",
            _("No delegation lets you decide for somebody else here now."),
            _("Whoever is away delegates their decisions beforehand."),
            about("no_delegation"),
        ),
        Guard(
            "fills_another_step",
            _("%(name)s has decided in another step, and nobody fills two."),
            _("Somebody else has to decide in “%(step)s”."),
            about("fills_another_step"),
        ),
        Guard(
            "one_voice",
            _("%(name)s has had a word in “%(step)s” already: one person, one voice."),
            "",
            about("one_voice", "seat_has_spoken"),
        ),
        Guard("voted_already", _("You have said so already."), "", about("voted_already")),
        Guard(
            "step_waits",
            _("“%(step)s” waits for the steps before it."),
            "",
            about("step_waits"),
        ),
        Guard(
            "step_decided",
            _("“%(step)s” has all the votes that it needs."),
            "",
            about("step_decided"),
        ),
        Guard(
            "no_such_step",
            _("There is no step of this name."),
            "",
            about("no_such_step"),
        ),
        SEEN,
    )


REJECTED_BEFORE = Guard(
    "rejected_before",
    _("This plan, word for word, was rejected."),
    _("Change the plan so that it answers the reason."),
    ask.rejected_before,
)
NO_RUNBOOK = Guard(
    "no_runbook",
    _("No runbook is linked to this request."),
    _("Choose the runbook to update on the request's edit page."),
    lambda question: ask.when(question.request.runbook_id is None),
)
NOT_SETTLED = Guard(
    "nothing_to_decide",
    _("Nothing is left to be decided afterwards."),
    "",
    lambda question: ask.when(ask.retrospective_open(question) is None),
)
QUORUM = Guard(
    "quorum_unreachable",
    _("“%(step)s” needs %(needed)s, and %(all)s could decide who have no hand in this."),
    _("Add people to those it asks, or let others write the plan and carry it out."),
    ask.quorum_unreachable,
)
NO_REASON = Guard(
    "missing_reason",
    _("A rejection needs a reason."),
    _("Say what would have to be different."),
    ask.blank("reason"),
)

GUARDS: dict[Verb, tuple[Guard, ...]] = {
    Verb.CHANGE_PLAN: (
        SEEN,
        ORIGIN_TAKEN,
        Guard(
            "work_began",
            _("Work on the approved plan has begun, so the plan stays as it is."),
            _("Finish or roll back, close this request, and make a new one."),
            ask.plan_of_begun_work,
        ),
    ),
    Verb.SUBMIT: (
        *WRITTEN,
        REJECTED_BEFORE,
        QUORUM,
    ),
    Verb.ASSESS: (),
    Verb.ASK_APPROVAL: (
        *WRITTEN,
        *ANALYSED,
        REJECTED_BEFORE,
        QUORUM,
    ),
    Verb.WITHDRAW: (
        Guard(
            "not_requester",
            _("Only %(requester)s, who asked for it, or a manager of the team withdraws this."),
            "",
            ask.neither_requester_nor_manager,
        ),
    ),
    Verb.CANCEL: (
        Guard(
            "missing_cancel_reason",
            _("Cancelling needs a reason."),
            _("Say why it is not done any more; it cannot be taken up again."),
            ask.blank("reason"),
        ),
        Guard(
            "held_at_work",
            _("Its work has begun, so it ends by its outcome."),
            _("Take it off hold, and say in the verification what came of it."),
            ask.held_from_work,
        ),
    ),
    Verb.HOLD: (
        Guard(
            "missing_hold_reason",
            _("Putting it on hold needs a reason."),
            _("Say what it waits for."),
            ask.blank("reason"),
        ),
    ),
    Verb.RESUME: tuple(
        guard._replace(objects=ask.resuming_work(guard.objects))
        for guard in (*OPEN_TIME, *UNTAKEN)
    ),
    Verb.BACK_TO_DRAFT: (ORIGIN_TAKEN,),
    Verb.AUTHORISE: (*STANDARD, *WRITTEN, *OPEN_TIME, *UNTAKEN),
    Verb.APPROVE: (*on_ballot(Word.APPROVE), *WRITTEN, *OPEN_TIME, *UNTAKEN),
    Verb.REJECT: (*on_ballot(Word.REJECT), NO_REASON),
    Verb.BREAK_GLASS: (
        Guard(
            "not_emergency",
            _("Only an emergency begins before it is approved."),
            _("Send it for approval, or say that it is an emergency."),
            ask.not_an_emergency,
        ),
        Guard(
            "may_not_break_glass",
            _("Only a manager of %(team)s or an administrator lets it begin unapproved."),
            _("Ask one of them."),
            ask.may_not_break_glass,
        ),
        SEEN,
        Guard(
            "missing_break_glass_reason",
            _("Letting it begin unapproved needs a reason."),
            _("Say why this cannot wait for those who decide."),
            ask.blank("reason"),
        ),
    ),
    Verb.APPROVE_AFTERWARDS: (*on_ballot(Word.APPROVE), NOT_SETTLED),
    Verb.REJECT_AFTERWARDS: (*on_ballot(Word.REJECT), NOT_SETTLED, NO_REASON),
    Verb.SCHEDULE: (
        Guard(
            "not_planned",
            _("No time is planned for it."),
            _("Plan a time, which needs another approval; or begin when it suits."),
            ask.unplanned,
        ),
        *WRITTEN,
        *OPEN_TIME,
        *UNTAKEN,
    ),
    Verb.EXPIRE: (
        Guard(
            "still_valid",
            _("Its approval holds until %(end)s."),
            "",
            ask.still_valid,
        ),
    ),
    Verb.START: (
        *WRITTEN,
        Guard(
            "no_approval",
            _("Nobody has approved the plan as it is now."),
            _("Take it back to draft and send it for approval."),
            ask.unless_standard(ask.no_approval),
        ),
        Guard(
            "step_open",
            _("Votes are missing (%(missing)s): %(steps)s."),
            _("Take it back to draft and send it for approval again."),
            ask.step_open,
        ),
        Guard(
            "approval_used",
            _("A start has used this approval up, at %(at)s."),
            _("Take it back to draft and send it for approval again."),
            ask.approval_used,
        ),
        *(guard._replace(objects=ask.if_standard(guard.objects)) for guard in STANDARD),
        Guard(
            "approval_expired",
            _("The approval held until %(end)s."),
            _("Take it back to draft and send it for approval again."),
            ask.approval_over,
        ),
        Guard(
            "approver_left",
            _("%(name)s, who approved this, may not decide it any more."),
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
            "starter_overrode",
            _("You let it pass a time that is closed; somebody else has to carry it out."),
            "",
            ask.starter_overrode,
        ),
        Guard(
            "too_early",
            _("It is planned from %(start)s."),
            _("Wait, or plan another time; that needs a new approval."),
            ask.too_early,
        ),
        *EVIDENT,
        *OPEN_TIME,
        *UNTAKEN,
    ),
    Verb.ANALYSE: (
        Guard(
            "analysis_changed",
            _("Somebody changed the analysis after you opened it."),
            _("Read it as it is now, and go on from there."),
            ask.another_analysis,
        ),
    ),
    Verb.RANK: (),
    Verb.SET_GATE: (
        Guard(
            "too_many_gates",
            _("A request has at most %(most)s pieces of evidence."),
            _("Renew one, or take one off."),
            ask.gates_full,
        ),
        Guard(
            "older_result",
            _("A newer result of “%(name)s” is known, of %(at)s."),
            "",
            ask.older_result,
        ),
    ),
    Verb.REMOVE_GATE: (
        Guard(
            "missing_removal_reason",
            _("Taking evidence off needs a reason."),
            _("Say why it is not needed for this change."),
            ask.blank("reason"),
        ),
    ),
    Verb.ANSWER_STEP: (
        Guard(
            "skipped_without_reason",
            _("Skipping a step needs a reason."),
            _("Say why the step is not needed here."),
            ask.skipped_in_silence,
        ),
        Guard(
            "work_not_begun",
            _("Step %(order)s is answered when the work has begun."),
            "",
            ask.step_of_later,
        ),
        Guard(
            "not_your_step",
            _("Step %(order)s is for %(who)s."),
            _("Ask them to answer it; a manager may skip it with a reason."),
            ask.not_your_step,
        ),
        Guard(
            "missing_evidence",
            _("Step %(order)s asks for evidence."),
            _("Say what shows that it is done."),
            ask.without_evidence,
        ),
        Guard(
            "evidence_no_link",
            _("The evidence of step %(order)s is a link."),
            _("Give an address that begins with https://."),
            ask.evidence_is_no_link,
        ),
    ),
    Verb.OVERRIDE_TIME: (
        *SEGREGATED,
        Guard(
            "missing_override_reason",
            _("Letting it pass needs a reason."),
            _("Say why this cannot wait, and what makes it safe."),
            ask.blank("reason"),
        ),
    ),
    Verb.REVISE_RUNBOOK: (NO_RUNBOOK,),
    Verb.CONFIRM_RUNBOOK: (
        NO_RUNBOOK,
        Guard(
            "missing_confirmation",
            _("Say how you know that the runbook is still right."),
            "",
            ask.blank("reason"),
        ),
    ),
    Verb.FINISH_WORK: (
        Guard(
            "work_open",
            _("Steps of the analysis and of the work have no answer: %(steps)s."),
            _("Mark each step as done, or skip it with a reason."),
            ask.steps_open(StepPhase.ANALYSE, StepPhase.WORK),
        ),
    ),
    Verb.BACK_TO_WORK: (),
    Verb.VERIFY: (
        Guard(
            "verification_open",
            _("Steps up to the verification have no answer: %(steps)s."),
            _("Mark each step as done, or skip it with a reason."),
            ask.steps_open(StepPhase.ANALYSE, StepPhase.WORK, StepPhase.VERIFY),
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
    Verb.REVIEW: (
        Guard(
            "reviewer_is_implementer",
            _("You carried this out; somebody else has to review it."),
            _("Ask somebody else of %(team)s."),
            lambda question: ask.is_actor(question, question.implementers),
        ),
        Guard(
            "reviewed_before",
            _("%(reviewer)s has written the review."),
            "",
            ask.reviewed_before,
        ),
    ),
    Verb.FOLLOW_UP: (),
    Verb.CLOSE: (
        Guard(
            "steps_open",
            _("Not every step has an answer: %(steps)s."),
            _("Mark each step as done, or skip it with a reason."),
            ask.steps_open(*StepPhase),
        ),
        Guard(
            "runbook_not_revised",
            _("The linked runbook has been neither revised nor confirmed."),
            _("Publish a new revision from here, or say why it is still right."),
            ask.runbook_as_before,
        ),
        Guard(
            "review_required",
            _("It needs a post-implementation review: %(why)s."),
            _("Somebody who did not carry it out writes it, below."),
            ask.review_missing,
        ),
        Guard(
            "no_follow_up",
            _("An emergency is followed up by a request that mends it for good."),
            _("Make the follow-up request, below."),
            ask.no_follow_up,
        ),
        Guard(
            "retrospective_open",
            _("It began unapproved; that is to be decided until %(due)s."),
            _("Those who decide find it on the approval page."),
            ask.retrospective_open,
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


def objections(question: Question) -> list[Refusal]:
    """Return what speaks against its time: freezes, permitted times, other changes."""
    asked = (guard.ask(question) for guard in (*OPEN_TIME, *UNTAKEN))
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
    if verb in TAKING_TIME:
        take_turns()
    if found := refusals(request, verb, actor, now=now, **given):
        raise TransitionNotAllowed(found)


def _wrong_state(state: RequestState, sources: set[RequestState]) -> Refusal:
    wanted = ", ".join(f"“{source.label}”" for source in RequestState if source in sources)
    return Refusal(
        "wrong_state",
        str(_("It is “%(state)s”; this is done to what is %(wanted)s."))
        % {"state": state.label, "wanted": wanted},
    )
