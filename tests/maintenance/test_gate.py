"""The deploy gate: lets through what is approved at that second, and keeps every question."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from maintenance import workflow
from maintenance.models import BreakGlass, GateQuestion, MaintenanceRequest, RequestState
from portal import clock
from portal.crypto import secret_hash
from portal.models import ApiToken, Event, Service, User
from tests.maintenance.make import (
    approved_request,
    make_emergency,
    make_freeze,
    make_request,
    own_queries,
    request_in,
)
from tests.make import make_service

API = "/api/v1/gate/"
ARTEFACT, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def approved(checkout: Service, olivia: User, max: User) -> MaintenanceRequest:
    return approved_request(checkout, olivia, max, artefact_sha256=ARTEFACT)


def ask(client: Client, number: object, **other: Any) -> Any:
    body = {
        "service": "checkout",
        "environment": "production",
        "artefact_sha256": ARTEFACT,
        "request": str(number),
        **other,
    }
    return client.post(API, body, content_type="application/json")


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json()["reasons"]]


@pytest.fixture
def pipeline(client: Client, olivia: User) -> Client:
    client.force_login(olivia)
    return client


def test_what_is_approved_is_let_through(
    pipeline: Client, approved: MaintenanceRequest
) -> None:
    answer = ask(pipeline, approved.number)

    said = answer.json()
    assert (answer.status_code, said["decision"], said["reasons"]) == (200, "allow", [])
    assert (said["request"], said["plan_digest"]) == (approved.number, approved.plan_digest)
    assert said["checked_at"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_work_that_runs_is_let_through_again(
    pipeline: Client, approved: MaintenanceRequest, olivia: User
) -> None:
    workflow.start(approved, actor=olivia)

    assert ask(pipeline, approved.pk).json()["decision"] == "allow"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"artefact_sha256": OTHER}, "other_artefact"),
        ({"environment": "staging"}, "other_environment"),
        ({"service": "mail"}, "other_service"),
        ({"service": "nowhere"}, "unknown_service"),
        ({"request": "CHG-999"}, "unknown_request"),
        ({"request": "the usual one"}, "unknown_request"),
    ],
)
def test_what_was_not_approved_is_denied_with_its_code(
    pipeline: Client, approved: MaintenanceRequest, other: dict[str, str], code: str
) -> None:
    make_service("Mail", team=approved.service.team)

    answer = ask(pipeline, approved.number, **other)

    assert (answer.status_code, answer.json()["decision"]) == (200, "deny")
    assert codes(answer) == [code]
    assert GateQuestion.objects.get().decision == "deny"


def test_every_reason_is_given_at_once(pipeline: Client, approved: MaintenanceRequest) -> None:
    answer = ask(pipeline, approved.number, environment="staging", artefact_sha256=OTHER)

    assert codes(answer) == ["other_environment", "other_artefact"]
    assert answer.json()["reasons"][1]["params"]["approved"] == ARTEFACT


def test_without_an_artefact_in_the_plan_none_is_approved(
    pipeline: Client, checkout: Service, olivia: User, max: User
) -> None:
    request = approved_request(checkout, olivia, max)

    assert codes(ask(pipeline, request.number)) == ["no_artefact"]


@pytest.mark.parametrize(
    "state",
    [
        RequestState.DRAFT,
        RequestState.AWAITING_APPROVAL,
        RequestState.REJECTED,
        RequestState.WITHDRAWN,
        RequestState.VERIFYING,
        RequestState.CLOSED,
    ],
)
def test_in_any_other_state_it_is_denied(
    pipeline: Client, checkout: Service, olivia: User, max: User, state: RequestState
) -> None:
    request = request_in(state, checkout, olivia, max)

    assert "wrong_state" in codes(ask(pipeline, request.number))


def test_it_is_decided_at_the_second_of_the_question(
    checkout: Service, olivia: User, max: User
) -> None:
    start = clock.now().replace(second=0, microsecond=0) + timedelta(days=1)
    request = approved_request(
        checkout,
        olivia,
        max,
        artefact_sha256=ARTEFACT,
        planned_start=start,
        planned_end=start + timedelta(hours=1),
    )

    def found(after: timedelta) -> list[str]:
        asked = workflow.Asked("checkout", "production", ARTEFACT, request.number)
        with time_machine.travel(start + after, tick=False):
            return [reason["code"] for reason in workflow.ask_gate(asked, actor=olivia).reasons]

    assert found(-timedelta(minutes=1)) == ["too_early"]
    assert found(timedelta(0)) == []
    with time_machine.travel(start, tick=False):
        workflow.start(request, actor=olivia)
    assert found(timedelta(minutes=59)) == []
    assert found(timedelta(hours=2)) == ["interval_over"]


def test_a_freeze_stops_what_was_approved_before_it_and_what_runs(
    pipeline: Client, approved: MaintenanceRequest, olivia: User, max: User, ana: User
) -> None:
    now = clock.now()
    freeze = make_freeze(
        approved.service, olivia, starts_at=now, ends_at=now + timedelta(days=1)
    )
    workflow.approve_freeze(freeze, actor=max)

    answer = ask(pipeline, approved.number)

    assert codes(answer) == ["freeze"]
    assert answer.json()["reasons"][0]["params"]["name"] == "Year end"


def test_an_edit_after_the_approval_closes_the_gate(
    pipeline: Client, approved: MaintenanceRequest, olivia: User
) -> None:
    workflow.change_plan(approved, artefact_sha256=OTHER, actor=olivia)

    assert ask(pipeline, approved.number, artefact_sha256=OTHER).json()["decision"] == "deny"


def test_an_approver_who_left_closes_the_gate(
    pipeline: Client, approved: MaintenanceRequest, max: User
) -> None:
    User.objects.filter(pk=max.pk).update(access="none")

    assert "approver_left" in codes(ask(pipeline, approved.number))


@pytest.mark.parametrize(
    "wrong",
    [
        {"artefact_sha256": "latest"},
        {"artefact_sha256": ""},
        {"service": ""},
        {"request": "x" * 30},
        {"request": None},
        {"environment": ["production"]},
    ],
)
def test_what_cannot_be_understood_is_no_allow_and_is_kept(
    pipeline: Client, approved: MaintenanceRequest, wrong: dict[str, Any]
) -> None:
    answer = ask(pipeline, approved.number, **wrong)

    assert answer.status_code == 400
    assert "decision" not in answer.json()
    kept = GateQuestion.objects.get()
    assert (kept.decision, kept.reasons[0]["params"]) == (
        "invalid",
        {"field": next(iter(wrong))},
    )


@pytest.mark.parametrize("body", ["{", "[]", "7", '"x"'])
def test_what_is_no_question_at_all_is_kept(pipeline: Client, body: str) -> None:
    answer = pipeline.post(API, body, content_type="application/json")

    assert answer.status_code == 400
    assert GateQuestion.objects.get().decision == "invalid"


def test_each_answer_stands_in_the_log_of_events(
    pipeline: Client, approved: MaintenanceRequest
) -> None:
    ask(pipeline, approved.number)
    ask(pipeline, approved.number, artefact_sha256=OTHER)

    kinds = Event.objects.filter(kind__startswith="gate.").order_by("pk")
    assert [(event.kind, event.data["codes"]) for event in kinds] == [
        ("gate.allow", []),
        ("gate.deny", ["other_artefact"]),
    ]
    page = pipeline.get(approved.get_absolute_url()).content.decode()
    assert "the deploy gate said no: other_artefact" in page


def test_an_answer_is_never_given_again_by_a_key(
    pipeline: Client, approved: MaintenanceRequest, olivia: User
) -> None:
    def asked() -> str:
        body = {
            "service": "checkout",
            "artefact_sha256": ARTEFACT,
            "request": approved.number,
        }
        answer = pipeline.post(
            API, body, content_type="application/json", headers={"Idempotency-Key": "one"}
        )
        return str(answer.json()["decision"])

    assert asked() == "allow"
    workflow.cancel(approved, reason="Not needed.", actor=olivia)
    assert asked() == "deny"


def test_a_pipelines_token_asks_with_and_without_a_slash(
    client: Client, olivia: User, approved: MaintenanceRequest
) -> None:
    ApiToken.objects.create(
        person=olivia,
        name="CI",
        prefix="ek_test",
        token_hash=secret_hash("ek_secret"),
        scopes=["deploy"],
        expires_at=clock.now() + timedelta(days=1),
    )
    body = {"service": "checkout", "artefact_sha256": ARTEFACT, "request": approved.number}
    for url in (API, API.rstrip("/")):
        answer = client.post(
            url,
            body,
            content_type="application/json",
            headers={"Authorization": "Bearer ek_secret"},
        )
        assert answer.json()["decision"] == "allow"

    assert set(GateQuestion.objects.values_list("token_name", flat=True)) == {"CI"}


def test_a_person_tries_it_out_and_that_is_kept_as_well(
    pipeline: Client, approved: MaintenanceRequest
) -> None:
    url = "/change/gate/ask/"
    body = {
        "service": "checkout",
        "environment": "production",
        "request": approved.number,
        "artefact_sha256": f"sha256:{ARTEFACT}",
    }

    answer = pipeline.post(url, body)
    wrong = pipeline.post(url, body | {"artefact_sha256": "latest"})

    kept = GateQuestion.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, kept.get_absolute_url())
    shown = pipeline.get(kept.get_absolute_url())
    assert "nothing spoke against it" in shown.content.decode()
    again = pipeline.get(f"{url}?{shown.context['again']}").context["form"]
    assert again["artefact_sha256"].value() == ARTEFACT
    assert wrong.status_code == 422
    assert approved.number in wrong.content.decode()


def test_the_list_can_be_filtered_on_page_and_api(
    pipeline: Client, approved: MaintenanceRequest
) -> None:
    ask(pipeline, approved.number)
    ask(pipeline, approved.number, artefact_sha256=OTHER)

    for query, expected in [
        ("decision=deny", 1),
        (f"request={approved.number}", 2),
        ("request=CHG-9999", 0),
        ("service=checkout", 2),
        ("environment=staging", 0),
    ]:
        listed = pipeline.get(f"/api/v1/gate-questions/?{query}").json()["results"]
        shown = pipeline.get(f"/change/gate/?{query}").context["rows"]
        assert len(listed) == len(shown) == expected, query


def test_the_database_lets_nothing_through_without_a_plan(
    pipeline: Client, checkout: Service
) -> None:
    ask(pipeline, "CHG-1")

    with (
        pytest.raises(IntegrityError, match="gate_allows_one_plan_of_one_service"),
        transaction.atomic(),
    ):
        GateQuestion.objects.update(decision="allow")


def test_viewers_read_and_do_not_ask(
    client: Client, vera: User, approved: MaintenanceRequest
) -> None:
    client.force_login(vera)

    assert ask(client, approved.number).status_code == 403
    assert client.get("/change/gate/").status_code == 200
    assert not GateQuestion.objects.exists()


@pytest.mark.parametrize("door", ["/change/gate/", "/api/v1/gate-questions/"])
@pytest.mark.parametrize("many", [1, 60])
def test_it_costs_the_same_for_one_and_for_many(
    client: Client,
    olivia: User,
    checkout: Service,
    door: str,
    many: int,
) -> None:
    request = make_request(checkout, olivia)
    asked = workflow.Asked("checkout", "production", ARTEFACT, request.number)
    for _ in range(many):
        workflow.ask_gate(asked, actor=olivia)
    client.force_login(olivia)

    assert own_queries(client, door) == 3


def test_an_emergency_that_began_behind_broken_glass_is_let_through(
    pipeline: Client, checkout: Service, olivia: User, max: User
) -> None:
    request = make_emergency(checkout, olivia, max, artefact_sha256=ARTEFACT)

    assert ask(pipeline, request.number).json()["decision"] == "allow"
    assert codes(ask(pipeline, request.number, artefact_sha256=OTHER)) == ["other_artefact"]


def test_once_it_is_refused_afterwards_nothing_more_is_let_through(
    pipeline: Client, checkout: Service, olivia: User, max: User
) -> None:
    request = make_emergency(checkout, olivia, max, artefact_sha256=ARTEFACT)
    BreakGlass.objects.update(settled_at=clock.now(), was_approved=False)

    assert "no_approval" in codes(ask(pipeline, request.number))
