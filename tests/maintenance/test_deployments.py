from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from maintenance import workflow
from maintenance.models import Deployment, RequestState
from portal import clock
from portal.crypto import secret_hash
from portal.errors import TransitionNotAllowed
from portal.models import ApiToken, Event, Service, User
from tests.maintenance.make import make_deployment, make_request, own_queries, request_in
from tests.maintenance.test_requests import codes
from tests.make import make_service

API = "/api/v1/deployments/"
TOLD = {"service": "checkout", "version": "2.1", "external_id": "run-7"}


def tell(client: Client, **body: Any) -> Any:
    return client.post(API, TOLD | body, content_type="application/json")


def test_one_that_failed_by_a_clock_ahead_of_ours_failed_now(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)
    soon = clock.now() + timedelta(minutes=2)

    answer = tell(client, result="failed", finished_at=soon.isoformat())

    assert answer.status_code == 201
    assert Deployment.objects.filter(failed_at__lte=clock.now()).exists()


def test_the_same_call_again_answers_the_same_row(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)

    first = tell(client, result="succeeded")
    again = tell(client, result="succeeded")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Event.objects.filter(kind__startswith="deployment.").count() == 1


def test_a_pipeline_that_forgets_the_slash_is_heard(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)

    answer = client.post(API.rstrip("/"), TOLD, content_type="application/json")

    assert answer.status_code == 201
    assert Deployment.objects.count() == 1


def test_production_is_production_however_a_pipeline_spells_it(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)

    told = tell(client, environment="Production").json()
    again = tell(client, environment="production", result="succeeded")

    assert (told["environment"], told["is_unauthorised"]) == ("production", True)
    assert again.status_code == 200


@pytest.mark.parametrize("order", [[0, 1], [1, 0], [0, 1, 0], [1, 0, 1]])
def test_start_and_finish_come_in_any_order(
    client: Client, olivia: User, checkout: Service, order: list[int]
) -> None:
    client.force_login(olivia)
    calls: list[dict[str, Any]] = [
        {"result": "running", "started_at": "2026-11-01T10:00:00Z"},
        {"result": "succeeded", "finished_at": "2026-11-01T10:05:00Z"},
    ]

    for number in order:
        assert tell(client, **calls[number]).status_code in {200, 201}

    row = Deployment.objects.get()
    assert row.result == "succeeded"
    assert row.started_at is not None
    assert row.finished_at is not None
    assert row.finished_at - row.started_at == timedelta(minutes=5)


def test_one_call_may_tell_it_all(client: Client, olivia: User, checkout: Service) -> None:
    request = make_request(checkout, olivia)
    client.force_login(olivia)

    for run, number in enumerate([f"CHG-{request.pk}", str(request.pk), request.pk]):
        answer = tell(client, request=number, external_id=f"run-{run}", commit="4f2a")
        assert (answer.status_code, answer.json()["request"]) == (201, request.number)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"service": "nowhere"}, "service"),
        ({"request": "CHG-999"}, "request"),
        ({"request": "what?"}, "request"),
        ({"rolls_back": "run-999"}, "rolls_back"),
        ({"result": "fine"}, "result"),
        ({"version": ""}, "version"),
        ({"source": "github:3"}, "source"),
        ({"source": " GitLab:7"}, "source"),
        ({"started_at": "yesterday"}, "started_at"),
        (
            {"started_at": "2026-11-02T00:00:00Z", "finished_at": "2026-11-01T00:00:00Z"},
            "",
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    client: Client, olivia: User, checkout: Service, wrong: dict[str, Any], field: str
) -> None:
    client.force_login(olivia)

    answer = tell(client, **wrong)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Deployment.objects.exists()


def test_a_name_is_not_used_for_another_service(
    client: Client, olivia: User, checkout: Service
) -> None:
    make_service("Mail", team=checkout.team)
    client.force_login(olivia)
    tell(client)

    answer = tell(client, service="mail")

    assert answer.status_code == 409
    assert answer.json()["reasons"][0]["code"] == "other_deployment"


