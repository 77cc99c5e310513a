"""
What is asked about a request, and what the facts object to.

Each function takes a `Question` and returns its finding: None when nothing speaks against it,
else what fills the sentence that `guards` has for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from maintenance import approving
from maintenance.approving import State, Word
from maintenance.conflicts import Conflict, conflicts_of, sight_of
from maintenance.models import (
    ENDED,
    GIVEN_UP,
    MOST_GATES,
    READY,
    UNSUCCESSFUL,
    WORKING,
    Authorisation,
    BreakGlass,
    Category,
    EvidenceGate,
    EvidenceWanted,
    MaintenanceRequest,
    Reproduced,
    RequestState,
    RequestStep,
    StandardState,
    StepPhase,
    StepRole,
    StepState,
    Vote,
    analysis_of,
)
from maintenance.on_duty import nobody_decides
from maintenance.permitted import Standing, span_from, standing
from maintenance.policies import step_names
from maintenance.standing import edited, is_over_budget
from maintenance.timing import Code, Span
from maintenance.workflow.ballots import Ballot, glass_of, hands_in, implementers_of
from maintenance.workflow.digest import authors_of, digest_of
from portal.access import managers_of
from portal.models import Access, User

NAMED = 3  # changes in a sentence
Params = dict[str, Any]
Finding = Params | None


@dataclass
class Question:
    """
    May `actor` do something to `request` at `now`, having given this?

    `given` holds what the caller typed: `digest`, `reason`, `changed` (names of fields),
    `ballot_step`, `seat` (whose vote it is), `step`, `step_state`, `note`, `evidence`,
    `verification`, `no_deployment_reason`. What is not given is not judged, so that a button
    is not disabled by a field that is still to be filled in.
    """

    request: MaintenanceRequest
    actor: User | None
    now: datetime
    given: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def managers(self) -> set[int]:
        """Who may approve for the owner team, by role alone."""
        people = managers_of(self.request.service.team_id)
        working = people.filter(access__in=[Access.MEMBER, Access.ADMINISTRATOR])
        return set(working.values_list("pk", flat=True))

    @cached_property
    def authors(self) -> set[int]:
        return authors_of(self.request)

    @cached_property
    def implementers(self) -> set[int | None]:
        return implementers_of(self.request)

    @cached_property
    def gates(self) -> list[EvidenceGate]:
        return list(self.request.gates.all())

    @cached_property
    def digest(self) -> str:
        return digest_of(self.request)

    @cached_property
    def votes(self) -> list[Vote]:
        return list(self.request.votes.select_related("person", "on_behalf_of"))

    @cached_property
    def ballot(self) -> Ballot:
        return Ballot(self.request, self.now, self.votes, self.bound)

    def vote(self, word: Word) -> approving.Vote:
        """The vote that the actor would give, where and for whom they said, if they did."""
        assert self.actor is not None
        step, seat = self.given.get("ballot_step") or None, self.given.get("seat")
        return self.ballot.vote_of(self.actor.pk, word, step=step, seat=seat)

    def objections_to(self, word: Word) -> list[tuple[str, int]]:
        """What the rule of approval says against the actor's vote: code, and about whom."""
        if word not in self._objections:
            self._objections[word] = self.ballot.objections(self.vote(word))
        return self._objections[word]

    _objections: dict[Word, list[tuple[str, int]]] = field(default_factory=dict)

    @cached_property
    def time(self) -> Standing:
        """What freezes and permitted times say of its time, or of what is left of it."""
        return standing(self.request, self.span)

    @cached_property
    def warnings(self) -> list[str]:
        """What is worth knowing of that time and stops nothing."""
        return [] if self.span is None else nobody_decides(self.request, self.span)

    @property
    def begins(self) -> bool:
        """Whether work could begin now, as far as its state and planned start go."""
        start = self.request.planned_start
        return self.request.state in READY and (start is None or start <= self.now)

    @cached_property
    def span(self) -> Span | None:
        """The time that is judged: as planned, or what is left of it when work begins now."""
        goes_on = self.begins or self.request.held_from in WORKING
        return span_from(self.request, self.now) if goes_on else self.request.effective

    @cached_property
    def conflicts(self) -> list[Conflict]:
        """Other changes at that time; none where there is no time to look at."""
        if self.span is None:
            return []
        person = self.actor.pk if self.actor and self.begins else None
        sight = sight_of(self.request, self.span, person=person)
        return conflicts_of(self.request, self.span, now=self.now, sight=sight)

    @property
    def approvals(self) -> list[Vote]:
        """The approvals that are for exactly this plan and have not been superseded."""
        return [
            vote
            for vote in self.votes
            if vote.decision == Vote.Decision.APPROVE
            and vote.superseded_at is None
            and vote.plan_digest == self.digest
        ]

    @cached_property
    def bound(self) -> set[int | None]:
        """Who has a hand in it and so cannot approve it."""
        return hands_in(self.request, self.authors)

    @property
    def glass(self) -> BreakGlass | None:
        """What let it begin without approval; None once that was refused afterwards."""
        glass = glass_of(self.request)
        return None if glass is None or glass.was_approved is False else glass


