"""The door for jobs: cheap, forgiving and in the words that their clients know."""

import uuid
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from operations.models import Heartbeat, Ping, PingRejection
from portal.models import Service
from portal.wsgi import IntakeRequest
from tests.operations.make import make_heartbeat


@pytest.fixture
def backup(checkout: Service) -> Heartbeat:
    return make_heartbeat(checkout)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("method", ["get", "post", "head"])
@pytest.mark.parametrize(
    ("verb", "kind", "status"),
    [
        ("", "success", None),
        ("start", "start", None),
        ("fail", "fail", None),
        ("log", "log", None),
        ("0", "success", 0),
        ("1", "fail", 1),
        ("255", "fail", 255),
    ],
)
def test_a_ping_is_kept_and_answered(
    backup: Heartbeat, slash: str, method: str, verb: str, kind: str, status: int | None
) -> None:
    client = Client(enforce_csrf_checks=True)
    path = f"/ping/{backup.ping_key}/{verb}".rstrip("/") + slash

    answer = getattr(client, method)(path, headers={"user-agent": "curl/8"})

    ping = Ping.objects.get()
    assert answer.status_code == 200
    assert answer.content == (b"" if method == "head" else b"OK")
    assert (ping.heartbeat, ping.kind, ping.exit_status) == (backup, kind, status)
    assert (ping.method, ping.agent, ping.is_read) == (method.upper(), "curl/8", False)


def test_it_costs_a_look_and_an_insert(
    client: Client, backup: Heartbeat, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        assert client.get(f"/ping/{backup.ping_key}").status_code == 200


def test_of_a_body_the_first_100_kb_are_kept(client: Client, backup: Heartbeat) -> None:
    url = f"/ping/{backup.ping_key}/log"
    client.post(url, b"\xff\0 done", content_type="text/plain")
    answer = client.post(url, b"x" * 3_000_000, content_type="application/octet-stream")

    long, short = Ping.objects.all()
    assert (bytes(short.body), short.is_cut) == (b"\xff\0 done", False)
    assert (len(long.body), long.is_cut) == (100_000, True)
    assert answer.headers["Ping-Body-Limit"] == "100000"


def test_a_run_has_its_id(client: Client, backup: Heartbeat) -> None:
    run = uuid.uuid4()
    client.get(f"/ping/{backup.ping_key}/start?rid={run}")

    assert Ping.objects.get().run_id == run
    assert client.get(f"/ping/{backup.ping_key}?rid=run-7").status_code == 400
    rejection = backup.rejections.get()
    assert (rejection.reason, rejection.call) == ("bad_run", "?rid=run-7")


@pytest.mark.parametrize("verb", ["256", "99999999999999", "-1", "stop", "٣", "start/now"])
def test_what_is_no_word_of_ours_is_said(client: Client, backup: Heartbeat, verb: str) -> None:
    answer = client.get(f"/ping/{backup.ping_key}/{verb}")

    assert answer.status_code == (404 if "/" in verb else 400)
    assert not Ping.objects.exists()


def test_an_unknown_key_finds_nothing(client: Client, db: None) -> None:
    assert client.get(f"/ping/{uuid.uuid4()}").status_code == 404
    assert client.get(f"/ping/{uuid.uuid4()}/stop").status_code == 400
    assert not PingRejection.objects.exists()
    assert client.get("/ping/nonsense").status_code == 404


def test_while_the_database_refuses_the_job_is_asked_to_come_again(
    client: Client, backup: Heartbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(Ping.objects, "create", broken)
    answer = client.get(f"/ping/{backup.ping_key}")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_other_methods_are_not_taken(client: Client, backup: Heartbeat) -> None:
    assert client.put(f"/ping/{backup.ping_key}").status_code == 405
    assert client.delete(f"/ping/{backup.ping_key}").status_code == 405


def test_it_goes_by_the_short_way_in(settings: Any) -> None:
    assert "/ping/a".startswith(settings.INTAKE_PATHS)
    assert IntakeRequest.urlconf == "portal.intake_urls"
