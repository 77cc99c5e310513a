"""What maintenance shows on the pages of the floors below."""

import pytest
from django.test import Client

from maintenance import workflow
from portal.models import Service, User
from portal.thread import thread
from tests.maintenance.make import (
    ANALYSIS,
    approved_request,
    make_action,
    make_deployment,
    make_request,
    make_runbook,
    make_standard,
    make_window,
    own_queries,
)
from tests.searching import found


def test_today_shows_a_manager_what_waits_and_everybody_the_windows(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    request = workflow.submit(make_request(checkout, olivia), actor=olivia)
    make_window(checkout, title="Night of care")

    client.force_login(manager)
    page = client.get("/").content.decode()
    assert f"/change/requests/{request.pk}/approval/" in page
    assert "Night of care" in page

    client.force_login(olivia)
    page = client.get("/").content.decode()
    assert f"/change/requests/{request.pk}/approval/" not in page


def test_a_service_shows_its_changes(client: Client, olivia: User, checkout: Service) -> None:
    make_request(checkout, olivia, title="Bigger pool")
    make_deployment(checkout, olivia, version="9.9")
    make_window(checkout, title="Night of care")
    client.force_login(olivia)

    page = client.get(checkout.get_absolute_url()).content.decode()

    for words in ["Bigger pool", "9.9", "Unauthorised", "Night of care"]:
        assert words in page


def test_the_change_page_gathers_it_all(
    client: Client, olivia: User, manager: User, checkout: Service
) -> None:
    waiting = workflow.submit(make_request(checkout, olivia, title="Waits"), actor=olivia)
    approved_request(checkout, olivia, manager, title="Under way")
    make_deployment(checkout, olivia, version="9.9")
    make_window(checkout, title="Night of care")
    client.force_login(manager)

    page = client.get("/change/").content.decode()

    for words in ["Waits", "Under way", "9.9", "Night of care", waiting.number]:
        assert words in page


@pytest.mark.parametrize("many", [1, 60])
def test_the_change_page_costs_the_same_for_one_and_for_many(
    client: Client,
    olivia: User,
    manager: User,
    checkout: Service,
    many: int,
) -> None:
    for _ in range(many):
        workflow.submit(make_request(checkout, olivia), actor=olivia)
        make_deployment(checkout, olivia)
        make_window(checkout)
    client.force_login(manager)

    assert own_queries(client, "/change/") == 8


def test_the_thread_goes_both_ways(olivia: User, manager: User, checkout: Service) -> None:
    action = make_action(olivia, checkout)
    runbook = make_runbook(checkout, olivia)
    request = workflow.request_from_action(action, actor=olivia)
    request = workflow.change_plan(
        request, actor=olivia, plan="Do", rollback_plan="Undo", runbook=runbook
    )
    workflow.analyse(request, actor=olivia, **ANALYSIS)
    request = workflow.submit(request, actor=olivia)
    request = workflow.approve(request, digest=request.plan_digest, actor=manager)
    request = workflow.start(request, actor=olivia)
    assert [line["kind"] for line in thread(olivia, request) if line["missing"]] == [
        "deployment",
        "document",
    ]
    deployment = make_deployment(checkout, olivia, request=request)
    revision = workflow.revise_runbook(
        request, body="1. New\n", title="T", message="m", base_number=1, actor=olivia
    )

    expected = {thing.get_absolute_url() for thing in (action, request, deployment, revision)}
    for subject in (action, request, deployment, runbook, revision):
        lines = thread(olivia, subject)
        assert expected <= {line["url"] for line in lines}, subject
        orders = [line["order"] for line in lines]
        assert orders == sorted(orders)


def test_the_thread_says_what_is_missing(olivia: User, otto: User, checkout: Service) -> None:
    action, deployment = make_action(olivia, checkout), make_deployment(checkout, olivia)

    for subject in (action, deployment):
        assert "request" in {
            line["kind"] for line in thread(olivia, subject) if line["missing"]
        }


def test_search_finds_requests_by_number_and_words(
    olivia: User, otto: User, checkout: Service
) -> None:
    request = make_request(checkout, olivia, title="Bigger pool")
    make_deployment(checkout, olivia, version="9.9")
    make_window(checkout, title="Night of care")
    make_standard(checkout, olivia, name="Rotate the logs")

    assert found(olivia, request.number)[0] == str(request)
    assert found(olivia, "pool")[0] == str(request)
    assert "9.9" in found(olivia, "9.9")[0]
    assert found(olivia, "night")[0] == "Night of care"
    assert found(olivia, "rotate")[0] == "Rotate the logs"
    assert found(otto, "pool") == found(otto, "night") == []