def when(objection: object, **params: Any) -> Finding:
    return params if objection else None


def about_approver(question: Question, **params: Any) -> Params:
    return {"team": question.request.service.team, **params}


def _moment(moment: datetime) -> str:
    local = localtime(moment)
    return f"{date_format(local, 'j M Y, H:i')} {local:%Z}"


def no_interval_left(question: Question) -> Finding:
    end = question.request.planned_end
    return when(end and end <= question.now, end=_moment(end) if end else "")


def quorum_unreachable(question: Question) -> Finding:
    """Object to a step that too few could decide, or only those whom another step needs."""
    short = question.ballot.judgement.having(State.UNREACHABLE)
    if not short:
        return None
    able = len(short[0].seats)
    return {
        "step": step_name(question, short[0].step.key),
        "needed": short[0].needed,
        "all": able,
    }


def step_name(question: Question, key: str) -> str:
    ballot = question.ballot
    return step_names(ballot.rule, question.request.service).get(key, key)


def not_eligible(question: Question, word: Word) -> Finding:
    if question.actor is None or "not_eligible" in dict(question.objections_to(word)):
        names = step_names(question.ballot.rule, question.request.service)
        return {"who": ", ".join(dict.fromkeys(names.values()))}
    return None


def about_vote(question: Question, word: Word, *named: str) -> Finding:
    """What the rule of approval says by one of these codes: about whom, and in which step."""
    if question.actor is None:
        return None
    people = [person for code, person in question.objections_to(word) if code in named]
    if not people:
        return None
    who = question.ballot.electorate.people.get(people[0]) or question.actor
    return {"name": who, "step": step_name(question, question.vote(word).step)}


def giver_has_a_hand(question: Question, word: Word) -> Finding:
    actor = question.actor
    if actor is None or question.vote(word).seat == actor.pk:
        return None
    return about_vote(question, word, "has_a_hand") if actor.pk not in question.bound else None


def has_another_hand(question: Question) -> Finding:
    """Deployed it, or let it begin; what else binds has sentences of its own."""
    request = question.request
    said = {request.requester_id, *question.implementers, *question.authors}
    return is_actor(question, {*question.bound} - said)


def rejected_before(question: Question) -> Finding:
    return when(
        any(
            vote.decision == Vote.Decision.REJECT and vote.plan_digest == question.digest
            for vote in question.votes
        )
    )


def not_a_manager(question: Question) -> Finding:
    actor = question.actor
    if actor is not None and actor.pk in question.managers:
        return None
    return about_approver(question)


def is_actor(question: Question, people: set[int | None]) -> Finding:
    actor = question.actor
    return about_approver(question) if actor and actor.pk in people else None


def another_digest(question: Question) -> Finding:
    seen = question.given.get("digest")
    return when(seen is not None and seen != question.digest)


def another_analysis(question: Question) -> Finding:
    seen = question.given.get("seen")
    return when(seen is not None and seen != question.given.get("edits"))


def gates_full(question: Question) -> Finding:
    new = question.given.get("new_gate")
    return when(new and question.request.gates.count() >= MOST_GATES, most=MOST_GATES)


def older_result(question: Question) -> Finding:
    """Results may come in any order; the newest is the one that stands."""
    known, at = question.given.get("known"), question.given.get("checked_at")
    if known is None or at is None or at >= known.checked_at:
        return None
    return {"name": known.name, "at": _moment(known.checked_at)}


