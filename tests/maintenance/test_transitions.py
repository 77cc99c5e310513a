"""Every verb from every state: what the table allows happens, all else is refused by name."""

from collections.abc import Callable
from typing import Any

import pytest

from maintenance import workflow
from maintenance.models import REQUEST_TRANSITIONS, MaintenanceRequest, RequestState
from maintenance.workflow.guards import GUARDS, MOVES, Verb
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, User
from tests.maintenance.make import request_in

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
    Verb.START: lambda it, by, _: workflow.start(it, actor=by),
    Verb.FINISH_WORK: lambda it, by, _: workflow.finish_work(it, actor=by),
    Verb.BACK_TO_WORK: lambda it, by, _: workflow.back_to_work(it, actor=by),
    Verb.VERIFY_AND_CLOSE: lambda it, by, _: workflow.verify_and_close(
        it, outcome="succeeded", verification="Seen.", no_deployment_reason="None.", actor=by
    ),
}


def test_the_verbs_make_exactly_the_moves_of_the_model() -> None:
    moves = {(source, MOVES[verb][1]) for verb in MOVING for source in MOVES[verb][0]}

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
        assert moved.state == target
        assert moved.history.count() == versions + 1
        assert moved.history.first().history_user in {olivia, manager}
    else:
        with pytest.raises(TransitionNotAllowed) as refused:
            CALLS[verb](request, olivia, manager)
        assert [refusal.code for refusal in refused.value.refusals] == ["wrong_state"]
        assert request.history.count() == versions
    assert Event.objects.count() == events + (state in sources)
