"""Standard changes: proposed, approved by another, used, suspended, retired; and promoted."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client

from maintenance import workflow
from maintenance.models import (
    MaintenanceRequest,
    RequestState,
    StandardChange,
    StandardVersion,
)
from maintenance.standing import candidates, last_outcomes, promotions
from maintenance.tasks import tell_of_ending_standards
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Service, User
from portal.reactions import react_to_all_due
from tests.maintenance.make import (
    FIXED,
    approved_standard,
    make_request,
    make_standard,
    own_queries,
    tomorrow,
)


def codes(refused: pytest.ExceptionInfo[TransitionNotAllowed]) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


def use(standard: StandardChange, by: User, **fields: Any) -> MaintenanceRequest:
    return workflow.request_from_standard(
        standard, actor=by, **{"reason": "Monthly.", **fields}
    )


def carried_out(standard: StandardChange, by: User, reviewer: User, outcome: str) -> None:
    """One more change made from it, closed with this outcome."""
    request = workflow.start(workflow.submit(use(standard, by), actor=by), actor=by)
    request = workflow.finish_work(request, actor=by)
    request = workflow.verify(request, outcome=outcome, verification="Seen.", actor=by)
    if request.state == RequestState.REVIEW:
        workflow.write_review(request, compared="Late.", lessons="Test.", actor=reviewer)
        workflow.close(request, actor=reviewer)


def react() -> None:
    """What follows from what was recorded, and from that in turn."""
    for _ in range(2):
        react_to_all_due(clock.now() + timedelta(seconds=1))


class TestLife:
    def test_it_is_approved_by_a_manager_who_did_not_write_it(
        self, olivia: User, max: User, ana: User, checkout: Service
    ) -> None:
        standard = make_standard(checkout, max)
        for person, code in [(max, "approver_is_author"), (ana, "not_manager")]:
            with pytest.raises(TransitionNotAllowed) as refused:
                workflow.approve_standard(standard, number=1, actor=person)
            assert codes(refused) == [code]

        standard = make_standard(checkout, olivia)
        standard = workflow.approve_standard(standard, number=1, actor=max)

        assert standard.state == "approved"
        assert standard.approved is not None
        version = standard.approved
        assert version.decided_at is not None
        assert version.expires_at == version.decided_at + timedelta(days=365)

    def test_a_next_version_takes_over_only_when_it_is_approved(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max)
        changed = {**FIXED, "plan": "Run `logrotate`."}
        workflow.propose_standard_version(
            standard, fixed=changed, message="Without force", actor=olivia
        )
        assert use(standard, olivia).plan == FIXED["plan"]
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.approve_standard(standard, number=1, actor=max)
        assert codes(refused) == ["other_version"]

        standard = workflow.approve_standard(standard, number=2, actor=max)

        assert use(standard, olivia).plan == "Run `logrotate`."

    def test_a_rejected_version_changes_nothing_and_the_next_has_its_own_number(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max)
        workflow.propose_standard_version(standard, fixed=FIXED, message="", actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.propose_standard_version(standard, fixed=FIXED, message="", actor=olivia)
        assert codes(refused) == ["proposal_waits"]
        standard = workflow.reject_standard(standard, number=2, reason="Why at all?", actor=max)

        third = workflow.propose_standard_version(
            standard, fixed=FIXED, message="Because.", actor=olivia
        )

        assert (standard.state, standard.approved.number, third.number) == ("approved", 1, 3)  # type: ignore[union-attr]  # it is approved

    @pytest.mark.parametrize(
        "wrong", [{"plan": ""}, {"impact": " "}, {"category": "festive"}, {"colour": "red"}]
    )
    def test_what_no_request_could_be_made_from_is_refused(
        self, olivia: User, checkout: Service, wrong: dict[str, Any]
    ) -> None:
        with pytest.raises(ValidationError):
            make_standard(checkout, olivia, fixed={**FIXED, **wrong})
        assert not StandardVersion.objects.exists()

    def test_what_is_retired_is_not_used(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max)
        workflow.retire_standard(standard, reason="Automated.", actor=max)
        with pytest.raises(TransitionNotAllowed) as refused:
            use(standard, olivia)
        assert codes(refused) == ["wrong_state"]

    def test_the_database_keeps_an_approved_one_with_its_version(
        self, olivia: User, checkout: Service
    ) -> None:
        make_standard(checkout, olivia)
        with pytest.raises(IntegrityError, match="standard_approved_has_a_version"):
            StandardChange.objects.update(state="approved")


class TestAuthorisation:
    def test_it_needs_no_vote_and_takes_its_time(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max)

        request = workflow.submit(use(standard, olivia, **tomorrow()), actor=olivia)

        assert (request.state, request.votes.count()) == (RequestState.SCHEDULED, 0)
        told = Event.objects.get(kind="request.authorised")
        assert (told.data["standard"], told.data["version"]) == ("Rotate logs", 1)
        started = workflow.start(request, actor=olivia, now=request.planned_start)
        assert started.state == RequestState.IN_PROGRESS

    def test_an_edited_field_sends_it_to_those_who_decide(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = use(approved_standard(checkout, olivia, max), olivia)
        request = workflow.change_plan(request, plan="Delete the logs.", actor=olivia)

        request = workflow.submit(request, actor=olivia)

        assert request.state == RequestState.AWAITING_APPROVAL

    def test_editing_after_the_authorisation_takes_it_back(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max)
        request = workflow.submit(use(standard, olivia), actor=olivia)
        assert request.state == RequestState.APPROVED

        request = workflow.change_plan(request, plan="Delete the logs.", actor=olivia)
        assert request.state == RequestState.SUBMITTED
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.authorise(request, actor=olivia)
        assert codes(refused) == ["standard_edited"]
        assert "plan" in refused.value.refusals[0].sentence

        request = workflow.change_plan(request, plan=FIXED["plan"], actor=olivia)
        assert request.state == RequestState.APPROVED

    def test_another_time_is_no_other_change(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max)
        request = workflow.submit(use(standard, olivia), actor=olivia)
        when: dict[str, Any] = {**tomorrow()}
        request = workflow.change_plan(request, actor=olivia, **when)
        assert request.state == RequestState.SCHEDULED

    def test_everything_is_asked_again_when_work_begins(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max)
        request = workflow.submit(use(standard, olivia), actor=olivia)
        workflow.suspend_standard(standard, reason="It filled the disk.", actor=max)

        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.start(request, actor=olivia)

        assert codes(refused) == ["standard_suspended"]

    def test_after_its_days_it_authorises_nothing(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max, valid_days=1)
        request = use(standard, olivia)
        with time_machine.travel(clock.now() + timedelta(days=1, seconds=1), tick=False):
            assert workflow.submit(request, actor=olivia).state == "awaiting_approval"
            with pytest.raises(TransitionNotAllowed) as refused:
                use(standard, olivia)
        assert codes(refused) == ["standard_expired"]

    def test_a_request_of_an_older_version_is_decided_by_people(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(checkout, olivia, max)
        request = use(standard, olivia)
        workflow.propose_standard_version(standard, fixed=FIXED, message="", actor=olivia)
        workflow.approve_standard(standard, number=2, actor=max)

        assert workflow.submit(request, actor=olivia).state == "awaiting_approval"

    def test_nothing_else_is_authorised_without_a_vote(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = make_request(checkout, olivia, authorisation="standard")
        assert workflow.submit(request, actor=olivia).state == "awaiting_approval"


class TestBudget:
    @pytest.fixture
    def standard(self, olivia: User, max: User, checkout: Service) -> StandardChange:
        return approved_standard(checkout, olivia, max)

    def test_the_second_failure_suspends_it_and_tells_the_owner(
        self,
        standard: StandardChange,
        olivia: User,
        max: User,
    ) -> None:
        carried_out(standard, olivia, max, "failed")
        react()
        standard.refresh_from_db()
        assert standard.suspended_at is None
        carried_out(standard, olivia, max, "rolled_back")
        react()

        standard.refresh_from_db()
        assert standard.suspended_because == "2 of its last 2 changes failed."
        told = Notification.objects.filter(person=olivia, topic=f"standard:{standard.pk}")
        assert told.count() == 1
        with pytest.raises(TransitionNotAllowed) as refused:
            use(standard, olivia)
        assert codes(refused) == ["standard_suspended"]

        standard = workflow.reinstate_standard(standard, reason="Disk checked.", actor=max)
        assert last_outcomes(standard) == []
        assert workflow.submit(use(standard, olivia), actor=olivia).state == "approved"

    def test_what_counts_suspends_even_before_the_subscriber_ran(
        self, standard: StandardChange, olivia: User, max: User
    ) -> None:
        waiting = use(standard, olivia)
        for _ in range(2):
            carried_out(standard, olivia, max, "failed")
        assert workflow.submit(waiting, actor=olivia).state == "awaiting_approval"

    def test_a_failure_counts_while_its_review_waits(
        self, standard: StandardChange, olivia: User, max: User
    ) -> None:
        for _ in range(2):
            request = workflow.submit(use(standard, olivia), actor=olivia)
            request = workflow.start(request, actor=olivia)
            request = workflow.finish_work(request, actor=olivia)
            workflow.verify(request, outcome="failed", verification="Seen.", actor=olivia)
        assert last_outcomes(standard) == ["failed", "failed"]

        react()
        standard.refresh_from_db()
        assert standard.suspended_at is not None

    def test_a_template_for_production_is_one_however_it_is_spelt(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        standard = approved_standard(
            checkout, olivia, max, name="Other", fixed={**FIXED, "environment": "Production"}
        )
        assert standard.approved is not None
        assert standard.approved.fixed["environment"] == "production"
        assert workflow.submit(use(standard, olivia), actor=olivia).state == "approved"

    def test_one_failure_in_ten_is_borne(
        self, standard: StandardChange, olivia: User, max: User
    ) -> None:
        for outcome in ["failed", *["succeeded"] * 10, "failed"]:
            carried_out(standard, olivia, max, outcome)
        assert last_outcomes(standard).count("failed") == 1
        assert not workflow.suspend_if_it_fails(standard)


def test_the_owner_is_told_once_before_its_approval_is_over(
    olivia: User, max: User, checkout: Service
) -> None:
    standard = approved_standard(checkout, olivia, max, valid_days=30)
    assert tell_of_ending_standards() == 0
    with time_machine.travel(clock.now() + timedelta(days=17), tick=False):
        assert tell_of_ending_standards() == 1
        tell_of_ending_standards()
    told = Notification.objects.get(person=olivia, topic=f"standard:{standard.pk}")
    assert "Rotate logs" in told.subject
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert tell_of_ending_standards() == 0


class TestPromotion:
    def test_five_that_succeeded_in_a_row_are_proposed(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        for month in range(6):
            request = make_request(
                checkout,
                olivia,
                title=f"Rotate the logs of 2026-0{month}",
                category="preventive",
            )
            request = workflow.submit(request, actor=olivia)
            request = workflow.approve(request, digest=request.plan_digest, actor=max)
            request = workflow.finish_work(workflow.start(request, actor=olivia), actor=olivia)
            outcome = "with_issues" if month == 0 else "succeeded"
            workflow.verify(request, outcome=outcome, verification="Seen.", actor=olivia)

        [found] = promotions(candidates(clock.now()))
        assert (found.successes, found.newest.title) == (5, "Rotate the logs of 2026-05")

        approved_standard(checkout, olivia, max, fixed={**FIXED, "title": "Rotate the logs of"})
        assert promotions(candidates(clock.now())) == []


class TestDoors:
    def test_a_manager_approves_and_the_team_uses_it(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        client.force_login(olivia)
        door = "/change/standard/new/"
        typed = {"name": "Rotate logs", "service": checkout.slug, **FIXED}
        typed |= {"environment": "production", "valid_days": 90}
        wrong = client.post(door, {**typed, "plan": ""})
        assert (wrong.status_code, "Rotate logs" in wrong.content.decode()) == (422, True)
        made = client.post(door, typed)
        assert made.status_code == 302
        item = made.headers["Location"]
        assert client.post(f"{item}approve/", {"number": 1}).status_code == 403

        client.force_login(max)
        assert "waits for a decision" in client.get(item).content.decode()
        assert client.post(f"{item}approve/", {"number": 1}).status_code == 302
        assert client.post(f"{item}reject/", {"number": 1, "reason": "x"}).status_code == 409
        assert client.post(f"{item}suspend/", {}).status_code == 422

        client.force_login(olivia)
        bad = client.post(f"{item}use/", {"reason": ""})
        assert bad.status_code == 422
        used = client.post(f"{item}use/", {"reason": "The disk fills."})
        assert used.status_code == 302
        page = client.get(used.headers["Location"]).content.decode()
        assert "Rotate logs, version 1" in page
        sent = client.post(f"{used.headers['Location']}submit/")
        assert sent.status_code == 302
        assert MaintenanceRequest.objects.get().state == RequestState.APPROVED
        listed = client.get("/change/standard/").content.decode()
        assert "In force" in listed

    def test_editing_keeps_it_standard_unless_one_says_otherwise(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        request = use(approved_standard(checkout, olivia, max), olivia)
        client.force_login(olivia)
        door = f"{request.get_absolute_url()}edit/"
        form = client.get(door).context["form"]
        typed = {name: form[name].value() for name in form.fields}
        typed = {name: value for name, value in typed.items() if value not in (None, False, [])}

        assert client.post(door, {**typed, "reason": "Now."}).status_code == 302
        request.refresh_from_db()
        assert (request.authorisation, request.reason) == ("standard", "Now.")

    def test_the_api_does_the_same(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        door = "/api/v1/standard-changes/"

        def post(person: User, path: str, status: int, **body: Any) -> Any:
            client.force_login(person)
            told = client.post(f"{door}{path}", body, content_type="application/json")
            assert told.status_code == status, told.content.decode()
            return told.json()

        post(olivia, "", 400, name="Rotate logs", service=checkout.slug, fixed={})
        pk = post(olivia, "", 201, name="Rotate logs", service=checkout.slug, fixed=FIXED)["id"]
        post(olivia, f"{pk}/use/", 409, reason="Monthly.")
        assert post(max, f"{pk}/approve/", 200, number=1)["approved"]["number"] == 1
        post(olivia, f"{pk}/propose/", 201, fixed={**FIXED, "plan": "Other."})
        assert [row["number"] for row in client.get(f"{door}{pk}/versions/").json()] == [2, 1]
        post(max, f"{pk}/reject/", 200, number=2, reason="No.")
        request = post(olivia, f"{pk}/use/", 201, reason="Monthly.")
        assert (request["authorisation"], request["standard_change"]) == ("standard", pk)
        suspended = post(max, f"{pk}/suspend/", 200, reason="Disk full.")
        assert suspended["suspended_because"] == "Disk full."
        [reason] = post(olivia, f"{pk}/use/", 409, reason="Monthly.")["reasons"]
        assert reason["code"] == "standard_suspended"
        post(max, f"{pk}/reinstate/", 200, reason="Mended.")
        assert post(max, f"{pk}/retire/", 200, reason="Automated.")["state"] == "retired"

    def test_the_list_costs_the_same_for_many(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        client.force_login(olivia)
        approved_standard(checkout, olivia, max)
        one = own_queries(client, "/change/standard/")
        for _ in range(5):
            approved_standard(checkout, olivia, max)
        assert own_queries(client, "/change/standard/") == one
