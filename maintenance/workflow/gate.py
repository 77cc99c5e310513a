"""
The deploy gate: may this artefact be put there now, under this request?

Decided at the second of the question, by the rules that guard the start of the work; for work
that runs already, by those that still hold then. Every question is kept with its answer in one
transaction, so that nobody is let through without a trace. What is not plainly allowed is
denied.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from maintenance.access import request_numbered
from maintenance.models import (
    GateDecision,
    GateQuestion,
    MaintenanceRequest,
    RequestState,
)
from maintenance.permitted import span_from
from maintenance.workflow.guards import GUARDS, MOVES, Verb
from maintenance.workflow.questions import Question
from portal import clock, events
from portal.models import Service, User

# Of the rules for a start: what only a start asks, so that running work is not held up by it.
ONLY_TO_START = {"approval_used", "too_early"}


class Asked(NamedTuple):
    """What a pipeline wants to put where, under which request; as it said it."""

    service: str
    environment: str
    artefact_sha256: str
    request: str


class Reason(NamedTuple):
    code: str
    sentence: str
    params: dict[str, Any]


@transaction.atomic
def ask_gate(
    asked: Asked, *, actor: User, token_name: str = "", now: datetime | None = None
) -> GateQuestion:
    """Decide, keep the question with its answer, and return it; never raises a refusal."""
    now = now or clock.now()
    service = _service(asked.service, actor)
    request = _request(asked.request, actor)
    reasons = _unknown(asked, service, request)
    digest = ""
    if service is not None and request is not None:
        question = _question(request, now)
        digest = question.digest
        reasons += [*_elsewhere(asked, service, request), *_not_now(question)]
    decision = GateDecision.DENY if reasons else GateDecision.ALLOW
    return _keep(
        asked,
        asked_at=now,
        service=service,
        request=request,
        decision=decision,
        plan_digest=digest,
        reasons=[reason._asdict() for reason in reasons],
        actor=actor,
        token_name=token_name,
    )


@transaction.atomic
def keep_bad_question(
    asked: Asked, errors: list[Reason], *, actor: User, token_name: str = ""
) -> GateQuestion:
    """Keep a question that could not be understood, with what was wrong with it."""
    return _keep(
        asked,
        asked_at=clock.now(),
        decision=GateDecision.INVALID,
        reasons=[error._asdict() for error in errors],
        actor=actor,
        token_name=token_name,
    )


def _keep(asked: Asked, *, actor: User, **answer: Any) -> GateQuestion:
    question = GateQuestion.objects.create(
        service_asked=asked.service[:100],
        environment=asked.environment[:40],
        artefact_sha256=asked.artefact_sha256[:80],
        request_asked=asked.request[:40],
        actor=actor,
        **answer,
    )
    events.record(
        f"gate.{GateDecision(question.decision).value}",
        question.request or question,
        actor=actor,
        service=question.service,
        question=question.pk,
        environment=question.environment,
        artefact=question.artefact_sha256,
        digest=question.plan_digest,
        codes=[reason["code"] for reason in question.reasons],
    )
    return question


def _service(slug: str, actor: User) -> Service | None:
    return Service.objects.visible_to(actor).current().filter(slug=slug.strip()).first()


def _request(number: str, actor: User) -> MaintenanceRequest | None:
    try:
        return request_numbered(actor, number)
    except Http404:
        return None


def _unknown(
    asked: Asked, service: Service | None, request: MaintenanceRequest | None
) -> list[Reason]:
    reasons = []
    if service is None:
        sentence = _("There is no service “%(service)s”.")
        reasons.append(_reason("unknown_service", sentence, service=asked.service))
    if request is None:
        sentence = _("There is no request %(request)s.")
        reasons.append(_reason("unknown_request", sentence, request=asked.request))
    return reasons


def _elsewhere(asked: Asked, service: Service, request: MaintenanceRequest) -> list[Reason]:
    """Return in what the question is not about what the request is for."""
    reasons = []
    number = request.number
    if request.service_id != service.pk:
        sentence = _("%(request)s is for %(approved)s, not for %(asked)s.")
        approved = request.service.slug
        reasons.append(
            _reason(
                "other_service", sentence, request=number, approved=approved, asked=service.slug
            )
        )
    if request.environment.lower() != asked.environment.strip().lower():
        sentence = _("%(request)s is for the environment %(approved)s, not %(asked)s.")
        values = {"approved": request.environment, "asked": asked.environment}
        reasons.append(_reason("other_environment", sentence, request=number, **values))
    if not request.artefact_sha256:
        sentence = _("%(request)s names no artefact, so none is approved with it.")
        reasons.append(_reason("no_artefact", sentence, request=number))
    elif request.artefact_sha256 != asked.artefact_sha256:
        sentence = _("%(request)s approves the artefact %(approved)s, not %(asked)s.")
        values = {"approved": request.artefact_sha256, "asked": asked.artefact_sha256}
        reasons.append(_reason("other_artefact", sentence, request=number, **values))
    return reasons


def _question(request: MaintenanceRequest, now: datetime) -> Question:
    """Nobody in person asks; a program does, for the time that is left of the planned one."""
    question = Question(request, None, now)
    if request.state == RequestState.IN_PROGRESS:
        question.span = span_from(request, now)
    return question


def _not_now(question: Question) -> list[Reason]:
    """Return what speaks against it now, by the rules for the start."""
    request = question.request
    state = RequestState(request.state)
    runs = state == RequestState.IN_PROGRESS
    allowed = {RequestState.IN_PROGRESS, *MOVES[Verb.START][0]}
    reasons = []
    if state not in allowed:
        sentence = _("%(request)s is “%(state)s”; nothing is deployed under it now.")
        label = str(state.label)
        reasons.append(_reason("wrong_state", sentence, request=request.number, state=label))
        return reasons
    if runs and request.plan_digest != question.digest:
        sentence = _("The plan of %(request)s is not the one that was approved.")
        reasons.append(_reason("digest_changed", sentence, request=request.number))
    passed = _passed_already(question) if runs else set()
    for guard in GUARDS[Verb.START]:
        if guard.code in passed:
            continue
        refusal, finding = guard.ask(question), guard.objects(question)
        if refusal is not None:
            reasons.append(Reason(refusal.code, refusal.sentence, _plain(finding or {})))
    return reasons


def _passed_already(question: Question) -> set[str]:
    """What only a start asks; and what was passed, with a reason, when the glass was broken."""
    glass = question.glass
    return ONLY_TO_START | set(glass.passed if glass else [])


def _reason(code: str, sentence: str, **params: str) -> Reason:
    return Reason(code, sentence % params, params)


def _plain(finding: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, bool | int) else str(value)
        for name, value in finding.items()
    }
