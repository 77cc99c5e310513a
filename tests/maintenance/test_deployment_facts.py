"""What is kept of a deployment: commits, failures, rollbacks, a second look."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from maintenance import workflow
from maintenance.models import Deployment, DeploymentCommit
from portal import clock
from portal.errors import TransitionNotAllowed
from portal.models import Event, Notification, Service, User
from tests.maintenance.make import approved_request, make_deployment
from tests.maintenance.test_deployments import API, tell
from tests.maintenance.test_messages import react
from tests.maintenance.test_requests import codes
from tests.make import make_service

ARTEFACT, OTHER = "a" * 64, "b" * 64


def test_commits_add_up_over_the_calls(client: Client, olivia: User, checkout: Service) -> None:
    client.force_login(olivia)
    commits = [
        {"sha": "4f2a", "committed_at": "2026-11-01T08:00:00Z"},
        {"sha": "9c1d", "committed_at": "2026-11-01T09:00:00Z"},
    ]

    tell(client, commits=commits[:1])
    tell(client, commits=commits)
    answer = tell(
        client, result="succeeded", commits=commits, artefact_sha256=f"sha256:{'A' * 64}"
    )

    assert [commit["sha"] for commit in answer.json()["commits"]] == ["4f2a", "9c1d"]
    assert answer.json()["artefact_sha256"] == ARTEFACT
    assert DeploymentCommit.objects.count() == 2
    page = client.get(answer.json()["url"]).content.decode()
    assert "4f2a" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"artefact_sha256": "abc"}, "artefact_sha256"),
        ({"commits": [{"sha": "4f2a", "committed_at": "yesterday"}]}, "commits.0.committed_at"),
        ({"rework": "boredom"}, "rework"),
    ],
)
def test_what_is_wrong_with_them_is_named(
    client: Client, olivia: User, checkout: Service, wrong: dict[str, Any], field: str
) -> None:
    client.force_login(olivia)

    answer = tell(client, **wrong)

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_rework_is_kept_with_its_cause(client: Client, olivia: User, checkout: Service) -> None:
    client.force_login(olivia)

    answer = tell(
        client,
        rework="incident",
        rework_because="Card payments fail",
        caused_by_incident="incident:7",
    )

    assert answer.json()["caused_by_incident"] == "incident:7"
    assert len(client.get(f"{API}?rework=true").json()["results"]) == 1
    assert not client.get(f"{API}?rework=false").json()["results"]


def test_who_said_that_it_failed_is_kept(olivia: User, checkout: Service) -> None:
    by_person = make_deployment(checkout)
    workflow.mark_failed(by_person, reason="Errors rose", actor=olivia)
    by_pipeline = make_deployment(checkout, result="failed")
    taken_back = make_deployment(checkout)
    make_deployment(checkout, rolls_back=taken_back)
    by_incident = make_deployment(checkout)
    workflow.mark_failed(
        by_incident, reason="x", failed_by="incident", reference="incident:7", actor=None
    )

    said = [by_person, by_pipeline, taken_back, by_incident]
    for row in said:
        row.refresh_from_db()
    assert [row.failed_by for row in said] == ["person", "pipeline", "rollback", "incident"]
    assert {row.attribution for row in said} == {"declared"}


def test_what_is_inferred_can_be_declared_or_cleared(olivia: User, checkout: Service) -> None:
    rows = [make_deployment(checkout) for _ in range(2)]
    for row in rows:
        workflow.mark_failed(
            row,
            reason="INC-7 soon after",
            failed_by="incident",
            attribution="inferred",
            actor=None,
        )
    declared = workflow.mark_failed(rows[0], reason="It was this one", actor=olivia)
    cleared = workflow.clear_failure(rows[1], reason="A cable was cut", actor=olivia)

    assert (declared.attribution, declared.failed_by) == ("declared", "person")
    assert (cleared.failed_at, cleared.attribution) == (None, "")
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.clear_failure(cleared, reason=" ", actor=olivia)
    assert codes(refused) == ["not_failed", "missing_reason"]
    assert workflow.clear_failure(declared, reason="It was not", actor=olivia).failed_at is None
    in_fact = make_deployment(checkout, result="failed")
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.clear_failure(in_fact, reason="x", actor=None)
    assert codes(refused) == ["failed_in_fact"]
    kinds = set(
        Event.objects.filter(
            kind__in=["deployment.suspected", "deployment.failure_cleared"]
        ).values_list("kind", flat=True)
    )
    assert kinds == {"deployment.suspected", "deployment.failure_cleared"}


def test_an_inferred_failure_does_not_cover_a_declared_one(
    olivia: User, checkout: Service
) -> None:
    row = workflow.mark_failed(make_deployment(checkout), reason="x", actor=olivia)

    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.mark_failed(row, reason="y", attribution="inferred", actor=None)

    assert codes(refused) == ["failed_already"]


def test_what_stopped_before_it_touched_anything_has_not_failed_there(
    client: Client, olivia: User, checkout: Service
) -> None:
    client.force_login(olivia)

    told = tell(client, result="aborted").json()

    assert (told["failed_at"], told["is_unauthorised"]) == (None, False)
    answer = client.post(
        f"{API}{told['id']}/failed/", {"reason": "x"}, content_type="application/json"
    )
    assert answer.json()["reasons"][0]["code"] == "touched_nothing"


def test_times_are_of_the_past_and_in_order(olivia: User, checkout: Service) -> None:
    soon = clock.now() + timedelta(hours=1)
    row = make_deployment(checkout)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.mark_failed(row, reason="x", failed_at=soon, actor=olivia)
    assert codes(refused) == ["in_future"]
    row = workflow.mark_failed(row, reason="x", actor=olivia)
    assert row.finished_at is not None
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.mark_recovered(row, recovered_at=soon, actor=olivia)
    assert codes(refused) == ["in_future"]
    early = row.finished_at - timedelta(hours=1)
    with pytest.raises(TransitionNotAllowed) as refused:
        workflow.mark_recovered(row, recovered_at=early, actor=olivia)
    assert codes(refused) == ["recovers_too_early"]


class TestLinkingARollback:
    def test_it_says_what_failed_and_that_it_recovered(
        self, client: Client, olivia: User, checkout: Service
    ) -> None:
        client.force_login(olivia)
        for door in ("page", "api"):
            bad, back = make_deployment(checkout), make_deployment(checkout)
            body = {"rolls_back": bad.pk, "reason": "Errors rose"}
            if door == "page":
                answer = client.post(f"/change/deployments/{back.pk}/rollback/", body)
            else:
                url = f"{API}{back.pk}/link-rollback/"
                answer = client.post(url, body, content_type="application/json")
            assert answer.status_code in {200, 302}
            bad.refresh_from_db()
            back.refresh_from_db()
            assert (bad.failed_by, bad.recovered_at) == ("rollback", back.finished_at)
            assert back.rolls_back_because == "Errors rose"

    def test_it_needs_a_reason_and_is_said_once(
        self, client: Client, olivia: User, checkout: Service
    ) -> None:
        bad, back = make_deployment(checkout), make_deployment(checkout)
        client.force_login(olivia)
        url = f"/change/deployments/{back.pk}/rollback/"

        assert client.post(url, {"rolls_back": bad.pk}).status_code == 422
        workflow.link_rollback(back, rolls_back=bad, reason="x", actor=olivia)
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.link_rollback(back, rolls_back=bad, reason=" ", actor=olivia)
        assert codes(refused) == ["rolls_back_already", "missing_reason"]

    def test_it_is_an_earlier_one_of_the_same_place(
        self, olivia: User, checkout: Service
    ) -> None:
        mail = make_service("Mail", team=checkout.team)
        first, later = make_deployment(checkout), make_deployment(checkout)
        other = make_deployment(mail)
        for bad, code in [
            (first, "rolls_back_itself"),
            (later, "rolls_back_later"),
            (other, "rolls_back_another"),
        ]:
            with pytest.raises(TransitionNotAllowed) as refused:
                workflow.link_rollback(first, rolls_back=bad, reason="x", actor=olivia)
            assert codes(refused) == [code]
        with pytest.raises(TransitionNotAllowed) as refused:
            make_deployment(mail, rolls_back=first)
        assert codes(refused) == ["rolls_back_another"]
        assert not Deployment.objects.filter(rolls_back__isnull=False).exists()

    def test_where_an_older_commit_comes_back_people_are_asked(
        self, client: Client, olivia: User, checkout: Service
    ) -> None:
        now = clock.now()
        rows = [
            make_deployment(checkout, commit=commit, finished_at=now - timedelta(hours=hours))
            for commit, hours in [("aa", 4), ("bb", 3), ("aa", 2), ("aa", 1)]
        ]
        client.force_login(olivia)

        asked = [client.get(row.get_absolute_url()).context["went_back"] for row in rows]

        assert asked == [None, None, rows[1], None]
        assert not Deployment.objects.filter(failed_at__isnull=False).exists()


class TestAnUnauthorisedOne:
    def test_an_approval_for_another_service_or_artefact_is_none(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        mail = make_service("Mail", team=checkout.team)
        request = approved_request(checkout, olivia, max, artefact_sha256=ARTEFACT)
        expected = [
            (make_deployment(checkout, request=request, artefact_sha256=ARTEFACT), False),
            (make_deployment(checkout, request=request), False),
            (make_deployment(checkout, request=request, artefact_sha256=OTHER), True),
            (make_deployment(mail, request=request), True),
        ]

        flagged = set(Deployment.objects.unauthorised())

        assert [(row.is_unauthorised, row in flagged) for row, _is_it in expected] == [
            (is_it, is_it) for _row, is_it in expected
        ]

    def test_the_managers_are_asked_once_to_look_at_it(
        self,
        client: Client,
        olivia: User,
        max: User,
        checkout: Service,
    ) -> None:
        row = make_deployment(checkout, olivia)
        react()
        client.force_login(max)

        assert set(Notification.objects.values_list("person", flat=True)) == {max.pk}
        assert "Deployed without approval" in client.get("/").content.decode()
        workflow.accept_unauthorised(row, reason="Fixed an outage", actor=max)
        react()
        assert "Deployed without approval" not in client.get("/").content.decode()
        assert not client.get(f"{API}?to_review=true").json()["results"]
        assert client.get(f"{API}?unauthorised=true").json()["results"]

    def test_a_manager_lets_it_stand_with_a_reason_on_page_and_api(
        self, client: Client, olivia: User, max: User, checkout: Service
    ) -> None:
        on_page, in_api = make_deployment(checkout, olivia), make_deployment(checkout, olivia)
        client.force_login(max)
        page = f"/change/deployments/{on_page.pk}/accept/"
        api = f"{API}{in_api.pk}/accept-unauthorised/"

        assert client.post(page, {"reason": ""}).status_code == 422
        assert client.post(page, {"reason": "Fixed an outage"}).status_code == 302
        answer = client.post(api, {"reason": "Same"}, content_type="application/json")

        assert answer.json()["accepted_because"] == "Same"
        assert "lets it stand" in client.get(on_page.get_absolute_url()).content.decode()
        assert client.post(page, {"reason": "Again"}).status_code == 409

    def test_nobody_accepts_their_own_or_what_was_approved(
        self, olivia: User, max: User, checkout: Service
    ) -> None:
        own = make_deployment(checkout, max)
        approved = make_deployment(checkout, request=approved_request(checkout, olivia, max))

        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.accept_unauthorised(own, reason="", actor=max)
        assert codes(refused) == ["accepter_is_deployer", "missing_reason"]
        with pytest.raises(TransitionNotAllowed) as refused:
            workflow.accept_unauthorised(approved, reason="x", actor=max)
        assert codes(refused) == ["not_unauthorised"]


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"failed_at": "2026-01-01T00:00:00Z"}, "deployment_failed_by_somebody"),
        ({"attribution": "declared"}, "deployment_failed_by_somebody"),
        ({"rework": "boredom"}, "deployment_rework_known"),
        ({"accepted_at": "2026-01-01T00:00:00Z"}, "deployment_accepted_with_reason"),
    ],
)
def test_the_database_says_so_too(checkout: Service, wrong: dict[str, Any], name: str) -> None:
    row = make_deployment(checkout)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Deployment.objects.filter(pk=row.pk).update(**wrong)
