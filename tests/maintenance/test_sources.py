"""Forges tell of deployments: kept as they came, read once, whatever their order."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client

from maintenance import workflow
from maintenance.forges import github, gitlab
from maintenance.found import calls_of_forges_are_read
from maintenance.models import (
    CallState,
    Deployment,
    DeploymentSource,
    SourceCall,
)
from maintenance.tasks import forget_old_calls, read_source_calls
from maintenance.views import intake
from portal import clock
from portal.models import Event, Notification, Service, User
from tests.maintenance.forge_bodies import (
    SHA,
    deployment_status,
    gitlab_deployment,
    gitlab_pipeline,
    workflow_run,
)
from tests.maintenance.make import approved_request, own_queries
from tests.maintenance.test_messages import react

STARTED, ENDED = "2026-11-02T10:00:00Z", "2026-11-02T10:05:00Z"


def make_source(service: Service, kind: str = "github", **fields: Any) -> DeploymentSource:
    told = {
        "name": "Forge",
        "repositories": {"octo/shop": service.slug},
        "environments": {"prod": "production"},
        **fields,
    }
    return workflow.set_up_source(kind=kind, team=service.team, actor=None, **told)[0]


@pytest.fixture
def source(checkout: Service) -> DeploymentSource:
    return make_source(checkout)


def send(
    client: Client,
    source: DeploymentSource,
    body: Any,
    *,
    event: str = "deployment_status",
    delivery: str = "d1",
    **headers: str,
) -> Any:
    """Send as the forge would, signed with its secret."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    forge = github if source.kind == "github" else gitlab
    signed = {
        **forge.headers_of(event, delivery),
        **forge.sign(raw, source.secret),
        **headers,
    }
    door = f"/api/v1/deployment-events/{source.kind}/{source.public_id}"
    return client.post(door, raw, content_type="application/json", headers=signed)


def test_a_call_is_kept_first_and_read_after(
    client: Client, source: DeploymentSource, checkout: Service
) -> None:
    answer = send(client, source, deployment_status("success", ENDED))

    kept = SourceCall.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted", "call": kept.pk})
    assert not Deployment.objects.exists()
    read_source_calls()
    row = Deployment.objects.get()
    kept.refresh_from_db()
    assert (kept.state, kept.deployment) == (CallState.APPLIED, row)
    assert (row.service, row.environment, row.result) == (checkout, "production", "succeeded")
    assert (row.source, row.external_id) == (f"github:{source.pk}", "deployment-501")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_the_calls_come_it_is_one_deployment(
    client: Client, source: DeploymentSource, order: tuple[int, ...]
) -> None:
    bodies = [
        deployment_status("in_progress", STARTED),
        deployment_status("failure", ENDED),
        deployment_status("inactive", "2026-11-02T11:00:00Z"),
    ]

    for number in order:
        send(client, source, bodies[number], delivery=f"d{number}")
        read_source_calls()

    row = Deployment.objects.get()
    assert (row.result, row.failed_by) == ("failed", "pipeline")
    assert row.started_at is not None
    assert row.finished_at is not None
    assert row.finished_at - row.started_at == timedelta(minutes=5)


def test_a_redelivery_and_a_replay_count_once(
    client: Client, source: DeploymentSource, olivia: User
) -> None:
    body = deployment_status("success", ENDED)

    assert send(client, source, body).json()["status"] == "accepted"
    assert send(client, source, body).json()["status"] == "known"
    read_source_calls()
    assert send(client, source, body).json()["status"] == "known"
    assert send(client, source, body, delivery="d2").json()["status"] == "accepted"
    read_source_calls()
    workflow.replay_call(SourceCall.objects.first() or SourceCall(), actor=olivia)
    read_source_calls()

    assert Deployment.objects.count() == 1
    assert Event.objects.filter(kind="deployment.recorded").count() == 1
    assert Event.objects.filter(kind="deployment.updated").count() == 0