def gates_red(question: Question) -> Finding:
    names = [gate.name for gate in question.gates if not gate.is_green]
    return when(names, names=", ".join(names))


def gates_stale(question: Question) -> Finding:
    names = [
        _("%(name)s, of %(at)s") % {"name": gate.name, "at": _moment(gate.checked_at)}
        for gate in question.gates
        if gate.is_stale_at(question.now)
    ]
    return when(names, names="; ".join(names))


def is_standard(question: Question) -> bool:
    """What a standard change touches was said, and approved, with its template."""
    return question.request.authorisation == Authorisation.STANDARD


def origin_taken(question: Question) -> Finding:
    """Of what came from one thing only one is open: a second must not come back."""
    request = question.request
    if not request.origin_reference or request.state not in ENDED:
        return None
    others = MaintenanceRequest.objects.open().filter(origin_reference=request.origin_reference)
    other = others.exclude(pk=request.pk).first()
    return when(other, other=other)


def not_standard(question: Question) -> Finding:
    return when(not is_standard(question) or question.request.standard_version is None)


def standard_not_in_force(question: Question) -> Finding:
    version = question.request.standard_version
    if version is None:
        return None
    standard = version.standard
    in_force = standard.state == StandardState.APPROVED and standard.approved_id == version.pk
    return when(not in_force, name=standard)


def standard_over(question: Question) -> Finding:
    version = question.request.standard_version
    if version is None or version.expires_at is None:
        return None
    over = version.is_over_at(question.now)
    return when(over, name=version.standard, end=_moment(version.expires_at))


def standard_suspended(question: Question) -> Finding:
    """Also in the moment before what counts the failures has suspended it."""
    version = question.request.standard_version
    if version is None:
        return None
    standard = version.standard
    if standard.suspended_at is not None:
        return {"name": standard, "why": standard.suspended_because}
    return when(is_over_budget(standard), name=standard, why=_("its last changes failed."))


def standard_edited(question: Question) -> Finding:
    version = question.request.standard_version
    if version is None:
        return None
    names = edited(question.request, version)
    return when(names, fields=", ".join(map(_field, names)))


