"""Votes by steps, quorums and delegates, until a request is approved, rejected or used up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from maintenance import workflow
from maintenance.models import MaintenanceRequest, RequestState, Vote
from maintenance.tasks import (
    expire_approvals,
    look_after_approvals,
    remind_of_approvals,
    tell_of_overdue_emergencies,
)
from maintenance.workflow.digest import digest_of
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Membership, Notification, Service, Team, TeamRole, User
from portal.workflow.teams import add_member, remove_member
from tests.maintenance.make import (
    make_delegation,
    make_deployment,
    make_policy,
    make_request,
    step,
)
from tests.maintenance.test_messages import react
from tests.maintenance.test_requests import codes
from tests.make import make_person

DAY = timedelta(days=1)


@pytest.fixture
def mia(payments: Team) -> User:
    """A second manager."""
    return make_person("Mia", team=payments, role=TeamRole.MANAGER)


@pytest.fixture
def moe(payments: Team) -> User:
    """A third manager."""
    return make_person("Moe", team=payments, role=TeamRole.MANAGER)


def asked(service: Service, by: User, **fields: Any) -> MaintenanceRequest:
    return workflow.submit(make_request(service, by, **fields), actor=by)


def yes(request: MaintenanceRequest, by: User, **more: Any) -> MaintenanceRequest:
    return workflow.approve(request, digest=request.plan_digest, actor=by, **more)


def no(request: MaintenanceRequest, by: User, **more: Any) -> MaintenanceRequest:
    told = {"digest": request.plan_digest, "reason": "Not so.", **more}
    return workflow.reject(request, actor=by, **told)


def refused_to(verb: Any, *args: Any, **more: Any) -> list[str]:
    with pytest.raises(TransitionNotAllowed) as refused:
        verb(*args, **more)
    return codes(refused)


def waiting_for(request: MaintenanceRequest) -> set[str]:
    return set(request.asked.values_list("person__name", flat=True))


# --- quorum and steps ---------------------------------------------------------------------


def test_two_have_to_agree_and_each_leaves_one_trace(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    request = asked(checkout, olivia)
    assert waiting_for(request) == {"Max", "Mia"}

    request = yes(request, manager)
    assert request.state == RequestState.AWAITING_APPROVAL
    assert waiting_for(request) == {"Mia"}
    assert refused_to(yes, request, manager) == ["voted_already"]

    request = yes(request, mia)
    assert request.state == RequestState.APPROVED
    assert waiting_for(request) == set()
    kinds = ["request.voted", "request.approved"]
    assert list(
        Event.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", "actor")
    ) == [("request.voted", manager.pk), ("request.approved", mia.pk)]


def test_steps_one_after_the_other(
    olivia: User, ana: User, manager: User, platform: Team, checkout: Service
) -> None:
    make_policy(step(name="Owner"), step("team", team=platform.pk, stage=2, name="Platform"))
    request = asked(checkout, olivia)
    assert waiting_for(request) == {"Max"}
    assert refused_to(yes, request, ana) == ["step_waits"]

    request = yes(request, manager)
    assert (request.state, waiting_for(request)) == ("awaiting_approval", {"Ana"})
    assert refused_to(yes, request, manager, step="2") == [
        "not_eligible",
        "fills_another_step",
    ]
    request = yes(request, ana)

    assert request.state == RequestState.APPROVED
    assert list(request.votes.values_list("step", flat=True)) == ["2", "1"]


def test_with_a_quorum_it_is_rejected_as_soon_as_it_cannot_be_reached(
    olivia: User, manager: User, mia: User, moe: User, checkout: Service
) -> None:
    make_policy(step(number=2, mode="quorum"))
    request = no(asked(checkout, olivia), manager)
    assert request.state == RequestState.AWAITING_APPROVAL

    request = no(request, mia)

    assert request.state == RequestState.REJECTED
    assert waiting_for(request) == set()


def test_who_said_yes_may_still_say_no_while_others_are_asked(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    request = no(yes(asked(checkout, olivia), manager), manager)

    assert request.state == RequestState.REJECTED
    first = Vote.objects.get(decision="approve")
    assert first.superseded_at is not None


def test_what_nobody_could_approve_is_not_sent(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    request = make_request(checkout, olivia, implementer=mia)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.submit(request, actor=olivia)

    assert codes(refused) == ["quorum_unreachable"]
    sentence = refused.value.refusals[0].sentence
    assert sentence == (
        "“Managers of Payments” needs 2, and 1 could decide who have no hand in this."
    )


def test_a_policy_that_changes_later_changes_nothing_that_was_asked(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    request = asked(checkout, olivia)
    make_policy(step(number=2))

    assert yes(request, manager).state == RequestState.APPROVED


def test_another_plan_is_asked_by_the_rule_for_it(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    make_policy(step(number=2), categories=["adaptive"])
    request = yes(asked(checkout, olivia), manager)
    assert request.state == RequestState.APPROVED

    request = workflow.change_plan(request, category="adaptive", actor=olivia)

    assert request.state == RequestState.AWAITING_APPROVAL
    assert waiting_for(request) == {"Max", "Mia"}
    assert Vote.objects.get().superseded_at is not None
    assert yes(request, manager).state == RequestState.AWAITING_APPROVAL


def test_words_beside_the_plan_are_no_vote_and_undo_none(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    request = yes(asked(checkout, olivia), manager)

    request = workflow.change_plan(request, reason="Said better.", actor=mia)

    assert Vote.objects.get().superseded_at is None
    assert yes(request, mia).state == RequestState.APPROVED


def test_one_who_may_decide_turns_it_away_before_it_is_voted_on(
    olivia: User, manager: User, ana: User, checkout: Service
) -> None:
    make_policy(step(number=1, mode="quorum"))
    request = make_request(checkout, olivia)
    MaintenanceRequest.objects.update(state=RequestState.ASSESSING)

    assert refused_to(no, request, ana) == ["not_eligible"]
    assert no(request, manager).state == RequestState.REJECTED


# --- who leaves, who stands in --------------------------------------------------------------


def test_when_an_approver_leaves_the_step_reopens(
    olivia: User, manager: User, mia: User, moe: User, payments: Team, checkout: Service
) -> None:
    make_policy(step(number=2))
    request = yes(asked(checkout, olivia), manager)
    remove_member(payments, person=manager, actor=None)
    react()
    assert waiting_for(request) == {"Mia", "Moe"}

    request = yes(request, mia)
    assert request.state == RequestState.AWAITING_APPROVAL
    assert yes(request, moe).state == RequestState.APPROVED


def test_what_was_approved_does_not_start_when_an_approver_has_left(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    request = yes(asked(checkout, olivia), manager)
    Membership.objects.filter(person=manager).update(role=TeamRole.MEMBER)

    assert refused_to(workflow.start, request, actor=olivia) == ["approver_left"]


def test_who_joins_is_asked(
    olivia: User, manager: User, ana: User, payments: Team, checkout: Service
) -> None:
    request = asked(checkout, olivia)
    react()

    add_member(payments, person=ana, role=TeamRole.MANAGER, actor=None)
    react()

    assert waiting_for(request) == {"Max", "Ana"}
    assert Notification.objects.filter(person=ana, kind="approval").count() == 1
    assert Notification.objects.filter(person=manager, kind="approval").count() == 1


def test_a_delegate_votes_and_both_names_are_kept(
    olivia: User, manager: User, ana: User, checkout: Service
) -> None:
    make_delegation(manager, ana)
    request = asked(checkout, olivia)
    assert waiting_for(request) == {"Max", "Ana"}
    react()
    told = Notification.objects.get(person=ana, kind="approval")
    assert "You may decide this for Max." in told.body

    request = yes(request, ana, on_behalf_of=manager)

    vote = Vote.objects.get()
    assert (vote.person, vote.on_behalf_of) == (ana, manager)
    assert request.state == RequestState.APPROVED
    assert Event.objects.get(kind="request.approved").data["for"] == "Max"
    assert refused_to(workflow.start, request, actor=manager) == ["starter_approved"]


def test_a_delegate_with_a_hand_in_it_does_not_vote_nor_for_one_who_has(
    olivia: User, manager: User, mia: User, ana: User, checkout: Service
) -> None:
    make_delegation(manager, olivia)
    make_delegation(mia, ana)
    request = asked(checkout, olivia, implementer=mia)

    mine = refused_to(yes, request, olivia, on_behalf_of=manager)
    assert mine == ["approver_is_requester", "approver_is_author"]
    assert refused_to(yes, request, ana, on_behalf_of=mia) == ["giver_has_a_hand"]
    assert waiting_for(request) == {"Max"}


def test_a_delegation_begins_and_ends_by_itself(
    olivia: User, manager: User, ana: User, checkout: Service
) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        make_delegation(manager, ana, starts_at=now + DAY, ends_at=now + 2 * DAY)
        request = asked(checkout, olivia)
        assert refused_to(yes, request, ana) == ["not_eligible"]
    for later, expected in [(DAY, {"Max", "Ana"}), (2 * DAY, {"Max"})]:
        with time_machine.travel(now + later, tick=False):
            look_after_approvals()
            assert waiting_for(request) == expected


# --- how long it holds ------------------------------------------------------------------------


def test_it_holds_for_some_days_and_not_long_after_its_planned_end(
    olivia: User, manager: User, checkout: Service
) -> None:
    make_policy(step(), ttl_days=3, grace_hours=5)
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)
    with time_machine.travel(noon, tick=False):
        free = yes(asked(checkout, olivia), manager)
        end = noon + timedelta(hours=2)
        times = {"planned_start": noon + timedelta(hours=1), "planned_end": end}
        planned = yes(asked(checkout, olivia, title="Soon", **times), manager)

    assert free.approved_until == noon + 3 * DAY
    assert planned.approved_until == end + timedelta(hours=5)


def test_beat_ends_what_was_not_used_in_time(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = yes(asked(checkout, olivia), manager)
    assert expire_approvals() == 0

    with time_machine.travel(clock.now() + 14 * DAY, tick=False):
        assert refused_to(workflow.start, request, actor=olivia) == ["approval_expired"]
        assert [expire_approvals(), expire_approvals()] == [1, 0]
        react()

    request.refresh_from_db()
    told = Notification.objects.get(person=olivia, subject__startswith="The approval ran out")
    assert told.url == request.get_absolute_url()
    assert request.state == RequestState.EXPIRED
    assert Vote.objects.get().superseded_at is not None


def test_a_start_uses_the_approval_up(olivia: User, manager: User, checkout: Service) -> None:
    request = yes(asked(checkout, olivia), manager)

    request = workflow.start(request, actor=olivia)

    assert request.approval_used_at == request.started_at
    MaintenanceRequest.objects.update(state=RequestState.APPROVED)
    assert "approval_used" in refused_to(workflow.start, request, actor=olivia)


# --- who hears of it --------------------------------------------------------------------------


def test_the_next_step_is_asked_when_it_opens_and_who_is_not_needed_is_not(
    olivia: User, ana: User, manager: User, mia: User, platform: Team, checkout: Service
) -> None:
    make_policy(step(), step("team", team=platform.pk, stage=2))
    request = asked(checkout, olivia)
    react()
    assert not Notification.objects.filter(person=ana).exists()

    yes(request, manager)
    react()

    assert Notification.objects.filter(person=ana, kind="approval").count() == 1
    assert Notification.objects.get(person=mia, kind="approval").state == "cancelled"


def test_only_those_still_needed_are_reminded(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    request = yes(asked(checkout, olivia), manager)
    MaintenanceRequest.objects.update(submitted_at=clock.now() - 2 * DAY)

    assert remind_of_approvals() == 1

    reminded = Notification.objects.filter(url__contains=f"/{request.pk}/")
    assert [message.person for message in reminded] == [mia]


def test_what_waits_too_long_is_told_to_others_once(
    olivia: User, manager: User, ada: User, ana: User, platform: Team, checkout: Service
) -> None:
    Membership.objects.filter(person=ana).update(role=TeamRole.MANAGER)
    policy = make_policy(step(), escalate_after_hours=4)
    asked(checkout, olivia)
    look_after_approvals()
    assert not Notification.objects.filter(kind="approval_late").exists()

    with time_machine.travel(clock.now() + timedelta(hours=4), tick=False):
        look_after_approvals()
        look_after_approvals()
    told = Notification.objects.get(kind="approval_late")
    assert (told.person, told.body) == (ada, "It waits for: Max.")

    workflow.change_policy(policy, escalate_to=platform, actor=None)
    asked(checkout, olivia, title="Another")
    with time_machine.travel(clock.now() + timedelta(hours=5), tick=False):
        look_after_approvals()
    assert Notification.objects.filter(kind="approval_late", person=ana).exists()


def test_when_too_few_are_left_whoever_asked_hears_of_it_once(
    olivia: User, manager: User, mia: User, checkout: Service
) -> None:
    make_policy(step(number=2))
    request = yes(asked(checkout, olivia), mia)
    look_after_approvals()
    Membership.objects.filter(person=manager).update(role=TeamRole.MEMBER)

    look_after_approvals()
    look_after_approvals()

    told = Notification.objects.get(person=olivia)
    assert told.subject == f"Too few can decide: {request}"
    assert "Managers of Payments" in told.body


# --- emergencies ------------------------------------------------------------------------------


@pytest.fixture
def urgent(olivia: User, manager: User, checkout: Service) -> MaintenanceRequest:
    return asked(checkout, olivia, emergency=True, category="corrective")


def broken(request: MaintenanceRequest, by: User, **more: Any) -> MaintenanceRequest:
    told = {"digest": digest_of(request), "reason": "The shop is down.", **more}
    return workflow.break_glass(request, actor=by, **told)


def test_a_manager_lets_an_emergency_begin_and_all_that_spoke_against_it_is_kept(
    urgent: MaintenanceRequest, olivia: User, manager: User, mia: User
) -> None:
    request = broken(urgent, manager)

    assert request.state == RequestState.IN_PROGRESS
    glass = request.break_glass
    assert (glass.person, glass.due_at - glass.broken_at) == (manager, DAY)
    assert "wrong_state" not in glass.passed
    event = Event.objects.get(kind="request.glass_broken")
    assert (event.actor, event.data["reason"]) == (manager, "The shop is down.")
    # Whoever let it begin does not decide about it afterwards.
    assert waiting_for(request) == {"Mia"}


def test_neither_a_member_nor_without_reason_nor_without_need(
    urgent: MaintenanceRequest, olivia: User, manager: User, ada: User, checkout: Service
) -> None:
    assert refused_to(broken, urgent, olivia) == ["may_not_break_glass"]
    assert refused_to(broken, urgent, manager, reason=" ") == ["missing_break_glass_reason"]
    assert refused_to(broken, asked(checkout, olivia, title="Calm"), manager) == [
        "not_emergency"
    ]
    assert broken(urgent, ada).implementer == ada


def test_it_is_decided_afterwards_and_not_closed_before(
    urgent: MaintenanceRequest, olivia: User, manager: User, mia: User
) -> None:
    request = broken(urgent, manager)
    assert "retrospective_open" in [
        refusal.code
        for guard in workflow.guards.GUARDS[workflow.Verb.CLOSE]
        if (refusal := guard.ask(workflow.questions.Question(request, mia, clock.now())))
    ]
    has_a_hand = refused_to(yes, request, manager)
    assert has_a_hand == ["approver_is_implementer"]

    request = yes(request, mia)

    assert request.state == RequestState.IN_PROGRESS
    request.break_glass.refresh_from_db()
    assert request.break_glass.was_approved is True
    assert waiting_for(request) == set()
    assert Event.objects.filter(kind="request.approved_afterwards", actor=mia).exists()
    assert refused_to(yes, request, mia) == ["wrong_state"]


def test_handing_the_work_over_gives_nobody_a_vote_on_it(
    urgent: MaintenanceRequest, olivia: User, ada: User, manager: User, mia: User
) -> None:
    urgent = workflow.change_plan(urgent, implementer=mia, actor=olivia)
    request = broken(urgent, ada)
    assert waiting_for(request) == {"Max"}

    request = workflow.change_plan(request, implementer=olivia, actor=mia)

    assert refused_to(yes, request, mia) == ["approver_is_implementer"]
    assert waiting_for(request) == {"Max"}


def test_it_may_be_rejected_afterwards_too(
    urgent: MaintenanceRequest, manager: User, mia: User
) -> None:
    request = no(broken(urgent, manager), mia)

    request.break_glass.refresh_from_db()
    assert (request.state, request.break_glass.was_approved) == ("in_progress", False)


def test_whoever_released_it_does_not_decide_and_who_tried_it_out_elsewhere_does(
    urgent: MaintenanceRequest, ada: User, manager: User, mia: User, checkout: Service
) -> None:
    request = broken(urgent, ada)
    make_deployment(checkout, manager, request=request)
    make_deployment(checkout, mia, request=request, environment="staging")

    assert refused_to(yes, request, manager) == ["approver_is_deployer"]
    assert yes(request, mia).break_glass.was_approved is True


def test_what_is_overdue_is_told_once_a_day_to_those_who_decide_and_administrators(
    urgent: MaintenanceRequest, manager: User, mia: User, ada: User
) -> None:
    request = broken(urgent, manager)
    assert tell_of_overdue_emergencies() == 0

    for days, count in [(1, 1), (1, 1), (2, 2)]:
        with time_machine.travel(clock.now() + days * DAY, tick=False):
            assert tell_of_overdue_emergencies() == 1
        for person in (mia, ada):
            late = Notification.objects.filter(person=person, kind="approval_late")
            assert late.count() == count
    yes(request, mia)
    with time_machine.travel(clock.now() + 3 * DAY, tick=False):
        assert tell_of_overdue_emergencies() == 0