def test_what_ends_badly_without_having_begun_has_deployed_nothing(
    client: Client, source: DeploymentSource
) -> None:
    send(client, source, deployment_status("error", ENDED))
    read_source_calls()

    row = Deployment.objects.get()
    assert (row.result, row.failed_at, row.is_unauthorised) == ("aborted", None, False)


def test_the_request_and_the_artefact_stand_in_the_payload(
    client: Client, source: DeploymentSource, checkout: Service, olivia: User, max: User
) -> None:
    request = approved_request(checkout, olivia, max, artefact_sha256="a" * 64)
    payload = {"request": request.number, "artefact_sha256": f"sha256:{'A' * 64}"}

    send(client, source, deployment_status("success", ENDED, payload=payload))
    read_source_calls()

    row = Deployment.objects.get()
    assert (row.request, row.is_unauthorised) == (request, False)


def test_what_is_wrong_in_the_payload_is_noted_and_does_not_lose_the_deployment(
    client: Client, source: DeploymentSource
) -> None:
    payload = {"request": "CHG-999", "artefact_sha256": "latest"}

    send(client, source, deployment_status("success", ENDED, payload=payload))
    read_source_calls()

    note = SourceCall.objects.get().note
    assert "CHG-999" in note
    assert "artefact_sha256" in note
    assert Deployment.objects.get().is_unauthorised


@pytest.mark.parametrize("first", ["run", "deployment"])
def test_when_the_commit_was_made_is_known_from_the_workflow(
    client: Client, source: DeploymentSource, first: str
) -> None:
    def run() -> None:
        send(client, source, workflow_run(), event="workflow_run", delivery="r")
        read_source_calls()

    if first == "run":
        run()
    send(client, source, deployment_status("success", ENDED))
    read_source_calls()
    if first != "run":
        run()

    commit = Deployment.objects.get().commits.get()
    assert (commit.sha, commit.committed_at.hour) == (SHA, 8)


def test_a_workflow_may_be_the_deployment(client: Client, checkout: Service) -> None:
    source = make_source(checkout, pipeline="Build", pipeline_environment="staging")

    send(client, source, workflow_run("in_progress"), event="workflow_run", delivery="1")
    send(client, source, workflow_run(), event="workflow_run", delivery="2")
    read_source_calls()

    row = Deployment.objects.get()
    assert (row.external_id, row.environment, row.result) == (
        "run-77-1",
        "staging",
        "succeeded",
    )
    assert row.started_at is not None
    assert row.commits.count() == 1


class TestGitlab:
    def test_a_deployment_and_its_pipeline(
        self, client: Client, checkout: Service, olivia: User, max: User
    ) -> None:
        source = make_source(checkout, "gitlab")
        request = approved_request(checkout, olivia, max)
        title = f"{request.number}: Ask for the day"
        bodies = [
            gitlab_deployment("running", "2026-11-02 11:00:00 +0100", commit_title=title),
            gitlab_deployment("success", "2026-11-02 11:05:00 +0100", commit_title=title),
            gitlab_pipeline(),
        ]

        for number, body in enumerate(bodies):
            answer = send(client, source, body, event="x", delivery=str(number))
            assert answer.status_code == 202
        read_source_calls()

        row = Deployment.objects.get()
        assert (row.result, row.request, row.commit) == ("succeeded", request, SHA)
        assert row.commits.count() == 1

    def test_the_newer_signature(self, client: Client, checkout: Service) -> None:
        source = make_source(checkout, "gitlab")
        raw = json.dumps(gitlab_deployment("success", ENDED)).encode()
        good = gitlab.sign(raw, source.secret, number="m1", now=clock.now())
        door = f"/api/v1/deployment-events/gitlab/{source.public_id}/"

        def post(headers: dict[str, str]) -> int:
            return client.post(
                door, raw, content_type="application/json", headers=headers
            ).status_code

        assert post({**good, "webhook-id": "m2"}) == 401
        assert post(good) == 202
        assert SourceCall.objects.exclude(state="rejected").get().delivery == "m1"

    def test_a_signature_of_a_year_that_no_clock_shows(
        self, client: Client, checkout: Service
    ) -> None:
        source = make_source(checkout, "gitlab")
        signed = {"webhook-signature": "v1,x", "webhook-timestamp": "999999999999"}

        assert send(client, source, b"{}", **signed).status_code == 401


