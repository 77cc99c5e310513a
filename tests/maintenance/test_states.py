"""Hold, cancel, expire, review, follow up: what happens to a request off the straight way."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from maintenance import workflow
from maintenance.models import HOLDABLE, Category, MaintenanceRequest, RequestState, Vote
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Service, TeamRole, User
from tests.maintenance.make import (
    approved_request,
    make_freeze,
    make_request,
    make_runbook,
    request_in,
    tomorrow,
    verified,
)
from tests.maintenance.test_request_pages import post_api
from tests.maintenance.test_requests import codes
from tests.make import make_person

S = RequestState


# --- handing in -------------------------------------------------------------------------------


def test_what_is_complete_goes_on_to_approval_by_itself(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)

    assert request.state == S.AWAITING_APPROVAL
    kinds = [event.kind for event in Event.objects.order_by("pk")]
    assert kinds[-2:] == ["request.submitted", "request.approval_asked"]


def test_what_is_assessed_goes_on_when_somebody_says_so(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(S.SUBMITTED, checkout, olivia, manager)

    request = workflow.assess(request, actor=olivia)
    assert request.state == S.ASSESSING
    request = workflow.ask_approval(request, actor=olivia)
    assert request.state == S.AWAITING_APPROVAL


def test_an_approved_plan_with_a_time_is_scheduled_by_itself(
    olivia: User, manager: User, checkout: Service
) -> None:
    planned = approved_request(checkout, olivia, manager, **tomorrow())
    unplanned = approved_request(checkout, olivia, manager)

    assert (planned.state, unplanned.state) == (S.SCHEDULED, S.APPROVED)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.schedule(unplanned, actor=olivia)
    assert codes(refused) == ["not_planned"]


# --- hold -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(HOLDABLE))
def test_on_hold_it_rests_where_it_is_and_goes_on_there(
    olivia: User, manager: User, checkout: Service, state: RequestState
) -> None:
    request = request_in(state, checkout, olivia, manager)
    votes = Vote.objects.filter(superseded_at=None).count()

    request = workflow.hold(request, reason="The supplier is late.", actor=olivia)
    assert (request.state, request.held_from) == (S.ON_HOLD, state)

    request = workflow.resume(request, actor=olivia)
    assert (request.state, request.held_from) == (state, "")
    assert Vote.objects.filter(superseded_at=None).count() == votes


def test_a_hold_needs_a_reason(olivia: User, manager: User, checkout: Service) -> None:
    request = approved_request(checkout, olivia, manager)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.hold(request, reason=" ", actor=olivia)
    assert codes(refused) == ["missing_hold_reason"]


def test_what_comes_off_hold_after_its_time_is_no_longer_scheduled(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(S.SCHEDULED, checkout, olivia, manager)
    request = workflow.hold(request, reason="Later.", actor=olivia)

    request = workflow.resume(request, now=clock.now() + timedelta(days=3), actor=olivia)

    assert request.state == S.APPROVED
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.start(request, now=clock.now() + timedelta(days=3), actor=olivia)
    assert codes(refused) == ["interval_over", "approval_expired"]


def test_begun_work_comes_off_hold_only_while_nothing_stops_it(
    olivia: User, manager: User, checkout: Service, ada: User
) -> None:
    request = request_in(S.IN_PROGRESS, checkout, olivia, manager)
    request = workflow.hold(request, reason="Max is ill.", actor=olivia)
    now = clock.now()
    freeze = make_freeze(checkout, manager, starts_at=now, ends_at=now + timedelta(hours=3))
    workflow.approve_freeze(freeze, actor=ada)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.resume(request, actor=olivia)
    assert "freeze" in codes(refused)

    workflow.override_time(
        request,
        of="freeze",
        freeze=freeze,
        digest=request.plan_digest,
        reason="Half done is worse.",
        actor=manager,
    )
    assert workflow.resume(request, actor=olivia).state == S.IN_PROGRESS


def test_another_plan_written_on_hold_needs_another_decision(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager)
    request = workflow.hold(request, reason="Later.", actor=olivia)

    request = workflow.change_plan(request, plan="Set it to 90.", actor=olivia)
    assert request.state == S.ON_HOLD
    request = workflow.resume(request, actor=olivia)

    assert request.state == S.AWAITING_APPROVAL
    assert not Vote.objects.filter(superseded_at=None).exists()


# --- cancel and expire ------------------------------------------------------------------------


def test_cancelled_is_for_good(olivia: User, manager: User, checkout: Service) -> None:
    request = approved_request(checkout, olivia, manager)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.cancel(request, reason="", actor=olivia)
    assert codes(refused) == ["missing_cancel_reason"]

    request = workflow.cancel(request, reason="We switch it off.", actor=olivia)

    assert request.state == S.CANCELLED
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.back_to_draft(request, actor=olivia)
    assert codes(refused) == ["wrong_state"]


@pytest.mark.parametrize("state", [S.IN_PROGRESS, S.VERIFYING])
def test_begun_work_ends_by_its_outcome_also_after_a_hold(
    client: Client, olivia: User, manager: User, checkout: Service, state: RequestState
) -> None:
    request = request_in(state, checkout, olivia, manager)
    request = workflow.hold(request, reason="Later.", actor=olivia)

    client.force_login(olivia)
    path = f"/api/v1/maintenance-requests/{request.pk}/cancel/"
    refused = post_api(client, path, {"reason": "Nobody needs to know."})

    assert refused.status_code == 409
    assert [reason["code"] for reason in refused.json()["reasons"]] == ["held_at_work"]
    assert workflow.resume(request, actor=olivia).state == state


def test_an_approval_runs_out(olivia: User, manager: User, checkout: Service) -> None:
    request = approved_request(checkout, olivia, manager)
    until = request.approved_until
    assert until is not None
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.expire(request, now=until - timedelta(seconds=1), actor=None)
    assert codes(refused) == ["still_valid"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.start(request, now=until, actor=olivia)
    assert codes(refused) == ["approval_expired"]

    request = workflow.expire(request, now=until, actor=None)

    assert request.state == S.EXPIRED
    request = workflow.submit(workflow.back_to_draft(request, actor=olivia), actor=olivia)
    assert request.state == S.AWAITING_APPROVAL


def test_an_approval_holds_two_hours_beyond_the_planned_end(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(S.SCHEDULED, checkout, olivia, manager)

    assert request.planned_end is not None
    assert request.approved_until == request.planned_end + timedelta(hours=2)


# --- emergency, review, follow-up -------------------------------------------------------------


def test_only_corrective_work_is_an_emergency(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    client.force_login(olivia)
    body = {"title": "x", "service": checkout.slug, "reason": "x", "emergency": True}

    page = client.post("/change/requests/new/", {**body, "category": "adaptive", "priority": 3})
    api = post_api(client, "/api/v1/maintenance-requests/", {**body, "category": "adaptive"})

    assert (page.status_code, api.status_code) == (422, 400)
    assert "Only corrective work" in page.content.decode()
    made = make_request(checkout, olivia)
    with pytest.raises(IntegrityError), transaction.atomic():
        MaintenanceRequest.objects.filter(pk=made.pk).update(
            emergency=True, category=Category.ADAPTIVE
        )


def emergency(olivia: User, manager: User, checkout: Service) -> MaintenanceRequest:
    request = approved_request(checkout, olivia, manager, emergency=True)
    request = workflow.finish_work(workflow.start(request, actor=olivia), actor=olivia)
    return verified(request, olivia)


def test_an_emergency_is_reviewed_and_followed_up_before_it_closes(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = emergency(olivia, manager, checkout)
    assert request.state == S.REVIEW
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.close(request, actor=olivia)
    assert codes(refused) == ["review_required", "no_follow_up"]
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.write_review(request, compared="As planned.", lessons="-", actor=olivia)
    assert codes(refused) == ["reviewer_is_implementer"]

    workflow.write_review(
        request, compared="As planned.", lessons="Alert on it.", actor=manager
    )
    made = workflow.follow_up(request, actor=olivia)

    assert workflow.follow_up(request, actor=olivia) == made
    assert (made.state, made.follows_up, made.category) == (S.DRAFT, request, "corrective")
    assert workflow.close(request, actor=olivia).state == S.CLOSED


def test_whoever_handed_the_work_over_does_not_review_it_either(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = approved_request(checkout, olivia, manager, emergency=True)
    request = workflow.start(request, actor=olivia)
    request = workflow.change_plan(request, implementer=manager, actor=olivia)
    request = verified(workflow.finish_work(request, actor=manager), manager)

    for person in (olivia, manager):
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.write_review(request, compared="Fine.", lessons="-", actor=person)
        assert codes(refused) == ["reviewer_is_implementer"]


def test_a_follow_up_that_was_given_up_follows_nothing_up(
    olivia: User, manager: User, checkout: Service
) -> None:
    request = emergency(olivia, manager, checkout)
    workflow.write_review(request, compared="As planned.", lessons="None.", actor=manager)
    first = workflow.withdraw(workflow.follow_up(request, actor=olivia), actor=olivia)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.close(request, actor=olivia)
    assert codes(refused) == ["no_follow_up"]

    second = workflow.follow_up(request, actor=olivia)
    assert (second.follows_up, second != first) == (request, True)
    assert workflow.close(request, actor=olivia).state == S.CLOSED


@pytest.mark.parametrize(
    ("outcome", "ends_in"),
    [
        ("succeeded", S.CLOSED),
        ("with_issues", S.CLOSED),
        ("failed", S.REVIEW),
        ("rolled_back", S.REVIEW),
    ],
)
def test_what_did_not_succeed_is_reviewed(
    olivia: User, manager: User, checkout: Service, outcome: str, ends_in: RequestState
) -> None:
    request = request_in(S.VERIFYING, checkout, olivia, manager)

    assert verified(request, olivia, outcome).state == ends_in


def test_work_that_overran_is_reviewed(olivia: User, manager: User, checkout: Service) -> None:
    request = request_in(S.VERIFYING, checkout, olivia, manager)
    late = clock.now() - timedelta(hours=1)
    MaintenanceRequest.objects.filter(pk=request.pk).update(
        planned_start=late - timedelta(hours=1), planned_end=late
    )
    request.refresh_from_db()

    assert verified(request, olivia).state == S.REVIEW
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.close(request, actor=olivia)
    assert "longer than planned" in refused.value.refusals[0].sentence


def test_a_runbook_that_is_right_is_confirmed_instead_of_revised(
    olivia: User, manager: User, checkout: Service
) -> None:
    runbook = make_runbook(checkout, olivia)
    request = approved_request(checkout, olivia, manager, runbook=runbook)
    request = workflow.finish_work(workflow.start(request, actor=olivia), actor=olivia)
    request = verified(request, olivia)
    assert request.state == S.REVIEW
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.confirm_runbook(request, reason=" ", actor=olivia)
    assert codes(refused) == ["missing_confirmation"]

    request = workflow.confirm_runbook(request, reason="I ran it today.", actor=olivia)

    assert workflow.close(request, actor=olivia).state == S.CLOSED


# --- the same on pages and in the API ---------------------------------------------------------

VERBS: list[tuple[RequestState, str, dict[str, str], RequestState]] = [
    (S.SUBMITTED, "assess", {}, S.ASSESSING),
    (S.ASSESSING, "ask-approval", {}, S.AWAITING_APPROVAL),
    (S.APPROVED, "hold", {"reason": "Later."}, S.ON_HOLD),
    (S.ON_HOLD, "resume", {}, S.AWAITING_APPROVAL),
    (S.APPROVED, "cancel", {"reason": "Not needed."}, S.CANCELLED),
]


@pytest.mark.parametrize(("state", "verb", "body", "target"), VERBS)
@pytest.mark.parametrize("door", ["page", "api"])
def test_the_verbs_on_pages_and_in_the_api(  # the row and the cast
    client: Client,
    olivia: User,
    manager: User,
    checkout: Service,
    state: RequestState,
    verb: str,
    body: dict[str, Any],
    target: RequestState,
    door: str,
) -> None:
    request = request_in(state, checkout, olivia, manager)
    client.force_login(olivia)
    assert f"/change/requests/{request.pk}/{verb}/" in (
        client.get(request.get_absolute_url()).content.decode()
    )

    if door == "page":
        assert client.post(f"/change/requests/{request.pk}/{verb}/", body).status_code == 302
    else:
        url = f"/api/v1/maintenance-requests/{request.pk}/{verb}/"
        assert post_api(client, url, body).json()["state"] == target

    request.refresh_from_db()
    assert request.state == target


def test_the_review_is_written_on_the_page_and_shown(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = emergency(olivia, manager, checkout)
    base = f"/change/requests/{request.pk}"
    client.force_login(manager)
    page = client.get(f"{base}/").content.decode()
    assert "Demanded before this closes: it was an emergency" in page

    wrong = client.post(f"{base}/review/", {"compared": "As planned.", "lessons": ""})
    assert wrong.status_code == 422
    assert "As planned." in wrong.content.decode()
    client.post(f"{base}/review/", {"compared": "As planned.", "lessons": "Alert on it."})
    client.post(f"{base}/follow-up/")
    client.post(f"{base}/close/")

    request.refresh_from_db()
    assert request.state == S.CLOSED
    assert "Alert on it." in client.get(f"{base}/").content.decode()
    shown = client.get(f"/api/v1/maintenance-requests/{request.pk}/").json()
    assert shown["implementation_review"]["lessons"] == "Alert on it."
    assert (shown["group"], shown["kind"]) == ("correction", "problem_report")


def test_whoever_lets_it_pass_a_freeze_does_not_carry_it_out(
    olivia: User, manager: User, ada: User, checkout: Service
) -> None:
    second = make_person("Mia", team=checkout.team, role=TeamRole.MANAGER)
    request = approved_request(checkout, olivia, manager)
    now = clock.now()
    freeze = make_freeze(checkout, manager, starts_at=now, ends_at=now + timedelta(hours=3))
    workflow.approve_freeze(freeze, actor=ada)
    workflow.override_time(
        request,
        of="freeze",
        freeze=freeze,
        digest=request.plan_digest,
        reason="It cannot wait.",
        actor=second,
    )

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.start(request, actor=second)
    assert codes(refused) == ["starter_overrode"]
    assert workflow.start(request, actor=olivia).state == S.IN_PROGRESS