def test_production_without_an_approved_request_is_unauthorised(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    client.force_login(olivia)
    draft = make_request(checkout, olivia)
    begun = request_in(RequestState.IN_PROGRESS, checkout, olivia, manager)
    expected = {
        tell(client, external_id="1").json()["id"]: True,
        tell(client, external_id="2", request=draft.number).json()["id"]: True,
        tell(client, external_id="3", request=begun.number).json()["id"]: False,
        tell(client, external_id="4", environment="staging").json()["id"]: False,
    }

    listed = {row["id"]: row["is_unauthorised"] for row in client.get(API).json()["results"]}
    flagged = client.get(f"{API}?unauthorised=true").json()["results"]
    others = client.get(f"{API}?unauthorised=false").json()["results"]

    assert listed == expected
    assert {row["id"] for row in flagged} == {pk for pk, is_it in expected.items() if is_it}
    assert len(others) == 2
    assert (
        "Nobody approved"
        in client.get(
            f"/change/deployments/{max(flagged, key=lambda row: row['id'])['id']}/"
        ).content.decode()
    )


def test_a_failed_one_is_marked_and_recovers_on_page_and_api(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)
    on_page, in_api = make_deployment(checkout, olivia), make_deployment(checkout, olivia)
    page, api = f"/change/deployments/{on_page.pk}", f"{API}{in_api.pk}"

    def both(verb: str, body: dict[str, str]) -> set[int]:
        return {
            client.post(f"{page}/{verb}/", body).status_code,
            client.post(f"{api}/{verb}/", body, content_type="application/json").status_code,
        }

    assert both("recovered", {}) == {409}
    assert both("failed", {}) == {422, 400}
    assert both("failed", {"reason": "Errors rose"}) == {302, 200}
    assert both("failed", {"reason": "Again"}) == {409}
    assert both("recovered", {}) == {302, 200}
    assert both("recovered", {}) == {409}
    for row in Deployment.objects.all():
        assert row.failed_because == "Errors rose"
        assert row.recovered_at is not None
    assert Event.objects.filter(kind="deployment.failed").count() == 2


def test_a_deployment_that_failed_itself_counts_as_failed(
    olivia: User, checkout: Service
) -> None:
    row = make_deployment(checkout, olivia, result="failed")
    row.refresh_from_db()

    assert row.failed_at == row.finished_at


def test_a_rollback_says_that_what_it_takes_back_failed(
    olivia: User, checkout: Service
) -> None:
    bad = make_deployment(checkout, olivia)

    back = make_deployment(checkout, olivia, rolls_back=bad, version="1.0")

    bad.refresh_from_db()
    assert (bad.failed_because, bad.recovered_at) == ("Rolled back to 1.0.", back.finished_at)
    assert back.failed_at is None


def test_the_database_knows_no_recovery_without_a_failure(
    olivia: User, checkout: Service
) -> None:
    row = make_deployment(checkout, olivia)
    broken: list[tuple[dict[str, Any], str]] = [
        ({"recovered_at": clock.now()}, "deployment_recovers_from_a_failure"),
        ({"finished_at": None}, "deployment_with_a_result_has_finished"),
    ]
    for wrong, name in broken:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Deployment.objects.filter(pk=row.pk).update(**wrong)


def test_the_verb_validates(olivia: User, checkout: Service) -> None:
    with pytest.raises(ValidationError):
        make_deployment(checkout, olivia, version="x" * 101)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.mark_recovered(make_deployment(checkout, olivia), actor=None)
    assert codes(refused) == ["not_failed"]


def test_a_pipelines_token_records_and_does_nothing_else(
    client: Client, olivia: User, checkout: Service
) -> None:
    ApiToken.objects.create(
        person=olivia,
        name="CI",
        prefix="ek_test",
        token_hash=secret_hash("ek_secret"),
        scopes=["deploy"],
        expires_at=clock.now() + timedelta(days=1),
    )
    headers = {"Authorization": "Bearer ek_secret"}

    made = client.post(API, TOLD, content_type="application/json", headers=headers)
    read = client.get(API, headers=headers)
    failed = client.post(
        f"{API}{made.json()['id']}/failed/",
        {"reason": "x"},
        content_type="application/json",
        headers=headers,
    )

    assert (made.status_code, read.status_code, failed.status_code) == (201, 403, 403)


def test_a_person_records_one_by_hand_once(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = request_in(RequestState.IN_PROGRESS, checkout, olivia, manager)
    client.force_login(olivia)
    url = f"/change/deployments/new/?request={request.number}&service=checkout"
    form = client.get(url).context["form"]
    body = {name: form[name].value() or "" for name in form.fields}
    body |= {"version": "3.0"}
    assert (body["request"], body["environment"]) == (request.number, "production")

    answers = [client.post("/change/deployments/new/", body) for _ in range(2)]
    wrong = client.post("/change/deployments/new/", body | {"request": "CHG-99999"})

    row = Deployment.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {row.get_absolute_url()}
    assert (row.request, row.source, row.result) == (request, "by hand", "succeeded")
    assert wrong.status_code == 422
    assert "3.0" in wrong.content.decode()


@pytest.mark.parametrize(("name", "status"), [("vera", 403), ("ana", 403), ("otto", 404)])
def test_who_may_not(
    client: Client,
    olivia: User,
    checkout: Service,
    request: pytest.FixtureRequest,
    name: str,
    status: int,
) -> None:
    row = make_deployment(checkout, olivia)
    client.force_login(request.getfixturevalue(name))

    answers = {
        tell(client).status_code,
        client.post(f"/change/deployments/{row.pk}/failed/", {"reason": "x"}).status_code,
        client.post(f"/change/deployments/{row.pk}/recovered/").status_code,
        client.post(
            f"{API}{row.pk}/failed/", {"reason": "x"}, content_type="application/json"
        ).status_code,
    }

    assert answers == {status}
    assert Deployment.objects.count() == 1
    seen = client.get(f"/change/deployments/{row.pk}/").status_code
    assert seen == (404 if name == "otto" else 200)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_row_is_made(olivia: User, checkout: Service) -> None:
    def record(number: int) -> int:
        try:
            return workflow.record_deployment(
                service=checkout,
                version="1.0",
                external_id="run-1",
                result="succeeded" if number % 2 else "running",
                actor=olivia,
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=8) as pool:
        pks = set(pool.map(record, range(8)))

    assert len(pks) == 1
    assert Deployment.objects.get().result == "succeeded"
    assert Event.objects.filter(kind="deployment.recorded").count() == 1


@pytest.mark.parametrize(("door", "queries"), [("/change/deployments/", 5), (API, 3)])
@pytest.mark.parametrize("many", [1, 60])
def test_it_costs_the_same_for_one_and_for_many(
    client: Client,
    olivia: User,
    checkout: Service,
    door: str,
    queries: int,
    many: int,
) -> None:
    for _ in range(many):
        make_deployment(checkout, olivia)
    client.force_login(olivia)

    assert own_queries(client, door) == queries