class TestTheDoor:
    def test_a_wrong_signature_is_turned_away_and_shown(
        self, client: Client, source: DeploymentSource, olivia: User
    ) -> None:
        bad = {"x-hub-signature-256": "sha256=00"}
        answer = send(client, source, deployment_status("success", ENDED), **bad)

        assert (answer.status_code, answer.json()["code"]) == (401, "not_let_in")
        read_source_calls()
        assert not Deployment.objects.exists()
        assert SourceCall.objects.get().state == CallState.REJECTED
        client.force_login(olivia)
        assert "Rejected calls" in client.get(source.get_absolute_url()).content.decode()

    def test_a_rejected_call_does_not_take_the_number_of_a_good_one(
        self, client: Client, source: DeploymentSource
    ) -> None:
        body = deployment_status("success", ENDED)
        send(client, source, body, **{"x-hub-signature-256": "sha256=00"})

        assert send(client, source, body).json()["status"] == "accepted"

    def test_of_rejected_calls_only_the_newest_are_kept(
        self, client: Client, source: DeploymentSource
    ) -> None:
        for _ in range(25):
            send(client, source, {}, **{"x-hub-signature-256": "sha256=00"})

        assert SourceCall.objects.count() == 20

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
    def test_what_is_not_json_is_said(
        self, client: Client, source: DeploymentSource, body: bytes
    ) -> None:
        assert send(client, source, body).status_code == 400
        assert SourceCall.objects.get().state == CallState.REJECTED

    def test_a_body_that_is_too_long(
        self, client: Client, source: DeploymentSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(intake, "LIMIT", 10)

        assert send(client, source, deployment_status("success", ENDED)).status_code == 413

    def test_a_form_as_github_sends_one(self, client: Client, source: DeploymentSource) -> None:
        raw = urlencode({"payload": json.dumps(deployment_status("success", ENDED))}).encode()
        headers = github.headers_of("deployment_status", "f") | github.sign(raw, source.secret)
        answer = client.post(
            f"/api/v1/deployment-events/github/{source.public_id}",
            raw,
            content_type="application/x-www-form-urlencoded",
            headers=headers,
        )
        read_source_calls()

        assert answer.status_code == 202
        assert Deployment.objects.count() == 1

    def test_another_address_or_kind_is_nobodys(
        self, client: Client, source: DeploymentSource
    ) -> None:
        source.kind = "gitlab"

        assert send(client, source, {}).status_code == 404

    def test_a_database_that_refuses_has_the_forge_show_a_failure(
        self, client: Client, source: DeploymentSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any) -> None:
            raise DatabaseError

        monkeypatch.setattr(workflow, "accept_call", broken)

        assert send(client, source, deployment_status("success", ENDED)).status_code == 503

    def test_a_ping_is_answered_and_kept(
        self, client: Client, source: DeploymentSource
    ) -> None:
        assert send(client, source, {"zen": "x"}, event="ping").status_code == 202
        read_source_calls()

        assert SourceCall.objects.get().state == CallState.IGNORED


class TestSecrets:
    def test_the_old_one_opens_for_a_day(
        self, client: Client, source: DeploymentSource, olivia: User
    ) -> None:
        old = DeploymentSource.objects.get()
        now = clock.now()

        rotated, secret = workflow.rotate_secret(source, actor=olivia)

        assert secret != old.secret
        for hours, expected in [(1, {202}), (25, {401})]:
            with time_machine.travel(now + timedelta(hours=hours), tick=False):
                assert {
                    send(client, old, {}, event="ping", delivery=str(hours)).status_code
                } == expected
                answer = send(client, rotated, {}, event="ping", delivery=f"n{hours}")
                assert answer.status_code == 202

    def test_a_secret_lies_encrypted_and_is_shown_once(
        self, client: Client, olivia: User, checkout: Service
    ) -> None:
        client.force_login(olivia)
        body = {
            "name": "GitHub",
            "kind": "github",
            "team": checkout.team.slug,
            "repositories": "octo/shop = checkout",
            "environments": "prod = production",
            "pipeline_environment": "production",
        }

        made = client.post("/change/sources/new/", body)

        source = DeploymentSource.objects.get()
        assert made.status_code == 201
        assert source.secret in made.content.decode()
        assert source.secret not in client.get(source.get_absolute_url()).content.decode()
        assert (source.repositories, source.environments) == (
            {"octo/shop": "checkout"},
            {"prod": "production"},
        )
        api = client.get(f"/api/v1/deployment-sources/{source.pk}/").json()
        assert "secret" not in api
        assert str(source.public_id) in api["address"]

    def test_a_source_that_is_switched_off_lets_nothing_in(
        self, client: Client, source: DeploymentSource, olivia: User
    ) -> None:
        client.force_login(olivia)
        client.post(f"/change/sources/{source.pk}/switch-off/")

        assert send(client, source, {}, event="ping").status_code == 401
        assert client.post(f"/change/sources/{source.pk}/switch-off/").status_code == 409
        client.post(f"/api/v1/deployment-sources/{source.pk}/switch-on/")
        assert send(client, source, {}, event="ping").status_code == 202


def test_a_repository_that_nobody_named_fails_visibly_and_is_read_again_later(
    client: Client, checkout: Service, olivia: User, max: User
) -> None:
    source = make_source(checkout, repositories={})
    send(client, source, deployment_status("success", ENDED))
    read_source_calls()
    call = SourceCall.objects.get()
    assert (call.state, "octo/shop" in call.note) == (CallState.FAILED, True)
    react()
    message = Notification.objects.get()
    assert (message.person, "octo/shop" in message.body) == (max, True)

    client.force_login(olivia)
    api = f"/api/v1/deployment-sources/{source.pk}/"
    wrong = {"repositories": {"octo/shop": "nowhere"}}
    assert client.patch(api, wrong, content_type="application/json").status_code == 400
    right = {"repositories": {"octo/shop": "checkout"}}
    assert client.patch(api, right, content_type="application/json").status_code == 200
    assert client.post(f"/change/sources/calls/{call.pk}/replay/").status_code == 302
    assert client.post(f"/change/sources/calls/{call.pk}/replay/").status_code == 409
    read_source_calls()

    assert Deployment.objects.get().service == checkout


def test_what_fails_for_no_fault_of_its_own_is_tried_again(
    client: Client, source: DeploymentSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, source, deployment_status("success", ENDED))

    def broken(*_: Any, **__: Any) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr("maintenance.workflow.source_calls.record_deployment", broken)
        read_source_calls()
    call = SourceCall.objects.get()
    assert (call.state, call.attempts) == (CallState.RECEIVED, 1)
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        read_source_calls()

    assert Deployment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_readers_at_once_each_call_is_read_once(
    client: Client, source: DeploymentSource
) -> None:
    send(client, source, deployment_status("in_progress", STARTED), delivery="1")
    send(client, source, deployment_status("success", ENDED), delivery="2")

    def read(_number: int) -> None:
        try:
            read_source_calls()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(read, range(6)))

    row = Deployment.objects.get()
    assert (row.result, row.started_at is None) == ("succeeded", False)
    assert Event.objects.filter(kind="deployment.recorded").count() == 1
    assert set(SourceCall.objects.values_list("state", "attempts")) == {("applied", 1)}


