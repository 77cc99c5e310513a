"""The door for monitors: what is promised, what is refused, and what is kept of it."""

import uuid
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from operations import workflow
from operations.models import Integration, Receipt, Rejection
from operations.views import intake
from portal.models import Service
from tests.operations.make import told, webhook

DOOR = "/api/v1/alerts/alertmanager"


@pytest.fixture
def keyed(checkout: Service) -> tuple[Integration, str]:
    return workflow.make_integration(name="Prometheus", service=checkout, actor=None)


def post(client: Client, path: str, body: bytes, **headers: str) -> Any:
    return client.post(path, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("by_header", [True, False])
def test_a_call_is_kept_as_it_came(
    keyed: tuple[Integration, str], slash: str, by_header: bool
) -> None:
    integration, key = keyed
    client = Client(enforce_csrf_checks=True)
    body = webhook(told()) + b"\n"

    if by_header:
        response = post(client, DOOR + slash, body, authorization=f"Bearer {key}")
    else:
        response = post(client, f"{DOOR}/{key}{slash}", body)

    receipt = Receipt.objects.get()
    assert (response.status_code, response.json()) == (
        202,
        {"status": "accepted", "receipt": str(receipt.public_id)},
    )
    assert (bytes(receipt.body), receipt.state, receipt.integration) == (
        body,
        "received",
        integration,
    )
    assert receipt.content_type == "application/json"


def test_a_call_costs_one_statement(
    client: Client, keyed: tuple[Integration, str], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        assert post(client, f"{DOOR}/{keyed[1]}", webhook(told())).status_code == 202


def test_a_retry_is_accepted_again(client: Client, keyed: tuple[Integration, str]) -> None:
    first, second = (post(client, f"{DOOR}/{keyed[1]}", webhook(told())) for _ in "12")

    assert (first.status_code, second.status_code) == (202, 202)
    for receipt in Receipt.objects.all():
        workflow.read_receipt(receipt.pk, now=receipt.received_at)
    assert set(Receipt.objects.values_list("state", flat=True)) == {"processed"}


@pytest.mark.parametrize("key", ["nonsense", "", "ei_" + "x" * 200])
def test_an_unknown_key_is_turned_away_and_counted(client: Client, db: None, key: str) -> None:
    path = f"{DOOR}/{key}" if key else DOOR
    answers = [post(client, path, webhook(told())).status_code for _ in "12"]

    assert answers == [401, 401]
    assert not Receipt.objects.exists()
    rejection = Rejection.objects.get()
    assert (rejection.integration, rejection.reason, rejection.count) == (
        None,
        "unknown_key",
        2,
    )


def test_a_replaced_or_revoked_key_is_counted_with_its_integration(
    client: Client, keyed: tuple[Integration, str]
) -> None:
    integration, old = keyed
    _integration, new = workflow.rotate_key(integration, actor=None)
    assert post(client, f"{DOOR}/{old}", webhook(told())).status_code == 401
    assert post(client, f"{DOOR}/{new}", webhook(told())).status_code == 202
    workflow.switch_off(integration, actor=None)
    assert post(client, f"{DOOR}/{new}", webhook(told())).status_code == 401

    counted = dict(integration.rejections.values_list("reason", "count"))
    assert counted == {"old_key": 1, "switched_off": 1}
    assert Receipt.objects.count() == 1


def test_what_is_not_json_is_refused_and_its_beginning_shown(
    client: Client, keyed: tuple[Integration, str]
) -> None:
    body = b"<html>" + b"x" * 100_000
    response = post(client, f"{DOOR}/{keyed[1]}", body)

    receipt = Receipt.objects.get()
    assert response.status_code == 400
    assert (receipt.state, receipt.is_truncated) == ("rejected", True)
    assert bytes(receipt.body) == body[: 64 * 1024]
    assert "JSON" in receipt.error
    assert Rejection.objects.get().reason == "not_json"


def test_a_body_over_the_limit_is_accepted_and_said_to_be_cut(
    client: Client, keyed: tuple[Integration, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "LIMIT", 3_000_000)  # more than a form may have
    body = webhook(told(), padding="x" * 3_000_000)
    response = post(client, f"{DOOR}/{keyed[1]}", body)

    receipt = Receipt.objects.get()
    assert response.status_code == 202
    assert (receipt.is_truncated, len(receipt.body)) == (True, 3_000_000)
    workflow.read_receipt(receipt.pk, now=receipt.received_at)
    receipt.refresh_from_db()
    assert (receipt.state, "only its beginning" in receipt.error) == ("failed", True)


def test_while_the_database_refuses_the_sender_is_asked_to_come_again(
    client: Client, keyed: tuple[Integration, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr("operations.workflow.accepting._run", broken)
    response = post(client, f"{DOOR}/{keyed[1]}", webhook(told()))

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


def test_only_post_opens(client: Client, keyed: tuple[Integration, str]) -> None:
    assert client.get(f"{DOOR}/{keyed[1]}").status_code == 405


def test_the_hint_leaves_with_the_commit(
    client: Client,
    keyed: tuple[Integration, str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks() as hints:
        answer = post(client, f"{DOOR}/{keyed[1]}", webhook(told()))

    assert len(hints) == 1
    assert uuid.UUID(answer.json()["receipt"]).version == 4
