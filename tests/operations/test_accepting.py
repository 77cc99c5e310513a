"""The short way in: one statement, asked again where the connection was found dead."""

from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from django.test import Client

from operations import workflow
from operations.models import Integration, Receipt
from operations.workflow import accepting


class Dead:
    """A connection that the server has closed."""

    in_atomic_block = False
    health_check_done = False

    def __init__(self, *, is_usable: bool) -> None:
        self.is_usable = lambda: is_usable
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Any, is_usable: bool = False) -> Dead:
    """Have the statement answer so, one answer after the other, by such a connection."""
    connection, left = Dead(is_usable=is_usable), list(answers)

    def run(said: list[Any]) -> bool:
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return bool(answer)

    monkeypatch.setattr(accepting, "connection", connection)
    monkeypatch.setattr(accepting, "_run", run)
    return connection


@pytest.mark.parametrize(
    ("second", "is_kept"), [(True, True), (False, False), (IntegrityError("there"), True)]
)
def test_a_dead_connection_is_replaced_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, second: Any, is_kept: bool
) -> None:
    connection = answering(monkeypatch, OperationalError("server closed it"), second)

    assert accepting._keep([]) is is_kept
    assert connection.closed == 1


def test_a_database_that_is_away_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, OperationalError("gone"), OperationalError("still gone"))

    with pytest.raises(OperationalError, match="still gone"):
        accepting._keep([])


def test_a_refusal_of_a_living_connection_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = answering(monkeypatch, OperationalError("read-only"), is_usable=True)

    with pytest.raises(OperationalError):
        accepting._keep([])
    assert connection.closed == 0


@pytest.mark.django_db
def test_it_keeps_what_the_long_way_keeps(client: Client) -> None:
    integration, key = workflow.make_integration(
        name="Prometheus", kind="alertmanager", service=None, actor=None
    )
    body = b'{"alerts": [], "text": "caf\xc3\xa9"}'
    words: Any = {"call": "close \0 it", "headers": {"user-agent": "curl"}}

    number = workflow.accept_by(key, "alertmanager", body, "application/json", **words)
    long = workflow.accept(integration, body, "application/json", **words)

    assert number is not None
    short = Receipt.objects.get(public_id=number)
    kept = [
        {**vars(each)} | dict.fromkeys(["_state", "id", "public_id", "received_at", "due_at"])
        for each in (short, Receipt.objects.get(pk=long.pk))
    ]
    assert {**kept[0], "body": bytes(short.body)} == {**kept[1], "body": body}


@pytest.mark.django_db
def test_a_key_that_opens_nothing_keeps_nothing() -> None:
    integration, key = workflow.make_integration(
        name="Prometheus", kind="alertmanager", service=None, actor=None
    )
    said = (b"{}", "application/json")

    assert workflow.accept_by(key, "grafana", *said) is None
    assert workflow.accept_by("no key", "alertmanager", *said) is None
    workflow.switch_off(integration, actor=None)
    assert workflow.accept_by(key, "alertmanager", *said) is None
    workflow.switch_on(integration, actor=None)
    workflow.rotate_key(integration, actor=None)
    assert workflow.accept_by(key, "alertmanager", *said) is None
    assert not Receipt.objects.exists()
    assert Integration.objects.filter(pk=integration.pk).exists()