def test_the_auditor_finds_what_nobody_reads(client: Client, source: DeploymentSource) -> None:
    send(client, source, deployment_status("success", ENDED))

    def found(minutes: int) -> list[str]:
        at = clock.now() + timedelta(minutes=minutes)
        return [each.code for each in calls_of_forges_are_read(at)]

    assert found(1) == []
    assert found(6) == ["source_call_late"]
    read_source_calls()
    assert found(6) == []


def test_a_test_goes_the_whole_way_and_is_not_counted(
    client: Client, source: DeploymentSource, olivia: User
) -> None:
    client.force_login(olivia)

    answer = client.post(f"/change/sources/{source.pk}/test/")
    read_source_calls()

    call = SourceCall.objects.get()
    assert answer.headers["Location"] == call.get_absolute_url()
    assert call.state == CallState.APPLIED
    row = Deployment.objects.get()
    assert (row.environment, row.is_unauthorised) == ("evenkeel-test", False)
    assert "Forge: deployment-test-" in client.get(row.get_absolute_url()).content.decode()


def test_old_calls_are_forgotten_and_deployments_stay(
    client: Client, source: DeploymentSource
) -> None:
    send(client, source, deployment_status("success", ENDED))
    read_source_calls()

    with time_machine.travel(clock.now() + timedelta(days=91)):
        forget_old_calls()

    assert not SourceCall.objects.exists()
    assert Deployment.objects.count() == 1


