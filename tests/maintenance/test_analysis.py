"""What a change is about, touches and risks; and by when a repair is due."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from maintenance import workflow
from maintenance.due import Due, calendars, due_of
from maintenance.models import (
    Analysis,
    MaintenanceRequest,
    RequestState,
    RiskLevel,
    analysis_of,
)
from maintenance.risk import level_of, risk_of, shift_of
from maintenance.workflow.questions import Question, no_impact, not_reproduced
from operations.models import SprintCalendar
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Service, User
from tests.maintenance.make import (
    ANALYSIS,
    approved_request,
    make_deployment,
    make_request,
    own_queries,
    request_in,
)


def unanalysed(service: Service, by: User, **fields: Any) -> MaintenanceRequest:
    told = {"title": "Raise it", "category": "corrective", "reason": "Dry.", **fields}
    told = {"plan": "Set it to 50.", "rollback_plan": "Set it back.", **told}
    return workflow.create_request(service=service, actor=by, **told)


WEIGHTS = st.integers(1, 3)


def codes(refused: pytest.ExceptionInfo[TransitionNotAllowed]) -> list[str]:
    return [refusal.code for refusal in refused.value.refusals]


class TestRisk:
    @pytest.mark.parametrize(
        ("impact", "likelihood", "level"),
        [
            *((1, 1, "low"), (1, 2, "low"), (3, 1, "moderate"), (2, 2, "moderate")),
            *((2, 3, "high"), (3, 2, "high"), (3, 3, "very_high")),
        ],
    )
    def test_the_nine_fields(self, impact: int, likelihood: int, level: str) -> None:
        assert level_of(impact, likelihood) == level

    @given(WEIGHTS, WEIGHTS, WEIGHTS)
    def test_more_at_stake_is_never_less_risk(self, impact: int, low: int, high: int) -> None:
        low, high = sorted((low, high))
        order = list(RiskLevel)
        assert order.index(level_of(impact, low)) <= order.index(level_of(impact, high))

    @given(st.integers(0, 200), st.integers(1, 200))
    def test_history_only_raises_and_never_without_a_failure(
        self, failed: int, good: int
    ) -> None:
        shift = shift_of(failed, failed + good)
        assert 0 <= shift <= 2
        assert (shift == 0) or failed
        assert shift <= shift_of(failed + 1, failed + 1 + good) or failed == 0

    def test_failed_changes_of_the_service_raise_the_likelihood_and_are_shown(
        self, olivia: User, checkout: Service
    ) -> None:
        request = make_request(checkout, olivia, risk_impact=3, risk_likelihood=1)
        assert request.risk_level == "moderate"
        for _ in range(3):
            made = make_deployment(checkout, olivia, finished_at=clock.now())
            workflow.mark_failed(made, reason="Broke.", actor=olivia)

        risk = risk_of(request, clock.now())

        assert (risk.history.failed, risk.history.total, risk.history.shift) == (3, 3, 2)
        assert [engine.level for engine in risk.engines] == ["moderate", "very_high"]
        assert risk.level == "very_high"
        assert len(risk.history.rows) == 3
        later = clock.now() + timedelta(days=181)
        assert risk_of(request, later).level == "moderate"

    def test_a_risk_that_nobody_estimated_is_not_low(
        self, olivia: User, checkout: Service
    ) -> None:
        request = make_request(checkout, olivia)
        assert request.risk_level == ""
        assert risk_of(request, clock.now()).level is None

    def test_the_database_knows_three_weights(self, olivia: User, checkout: Service) -> None:
        request = make_request(checkout, olivia)
        with pytest.raises(IntegrityError, match="request_risk_impact_known"):
            MaintenanceRequest.objects.filter(pk=request.pk).update(risk_impact=4)


class TestAnalyse:
    def test_what_is_given_is_kept_and_the_rest_stays(
        self, olivia: User, checkout: Service
    ) -> None:
        request = unanalysed(checkout, olivia)
        workflow.analyse(request, actor=olivia, impact_users="A minute of errors.")
        workflow.analyse(request, actor=olivia, kind="problem", options="Wait.")

        found = Analysis.objects.get()
        assert (found.impact_users, found.options) == ("A minute of errors.", "Wait.")
        assert (found.kind_decided_by, found.edits) == (olivia, 2)
        assert found.history.count() == 2

    def test_another_estimate_is_another_plan(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = approved_request(checkout, olivia, max)
        digest = request.plan_digest
        workflow.analyse(request, actor=olivia, impact_data="None.")
        request.refresh_from_db()
        assert (request.state, request.plan_digest) == ("approved", digest)

        workflow.analyse(request, actor=olivia, risk_impact=2, risk_likelihood=3)

        request.refresh_from_db()
        assert request.risk_level == "high"
        assert request.plan_digest != digest
        assert request.state != "approved"

    def test_of_two_who_write_it_the_second_is_told(
        self, olivia: User, checkout: Service
    ) -> None:
        request = unanalysed(checkout, olivia)
        workflow.analyse(request, actor=olivia, seen=0, options="Wait.")
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.analyse(request, actor=olivia, seen=0, options="Do nothing.")
        assert codes(refused) == ["analysis_changed"]

    def test_a_closed_request_is_not_analysed(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = request_in(RequestState.CLOSED, checkout, olivia, max)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.analyse(request, actor=olivia, options="Wait.")
        assert codes(refused) == ["wrong_state"]

    def test_values_that_mean_nothing_are_refused(
        self, olivia: User, checkout: Service
    ) -> None:
        request = unanalysed(checkout, olivia)
        with pytest.raises(ValidationError):
            workflow.analyse(request, actor=olivia, effort_points=0)
        assert not Analysis.objects.exists()


class TestWhatIsMissing:
    def asked(self, request: MaintenanceRequest) -> list[bool]:
        question = Question(request, None, clock.now())
        return [no_impact(question) is not None, not_reproduced(question) is not None]

    def test_a_repair_says_its_impact_and_how_it_was_reproduced(
        self, olivia: User, checkout: Service
    ) -> None:
        request = unanalysed(checkout, olivia)
        assert self.asked(request) == [True, True]

        workflow.analyse(request, actor=olivia, impact_services="Checkout.", reproduced="no")
        request = MaintenanceRequest.objects.get()
        assert self.asked(request) == [False, True]

        workflow.analyse(request, actor=olivia, reproduced_how="Only under load.")
        assert self.asked(MaintenanceRequest.objects.get()) == [False, False]

    def test_without_them_it_waits_for_its_assessment(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = workflow.submit(unanalysed(checkout, olivia), actor=olivia)
        assert request.state == RequestState.SUBMITTED
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.ask_approval(request, actor=olivia)
        assert codes(refused) == ["impact_missing", "not_reproduced"]

        workflow.analyse(request, actor=olivia, **ANALYSIS)

        assert workflow.ask_approval(request, actor=olivia).state == "awaiting_approval"

    def test_the_risk_is_looked_at_again_when_approval_is_asked_for(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = make_request(checkout, olivia, risk_impact=3, risk_likelihood=1)
        for _ in range(3):
            made = make_deployment(checkout, olivia, finished_at=clock.now())
            workflow.mark_failed(made, reason="Broke.", actor=olivia)
        assert request.risk_level == "moderate"

        assert workflow.submit(request, actor=olivia).risk_level == "very_high"

    def test_only_a_repair_is_reproduced(self, olivia: User, checkout: Service) -> None:
        request = unanalysed(checkout, olivia, category="adaptive")
        assert self.asked(request) == [True, False]


class TestDue:
    @pytest.fixture(autouse=True)
    def monday(self) -> Iterator[None]:
        with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
            yield

    def due(self, request: MaintenanceRequest, **after: Any) -> Due | None:
        return due_of(request, clock.now() + timedelta(**after), calendars())

    @pytest.mark.parametrize(("priority", "hours"), [(0, 1), (1, 4), (2, 24)])
    def test_a_repair_is_due_by_its_priority(
        self, olivia: User, max: User, checkout: Service, priority: int, hours: int
    ) -> None:
        request = make_request(checkout, olivia, priority=priority)
        assert self.due(request) is None
        request = workflow.submit(request, actor=olivia)

        due = self.due(request)
        assert due is not None
        assert (due.due, due.state) == (clock.now() + timedelta(hours=hours), "on_time")
        assert self.due(request, hours=hours * 0.8).state == "at_risk"  # type: ignore[union-attr]  # it has a date
        assert self.due(request, hours=hours).state == "breached"  # type: ignore[union-attr]  # it has a date

    def test_the_rest_is_due_with_the_next_sprint(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = workflow.submit(make_request(checkout, olivia), actor=olivia)
        assert self.due(request) is None

        sprints = SprintCalendar(team=checkout.team, begins_on=date(2026, 2, 23), days=14)
        sprints.changed_by = None
        sprints.save()

        due = self.due(request)
        assert due is not None
        assert due.due.date() in {date(2026, 3, 22), date(2026, 3, 23)}

    def test_only_repairs_have_a_clock(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = make_request(checkout, olivia, category="perfective", priority=0)
        assert self.due(workflow.submit(request, actor=olivia)) is None

    def test_the_clock_stands_still_on_hold(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = make_request(checkout, olivia, priority=1)
        request = workflow.submit(request, actor=olivia)
        begun = clock.now()
        request = workflow.hold(request, reason="A part is missing.", actor=olivia)
        assert self.due(request, hours=9).state == "paused"  # type: ignore[union-attr]  # it has a date

        later = begun + timedelta(hours=10)
        request = workflow.resume(request, actor=olivia, now=later)

        due = due_of(request, later, calendars())
        assert due == Due(begun + timedelta(hours=14), "on_time")
        assert due_of(request, begun + timedelta(hours=14), calendars()).state == "breached"  # type: ignore[union-attr]  # it has a date

    def test_what_was_given_up_is_not_late(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        request = make_request(checkout, olivia, priority=1)
        request = workflow.submit(request, actor=olivia)
        assert self.due(workflow.withdraw(request, actor=olivia), hours=9) is None

    def test_lists_mark_what_is_late(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        workflow.submit(make_request(checkout, olivia, priority=1), actor=olivia)
        client.force_login(olivia)
        for door in ["/change/requests/", "/change/requests/board/"]:
            assert 'data-state="breached"' not in client.get(door).content.decode()
            with time_machine.travel(clock.now() + timedelta(hours=5), tick=False):
                assert 'data-state="breached"' in client.get(door).content.decode()


class TestDoors:
    @pytest.mark.parametrize("door", ["page", "api"])
    def test_one_page_is_enough_for_what_approvers_need(
        self, client: Client, olivia: User, max: User, checkout: Service, door: str
    ) -> None:
        client.force_login(olivia)
        told = {
            "title": "Raise the pool",
            "service": checkout.slug,
            "category": "corrective",
            "priority": 2,
            "reason": "It ran dry.",
            "plan": "50.",
            "rollback_plan": "10.",
            "impact": "Checkout, for a minute.",
            "reproduced": "yes",
            "reproduced_how": "Under load.",
        }
        if door == "page":
            answer = client.post("/change/requests/new/", told)
        else:
            answer = client.post(
                "/api/v1/maintenance-requests/", told, content_type="application/json"
            )
        assert answer.status_code in {201, 302}

        request = MaintenanceRequest.objects.get()
        assert analysis_of(request).impact_services == "Checkout, for a minute."
        assert workflow.submit(request, actor=olivia).state == "awaiting_approval"

    def test_the_team_writes_it_and_others_read(
        self, client: Client, olivia: User, vera: User, checkout: Service
    ) -> None:
        request = unanalysed(checkout, olivia)
        door = f"{request.get_absolute_url()}analysis/"
        client.force_login(olivia)
        form = client.get(door).context["form"]
        typed = {"seen": 0, "seen_plan": form.initial["seen_plan"], "risk_impact": 2}
        typed |= {"risk_likelihood": 3, "impact_users": "A minute.", "reproduced": "yes"}

        assert client.post(door, typed).status_code == 302

        assert analysis_of(MaintenanceRequest.objects.get()).impact_users == "A minute."
        page = client.get(request.get_absolute_url()).content.decode()
        assert "High risk" in page
        assert "A minute." in page
        again = client.post(door, {**typed, "impact_users": "An hour."})
        assert (again.status_code, "An hour." in again.content.decode()) == (409, True)
        wrong = client.post(door, {**typed, "effort_points": "many"})
        assert wrong.status_code == 422
        client.force_login(vera)
        page = client.get(door).content.decode()
        assert "A minute." in page
        assert "Save the analysis" not in page
        assert client.post(door, typed).status_code == 403

    def test_the_api_says_the_same(
        self, client: Client, olivia: User, checkout: Service
    ) -> None:
        request = unanalysed(checkout, olivia)
        door = f"/api/v1/maintenance-requests/{request.pk}/analysis/"
        client.force_login(olivia)
        assert client.get(door).json()["risk"]["level"] is None

        body = {"risk_impact": 3, "risk_likelihood": 3, "reproduced": "yes", "seen": 0}
        told = client.patch(door, body, content_type="application/json")

        assert told.status_code == 200
        assert (told.json()["risk"]["level"], told.json()["edits"]) == ("very_high", 1)
        again = client.patch(door, {"seen": 0}, content_type="application/json")
        assert again.json()["reasons"][0]["code"] == "analysis_changed"
        wrong = client.patch(door, {"risk_impact": 4}, content_type="application/json")
        assert wrong.status_code == 400

    def test_the_lists_cost_the_same_for_many_repairs(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        client.force_login(olivia)
        workflow.submit(make_request(checkout, olivia), actor=olivia)
        one = own_queries(client, "/change/requests/")
        for _ in range(5):
            workflow.submit(make_request(checkout, olivia), actor=olivia)
        assert own_queries(client, "/change/requests/") == one
