"""Many who approve, reject and edit at once leave one legal state and one trace each."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from maintenance import workflow
from maintenance.models import MaintenanceRequest, RequestState, Vote
from maintenance.workflow.ballots import ballot_of
from maintenance.workflow.digest import digest_of
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, Team, TeamRole, User
from tests.maintenance.make import make_policy, make_request, step
from tests.make import make_person

LEGAL = {
    "digest_changed",
    "step_decided",
    "voted_already",
    "wrong_state",
    "approver_is_author",
}


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_end_in_one_legal_state(
    olivia: User, payments: Team, checkout: Service
) -> None:
    calls = 50 if connection.vendor == "postgresql" else 16
    voters = [
        make_person(f"M{number}", team=payments, role=TeamRole.MANAGER)
        for number in range(calls)
    ]
    make_policy(step(number=3, mode="quorum"))
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    first = request.plan_digest

    def call(number: int) -> tuple[str, str]:
        kind = ["approve", "approve", "reject", "edit"][number % 4]
        copy = MaintenanceRequest(pk=request.pk)
        try:
            if kind == "edit":
                plan = f"Set it to {number}."
                workflow.change_plan(copy, plan=plan, actor=olivia)
            else:
                seen = MaintenanceRequest.objects.get(pk=request.pk).plan_digest
                verb = workflow.approve if kind == "approve" else workflow.reject
                verb(copy, digest=seen, reason="Because.", actor=voters[number])
        except TransitionNotAllowed as refused:
            codes = {refusal.code for refusal in refused.refusals}
            assert codes <= LEGAL, codes
            return kind, "refused"
        else:
            return kind, "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = Counter(pool.map(call, range(calls)))

    request.refresh_from_db()
    votes = list(request.votes.all())
    live = [vote for vote in votes if vote.superseded_at is None]
    # What is done is kept, once each, and what was refused left nothing.
    assert len(votes) == answers["approve", "done"] + answers["reject", "done"]
    kinds = Counter(
        Event.objects.filter(object_id=request.pk, kind__startswith="request.").values_list(
            "kind", flat=True
        )
    )
    decided = kinds["request.approved"] + kinds["request.rejected"]
    assert kinds["request.voted"] + decided == len(votes)
    assert kinds["request.plan_changed"] == answers["edit", "done"]
    # The votes that count are for the plan as it is, and say what the state says.
    assert request.plan_digest == digest_of(request)
    assert {vote.plan_digest for vote in live} <= {request.plan_digest}
    assert first != request.plan_digest
    judgement = ballot_of(request, clock.now()).judgement
    states = {
        RequestState.APPROVED: judgement.is_approved,
        RequestState.REJECTED: judgement.is_rejected,
        RequestState.AWAITING_APPROVAL: not judgement.is_approved,
        RequestState.DRAFT: not live,  # an edit took a rejection back
    }
    assert states[RequestState(request.state)]
    assert len({(vote.person_id, vote.plan_digest) for vote in live}) == len(live)
    assert Vote.objects.count() == len(votes)