def test_two_lines_that_make_no_sense_are_named(
    client: Client, source: DeploymentSource, olivia: User
) -> None:
    client.force_login(olivia)
    body = {
        "name": "Forge",
        "repositories": "octo/shop = checkout\nnonsense",
        "pipeline_environment": "production",
    }

    answer = client.post(f"/change/sources/{source.pk}/edit/", body)

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Line 2" in page
    assert "nonsense" in page


@pytest.mark.parametrize(
    "door", ["/change/sources/", "/change/sources/calls/", "/api/v1/deployment-calls/"]
)
@pytest.mark.parametrize("many", [1, 60])
def test_it_costs_the_same_for_one_and_for_many(
    client: Client, checkout: Service, olivia: User, door: str, many: int
) -> None:
    for _ in range(many):
        source = make_source(checkout)
        workflow.test_source(source, actor=None)
    read_source_calls()
    client.force_login(olivia)

    assert own_queries(client, door) == 3


@pytest.mark.parametrize("kind", ["failure", "success"])
def test_a_forge_whose_clock_is_ahead_is_taken_for_just_now(
    client: Client, source: DeploymentSource, kind: str
) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    send(client, source, deployment_status("in_progress", STARTED))
    send(client, source, deployment_status(kind, soon), delivery="d2")

    read_source_calls()

    call = SourceCall.objects.get(delivery="d2")
    row = Deployment.objects.get()
    assert (call.state, row.finished_at) == (CallState.APPLIED, call.received_at)
    assert (row.failed_at is not None) == (kind == "failure")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_nobody_can_mean_is_not_understood_at_once(
    client: Client, source: DeploymentSource, at: str
) -> None:
    send(client, source, deployment_status("success", at))

    read_source_calls()

    call = SourceCall.objects.get()
    assert (call.state, call.attempts) == (CallState.FAILED, 1)
    assert "created_at" in call.note


def test_a_number_as_long_as_one_likes_is_cut(client: Client, source: DeploymentSource) -> None:
    send(client, source, deployment_status("success", ENDED, id="7" * 500))

    read_source_calls()

    assert Deployment.objects.get().external_id == "deployment-" + "7" * 60


def test_the_page_that_shows_a_secret_is_kept_by_no_browser(
    client: Client, olivia: User, source: DeploymentSource
) -> None:
    client.force_login(olivia)

    shown = client.post(f"/change/sources/{source.pk}/rotate/")

    assert source.secret not in shown.content.decode()
    assert DeploymentSource.objects.get().secret in shown.content.decode()
    assert shown.headers["Cache-Control"] == "no-store"
