"""Whatever people do in whatever order, what is approved was approved as it is."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maintenance import workflow
from maintenance.models import MaintenanceRequest, RequestState, Vote
from maintenance.workflow.digest import authors_of, digest_of
from portal.errors import TransitionNotAllowed
from portal.models import Membership, Service, Team, TeamRole, User
from tests.maintenance.make import make_request
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
    return {name: make_person(name, team=payments, role=TeamRole.MANAGER) for name in PEOPLE}
