"""Whatever people do in whatever order, what is approved was approved as it is."""

from contextlib import suppress
from itertools import combinations
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maintenance import workflow
from maintenance.models import (
    ApprovalDelegation,
    ApprovalPolicy,
    MaintenanceRequest,
    RequestState,
    Vote,
)
from maintenance.workflow.digest import authors_of, digest_of
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Membership, Service, Team, TeamRole, User
from tests.maintenance.make import make_delegation, make_policy, make_request, step
from tests.make import make_person

PEOPLE = ["Olivia", "Max", "Mia"]
who = st.sampled_from(PEOPLE)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), who, st.sampled_from(["A", "B"])),
        st.tuples(st.just("reword"), who, st.sampled_from(["x", "y"])),
        st.tuples(st.just("submit"), who, st.none()),
        st.tuples(st.sampled_from(["approve", "reject"]), who, st.booleans()),
        st.tuples(st.sampled_from(["back_to_draft", "withdraw", "start"]), who, st.none()),
        st.tuples(st.sampled_from(["leave", "return"]), who, st.none()),
    ),
    max_size=14,
)


@given(deeds=DEEDS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_approved_has_a_valid_approval(
    cast: dict[str, User], checkout: Service, deeds: list[tuple[str, str, Any]]
) -> None:
    Membership.objects.update(role=TeamRole.MANAGER)
    Membership.objects.filter(person=cast["Olivia"]).update(role=TeamRole.MEMBER)
    request = make_request(checkout, cast["Olivia"], plan="A")
    seen = request.plan_digest

    for deed, name, given_value in deeds:
        was = request.state
        with suppress(TransitionNotAllowed):
            _do(request, deed, cast[name], given_value, seen)
        request.refresh_from_db()
        assert request.plan_digest == digest_of(request)
        if request.state == RequestState.APPROVED:
            assert _valid_approvals(request), deeds
        if request.state == RequestState.IN_PROGRESS and was != request.state:
            approvers = {vote.person_id for vote in _valid_approvals(request)}
            managers = set(
                Membership.objects.filter(role=TeamRole.MANAGER).values_list(
                    "person", flat=True
                )
            )
            assert approvers & managers - {request.implementer_id}, deeds


@given(deeds=DEEDS)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_gate_opens_only_for_what_is_validly_approved_as_it_is(
    cast: dict[str, User], checkout: Service, deeds: list[tuple[str, str, Any]]
) -> None:
    Membership.objects.update(role=TeamRole.MANAGER)
    Membership.objects.filter(person=cast["Olivia"]).update(role=TeamRole.MEMBER)
    User.objects.update(access="member")
    request = make_request(checkout, cast["Olivia"], plan="A", artefact_sha256="a" * 64)
    asked = workflow.Asked("checkout", "production", "a" * 64, request.number)

    for deed, name, given_value in deeds:
        with suppress(TransitionNotAllowed):
            _do(request, deed, cast[name], given_value, request.plan_digest)
        request.refresh_from_db()
        answer = workflow.ask_gate(asked, actor=cast["Olivia"])
        let_through = answer.decision == "allow"
        assert let_through == (not answer.reasons)
        managers = Membership.objects.filter(role=TeamRole.MANAGER).values("person")
        valid = [
            vote
            for vote in _valid_approvals(request)
            if managers.filter(person=vote.person_id).exists()
        ]
        stands = request.state in {"approved", "scheduled", "in_progress"}
        assert let_through == bool(stands and valid), (deeds, answer.reasons)
        assert answer.plan_digest == digest_of(request)


NAMES = [*PEOPLE, "Moe", "Mads"]
anyone = st.sampled_from(NAMES)
VOTES = st.lists(
    st.one_of(
        st.tuples(st.just("approve"), anyone, anyone),
        st.tuples(st.just("approve"), anyone, st.none()),
        st.tuples(st.just("reject"), st.sampled_from(["Moe"]), st.none()),
        st.tuples(st.sampled_from(["delegate", "revoke"]), anyone, anyone),
        st.tuples(st.sampled_from(["leave", "return"]), anyone, st.none()),
        st.tuples(st.just("edit"), st.just("Olivia"), st.sampled_from(["A", "B"])),
        st.tuples(st.just("start"), st.just("Olivia"), st.none()),
    ),
    min_size=4,
    max_size=16,
)


@given(deeds=VOTES)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_where_two_must_agree_no_history_lets_one_do(
    cast: dict[str, User], checkout: Service, deeds: list[tuple[str, str, Any]]
) -> None:
    Membership.objects.update(role=TeamRole.MANAGER)
    Membership.objects.filter(person=cast["Olivia"]).update(role=TeamRole.MEMBER)
    ApprovalPolicy.objects.update(retired_at=clock.now())
    make_policy(step(number=2, mode="quorum"))
    request = workflow.submit(make_request(checkout, cast["Olivia"]), actor=cast["Olivia"])

    for deed, name, given_value in deeds:
        was = request.state
        with suppress(TransitionNotAllowed, ValidationError):
            _vote_or_move(request, deed, cast, name, given_value)
        request.refresh_from_db()
        if request.state in {"approved", "in_progress"} and request.state != was:
            assert _two_agree(request), deeds


def _vote_or_move(
    request: MaintenanceRequest, deed: str, cast: dict[str, User], name: str, other: Any
) -> None:
    person = cast[name]
    if deed in {"approve", "reject"}:
        giver = cast[other] if other not in {None, name} else None
        told: dict[str, Any] = {"digest": request.plan_digest, "reason": "Because."}
        getattr(workflow, deed)(request, on_behalf_of=giver, actor=person, **told)
    elif deed == "delegate":
        make_delegation(person, cast[other])
    elif deed == "revoke":
        for row in ApprovalDelegation.objects.filter(giver=person, revoked_at=None):
            workflow.revoke_delegation(row, actor=person)
    else:
        _do(request, deed, person, other, "")


def _two_agree(request: MaintenanceRequest) -> bool:
    """Two approvals of two pairs of people, each seat a manager's, nobody with a hand in it."""
    bound = {request.requester_id, *authors_of(request)}
    managers = set(
        Membership.objects.filter(role=TeamRole.MANAGER).values_list("person", flat=True)
    )
    right = []
    for vote in _valid_approvals(request):
        seat = vote.on_behalf_of_id or vote.person_id
        people = {vote.person_id, seat}
        let = ApprovalDelegation.objects.filter(
            giver=seat,
            taker=vote.person,
            starts_at__lte=vote.voted_at,
            closes_at__gt=vote.voted_at,
        )
        if seat in managers and not people & bound and (len(people) == 1 or let.exists()):
            right.append(people)
    return any(not one & other for one, other in combinations(right, 2))


def _do(
    request: MaintenanceRequest, deed: str, person: User, given_value: Any, seen: str
) -> None:
    if deed == "edit":
        workflow.change_plan(request, actor=person, plan=given_value)
    elif deed == "reword":
        workflow.change_plan(request, actor=person, reason=given_value)
    elif deed in {"approve", "reject"}:
        digest = seen if given_value else request.plan_digest
        getattr(workflow, deed)(request, digest=digest, reason="Because.", actor=person)
    elif deed in {"leave", "return"}:
        role = TeamRole.MEMBER if deed == "leave" else TeamRole.MANAGER
        Membership.objects.filter(person=person).update(role=role)
    else:
        getattr(workflow, deed)(request, actor=person)


def _valid_approvals(request: MaintenanceRequest) -> list[Vote]:
    bound = {request.requester_id, *authors_of(request)}
    return list(
        request.votes.filter(
            decision="approve", superseded_at=None, plan_digest=digest_of(request)
        ).exclude(person__in=bound)
    )


@pytest.fixture
def cast(payments: Team) -> dict[str, User]:
    return {name: make_person(name, team=payments, role=TeamRole.MANAGER) for name in NAMES}