def _field(name: str) -> str:
    return str(MaintenanceRequest._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # fields of ours have one


def if_standard(objects: Callable[[Question], Finding]) -> Callable[[Question], Finding]:
    """Ask only of what goes without a vote."""
    return lambda question: objects(question) if goes_without_vote(question) else None


def unless_standard(objects: Callable[[Question], Finding]) -> Callable[[Question], Finding]:
    """Ask only of what needs a vote."""
    return lambda question: None if goes_without_vote(question) else objects(question)


def goes_without_vote(question: Question) -> bool:
    """A standard change that nobody has voted on; sent for approval it is as any other."""
    return (
        is_standard(question)
        and question.request.standard_version_id is not None
        and not question.approvals
    )


def no_impact(question: Question) -> Finding:
    if is_standard(question):
        return None
    return when(not analysis_of(question.request).says_impact)


def not_reproduced(question: Question) -> Finding:
    """A repair says how the fault was made to happen again, or why it was not."""
    if is_standard(question) or question.request.category != Category.CORRECTIVE:
        return None
    found = analysis_of(question.request)
    told = found.reproduced and (
        found.reproduced == Reproduced.NOT_APPLICABLE or found.reproduced_how.strip()
    )
    return when(not told)


def blank(name: str) -> Callable[[Question], Finding]:
    def objects(question: Question) -> Finding:
        given = question.given.get(name)
        return when(given is not None and not str(given).strip())

    return objects


def neither_requester_nor_manager(question: Question) -> Finding:
    actor = question.actor
    if actor is None or actor.pk == question.request.requester_id:
        return None
    return when(actor.pk not in question.managers, requester=question.request.requester)


def no_approval(question: Question) -> Finding:
    return when(not question.approvals and question.glass is None)


def step_open(question: Question) -> Finding:
    """Object to steps that lack votes, unless that is because of who left."""
    if question.glass or not question.approvals or question.ballot.lost:
        return None
    open_steps = question.ballot.unfilled()
    names = [step_name(question, each.step.key) for each in open_steps]
    missing = sum(each.missing for each in open_steps)
    return when(open_steps, steps=", ".join(names), missing=missing)


def approver_left(question: Question) -> Finding:
    lost = question.ballot.lost
    names = ", ".join(str(vote.person) for vote in lost)
    return when(lost and question.ballot.unfilled(), name=names)


def approval_used(question: Question) -> Finding:
    used = question.request.approval_used_at
    return when(used, at=_moment(used) if used else "")


def not_an_emergency(question: Question) -> Finding:
    request = question.request
    rushed = request.emergency or request.authorisation == Authorisation.EMERGENCY
    return when(not rushed)


def may_not_break_glass(question: Question) -> Finding:
    actor = question.actor
    if actor is None or actor.is_administrator or actor.pk in question.managers:
        return None
    return about_approver(question)


def retrospective_open(question: Question) -> Finding:
    glass = glass_of(question.request)
    if glass is None or glass.settled_at is not None:
        return None
    return {"due": _moment(glass.due_at)}


def starter_approved(question: Question) -> Finding:
    approvals = question.approvals
    givers: set[int | None] = {vote.on_behalf_of_id for vote in approvals}
    return is_actor(question, givers | {vote.person_id for vote in approvals})


def starter_overrode(question: Question) -> Finding:
    overrides = question.request.time_overrides.filter(plan_digest=question.digest)
    return is_actor(question, set(overrides.values_list("person", flat=True)))


def resuming_work(objects: Callable[[Question], Finding]) -> Callable[[Question], Finding]:
    """Ask only of work that was held after it had begun; all else is asked when it begins."""

    def of_work(question: Question) -> Finding:
        return objects(question) if question.request.held_from in WORKING else None

    return of_work


def too_early(question: Question) -> Finding:
    start = question.request.planned_start
    return when(start and question.now < start, start=_moment(start) if start else "")


def plan_of_begun_work(question: Question) -> Finding:
    request = question.request
    begun = {request.state, request.held_from} & WORKING
    return when(begun and question.given.get("material"))


def held_from_work(question: Question) -> Finding:
    return when(question.request.held_from in WORKING)


def steps_open(*phases: StepPhase) -> Callable[[Question], Finding]:
    """Object to mandatory steps of these phases that have no answer."""

    def objects(question: Question) -> Finding:
        pending = question.request.steps.filter(
            state=StepState.PENDING, mandatory=True, phase__in=phases
        )
        orders = list(pending.values_list("order", flat=True))
        return when(orders, steps=", ".join(map(str, orders)))

    return objects


def step_of_later(question: Question) -> Finding:
    """Only the analysis comes before the work."""
    step = question.given.get("step")
    if step is None or may_be_answered(step, question.request):
        return None
    return {"order": step.order}


def may_be_answered(step: RequestStep, request: MaintenanceRequest) -> bool:
    return step.phase == StepPhase.ANALYSE or request.state in WORKING | {RequestState.REVIEW}


def not_your_step(question: Question) -> Finding:
    """A manager may take a step out of the way, by skipping it with a reason."""
    step, actor = question.given.get("step"), question.actor
    if step is None or actor is None or is_for(step, question, actor):
        return None
    skips = question.given.get("step_state") == StepState.SKIPPED
    if skips and actor.pk in question.managers:
        return None
    return {"who": FOR_WHOM[step.role], "order": step.order}


FOR_WHOM = {
    StepRole.REQUESTER: _("whoever asked for the change"),
    StepRole.IMPLEMENTER: _("whoever carries it out"),
    StepRole.REVIEWER: _("a reviewer, who does not carry it out"),
    StepRole.APPROVER: _("a manager of the team who has no hand in it"),
    StepRole.ANYONE: _("anyone in the team"),
}


def is_for(step: RequestStep, question: Question, actor: User) -> bool:
    request = question.request
    if step.role == StepRole.REQUESTER:
        return actor.pk == request.requester_id
    if step.role == StepRole.IMPLEMENTER:
        return request.implementer_id in {None, actor.pk}
    if step.role == StepRole.REVIEWER:
        return actor.pk not in question.implementers
    if step.role == StepRole.APPROVER:
        return actor.pk in question.managers - question.bound
    return True


def without_evidence(question: Question) -> Finding:
    step = question.given.get("step")
    if step is None or question.given.get("step_state") != StepState.DONE:
        return None
    wanted = step.evidence_wanted != EvidenceWanted.NONE
    return when(wanted and not question.given.get("evidence", "").strip(), order=step.order)


def evidence_is_no_link(question: Question) -> Finding:
    step, given = question.given.get("step"), question.given.get("evidence", "").strip()
    if step is None or not given or step.evidence_wanted != EvidenceWanted.LINK:
        return None
    return when(not given.startswith(("https://", "http://")), order=step.order)


def unplanned(question: Question) -> Finding:
    request = question.request
    return when(request.planned_start is None or request.planned_end is None)


def still_valid(question: Question) -> Finding:
    until = question.request.approved_until
    if until is None:
        return {"end": ""}
    return when(question.now < until, end=_moment(until))


def approval_over(question: Question) -> Finding:
    until = question.request.approved_until
    if until is None or question.now < until:
        return None
    return {"end": _moment(until)}


def reviewed_before(question: Question) -> Finding:
    review = getattr(question.request, "implementation_review", None)
    return when(review, reviewer=review.reviewer if review else "")


def review_missing(question: Question) -> Finding:
    why = reasons_for_review(question.request)
    reviewed = hasattr(question.request, "implementation_review")
    return when(why and not reviewed, why=", ".join(why))


def reasons_for_review(request: MaintenanceRequest) -> list[str]:
    """Why looking back at this change is demanded; empty when it is not."""
    rushed = request.emergency or request.authorisation == Authorisation.EMERGENCY
    end, finished = request.planned_end, request.finished_at
    overran = end and finished and finished > end
    found = [
        (rushed, gettext("it was an emergency")),
        (request.outcome in UNSUCCESSFUL, gettext("it did not succeed")),
        (overran, gettext("it took longer than planned")),
        (request.time_overrides.filter(of="freeze").exists(), gettext("it passed a freeze")),
    ]
    return [why for is_so, why in found if is_so]


def no_follow_up(question: Question) -> Finding:
    request = question.request
    stands = request.follow_ups.exclude(state__in=GIVEN_UP)
    return when(request.emergency and not stands.exists())


def no_deployment(question: Question) -> Finding:
    reason = question.given.get("no_deployment_reason")
    if reason is None or reason.strip() or question.request.category == Category.PREVENTIVE:
        return None
    return when(not question.request.deployments.exists())


def runbook_as_before(question: Question) -> Finding:
    request = question.request
    seen_to = request.runbook_revision_id is not None or request.runbook_right_because
    missing = request.runbook_id is not None and not seen_to
    return when(missing)


def skipped_in_silence(question: Question) -> Finding:
    skipped = question.given.get("step_state") == StepState.SKIPPED
    return when(skipped and not question.given.get("note", "").strip())


def frozen(question: Question) -> Finding:
    freezes = question.time.freezes
    if not freezes:
        return None
    return {
        "name": freezes[0].name,
        "service": question.request.service,
        "start": _moment(freezes[0].starts_at),
        "end": _moment(freezes[0].closes_at),
    }


def no_interval(question: Question) -> Finding:
    return _about_windows(question, unplanned(question) is not None)


def outside_windows(question: Question) -> Finding:
    return _about_windows(question, question.time.code == Code.MISSES)


def beyond_windows(question: Question) -> Finding:
    return _about_windows(question, question.time.code == Code.EXCEEDS)


def _about_windows(question: Question, objection: bool) -> Finding:  # noqa: FBT001
    time = question.time
    if not objection or not time.windows or time.is_overridden:
        return None
    names = ", ".join(window.name for window in time.windows[:3])
    return {"windows": names, "service": question.request.service}


def time_taken(question: Question) -> Finding:
    """Name the changes that have the time already; what is merely asked for stops nobody."""
    hard = [conflict for conflict in question.conflicts if conflict.is_hard]
    if not hard:
        return None
    return {"changes": "; ".join(_in_words(conflict) for conflict in hard[:NAMED])}


def _in_words(conflict: Conflict) -> str:
    return gettext(
        "%(number)s “%(title)s” from %(start)s until %(end)s (%(why)s: %(over)s)"
    ) % {
        "number": conflict.other.number,
        "title": conflict.other.title,
        "start": _moment(conflict.span.start),
        "end": _moment(conflict.span.end),
        "why": conflict.words,
        "over": ", ".join(conflict.over),
    }
