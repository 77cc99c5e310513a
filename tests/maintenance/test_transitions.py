"""Every verb from every state: what the table allows happens, all else is refused by name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from maintenance import workflow
from maintenance.models import (
    HOLDABLE,
    REQUEST_TRANSITIONS,
    MaintenanceRequest,
    RequestState,
)
from maintenance.workflow.digest import digest_of
from maintenance.workflow.guards import GOES_ON, GUARDS, MOVES, Verb
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.maintenance.make import made_standard, request_in, tomorrow, verified

MOVING = [verb for verb in Verb if MOVES[verb][1] is not None]

Call = Callable[[MaintenanceRequest, User, User], Any]
CALLS: dict[Verb, Call] = {
    Verb.SUBMIT: lambda it, by, _: workflow.submit(it, actor=by),
    Verb.WITHDRAW: lambda it, by, _: workflow.withdraw(it, actor=by),
    Verb.BACK_TO_DRAFT: lambda it, by, _: workflow.back_to_draft(it, actor=by),
    Verb.APPROVE: lambda it, _, manager: workflow.approve(
        it, digest=it.plan_digest, actor=manager
    ),
    Verb.REJECT: lambda it, _, manager: workflow.reject(
        it, digest=it.plan_digest, reason="Not now.", actor=manager
    ),
    Verb.START: lambda it, by, _: workflow.start(it, now=it.planned_start, actor=by),
    Verb.FINISH_WORK: lambda it, by, _: workflow.finish_work(it, actor=by),
    Verb.BACK_TO_WORK: lambda it, by, _: workflow.back_to_work(it, actor=by),
    Verb.VERIFY: lambda it, by, _: verified(it, by, outcome="failed"),
    Verb.CLOSE: lambda it, _, manager: workflow.close(reviewed(it, manager), actor=manager),
    Verb.ASSESS: lambda it, by, _: workflow.assess(it, actor=by),
    Verb.ASK_APPROVAL: lambda it, by, _: workflow.ask_approval(it, actor=by),
    Verb.AUTHORISE: lambda it, by, manager: workflow.authorise(
        standardised(it, by, manager), actor=by
    ),
    Verb.CANCEL: lambda it, by, _: workflow.cancel(it, reason="Not needed.", actor=by),
    Verb.HOLD: lambda it, by, _: workflow.hold(it, reason="Later.", actor=by),
    Verb.SCHEDULE: lambda it, by, _: workflow.schedule(planned(it), actor=by),
    Verb.BREAK_GLASS: lambda it, _, manager: workflow.break_glass(
        it, digest=digest_of(rushed(it)), reason="The shop is down.", actor=manager
    ),
    Verb.EXPIRE: lambda it, by, _: workflow.expire(
        it, now=clock.now() + timedelta(days=15), actor=by
    ),
}


def standardised(request: MaintenanceRequest, by: User, manager: User) -> MaintenanceRequest:
    """What waits for an authorisation is made from a standard change."""
    if request.state in MOVES[Verb.AUTHORISE][0]:
        return made_standard(request, by, manager)
    return request


def planned(request: MaintenanceRequest) -> MaintenanceRequest:
    """It has a time; that it was not scheduled at once is another story."""
    if request.state == RequestState.APPROVED:
        type(request).objects.filter(pk=request.pk).update(**tomorrow())
    return request


def rushed(request: MaintenanceRequest) -> MaintenanceRequest:
    """It is an emergency."""
    type(request).objects.filter(pk=request.pk).update(emergency=True)
    request.refresh_from_db()
    return request


def reviewed(request: MaintenanceRequest, reviewer: User) -> MaintenanceRequest:
    if request.state == RequestState.REVIEW:
        workflow.write_review(request, compared="Late.", lessons="Test first.", actor=reviewer)
    return request


def test_the_verbs_make_exactly_the_moves_of_the_model() -> None:
    moves = {(source, MOVES[verb][1]) for verb in MOVING for source in MOVES[verb][0]}
    moves |= {(RequestState.ON_HOLD, back) for back in HOLDABLE}  # by `resume`

    assert moves == {(old, new) for old, news in REQUEST_TRANSITIONS.items() for new in news}


def test_a_code_has_one_meaning() -> None:
    guards = {(guard.code, str(guard.sentence)) for row in GUARDS.values() for guard in row}

    assert len({code for code, _sentence in guards}) == len(guards)


@pytest.mark.parametrize("verb", MOVING)
@pytest.mark.parametrize("state", list(RequestState))
def test_every_pair(
    olivia: User, manager: User, checkout: Service, state: RequestState, verb: Verb
) -> None:
    request = request_in(state, checkout, olivia, manager)
    assert request.state == state
    events, versions = Event.objects.count(), request.history.count()
    sources, target = MOVES[verb]

    if state in sources:
        moved = CALLS[verb](request, olivia, manager)
        further = MOVES[GOES_ON[verb]][1] if verb in GOES_ON else target
        assert moved.state in {target, further}
        moves = 1 + (moved.state != target)
        assert moved.history.count() == versions + moves
        assert moved.history.first().history_user in {olivia, manager}
    else:
        with pytest.raises(TransitionNotAllowed) as refused:
            CALLS[verb](request, olivia, manager)
        assert [refusal.code for refusal in refused.value.refusals] == ["wrong_state"]
        assert request.history.count() == versions
        moves = 0
    told = Event.objects.exclude(kind="request.reviewed").exclude(kind__startswith="standard.")
    assert told.count() == events + moves
